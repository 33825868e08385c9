"""An httpx transport with an end: a whole call has a deadline, and a reply a size.

httpx's own timeouts begin anew with every piece that arrives, so a drip would hold a worker for as long as it likes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from transcription.errors import VoiceUnexpected

CONNECT_TIMEOUT_S = 5.0
#: How long nothing may move while a body is on its way. A call ends at most so long after its deadline.
STALL_S = 10.0
_AT_ONCE_S = 0.001  # 0 would not mean "no time left" but "do not block".


class BoundedTransport(httpx.BaseTransport):
    """Takes a call's read timeout as the deadline of all of it: sending, waiting, receiving."""

    def __init__(self, *, max_reply_bytes: int, stall_s: float = STALL_S) -> None:
        # No proxy from the environment may join a call unasked.
        self._inner = httpx.HTTPTransport(trust_env=False)
        self._max_reply_bytes = max_reply_bytes
        self._stall_s = stall_s

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        timeouts: dict[str, float] = request.extensions["timeout"]
        call = _Call(timeouts["read"])
        # httpcore holds on to this dictionary and looks into it at each of a call's stages.
        call.timeouts = request.extensions["timeout"] = timeouts | {
            "connect": min(CONNECT_TIMEOUT_S, timeouts["connect"]),
            "write": min(self._stall_s, timeouts["write"]),
        }
        request.stream = _Sent(request.stream, call)
        reply = self._inner.handle_request(request)
        call.timeouts["read"] = min(self._stall_s, call.left_s)
        return httpx.Response(
            reply.status_code,
            headers=reply.headers,
            stream=_Received(reply.stream, call, self._max_reply_bytes),
            extensions=reply.extensions,
        )

    def close(self) -> None:
        self._inner.close()


class _Call:
    """One call: when it has to end, and the timeouts of its stage."""

    def __init__(self, lasts_s: float) -> None:
        self._deadline = time.monotonic() + lasts_s
        self.timeouts: dict[str, float] = {}

    @property
    def left_s(self) -> float:
        return max(_AT_ONCE_S, self._deadline - time.monotonic())

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._deadline


class _Stream(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, call: _Call) -> None:
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError("an asynchronous body in a synchronous call")
        self._stream = stream
        self._call = call

    def close(self) -> None:
        self._stream.close()


class _Sent(_Stream):
    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            if self._call.is_over:
                raise httpx.WriteTimeout("deadline")
            yield piece
        # What sending took is not there for waiting.
        self._call.timeouts["read"] = self._call.left_s


class _Received(_Stream):
    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, call: _Call, max_bytes: int) -> None:
        super().__init__(stream, call)
        self._max_bytes = max_bytes

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._stream:
            if self._call.is_over:
                raise httpx.ReadTimeout("deadline")
            size += len(piece)
            if size > self._max_bytes:
                raise VoiceUnexpected
            yield piece
