"""The tree of our errors: what can go wrong, in one picture.

    ConvAILensError
    ├── InvalidInput            400   the request's content is at fault
    ├── NotAuthenticated        401   no session, or one that ended
    ├── NotAllowed              403   known, but not permitted
    ├── NotFound                404   does not exist for this user
    ├── RequestTimeout          408   the body did not arrive in time
    ├── Conflict                409   the state of things forbids it now
    ├── TooLarge                413   more than a limit allows
    ├── Unprocessable           422   well-formed, but cannot be done
    ├── UpgradeRequired         426   the widget is older than we serve
    ├── RateLimited             429   too many requests (ours)
    ├── QuotaExceeded           402   the plan's count is used up
    ├── Overloaded              503   our queue is full
    └── ServiceError            502   an outside service
        ├── ServiceUnavailable  503   no answer or 5xx: try again
        ├── ServiceRateLimited  503   it asked us to slow down: try after `retry_after_s`
        ├── ServiceRefused      502   it said no: do not repeat
        └── UnexpectedReply     502   it said something we cannot read: do not repeat

A class's docstring is the sentence a person reads; `code` is what a program reads. Nothing that a user or a service
wrote ever stands in an exception's message: it would end up in logs and error reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ConvAILensError(Exception):
    """Something went wrong on our side."""

    code: str = "error"
    http_status: int = 500
    retryable: bool = False

    def __init__(
        self,
        code: str | None = None,
        *,
        detail: str | None = None,
        retry_after_s: float | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
        **extra: Any,
    ) -> None:
        """Hold a stable `code`, an optional fixed sentence, field errors by path, and data for the asker alone.

        `extra` is given back to the caller in the problem document and is never logged.
        """
        if code:
            self.code = code
        self.detail = detail or " ".join((type(self).__doc__ or "").split())
        self.retry_after_s = retry_after_s
        self.fields = {path: list(codes) for path, codes in (fields or {}).items()}
        self.extra = extra
        super().__init__(self.code)


class InvalidInput(ConvAILensError):
    """The request is not as it should be; see the field errors."""

    code = "invalid_input"
    http_status = 400


class NotAuthenticated(ConvAILensError):
    """There is no valid session; open a new one."""

    code = "not_authenticated"
    http_status = 401


class NotAllowed(ConvAILensError):
    """This user may not do that."""

    code = "not_allowed"
    http_status = 403


class NotFound(ConvAILensError):
    """There is nothing here for this user."""

    code = "not_found"
    http_status = 404


class RequestTimeout(ConvAILensError):
    """The request's body did not arrive in time; send it again."""

    code = "request_timeout"
    http_status = 408
    retryable = True


class Conflict(ConvAILensError):
    """That cannot be done in the present state."""

    code = "conflict"
    http_status = 409


class TooLarge(ConvAILensError):
    """The request is larger than allowed."""

    code = "too_large"
    http_status = 413


class Unprocessable(ConvAILensError):
    """The request is well-formed but cannot be done as asked."""

    code = "unprocessable"
    http_status = 422


class UpgradeRequired(ConvAILensError):
    """This widget is too old for the service; reload the page."""

    code = "widget_too_old"
    http_status = 426


class RateLimited(ConvAILensError):
    """Too many requests; wait a little."""

    code = "rate_limited"
    http_status = 429
    retryable = True


class QuotaExceeded(ConvAILensError):
    """The plan's count for this month is used up."""

    code = "quota_used_up"
    http_status = 402


class Overloaded(ConvAILensError):
    """The service is busy; try again in a moment."""

    code = "overloaded"
    http_status = 503
    retryable = True


class ServiceError(ConvAILensError):
    """An outside service failed."""

    code = "service_error"
    http_status = 502


class ServiceUnavailable(ServiceError):
    """An outside service does not answer; try again."""

    code = "service_unavailable"
    http_status = 503
    retryable = True


class ServiceRateLimited(ServiceError):
    """An outside service asked us to slow down; try again later."""

    code = "service_rate_limited"
    http_status = 503
    retryable = True


class ServiceRefused(ServiceError):
    """An outside service refused the request."""

    code = "service_refused"
    http_status = 502


class UnexpectedReply(ServiceError):
    """An outside service answered in a way we cannot read."""

    code = "unexpected_reply"
    http_status = 502
