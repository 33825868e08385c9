"""The one error shape of the API, RFC 9457 problem+json, made from our errors, DRF's and Django's."""

from __future__ import annotations

import logging
import math
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from rest_framework import exceptions as drf

from convailens.lib.errors import ConvAILensError
from convailens.lib.log import request_id_var
from convailens.lib.throttles import State

log = logging.getLogger("convailens.api")

PROBLEM = "application/problem+json"

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
    error = ConvAILensError(code, detail=detail, fields=fields)
    error.http_status = status
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


def as_problem(error: Exception, context: dict[str, Any]) -> HttpResponseBase:
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


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Django's refusal of a form without its token; the reason is a constant of Django's and tells a client nothing."""
    return forbidden(request)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's 500; the cause was logged by Django's handler through our formatter."""
    return problem_response(
        ConvAILensError("internal", detail="Something went wrong on our side; the request id helps us find it.")
    )
