"""The error bodies of the model's API, by name: status, message, type, code, headers. Source: OpenAI's error guide."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response


@dataclass(eq=False)  # An exception is given its traceback, so it cannot be frozen.
class APIFault(Exception):
    """A refusal of the API; `param` names the field at fault and never holds a value."""

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}

    def response(self) -> Response:
        text = json.dumps(self.body, indent=2) + "\n"
        return Response(text, self.status, dict(self.headers), "application/json")


def bad_request(message: str, *, param: str | None = None, code: str | None = None) -> APIFault:
    return APIFault(400, message, param=param, code=code)


def invalid_api_key() -> APIFault:
    return APIFault(
        401,
        "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
    )


def model_not_found(model: str) -> APIFault:
    return APIFault(
        404, f"The model `{model[:80]}` does not exist or you do not have access to it.", code="model_not_found"
    )


def rate_limited(model: str, *, retry_after_ms: int = 200, per: str = "requests") -> APIFault:
    """429 with both waiting headers; `per` is requests or tokens."""
    unit = "requests per min (RPM)" if per == "requests" else "tokens per min (TPM)"
    return APIFault(
        429,
        f"Rate limit reached for {model} in organization org-sandbox on {unit}: Limit 500, Used 500, Requested 1. "
        f"Please try again in {retry_after_ms}ms. Visit https://platform.openai.com/account/rate-limits to learn more.",
        type=per,
        code="rate_limit_exceeded",
        headers={"retry-after-ms": str(retry_after_ms), "retry-after": str(-(-retry_after_ms // 1000))},
    )


def insufficient_quota() -> APIFault:
    return APIFault(
        429,
        "You exceeded your current quota, please check your plan and billing details. "
        "For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        type="insufficient_quota",
        code="insufficient_quota",
    )


def server_error() -> APIFault:
    return APIFault(
        500, "The server had an error while processing your request. Sorry about that!", type="server_error"
    )


def overloaded() -> APIFault:
    return APIFault(
        503,
        "The engine is currently overloaded, please try again later.",
        type="service_unavailable_error",
        code="server_is_overloaded",
    )


def context_length_exceeded(limit: int, used: int) -> APIFault:
    return bad_request(
        f"This model's maximum context length is {limit} tokens. However, your messages resulted in {used} tokens. "
        "Please reduce the length of the messages.",
        param="messages",
        code="context_length_exceeded",
    )


def error_body(status: int, params: dict[str, Any]) -> tuple[bytes, str]:
    """The body for a misbehaviour of kind `status`; `error_code` in params chooses between the two kinds of 429."""
    known = {
        401: invalid_api_key(),
        404: model_not_found("gpt-4o-mini"),
        429: insufficient_quota() if params.get("error_code") == "insufficient_quota" else rate_limited("gpt-4o-mini"),
        500: server_error(),
        503: overloaded(),
    }
    fault = known.get(status) or APIFault(status, "Sandbox error.", type="server_error" if status >= 500 else "error")
    return json.dumps(fault.body).encode(), "application/json"
