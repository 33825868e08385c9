"""Deepgram's error bodies, by name. Source: Deepgram's page on errors (2025); what is not there is marked."""

from __future__ import annotations

import json
import uuid
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

#: The id of the request being answered: in the header of every answer and in the body of most.
request_id: ContextVar[str] = ContextVar("request_id")


def current_id() -> str:
    """The request's id; a new one outside of requests."""
    return request_id.get(None) or str(uuid.uuid4())


@dataclass(eq=False)  # An exception is given its traceback, so it cannot be frozen.
class Fault(Exception):
    """A refusal. Deepgram has two shapes: with `details` it is the modern one. No value of the request stands in it."""

    status: int
    code: str
    message: str
    details: str | None = None

    @property
    def body(self) -> dict[str, Any]:
        if self.details is None:
            return {"err_code": self.code, "err_msg": self.message, "request_id": current_id()}
        return {
            "category": self.code,
            "message": self.message,
            "details": self.details,
            "request_id": current_id(),
        }

    def response(self) -> Response:
        return Response(json.dumps(self.body), self.status, media_type="application/json")


def bad_request(message: str) -> Fault:
    return Fault(400, "Bad Request", f"Bad Request: {message}")


def corrupt() -> Fault:
    """Also what JSON gets that came without its content type."""
    return bad_request("failed to process audio: corrupt or unsupported data")


def no_such_model() -> Fault:
    return bad_request("No such model/version combination found.")


def no_such_language() -> Fault:
    return bad_request("No such model/language/tier combination found.")


def bad_query(why: str) -> Fault:
    return Fault(400, "INVALID_QUERY_PARAMETER", f"Failed to deserialize query parameters: {why}")


def bad_callback() -> Fault:
    return Fault(400, "INVALID_QUERY_PARAMETER", "Invalid callback url.")


def unreadable_json() -> Fault:
    return Fault(400, "Bad Request", "Content-type was application/json, but we could not process the JSON payload.")


def no_url(column: int) -> Fault:
    details = f"Json deserialize error: missing field `url` at line 1 column {column}"
    return Fault(400, "INVALID_JSON", "Invalid JSON submitted.", details)


def remote_content(message: str) -> Fault:
    return Fault(400, "REMOTE_CONTENT_ERROR", message)


def invalid_auth() -> Fault:
    return Fault(401, "INVALID_AUTH", "Invalid credentials.")


def payment_required() -> Fault:
    return Fault(
        402,
        "ASR_PAYMENT_REQUIRED",
        "Project does not have enough credits for an ASR request and does not have an overage agreement.",
    )


_OTHERS = {
    403: ("INSUFFICIENT_PERMISSIONS", "Project does not have access to the requested model."),
    413: ("PAYLOAD_TOO_LARGE", "Payload size exceeds limit of 2 GB."),
    429: ("TOO_MANY_REQUESTS", "Too many requests. Please try again later"),
    # The next four have no documented body of their own for audio.
    500: ("INTERNAL_SERVER_ERROR", "Internal server error."),
    502: ("Bad Gateway", "Bad gateway."),
    503: ("Service Unavailable", "Please try again later"),
    504: ("Gateway Timeout", "The request took too long to process."),
}


def error_body(status: int, params: dict[str, Any]) -> tuple[bytes, str]:
    """The body for a misbehaviour of kind `status`; `error_code` and `detail` in params replace code and message."""
    known = {
        400: corrupt(),
        401: invalid_auth(),
        402: payment_required(),
        **{code: Fault(code, *texts) for code, texts in _OTHERS.items()},
    }
    fault = known.get(status) or Fault(status, "SANDBOX", "Sandbox error.")
    if status == 401 and params.get("error_code") == "INSUFFICIENT_PERMISSIONS":
        fault = Fault(401, "INSUFFICIENT_PERMISSIONS", "User does not have sufficient permissions.")
    fault = Fault(status, params.get("error_code", fault.code), params.get("detail", fault.message))
    return json.dumps(fault.body).encode(), "application/json"
