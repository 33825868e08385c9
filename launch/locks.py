"""Locks between processes on one machine. The kernel lets go of them when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from launch.terminal import Stop


class FileLock:
    """A lock on a file (made if it is missing), shared or exclusive.

    A process that inherits the descriptor holds the lock as well, until the last of them closes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def fd(self) -> int:
        """The open descriptor, to be handed to a child that shall hold the lock too."""
        if self._fd is None:
            try:
                self._fd = os.open(self.path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as fault:
                raise Stop(f"Cannot open {self.path}: {fault.strerror}.") from None
        return self._fd

    def try_take(self, *, shared: bool = False) -> bool:
        """Take the lock if it is free; say whether it was."""
        try:
            fcntl.flock(self.fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self, *, shared: bool = False, timeout_s: float, waiting_for: str) -> Self:
        """Take the lock, waiting for at most `timeout_s`. Raises Stop after that."""
        give_up_at = time.monotonic() + timeout_s
        while not self.try_take(shared=shared):
            if time.monotonic() > give_up_at:
                raise Stop(f"Waited {timeout_s:.0f} s for {waiting_for}, in vain ({self.path} is locked).")
            time.sleep(0.02)
        return self

    def close(self) -> None:
        """Let go. Closing rather than unlocking: a child that inherited the descriptor keeps its hold."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()
