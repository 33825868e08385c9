"""Ctrl-C, SIGTERM and a closed terminal, as one exception; during the stop, as a wish to hurry."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Asked(BaseException):
    """Somebody asked us to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Whole:
    """What `whole` keeps: how deep we are in it, and the signal that waits for its end."""

    depth = 0
    waiting: int | None = None


@contextlib.contextmanager
def whole() -> Iterator[None]:
    """What must not be left half done: a signal that comes within is raised as `Asked` right after it."""
    _Whole.depth += 1
    try:
        yield
    finally:
        _Whole.depth -= 1
        number = _Whole.waiting
        if number is not None and not _Whole.depth:
            _Whole.waiting = None
            raise Asked(number)


class Signals:
    """From `listen` on the first signal raises `Asked` wherever we are; later ones only set `is_hurried`."""

    def __init__(self) -> None:
        self.is_stopping = False
        self.is_hurried = False

    def listen(self) -> None:
        """Take over SIGINT, SIGTERM and, unless `nohup` has us ignore it, SIGHUP."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._heard)

    def stopping(self) -> None:
        """From here on nothing is raised, so that the stop itself is not cut short."""
        self.is_stopping = True

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.is_stopping:
            # A closing terminal sends both SIGHUP and SIGTERM; only a person's second Ctrl-C is impatience.
            self.is_hurried = self.is_hurried or number == signal.SIGINT
            return
        self.is_stopping = True
        if _Whole.depth:
            _Whole.waiting = number
            return
        raise Asked(number)
