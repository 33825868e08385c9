"""A world for one journey: throw-away Postgres that logs every statement, Redis, web process and worker at DEBUG."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from launch.database import make_database
from launch.keeper import use
from launch.postgres import Postgres
from launch.redis_server import Redis
from tests.journeys.places import FolderEar, RedisEar
from tests.web import ROOT, Web, environment, running_web

AUDIT = Path(__file__).parent / "audit"
STAFF, STAFF_PASSWORD = "support", "not-a-secret"

# The server is told to write all it can: each statement as it came, with its values, and each error with its statement.
_LOG_ALL = {
    "log_statement": "all",
    "log_min_duration_statement": "0",
    "log_parameter_max_length": "-1",
    "log_parameter_max_length_on_error": "-1",
    "log_min_error_statement": "debug5",
    "log_error_verbosity": "verbose",
    "track_activity_query_size": "102400",
}

_PREPARE = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
from django.contrib.auth.models import Permission, User
user = User.objects.create_user({STAFF!r}, password={STAFF_PASSWORD!r}, is_staff=True)
user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
"""


@dataclass
class World:
    """Where everything of the journey is, and could be left behind."""

    database_url: str
    redis_url: str
    home: Path
    ready: dict[str, Any]
    env: dict[str, str]
    web: Web
    redis_ear: RedisEar
    folder_ear: FolderEar

    @property
    def postgres_log(self) -> Path:
        return self.home / "postgres" / "server.log"

    @property
    def temporary(self) -> Path:
        return self.home / "tmp"

    @property
    def web_log(self) -> Path:
        return self.home / "web.log"

    @property
    def worker_log(self) -> Path:
        return self.home / "worker.log"

    @property
    def audit(self) -> Path:
        return self.home / "audit.txt"

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def manage(self, *words: str) -> None:
        """A command of ours, logging where the worker logs."""
        with self.worker_log.open("ab") as log:
            done = subprocess.run(
                [sys.executable, "manage.py", *words], cwd=ROOT, env=self.env, stdout=log, stderr=log, timeout=60
            )
        assert done.returncode == 0, self.worker_log.read_text()[-4000:]


@contextmanager
def new_world(ready: dict[str, Any], home: Path) -> Iterator[World]:
    """The services, an empty database with a member of staff, and a running web process."""
    with ExitStack() as stack:
        postgres, redis = Postgres(home / "postgres", durable=False), Redis(home / "redis")
        for server in (postgres, redis):
            stack.callback(use(server).give_back)
        make_database(postgres.url("postgres"), "canary")
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            for name, value in _LOG_ALL.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")
        temporary = home / "tmp"
        temporary.mkdir()
        more = {
            "DATABASE_URL": postgres.url("canary"),
            "REDIS_URL": redis.url(),
            "LOG_LEVEL": "DEBUG",
            "OPENAI_LOG": "debug",  # The client's own wish to log what it sends.
            "TMPDIR": str(temporary),
            "THROTTLE_VOICE_USER": "100000",
            "THROTTLE_VOICE_ACCOUNT": "100000",
            "TRUSTED_PROXIES": "1",  # So that a header decides who is calling, as behind a proxy.
            "PYTHONPATH": str(AUDIT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CANARY_AUDIT": str(home / "audit.txt"),
        }
        env = environment(ready, **more)
        prepared = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", _PREPARE],
            cwd=ROOT,
            env={name: value for name, value in env.items() if name != "PYTHONPATH"} | {"LOG_LEVEL": "WARNING"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert prepared.returncode == 0, prepared.stderr[-4000:]
        redis_ear = RedisEar(redis.url())
        stack.callback(redis_ear.close)
        folder_ear = FolderEar(temporary)
        stack.callback(folder_ear.close)
        web = stack.enter_context(running_web(ready, home / "web.log", **more))
        yield World(more["DATABASE_URL"], more["REDIS_URL"], home, ready, env, web, redis_ear, folder_ear)


def nameless_file(folder: Path) -> int:
    """A descriptor of a file that has no name any more."""
    path = folder / "gone"
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    path.unlink()
    return fd
