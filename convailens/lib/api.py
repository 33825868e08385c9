"""What every API view of ours shares: the widget's version, throttles, answers that are finished on the event loop."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView as DRFView

from convailens.lib.errors import UpgradeRequired
from convailens.lib.problems import as_problem
from convailens.lib.sse import Channel
from convailens.lib.throttles import Limit, State, hit

EXPOSED_HEADERS = (
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-Request-Id",
    "Location",
    "Preference-Applied",
)
_WAIT = re.compile(r"(?:^|[,;\s])wait=\"?(\d{1,3})\b")
MAX_WAIT_S = 30
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})")


def client_address(request: HttpRequest | Request) -> str:
    """The address of who is calling: as far from the right of X-Forwarded-For as we have proxies, else the peer."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    if settings.TRUSTED_PROXIES and len(hops) >= settings.TRUSTED_PROXIES:
        return str(hops[-settings.TRUSTED_PROXIES])
    return str(request.META.get("REMOTE_ADDR", ""))


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


def preferred_wait_s(request: HttpRequest | Request) -> int:
    """The seconds that `Prefer: wait=20` asks for, within our bound; 0 where nothing is said."""
    said = _WAIT.search(request.headers.get("Prefer", ""))
    return min(int(said.group(1)), MAX_WAIT_S) if said else 0


def event_stream(channel: Channel, headers: Mapping[str, str]) -> StreamingHttpResponse:
    """What is said on a channel as the body of a response."""
    response = StreamingHttpResponse(
        channel.stream(), content_type="text/event-stream; charset=utf-8", headers=dict(headers)
    )
    response["X-Accel-Buffering"] = "no"  # Proxies that buffer would hold the words back.
    return response


class OnLoop(HttpResponse):
    """A response that is finished on the event loop after its view has returned, so that waiting holds no thread.

    `work` is awaited there; what it raises becomes a problem. Headers set on this response (throttles) are kept.
    """

    def __init__(self, work: Callable[[], Awaitable[HttpResponseBase]]) -> None:
        super().__init__(status=500)
        self._has_been_logged = True  # Django logs a 500 as a fault; this one is a promise.
        self._work = work

    async def finish_on_loop(self) -> HttpResponseBase:
        """The finished response."""
        try:
            response = await self._work()
        except Exception as error:
            response = as_problem(error, {})
        for name, value in self.items():
            if name.lower() not in {"content-length", "content-type"}:  # Those were of the empty stand-in.
                response.headers.setdefault(name, value)
        if isinstance(response, HttpResponse):
            response["Content-Length"] = str(len(response.content))
        return response


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
