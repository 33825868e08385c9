"""What every API view of ours shares: one error shape (RFC 9457 problem+json), strict JSON in, streams out."""

from __future__ import annotations

import json
import logging
import math
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from rest_framework import exceptions as drf
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView as DRFView

from convailens.lib.errors import ConvAILensError, InvalidInput, UpgradeRequired
from convailens.lib.log import request_id_var
from convailens.lib.throttles import Limit, State, hit

log = logging.getLogger("convailens.api")

PROBLEM = "application/problem+json"
EXPOSED_HEADERS = (
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-Request-Id",
    "Location",
    "Preference-Applied",
)
OUTSIDE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})")

#: DRF's own refusals, in our words and codes.
_DRF_CODES: dict[type[drf.APIException], tuple[str, str]] = {
    drf.NotAuthenticated: ("not_authenticated", "There is no valid session; open a new one."),
    drf.AuthenticationFailed: ("not_authenticated", "There is no valid session; open a new one."),
    drf.PermissionDenied: ("not_allowed", "This user may not do that."),
    drf.NotFound: ("not_found", "There is nothing here for this user."),
    drf.MethodNotAllowed: ("method_not_allowed", "This address does not take that method."),
    drf.NotAcceptable: ("not_acceptable", "None of the media types asked for can be served."),
    drf.UnsupportedMediaType: ("unsupported_media_type", "Send application/json."),
    drf.ParseError: ("not_json", "The body is not valid JSON."),
    drf.ValidationError: ("invalid_input", "The request is not as it should be; see the field errors."),
}


def problem(error: ConvAILensError) -> dict[str, Any]:
    """An error of ours as a problem document: what a client reads, in one shape everywhere."""
    document: dict[str, Any] = {
        "type": f"urn:convailens:problem:{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": error.http_status,
        "detail": error.detail,
        "code": error.code,
        "retryable": error.retryable,
        "request_id": request_id_var.get(),
    }
    if error.retry_after_s is not None:
        document["retry_after_s"] = math.ceil(error.retry_after_s)
    if error.fields:
        document["errors"] = error.fields
    document |= {key: value for key, value in error.extra.items() if not isinstance(value, State)}
    return document


def problem_response(error: ConvAILensError) -> JsonResponse:
    """The problem document as a response with its headers."""
    document = problem(error)
    response = JsonResponse(document, status=error.http_status, content_type=PROBLEM)
    if error.retry_after_s is not None:
        response["Retry-After"] = str(math.ceil(error.retry_after_s))
    if isinstance(limit := error.extra.get("limit"), State):
        for name, value in limit.headers().items():
            response[name] = value
    if error.http_status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="convailens"'
    return response


def _plain(code: str, status: int, detail: str, *, fields: dict[str, list[str]] | None = None) -> ConvAILensError:
    """An error that has no class of its own in our tree (a DRF or Django refusal)."""
    kind = type("Refused", (ConvAILensError,), {"http_status": status})
    error: ConvAILensError = kind(code, detail=detail, fields=fields)
    return error


def _field_codes(codes: Any, path: str = "") -> dict[str, list[str]]:
    """DRF's nested error codes as `{path: [code]}`; only codes go out, since DRF's texts repeat the value."""
    found: dict[str, list[str]] = {}
    if isinstance(codes, dict):
        for key, value in codes.items():
            name = "" if key == "non_field_errors" else str(key)
            found |= _field_codes(value, f"{path}.{name}".strip(".") if name else path)
    elif isinstance(codes, list) and any(isinstance(item, dict | list) for item in codes):
        for index, item in enumerate(codes):
            found |= _field_codes(item, f"{path}[{index}]")
    else:
        found[path or "body"] = [str(code) for code in (codes if isinstance(codes, list) else [codes])]
    return found


def as_problem(error: Exception, context: dict[str, Any]) -> HttpResponseBase | None:
    """DRF's exception handler: everything becomes application/problem+json; an unknown fault is a logged 500."""
    if isinstance(error, ConvAILensError):
        known = error
    elif isinstance(error, Http404):
        known = _plain("not_found", 404, _DRF_CODES[drf.NotFound][1])
    elif isinstance(error, PermissionDenied):
        known = _plain("not_allowed", 403, _DRF_CODES[drf.PermissionDenied][1])
    elif isinstance(error, drf.APIException):
        code, detail = _DRF_CODES.get(type(error), ("refused", "The request was refused."))
        fields = _field_codes(error.get_codes()) if isinstance(error, drf.ValidationError) else None
        known = _plain(code, error.status_code, detail, fields=fields)
    elif isinstance(error, SuspiciousOperation):
        known = _plain("bad_request", 400, "The request cannot be read.")
    else:
        log.error("api.crashed", exc_info=error)
        known = ConvAILensError("internal", detail="Something went wrong on our side; the request id helps us find it.")
    return problem_response(known)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """Django's 404 for a path that is no route of ours."""
    return problem_response(_plain("not_found", 404, "There is nothing at this address."))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """Django's 400 (a host that is not ours, a broken header)."""
    return problem_response(_plain("bad_request", 400, "The request cannot be read."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """Django's 403."""
    return problem_response(_plain("not_allowed", 403, "This user may not do that."))


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's 500; the cause was logged by Django's handler through our formatter."""
    return problem_response(
        ConvAILensError("internal", detail="Something went wrong on our side; the request id helps us find it.")
    )


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it: no NaN, no Infinity, and nesting within what Python can walk."""

    strict = True

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise drf.ParseError from None


class EventStreamRenderer(BaseRenderer):
    """Lets content negotiation choose text/event-stream; the view itself returns the stream."""

    media_type = "text/event-stream"
    format = "event-stream"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return json.dumps(data).encode()


def client_address(request: HttpRequest | Request) -> str:
    """The address of who is calling: as far from the right of X-Forwarded-For as we have proxies, else the peer."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    if settings.TRUSTED_PROXIES and len(hops) >= settings.TRUSTED_PROXIES:
        return str(hops[-settings.TRUSTED_PROXIES])
    return str(request.META.get("REMOTE_ADDR", ""))


def check_outside_id(value: Any, field: str) -> str:
    """An id from outside as text, or InvalidInput: ids are stored and logged, so they may not be a place for text."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not OUTSIDE_ID.fullmatch(text):
        raise InvalidInput(fields={field: ["invalid_id"]})
    return text


def widget_version(request: HttpRequest | Request) -> str | None:
    """The calling widget's version, or None when it does not say one. Raises UpgradeRequired below the minimum."""
    said = request.headers.get("X-Widget-Version")
    if said is None:
        return None
    match = _VERSION.fullmatch(said.strip())
    minimum = _VERSION.fullmatch(settings.MIN_WIDGET_VERSION)
    if match is None or minimum is None or tuple(map(int, match.groups())) < tuple(map(int, minimum.groups())):
        raise UpgradeRequired(minimum=settings.MIN_WIDGET_VERSION)
    return match.group()


class APIView(DRFView):
    """Base of all our API views: checks the widget's version, and carries the throttle's headers on the answer."""

    throttle_state: State | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        widget_version(request)
        super().initial(request, *args, **kwargs)

    def limit(self, *limits: Limit) -> None:
        """Count this call; raises RateLimited, else remembers what the response's RateLimit-* headers say."""
        self.throttle_state = hit(limits)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.throttle_state is not None:
            for name, value in self.throttle_state.headers().items():
                response.setdefault(name, value)
        response.setdefault("Cache-Control", "no-store")
        return response


__all__ = [
    "EXPOSED_HEADERS",
    "APIView",
    "EventStreamRenderer",
    "Request",
    "Response",
    "StrictJSONParser",
    "as_problem",
    "check_outside_id",
    "client_address",
    "problem",
    "problem_response",
    "widget_version",
]
