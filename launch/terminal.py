"""What the launcher says: progress on stderr, so that stdout stays for results; failures as one clear line."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator


class Stop(Exception):
    """Ends the command with this message on stderr and this exit code."""

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Voice:
    """Says how things go, or keeps quiet when asked to."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self._is_within_line = False

    def say(self, text: str = "") -> None:
        """One line of progress; a terminal that has gone away is no reason to fail."""
        if not self.quiet:
            self.insist(text)

    def insist(self, text: str = "") -> None:
        """One line that is said even when quiet."""
        with contextlib.suppress(OSError, ValueError):
            print(text, file=sys.stderr, flush=True)

    def write(self, text: str) -> None:
        """A piece of running text."""
        if not self.quiet and text:
            self._is_within_line = not text.endswith("\n")
            with contextlib.suppress(OSError, ValueError):
                print(text, end="", file=sys.stderr, flush=True)

    def end_line(self) -> None:
        """End the running text, if there is some."""
        if self._is_within_line:
            self.write("\n")

    @contextlib.contextmanager
    def step(self, doing: str, *, slow: bool = False) -> Iterator[None]:
        """Say what is being done and how long it took. A slow step is told even when quiet, and shows it is alive."""
        if self.quiet and not slow:
            yield
            return
        started = time.monotonic()
        in_terminal = is_terminal()
        with contextlib.suppress(OSError, ValueError):
            print(f"  {doing} ... ", end="" if in_terminal else "\n", file=sys.stderr, flush=True)
        done = threading.Event()
        ticker = threading.Thread(target=_tick, args=(doing, started, done, in_terminal), daemon=True)
        ticker.start()
        outcome = "failed"
        try:
            yield
            outcome = "ok"
        finally:
            done.set()
            ticker.join()
            took = f"{outcome}, {time.monotonic() - started:.1f} s"
            self.insist(f"\r  {doing} ... {took}" if in_terminal else f"  {doing}: {took}")


def is_terminal() -> bool:
    """Whether progress is read in a terminal."""
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # stderr is closed
        return False


def _tick(doing: str, started: float, done: threading.Event, in_terminal: bool) -> None:
    """Show that a long step is alive: each second on a terminal, each 15 s in a log."""
    while not done.wait(1 if in_terminal else 15):
        with contextlib.suppress(OSError, ValueError):
            passed = f"{time.monotonic() - started:.0f} s"
            if in_terminal:
                print(f"\r  {doing} ... {passed} ", end="", file=sys.stderr, flush=True)
            else:
                print(f"  {doing} ... still at it after {passed}", file=sys.stderr, flush=True)
