"""One of our programs, as a child: its log in a file, a process group of its own, no life beyond ours."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from launch.keeper import die_with_parent
from launch.paths import ROOT
from launch.signals import whole
from launch.terminal import Stop


class Program:
    """Starts and stops one program; `fds` (locks of services) are left open for it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        log: Path,
        fds: tuple[int, ...] = (),
        speaks: bool = False,
    ) -> None:
        self.name = name
        self.command = command
        self.log = log
        self._environment = environment
        self._fds = fds
        self._speaks = speaks
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, in a group of its own: a Ctrl-C in our terminal is ours, and we stop it in order."""
        # A stop between the fork and its being known would leave a child that nobody stops, with our services in hand.
        with open(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as log, whole():
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._speaks else log,
                stderr=log,
                pass_fds=self._fds,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    @property
    def said(self) -> IO[bytes]:
        """Its stdout, for a program that `speaks`."""
        if self.process is None or self.process.stdout is None:
            raise RuntimeError(f"{self.name} was not started to be listened to.")
        return self.process.stdout

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Wait until `ready()`; raises Stop, with the end of its log, when it dies before or takes too long."""
        give_up_at = time.monotonic() + timeout_s
        while not ready():
            if not self.is_alive:
                raise Stop(self.obituary())
            if time.monotonic() > give_up_at:
                raise Stop(f"{self.name} was not ready within {timeout_s:.0f} s.\n{self.last_words()}")
            time.sleep(0.05)

    def obituary(self) -> str:
        """How it ended, in words, and the last of what it said."""
        code = self.process.returncode if self.process else None
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return f"{self.name} ended by itself ({how}).\n{self.last_words()}"

    def last_words(self) -> str:
        """The last lines of its log, and where all of it is."""
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        shown = "\n".join(f"    {line[:400]}" for line in lines) or "    (nothing)"
        return f"  Its last lines (all of them: {self.log}):\n{shown}"

    def ask_to_stop(self) -> None:
        """SIGTERM to its whole group."""
        self._signal(signal.SIGTERM)

    def wait_stopped(self, *, timeout_s: float, is_hurried: Callable[[], bool]) -> None:
        """Wait for its end; after `timeout_s`, or in a hurry, kill what is left of its group."""
        give_up_at = time.monotonic() + timeout_s
        while self.is_alive and time.monotonic() < give_up_at and not is_hurried():
            time.sleep(0.02)
        self._signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            # The group outlives its leader where a grandchild does.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)
