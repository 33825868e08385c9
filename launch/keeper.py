"""A server of ours, shared by all that run on this machine at the moment, and stopped with the last of them.

Each user holds a shared lock on `users.lock` while it needs the server. One keeper process per server starts it,
starts it again should it die, and stops it once nobody holds that lock any more. The kernel lets go of the lock of a
user that was killed, so a killed user neither keeps the server for ever nor takes it from the others. Should the
keeper be killed, the server goes down in order too (on Linux) and the next user starts both again.

Three locks, each a file in the server's folder: `users.lock` as above; `keeper.lock`, held by the keeper as long as it
lives; `start.lock`, held by a user while it looks for a keeper and starts one, so that two do not start two.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from launch.locks import FileLock
from launch.paths import LAUNCHER, make_private
from launch.terminal import Stop

START_WITHIN_S = 90.0
STOP_WITHIN_S = 60.0
_BEAT_S = 0.05
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


#: Keepers that this process started, by the server's folder: their parent has to take note of their end.
_keepers: dict[Path, subprocess.Popen[bytes]] = {}


class Server(Protocol):
    """What the keeper needs to know about a server."""

    #: One word, for the keeper's command line and for messages.
    name: str
    #: Whether its data outlive the run; a throw-away server is quicker and may forget.
    durable: bool
    #: Its folder: data, log, locks.
    home: Path
    #: How it is asked to stop in order, and how hard the next blows are.
    stop_signals: tuple[signal.Signals, ...]

    def prepare(self) -> None:
        """Make what must stand before the first start. Raises Stop."""

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server as a child of this process."""

    def is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it answers."""

    def may_recover(self) -> bool:
        """Whether a start that failed just now is worth another try; called once for each failed start."""

    def stopped(self) -> None:
        """Called after it went down in order."""

    def last_words(self) -> str:
        """The end of its log, to be shown when it does not start."""


class Lease:
    """The use of a running server. Children that get `fds` keep it as well."""

    def __init__(self, server: Server, users: FileLock) -> None:
        self._server = server
        self._users = users

    @property
    def fds(self) -> tuple[int, ...]:
        """Descriptors whose inheritance makes a child a user too."""
        return (self._users.fd,)

    def give_back(self) -> None:
        """Stop using the server; when nobody else does, return once it is down."""
        self._users.close()
        keeper = FileLock(self._server.home / "keeper.lock")
        others = FileLock(self._server.home / "users.lock")
        give_up_at = time.monotonic() + STOP_WITHIN_S
        with keeper, others:
            while not keeper.try_take():
                if not others.try_take() and others.try_take(shared=True):
                    return  # Others share it; nobody can share what the keeper has taken to stop.
                others.close()
                if time.monotonic() > give_up_at:
                    raise Stop(
                        f"{self._server.name} did not stop within {STOP_WITHIN_S:.0f} s; see {self._server.home}."
                    )
                time.sleep(_BEAT_S / 2)
        if started := _keepers.pop(self._server.home, None):
            started.wait()  # It has let go of its lock and only has to end.


def use(server: Server) -> Lease:
    """Use the server, starting it if it is down. Raises Stop when it cannot be started."""
    make_private(server.home)
    users = FileLock(server.home / "users.lock")
    # A keeper that is just stopping the server holds this lock until it is down.
    users.take(shared=True, timeout_s=STOP_WITHIN_S, waiting_for=f"{server.name} to stop")
    try:
        with FileLock(server.home / "start.lock") as starting:
            starting.take(timeout_s=START_WITHIN_S, waiting_for=f"another start of {server.name}")
            with FileLock(server.home / "keeper.lock") as keeper:
                is_kept = not keeper.try_take()
            if not is_kept:
                _start_keeper(server)
    except BaseException:
        users.close()
        raise
    return Lease(server, users)


def _start_keeper(server: Server) -> None:
    hear, tell = os.pipe()
    command: list[str | Path] = [
        sys.executable,
        LAUNCHER,
        "keep",
        server.name,
        server.home,
        "durable" if server.durable else "throwaway",
    ]
    try:
        with (server.home / "keeper.log").open("ab") as log:
            # In a session of its own, so that neither Ctrl-C nor a closed terminal reaches the server.
            keeper = subprocess.Popen(
                [*command, str(tell)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                pass_fds=(tell,),
            )
    finally:
        os.close(tell)
    with open(hear, "rb") as report:
        said = report.read()  # Until the keeper closes its end: it is ready, has failed, or is dead.
    try:
        answer = json.loads(said)
    except ValueError:
        keeper.wait()
        raise Stop(f"{server.name} could not be started; see {server.home / 'keeper.log'}.") from None
    _keepers[server.home] = keeper
    if error := answer.get("error"):
        _keepers.pop(server.home).wait()
        raise Stop(error)


def keep(server: Server, tell: int) -> int:
    """The keeper's life. `tell` is the descriptor on which the starter hears how the start went."""
    asked_to_stop = False

    def ask_to_stop(*_: object) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ask_to_stop)
    with FileLock(server.home / "keeper.lock") as mine, FileLock(server.home / "users.lock") as users:
        try:
            # One who leaves holds this lock for a moment, to see whether the keeper is gone.
            mine.take(timeout_s=5, waiting_for=f"another keeper of {server.name}")
            server.prepare()
            process = _start(server)
        except Stop as fault:
            _report(tell, error=fault.message)
            return 1
        _report(tell, ready=True)
        deaths: list[float] = []
        while not asked_to_stop and not users.try_take():
            if process.poll() is not None:
                deaths = [at for at in deaths if at > time.monotonic() - 60] + [time.monotonic()]
                print(f"{server.name} died (exit {process.returncode}); starting it again", flush=True)
                if len(deaths) > 5:
                    return 1
                process = _start(server)
            time.sleep(_BEAT_S)
        _stop(server, process)
    return 0


def _report(tell: int, **answer: Any) -> None:
    with open(tell, "w", encoding="utf-8") as pipe:
        json.dump(answer, pipe)


def _start(server: Server) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers; again while its predecessor's remains are in the way."""
    give_up_at = time.monotonic() + START_WITHIN_S - 10
    while True:
        process = server.spawn()
        while process.poll() is None and time.monotonic() < give_up_at:
            if server.is_ready(process):
                return process
            time.sleep(_BEAT_S / 2)
        if process.poll() is None:
            _stop(server, process)
        if time.monotonic() > give_up_at or not server.may_recover():
            raise Stop(f"{server.name} does not start. The end of its log:\n{server.last_words()}")
        time.sleep(0.2)


def _stop(server: Server, process: subprocess.Popen[bytes]) -> None:
    for blow in server.stop_signals:
        process.send_signal(blow)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            continue
        if blow == server.stop_signals[0]:
            server.stopped()
        return
    process.kill()
    process.wait()


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """What a child runs before its program, so that the kernel sends it this signal when its parent dies (Linux only).

    It must be the last thing the child does before the program: a change of user would undo it.
    """
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if sys.platform == "linux":
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
            if os.getppid() not in {parent, 0}:
                os._exit(1)  # The parent died in between.

    return ask_the_kernel
