"""An httpx transport with an end: a whole call has a deadline, and a reply a size.

httpx's own timeouts begin anew with every piece that arrives, so a drip would hold a worker for as long as it likes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from transcription.errors import VoiceUnexpected

CONNECT_TIMEOUT_S = 5.0


class BoundedTransport(httpx.BaseTransport):
    """Takes a call's read timeout as the deadline of all of it: sending, waiting, receiving.

    A reply that stalls right before the deadline ends one read timeout later: never more than twice that.
    """

    def __init__(self, *, max_reply_bytes: int) -> None:
        # No proxy from the environment may join a call unasked.
        self._inner = httpx.HTTPTransport(trust_env=False)
        self._max_reply_bytes = max_reply_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        timeouts = request.extensions["timeout"]
        deadline = time.monotonic() + timeouts["read"]
        request.extensions["timeout"] = timeouts | {"connect": min(CONNECT_TIMEOUT_S, timeouts["connect"])}
        request.stream = _Sent(request.stream, deadline)
        reply = self._inner.handle_request(request)
        return httpx.Response(
            reply.status_code,
            headers=reply.headers,
            stream=_Received(reply.stream, deadline, self._max_reply_bytes),
            extensions=reply.extensions,
        )

    def close(self) -> None:
        self._inner.close()


class _Timed(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, deadline: float) -> None:
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError("an asynchronous body in a synchronous call")
        self._stream = stream
        self._deadline = deadline

    def close(self) -> None:
        self._stream.close()


class _Sent(_Timed):
    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            if time.monotonic() > self._deadline:
                raise httpx.WriteTimeout("deadline")
            yield piece


class _Received(_Timed):
    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, deadline: float, max_bytes: int) -> None:
        super().__init__(stream, deadline)
        self._max_bytes = max_bytes

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._stream:
            if time.monotonic() > self._deadline:
                raise httpx.ReadTimeout("deadline")
            size += len(piece)
            if size > self._max_bytes:
                raise VoiceUnexpected
            yield piece
