"""Run one program in the foreground as if it had been started directly: its signals, its exit code."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from launch.keeper import die_with_parent


def run_in_foreground(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    *,
    cwd: Path | None = None,
    fds: tuple[int, ...] = (),
    when_orphaned: signal.Signals = signal.SIGTERM,
) -> int:
    """Run it to its end and give its exit code (128 + n when signal n killed it). `fds` are left open for it.

    What we are told by SIGTERM, SIGHUP or SIGINT it is told too; a Ctrl-C reaches it through the terminal already.
    """
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, _: object) -> None:
        if number == signal.SIGINT and _owns_terminal():
            return
        if child is None:
            early.append(number)
        else:
            child.send_signal(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, pass_on) for number in numbers}
    try:
        child = subprocess.Popen(
            command, env=environment, cwd=cwd, pass_fds=fds, preexec_fn=die_with_parent(when_orphaned)
        )
        for number in early:
            child.send_signal(number)
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


def _owns_terminal() -> bool:
    """Whether our process group is in the terminal's foreground, so that its Ctrl-C reaches all of the group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
