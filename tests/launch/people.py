"""Users of a server, each a process of its own, as bin/demo, bin/test and bin/manage are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from launch.paths import ROOT

USER = """
import sys
from pathlib import Path
from launch.keeper import use
from launch.postgres import Postgres
from launch.terminal import Stop
try:
    server = Postgres(Path(sys.argv[1]), durable=sys.argv[2] == "durable")
    lease = use(server)
except Stop as stop:
    sys.exit(stop.message)
print(server.url("postgres"), flush=True)
sys.stdin.read()
lease.give_back()
"""


class Person:
    """Somebody who uses the PostgreSQL in `home` until told to leave."""

    def __init__(self, home: Path, *, durable: bool = True, environment: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, home, "durable" if durable else "throwaway"],
            cwd=ROOT,
            env=os.environ | (environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def url(self) -> str:
        """Blocks until the server is up."""
        if not hasattr(self, "_url"):
            self._url = self.process.stdout.readline().strip()
            assert self._url, "this person got no server"
        return self._url

    def leave(self) -> int:
        self.process.stdin.close()
        return self._end()

    def die(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.stdin.close()
        self._end()

    def _end(self) -> int:
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        return code


def processes_of(home: Path | str) -> list[int]:
    """The living processes that name this folder in their command line or environment, or work in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                told += os.fsencode(os.readlink(entry / "cwd"))
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if os.fsencode(home) in told and state != "Z":
                found.append(int(entry.name))
    return found


def postmaster(home: Path) -> int:
    return int((home / "cluster" / "postmaster.pid").read_text().splitlines()[0])


def eventually(is_so: Callable[[], bool], *, within_s: float = 20) -> bool:
    give_up_at = time.monotonic() + within_s
    while time.monotonic() < give_up_at:
        if is_so():
            return True
        time.sleep(0.05)
    return False
