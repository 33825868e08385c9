"""The widget's door to analyses: one view for each operation. Nothing here waits in a thread for Kommo or the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpResponseBase, JsonResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from accounts.authentication import WidgetUser, asker
from accounts.limits import reads_of
from accounts.use_cases.lead_access import check
from analysis.conversation import Message, parse_messages
from analysis.gather import kommo_id
from analysis.models import Analysis
from analysis.pasted import Pasted, parse_pasted
from analysis.pasted.preview import preview_of
from analysis.result import state_of
from analysis.serializers import (
    AnalysisRequestSerializer,
    ConversationRequestSerializer,
    LeadStateSerializer,
    PastedPreviewSerializer,
    PastedSerializer,
    ReplySerializer,
    ResultSerializer,
    WordsSerializer,
)
from analysis.use_cases.lead_state import lead_state
from analysis.use_cases.show_words import show_words
from analysis.use_cases.start_analysis import Started, start_analysis
from analysis.use_cases.write_reply import write_reply
from analysis.wish import Wish, body_digest
from billing.models import Resource
from billing.usage import usage_of
from convailens.lib import runs
from convailens.lib.api import (
    APIView,
    OnLoop,
    client_address,
    event_stream,
    preferred_wait_s,
    widget_version,
)
from convailens.lib.errors import InvalidInput, NotFound
from convailens.lib.ids import check_outside_id
from convailens.lib.log import request_id_var
from convailens.lib.parsers import EventStreamRenderer
from convailens.lib.schema import REFUSED, refused
from convailens.lib.throttles import Limit

#: Where messages are needed, and Kommo gives none, and the body brings none.
_UNREADABLE = refused(422)
_KEY = OpenApiParameter("Idempotency-Key", UUID, "header", required=True, description="A UUID for this click.")


class _ConversationView(APIView):
    """Reads a request that names a lead and brings, or does not bring, its messages."""

    def wish(self, request: Request, *, lead_id: str, data: Mapping[str, Any], key: UUID | None = None) -> Wish:
        user = asker(request)
        account = user.account
        return Wish(
            account=account,
            user_id=user.user_id,
            lead_id=lead_id,
            key=key or uuid4(),
            source=data["source"],
            # The account's setting first; else the language the rep uses Kommo in, which the widget sends.
            output_language=(account.output_language or data.get("output_language") or "en").lower(),
            request_id=request_id_var.get() or "",
            widget_version=widget_version(request),
            messages=self._messages(user, data),
        )

    def _messages(self, user: WidgetUser, data: Mapping[str, Any]) -> tuple[Message, ...]:
        if data["source"] != "pasted":
            return parse_messages(data["messages"]) if data.get("messages") is not None else ()
        return _parse_pasted(user, data["pasted"]).messages

    def limit_analyses(self, request: Request) -> None:
        user = asker(request)
        self.limit(
            Limit("analyses:user", settings.THROTTLE_ANALYSES_USER, f"{user.account.id}:{user.user_id}"),
            Limit("analyses:account", settings.THROTTLE_ANALYSES_ACCOUNT, str(user.account.id)),
            Limit("analyses:address", settings.THROTTLE_ANALYSES_ADDRESS, client_address(request)),
        )


def _parse_pasted(user: WidgetUser, pasted: Mapping[str, Any]) -> Pasted:
    return parse_pasted(
        pasted["text"], me=pasted.get("me"), timezone=user.account.zone, date_order=pasted.get("date_order")
    )


def _validated(
    serializer_class: type[ConversationRequestSerializer | PastedSerializer], request: Request
) -> Mapping[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: Mapping[str, Any] = serializer.validated_data
    return data


class AnalysesView(_ConversationView):
    """Start an analysis."""

    renderer_classes = (EventStreamRenderer, JSONRenderer)

    @extend_schema(
        request=AnalysisRequestSerializer,
        parameters=[
            _KEY,
            OpenApiParameter("Prefer", str, "header", description="wait=20 waits for the result."),
        ],
        responses={
            (200, "text/event-stream"): OpenApiResponse(
                str, "Events: accepted, facts, summary, summary_reset, ratings, result; or problem."
            ),
            (200, "application/json"): ResultSerializer,
            (202, "application/json"): ResultSerializer,
            **REFUSED,
            **refused(413, 422),
        },
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Read a lead's conversation: the answer is a stream of events, or 202 for `Accept: application/json`.

        The run belongs to the service: a client that leaves changes nothing, and the same key joins it again.
        """
        self.limit_analyses(request)
        key = _idempotency_key(request)
        data = _validated(AnalysisRequestSerializer, request)
        wish = self.wish(request, lead_id=data["lead_id"], data=data, key=key)
        wish = replace(wish, digest=body_digest(wish.account, wish.user_id, dict(request.data)))
        started = start_analysis(wish=wish)
        location = f"/api/v1/analyses/{started.analysis.id}"
        if request.accepted_renderer.media_type == EventStreamRenderer.media_type:
            return event_stream(started.channel, {"Location": location})
        return _accepted(started, request, location)


def _idempotency_key(request: Request) -> UUID:
    said = request.headers.get("Idempotency-Key", "")
    try:
        if len(said) > 64:
            raise ValueError
        return UUID(said)
    except ValueError:
        raise InvalidInput("idempotency_key_needed", detail="Send an Idempotency-Key header with a UUID.") from None


def _accepted(started: Started, request: Request, location: str) -> HttpResponseBase:
    """202 at once, or what became of the run within the seconds that `Prefer: wait` asks for."""
    wait_s = preferred_wait_s(request)
    analysis_id = started.analysis.id

    def running() -> JsonResponse:
        body = {"id": str(analysis_id), "state": "running", "source": started.analysis.source or None}
        return JsonResponse(body, status=202, headers={"Location": location})

    if not wait_s:
        return running()

    async def wait() -> HttpResponseBase:
        last = await started.channel.wait_closed(wait_s)
        if last is None:
            response = running()
        elif last[0] == "result":
            response = JsonResponse(dict(last[1]), headers={"Location": location})
        elif last[0] == "problem":
            # What was said to this asker, never what the row says: they may have lost the right to it since.
            body = {"id": str(analysis_id), "state": "failed", "lead_id": started.analysis.lead_id, "source": None}
            response = JsonResponse(body | {"problem": dict(last[1])}, headers={"Location": location})
        else:
            response = running()
        response["Preference-Applied"] = f"wait={wait_s}"
        return response

    return OnLoop(wait)


def _document(account: Any, analysis_id: UUID) -> dict[str, Any]:
    analysis = Analysis.objects.for_account(account).select_related("same_as").get(id=analysis_id)
    return state_of(analysis, usage=usage_of(account, Resource.ANALYSES).as_document())


def _find(request: Request, **by: Any) -> Analysis:
    """An analysis of the asker's account, or 404: another account's does not exist."""
    found = Analysis.objects.for_account(asker(request).account).select_related("same_as").filter(**by).first()
    if found is None:
        raise NotFound
    return found


class _OneAnalysisView(_ConversationView):
    """Shows one analysis to a user who may see its lead now."""

    def show(self, request: Request, analysis: Analysis) -> HttpResponseBase:
        user = asker(request)

        async def work() -> HttpResponseBase:
            await runs.current().outgoing.run(check, user.account, user.user_id, kommo_id(analysis.lead_id))
            document = await runs.current().database.run(_document, user.account, analysis.id)
            return JsonResponse(document)

        return OnLoop(work)


class AnalysisView(_OneAnalysisView):
    """One analysis by its id."""

    @extend_schema(responses={200: ResultSerializer, **REFUSED})
    def get(self, request: Request, analysis_id: UUID) -> HttpResponseBase:
        """State and result of an analysis. `suggested_reply` is null here: it is shown once and not stored."""
        self.limit(reads_of(asker(request)))
        return self.show(request, _find(request, id=analysis_id))


class AnalysisByKeyView(_OneAnalysisView):
    """One analysis by the key of the click that asked for it."""

    @extend_schema(responses={200: ResultSerializer, **REFUSED})
    def get(self, request: Request, key: UUID) -> HttpResponseBase:
        """State and result by Idempotency-Key, for a client that lost the answer."""
        self.limit(reads_of(asker(request)))
        return self.show(request, _find(request, key=key))


class ReplyView(_ConversationView):
    """A suggested reply, asked for again."""

    @extend_schema(
        request=ConversationRequestSerializer,
        responses={
            200: ReplySerializer,
            **REFUSED,
            **refused(504),
        },
    )
    def post(self, request: Request, analysis_id: UUID) -> HttpResponseBase:
        """Write a reply for a finished analysis from the messages at hand. Free, three times a result."""
        self.limit_analyses(request)
        analysis = _find(request, id=analysis_id, state="done")
        data = _validated(ConversationRequestSerializer, request)
        wish = self.wish(request, lead_id=analysis.lead_id, data=data)

        async def work() -> HttpResponseBase:
            text, left = await write_reply(wish=wish, analysis=analysis)
            return JsonResponse({"suggested_reply": text, "left": left})

        return OnLoop(work)


class WordsView(_ConversationView):
    """The words that a result points at."""

    @extend_schema(request=ConversationRequestSerializer, responses={200: WordsSerializer, **REFUSED, **_UNREADABLE})
    def post(self, request: Request, analysis_id: UUID) -> HttpResponseBase:
        """The messages that a finished analysis points at, read again for this user. Free; nothing is stored.

        A result holds pointers and no words. With `auto` the messages come from Kommo's talks; for a result of the
        card's messages or of pasted text the body brings them again.
        """
        self.limit(reads_of(asker(request)))
        analysis = _find(request, id=analysis_id, state="done")
        data = _validated(ConversationRequestSerializer, request)
        wish = self.wish(request, lead_id=analysis.lead_id, data=data)

        async def work() -> HttpResponseBase:
            words = await show_words(wish=wish, analysis=analysis)
            return JsonResponse(words.as_json())

        return OnLoop(work)


class PastedPreviewView(_ConversationView):
    """What would be read of a pasted text."""

    @extend_schema(request=PastedSerializer, responses={200: PastedPreviewSerializer, **REFUSED})
    def post(self, request: Request) -> HttpResponseBase:
        """Read a pasted chat and show who is in it, how many messages, and the first and last of them.

        Kommo is not asked, nothing is stored. What an analysis would refuse is refused here in the same words.
        """
        self.limit(reads_of(asker(request)))
        pasted = _parse_pasted(asker(request), _validated(PastedSerializer, request))
        return JsonResponse(preview_of(pasted))


class LeadStateView(_ConversationView):
    """What the panel shows when a card opens."""

    @extend_schema(
        request=ConversationRequestSerializer,
        responses={200: LeadStateSerializer, **REFUSED},
    )
    def post(self, request: Request, lead_id: str) -> HttpResponseBase:
        """Facts, the latest stored result, what came since, and this month's usage. No model, no charge."""
        self.limit(reads_of(asker(request)))
        lead = check_outside_id(lead_id, "lead_id")
        data = _validated(ConversationRequestSerializer, request)
        wish = self.wish(request, lead_id=lead, data=data)

        async def work() -> HttpResponseBase:
            return JsonResponse(await lead_state(wish=wish))

        return OnLoop(work)
