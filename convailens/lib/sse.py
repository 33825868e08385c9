"""Server-sent events: framing, heartbeat, and the replay of a run's channel.

A `Channel` keeps what a run has said so far. Any number of readers, joining at any time, each get the whole of it in
order and then what follows. A reader that leaves is of no consequence to the run. Source of the framing: WHATWG HTML,
"Server-sent events".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

HEARTBEAT_S = 15.0


def frame(event: str, data: Mapping[str, Any]) -> bytes:
    """One event as bytes. JSON escapes line breaks, so one data line is enough."""
    return f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False, allow_nan=False)}\n\n".encode()


class Channel:
    """What a run says, in memory, for those who listen. Written on the event loop only; read there too."""

    def __init__(self) -> None:
        self._events: list[tuple[str, Mapping[str, Any]]] = []
        self._news = asyncio.Event()
        self.is_closed = False
        #: How many are listening now: a run goes on without them, mere watching need not.
        self.listeners = 0

    def say(self, event: str, data: Mapping[str, Any]) -> None:
        """Append an event; what is said after the end is dropped (a late attempt has nothing to add)."""
        if self.is_closed:
            return
        self._events.append((event, data))
        self._wake()

    def close(self) -> None:
        """Say that nothing follows."""
        self.is_closed = True
        self._wake()

    def _wake(self) -> None:
        # A fresh event each time: every waiter holds the old one and is woken exactly once.
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def replay(self) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
        """All events from the first to the last, waiting for those to come."""
        position = 0
        self.listeners += 1
        try:
            while True:
                news = self._news
                while position < len(self._events):
                    yield self._events[position]
                    position += 1
                if self.is_closed:
                    return
                await news.wait()
        finally:
            self.listeners -= 1

    async def wait_closed(self, timeout_s: float) -> tuple[str, Mapping[str, Any]] | None:
        """The last event once nothing follows, or None when `timeout_s` seconds were not enough."""

        async def drained() -> None:
            async for _ in self.replay():
                pass

        try:
            await asyncio.wait_for(drained(), timeout_s)
        except TimeoutError:
            return None
        return self._events[-1] if self._events else None

    async def stream(self, *, heartbeat_s: float = HEARTBEAT_S) -> AsyncIterator[bytes]:
        """The same as bytes for a response body, with a comment when nothing was said for `heartbeat_s` seconds."""
        position = 0
        self.listeners += 1
        try:
            while True:
                news = self._news
                if position < len(self._events):
                    batch = self._events[position:]
                    position += len(batch)
                    yield b"".join(frame(*event) for event in batch)
                    continue
                if self.is_closed:
                    return
                try:
                    await asyncio.wait_for(news.wait(), heartbeat_s)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self.listeners -= 1
