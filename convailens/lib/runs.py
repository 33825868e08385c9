"""Where work runs: the event loop's own tasks, and the bounded thread pools beside it.

Three pools, so that none can starve another: `requests` (whole Django requests), `database` (ORM calls of runs) and
`outgoing` (blocking calls to Kommo). A thread never keeps a database connection between two calls: it is given back
in `finally`, so an open stream holds none. Runs are tasks of the loop, independent of the request that began them: a
client that leaves changes nothing.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

from convailens.lib.errors import Overloaded

log = logging.getLogger("convailens.runs")
P = ParamSpec("P")
T = TypeVar("T")

INTERRUPTING_S = 3.0  # What cancelled runs have to record their interruption.


class Pool:
    """A bounded pool of threads with a bounded queue before it."""

    def __init__(self, name: str, *, threads: int, queue: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads + queue
        self._lock = threading.Lock()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in a thread, in a copy of the caller's context. Raises Overloaded when the queue is full."""
        with self._lock:
            if self._free <= 0:
                raise Overloaded(retry_after_s=1)
            self._free -= 1
        call = functools.partial(_and_give_back, functools.partial(function, *args, **kwargs))
        try:
            future = self._executor.submit(contextvars.copy_context().run, call)
        except BaseException:
            self._release()
            raise
        # Freed when the thread is, not when the waiter is: a cancelled waiter leaves its thread working.
        future.add_done_callback(lambda _: self._release())
        return await asyncio.wrap_future(future)

    def _release(self) -> None:
        with self._lock:
            self._free += 1

    def close(self) -> None:
        """Accept no more work; what is running ends by itself."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def _and_give_back(call: Callable[[], T]) -> T:
    try:
        return call()
    finally:
        connections.close_all()


class Runs:
    """The tasks of one process, on one loop, with the pools they use. Made at start-up, drained at shutdown."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.requests = Pool("request", threads=settings.REQUEST_THREADS, queue=settings.REQUEST_QUEUE)
        self.database = Pool("database", threads=settings.RUN_DATABASE_THREADS, queue=settings.RUN_QUEUE)
        self.outgoing = Pool("outgoing", threads=settings.RUN_OUTGOING_THREADS, queue=settings.RUN_QUEUE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends_at: float | None = None

    def start(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start a run on the loop, from any thread, in a context of its own (nothing of the request leaks into it)."""
        self.loop.call_soon_threadsafe(self._register, run, context=contextvars.Context())

    def _register(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = self.loop.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        if self._ends_at is not None and self.loop.time() >= self._ends_at:
            # Begun by a request that was still on its way: it takes its first step, so that it can record its end.
            self.loop.call_soon(task.cancel)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # A run handles its own faults; one that reaches here is a bug worth a loud line.
            log.error("run.crashed", exc_info=error)

    def begin_drain(self, timeout_s: float) -> None:
        """Give the runs `timeout_s` more seconds, those that begin meanwhile too; then they are cancelled.

        On the loop only. The first call counts: whoever asks later waits for the same end.
        """
        if self._ends_at is not None:
            return
        log.info("runs.draining", extra={"count": len(self._tasks)})
        self._ends_at = self.loop.time() + timeout_s
        self.loop.call_at(self._ends_at, self._cancel_late)

    def _cancel_late(self) -> None:
        if self._tasks:
            log.warning("runs.cancelled", extra={"count": len(self._tasks)})
        for task in self._tasks:
            task.cancel()

    async def drain(self, timeout_s: float) -> None:
        """Wait for the runs up to `timeout_s` seconds; the rest is cancelled and has a moment to record it."""
        self.begin_drain(timeout_s)
        ends_at = (self._ends_at or 0.0) + INTERRUPTING_S
        while self._tasks and (left_s := ends_at - self.loop.time()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left_s)
        for pool in (self.requests, self.database, self.outgoing):
            pool.close()

    @property
    def is_draining(self) -> bool:
        """Whether the process is about to end: who only watches what others do should not hold it up."""
        return self._ends_at is not None

    @property
    def count(self) -> int:
        """How many runs are in flight."""
        return len(self._tasks)


_current: Runs | None = None


def begin(loop: asyncio.AbstractEventLoop) -> Runs:
    """Make this process's `Runs`; called once by the web process's lifespan."""
    global _current
    _current = Runs(loop)
    return _current


def current() -> Runs:
    """This process's `Runs`; raises RuntimeError outside the web process."""
    if _current is None:
        raise RuntimeError("Runs live in the web process only.")
    return _current
