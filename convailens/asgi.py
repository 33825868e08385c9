"""The web process: what stands around Django, from the outside in.

    CORS ─► request id ─► body cap ─► Django (sync, on one bounded pool) ─► streams, on the event loop
    lifespan: begins the runs and their lease keeper; at shutdown lets runs finish, then marks the rest interrupted

Django's handler is synchronous here on purpose: each request is one hop to a thread, its connection is given back
when the thread is, and a stream that follows lives on the event loop without any thread or connection.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import re
import secrets
import signal
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from types import FrameType
from typing import Any, cast

import django
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase
from starlette.middleware.cors import CORSMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convailens.settings")
django.setup(set_prefix=False)

from convailens.lib import runs  # noqa: E402  (models need a set-up Django)
from convailens.lib.api import EXPOSED_HEADERS, OnLoop  # noqa: E402
from convailens.lib.errors import ConvAILensError, Overloaded, RequestTimeout, TooLarge  # noqa: E402
from convailens.lib.log import catch_uncaught, request_id_var  # noqa: E402
from convailens.lib.problems import problem_response  # noqa: E402

log = logging.getLogger("convailens.web")

LIVE = "/health/live"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


#: Set when the view of the request at hand has returned. Both of Django's tasks for it see the same one.
_viewed: contextvars.ContextVar[asyncio.Event] = contextvars.ContextVar("viewed")


class PooledDjango(ASGIHandler):
    """Django with its whole synchronous stack run on the bounded request pool."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        _viewed.set(asyncio.Event())
        # Not by way of Django's own: it gives every request a thread for its signals, kept until the answer has ended.
        # 200 open streams held 200 threads; without, the signals of all share one.
        await self.handle(scope, receive, send)

    async def listen_for_disconnect(self, receive: Any) -> None:
        """Tell Django of a client that left, once the view has run: it would drop the request and close its body."""
        try:
            await super().listen_for_disconnect(receive)
        except RequestAborted:
            await _viewed.get().wait()
            raise

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        try:
            if request.path == LIVE:
                # Says that the process answers, however busy the pool is: it waits for nothing and nobody.
                response = self.get_response(request)
            else:
                response = await runs.current().requests.run(self.get_response, request)
        except Overloaded as error:
            response = problem_response(error)
        finally:
            _viewed.get().set()
        if isinstance(response, OnLoop):
            response = await response.finish_on_loop()
        # The path may carry codes and secrets; the route cannot.
        route = request.resolver_match.route if request.resolver_match else "-"
        duration_ms = round((time.perf_counter() - began) * 1000, 1)
        extra = {"method": request.method, "route": route, "status": response.status_code, "duration_ms": duration_ms}
        log.info("http.request", extra=extra)
        return response


class RequestId:
    """Gives each request an id of ours, for the log lines, the problem documents and the X-Request-Id header."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = secrets.token_hex(8)
        request_id_var.set(request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        await self.app(scope, receive, send_with_id)


class BodyCap:
    """Refuses bodies over the limit with 413, by the declared length or while they arrive, and keeps none of them."""

    def __init__(self, app: App, limit_bytes: int) -> None:
        self.app = app
        self.limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if declared.isdigit() and int(declared) > self.limit_bytes:
            return await self._refuse(send, TooLarge(limit_bytes=self.limit_bytes))
        # Read it all before Django does, so that the refusal is ours and nothing half-read reaches a parser.
        parts: list[bytes] = []
        size = 0
        ends_at = asyncio.get_running_loop().time() + settings.BODY_TIMEOUT_S
        while True:
            try:
                async with asyncio.timeout_at(ends_at):
                    message = await receive()
            except TimeoutError:
                return await self._refuse(send, RequestTimeout())
            if message["type"] == "http.disconnect":
                return None
            body: bytes = message.get("body", b"")
            size += len(body)
            if size > self.limit_bytes:
                return await self._refuse(send, TooLarge(limit_bytes=self.limit_bytes))
            parts.append(body)
            if not message.get("more_body", False):
                break
        whole: list[Message] = [{"type": "http.request", "body": b"".join(parts), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self.app(scope, replay, send)

    async def _refuse(self, send: Send, error: ConvAILensError) -> None:
        response = problem_response(error)
        headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
        headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.content})


class Lifespan:
    """Start-up and shutdown of the process, as ASGI's lifespan protocol has it."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            return await self.app(scope, receive, send)
        if scope["type"] != "lifespan":
            return None
        await receive()
        process = runs.begin(asyncio.get_running_loop())
        keepers = [import_module(path).begin for path in settings.WEB_PROCESS_PARTS]
        closers = [await begin() for begin in keepers]
        _drain_from_the_signal_on(process)
        log.info("web.started", extra={"pid": os.getpid()})
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await process.drain(settings.DRAIN_S)
        for close in closers:
            await close()
        log.info("web.stopped", extra={"pid": os.getpid()})
        await send({"type": "lifespan.shutdown.complete"})


def _drain_from_the_signal_on(process: runs.Runs) -> None:
    """Begin the drain when the process is told to stop.

    uvicorn tells the application only once every stream has ended or its own patience has, and a stream ends with its
    run: a run too long for the drain would be cut off without a word.
    """
    if threading.current_thread() is not threading.main_thread():
        return

    def before(previous: Callable[[int, FrameType | None], Any]) -> Callable[[int, FrameType | None], Any]:
        def handle(number: int, frame: FrameType | None) -> None:
            process.loop.call_soon_threadsafe(process.begin_drain, settings.DRAIN_S)
            previous(number, frame)

        return handle

    for number in (signal.SIGTERM, signal.SIGINT):
        previous = signal.getsignal(number)
        if callable(previous):
            signal.signal(number, before(previous))


def _build() -> App:
    origins = "|".join([settings.CORS_ORIGIN_PATTERN, *map(re.escape, settings.SANDBOX_ORIGINS)])
    http = CORSMiddleware(
        RequestId(BodyCap(cast(App, PooledDjango()), settings.BODY_LIMIT_BYTES)),
        allow_origin_regex=origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "Prefer",
            "X-Auth-Token",
            "X-Widget-Version",
        ],
        expose_headers=list(EXPOSED_HEADERS),
        max_age=3600,
    )
    return Lifespan(http)


catch_uncaught()
application = _build()
