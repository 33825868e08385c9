"""Answers that end with the connection: what was to be said is not said, or not to its end."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


async def hang_up(receive: Receive, *, at_once: bool) -> None:
    """Close the connection: at once, or when what was sent has left. Returns when it is closed.

    ASGI has no word for this; `receive` is a method of uvicorn's request, which holds the transport.
    """
    transport: Any = getattr(receive, "__self__").transport  # noqa: B009 (a function has no such attribute for mypy)
    if at_once:
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


class NoAnswer(Response):
    """The request was carried out; not one byte of the answer comes back."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await hang_up(receive, at_once=True)


class ShortAnswer(Response):
    """Says that it is longer than it is, and ends."""

    def __init__(self, content: bytes, media_type: str, *, missing: int) -> None:
        super().__init__(content, media_type=media_type)
        self.headers["Content-Length"] = str(len(content) + missing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        await hang_up(receive, at_once=False)
