"""The widget's door to transcriptions: one view for each operation. Nothing here waits in a thread for Kommo."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponseBase, JsonResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from accounts.authentication import WidgetUser, asker
from accounts.kommo.client import KommoClient
from accounts.limits import reads_of
from accounts.use_cases.lead_access import check
from convailens.lib import runs
from convailens.lib.api import APIView, OnLoop, event_stream, preferred_wait_s
from convailens.lib.errors import NotFound
from convailens.lib.log import request_id_var
from convailens.lib.parsers import EventStreamRenderer
from convailens.lib.problems import PROBLEM
from convailens.lib.schema import REFUSED, refused
from convailens.lib.sse import Channel
from convailens.lib.throttles import Limit
from transcription.documents import document
from transcription.models import State, Transcription
from transcription.recordings import Wanted
from transcription.serializers import (
    EstimateSerializer,
    TranscriptionRequestSerializer,
    TranscriptionSerializer,
    TranscriptionsSerializer,
    TranscriptTextSerializer,
    WantedSerializer,
)
from transcription.use_cases.estimate_transcriptions import estimate
from transcription.use_cases.follow_transcriptions import KOMMO_WITHIN_S, serve_wish, told
from transcription.use_cases.read_transcripts import read_transcript
from transcription.use_cases.request_transcriptions import VoiceWish

_LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)


class _VoiceView(APIView):
    """Reads which recordings a request is about."""

    def wish(self, request: Request, serializer_class: type[WantedSerializer]) -> VoiceWish:
        serializer = serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)
        data: Mapping[str, Any] = serializer.validated_data
        user = asker(request)
        return VoiceWish(
            account=user.account,
            user_id=user.user_id,
            lead_id=data["lead_id"],
            wanted=Wanted(source_id=data.get("message_id", ""), link=data.get("audio_link", "")),
            language=data.get("language", ""),
            note_language=_note_language(user, data.get("note_language", "")),
            request_id=request_id_var.get() or "",
        )

    def limit_voice(self, request: Request) -> None:
        user = asker(request)
        self.limit(
            Limit("voice:user", settings.THROTTLE_VOICE_USER, f"{user.account.id}:{user.user_id}"),
            Limit("voice:account", settings.THROTTLE_VOICE_ACCOUNT, str(user.account.id)),
        )


def _note_language(user: WidgetUser, said: str) -> str:
    """The note is for everybody on the lead: the account's language first, else that of who asks."""
    for tag in (user.account.output_language, said):
        if (language := tag[:2].lower()) in _LANGUAGES:
            return language
    return "en"


class TranscriptionsView(_VoiceView):
    """Ask for transcriptions."""

    renderer_classes = (EventStreamRenderer, JSONRenderer)

    @extend_schema(
        request=TranscriptionRequestSerializer,
        parameters=[OpenApiParameter("Prefer", str, "header", description="wait=20 waits for the end.")],
        responses={
            (200, "text/event-stream"): OpenApiResponse(str, "Events: accepted, items, state, result; or problem."),
            (200, "application/json"): TranscriptionsSerializer,
            (202, "application/json"): TranscriptionsSerializer,
            **REFUSED,
            **refused(402, 413, 422),
        },
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Have recordings of a lead transcribed: a stream of events, or 202 for `Accept: application/json`.

        A recording is transcribed once, ever: who asks again is given the first. The work belongs to the service, so a
        client that leaves changes nothing.
        """
        self.limit_voice(request)
        wish = self.wish(request, TranscriptionRequestSerializer)
        channel = Channel()
        channel.say("accepted", {"state": "checking"})
        runs.current().start(functools.partial(serve_wish, wish, channel))
        if request.accepted_renderer.media_type == EventStreamRenderer.media_type:
            return event_stream(channel, {})
        return _accepted(channel, preferred_wait_s(request))


def _accepted(channel: Channel, wait_s: int) -> HttpResponseBase:
    """The transcriptions as soon as they are recorded, or their end within the seconds that are asked for."""

    async def wait() -> HttpResponseBase:
        last = await channel.wait_closed(wait_s) if wait_s else None
        if last is None:
            # Until Kommo has said whether this user may see the lead there is nothing to tell.
            async for event in channel.replay():
                if event[0] != "accepted":
                    last = event
                    break
        name, said = last or ("problem", {})
        if name == "problem":
            return JsonResponse(dict(said), status=said["status"], content_type=PROBLEM)
        response = JsonResponse(dict(said), status=200 if name == "result" else 202)
        if wait_s:
            response["Preference-Applied"] = f"wait={wait_s}"
        return response

    return OnLoop(wait)


class EstimateView(_VoiceView):
    """What a wish would use."""

    @extend_schema(request=WantedSerializer, responses={200: EstimateSerializer, **REFUSED, **refused(422)})
    def post(self, request: Request) -> HttpResponseBase:
        """Measure recordings without having them transcribed. Free; the sound is forgotten at once."""
        self.limit_voice(request)
        wish = self.wish(request, WantedSerializer)

        async def work() -> HttpResponseBase:
            try:
                return JsonResponse(await estimate(wish, within_s=KOMMO_WITHIN_S))
            except Exception as error:
                raise told(error) from None

        return OnLoop(work)


class _OneView(_VoiceView):
    """About one transcription of the asker's account, and a lead that they may see now."""

    def find(self, request: Request, transcription_id: UUID) -> Transcription:
        """The row, or 404: another account's does not exist."""
        found = Transcription.objects.for_account(asker(request).account).filter(id=transcription_id).first()
        if found is None:
            raise NotFound
        return found


class TranscriptionView(_OneView):
    """One transcription by its id."""

    @extend_schema(responses={200: TranscriptionSerializer, **REFUSED})
    def get(self, request: Request, transcription_id: UUID) -> HttpResponseBase:
        """State and numbers of a transcription. Its words stand in Kommo's note."""
        self.limit(reads_of(asker(request)))
        user, row = asker(request), self.find(request, transcription_id)

        async def work() -> HttpResponseBase:
            await runs.current().outgoing.run(check, user.account, user.user_id, row.lead_id)
            return JsonResponse(document(row))

        return OnLoop(work)


class TranscriptTextView(_OneView):
    """The words of one transcription."""

    @extend_schema(responses={200: TranscriptTextSerializer, **REFUSED})
    def get(self, request: Request, transcription_id: UUID) -> HttpResponseBase:
        """The words as they stand in Kommo's note now, read for this user; nothing of them is kept here."""
        self.limit(reads_of(asker(request)))
        user, row = asker(request), self.find(request, transcription_id)

        async def work() -> HttpResponseBase:
            # First the right to the lead: without it, not even this is told.
            await runs.current().outgoing.run(check, user.account, user.user_id, row.lead_id)
            if row.state != State.DONE or row.outcome:
                raise NotFound("no_transcript", detail="There are no words of this recording.")
            client = KommoClient(user.account, within_s=KOMMO_WITHIN_S)
            text = await runs.current().outgoing.run(read_transcript, client, user.user_id, row)
            return JsonResponse({"id": str(row.id), "text": text, "language": row.language or None})

        return OnLoop(work)
