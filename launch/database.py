"""What the launcher itself does in a database: make it, copy it, and know whether it is up to date."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from launch.paths import REQUIREMENTS, ROOT
from launch.terminal import Stop

_CONNECT_WITHIN_S = 10


def check_answers(database_url: str) -> None:
    """Raises Stop where a database that the caller named does not answer, or is too old for us."""
    try:
        with _connect(database_url) as connection:
            version = connection.info.server_version
    except psycopg.Error as fault:
        reason = str(fault).strip().splitlines()[:1] or [type(fault).__name__]
        raise Stop(f"The database that DATABASE_URL names does not answer: {reason[0]}") from None
    if version < 150_000:
        raise Stop(f"DATABASE_URL names a PostgreSQL {version // 10_000}; 15 or newer is needed.")


def make_database(maintenance_url: str, name: str) -> None:
    """Make an empty database, if it is not there."""
    with _connect(maintenance_url) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            with contextlib.suppress(psycopg.errors.DuplicateDatabase):  # Another command made it just now.
                connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))


def fresh_copy(database_url: str, name: str) -> str:
    """Copy a database of our own, which nobody is using, under another name; gives the copy's address."""
    server, _, original = database_url.rpartition("/")
    with _connect(f"{server}/postgres") as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(original)))
    return f"{server}/{name}"


def analyze_once(database_url: str) -> None:
    """Gather statistics after the first migration: without them the job queue's queries are slow at first."""
    with _connect(database_url) as connection:
        seen = "SELECT 1 FROM pg_stat_user_tables WHERE relname = 'django_migrations' AND last_analyze IS NOT NULL"
        if connection.execute(seen).fetchone() is None:
            connection.execute("ANALYZE")


def is_up_to_date(database_url: str, settings: Mapping[str, str]) -> bool:
    """Whether `note_up_to_date` was called for this very code, and our migrations are applied still.

    Saves two starts of Django, most of the time that a second start takes.
    """
    with _connect(database_url) as connection:
        note = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        if note is None or note[0] != _state_of_code(settings):
            return False
        applied = {(app, name) for app, name in connection.execute("SELECT app, name FROM django_migrations")}
    return {(path.parent.parent.name, path.stem) for path in _migrations()} <= applied


def note_up_to_date(database_url: str, settings: Mapping[str, str]) -> None:
    """Write on the database which code has migrated and filled it."""
    name = database_url.rpartition("/")[2]
    with _connect(database_url) as connection:
        note = SQL("COMMENT ON DATABASE {} IS {}").format(Identifier(name), Literal(_state_of_code(settings)))
        connection.execute(note)


def _migrations() -> list[Path]:
    return sorted(path for path in ROOT.glob("*/migrations/*.py") if path.stem != "__init__")


def _state_of_code(settings: Mapping[str, str]) -> str:
    """A digest of all that `migrate` and `demo_data` depend on."""
    digest = hashlib.sha256(settings["DEMO_STAFF_PASSWORD"].encode())
    for path in (REQUIREMENTS, *_migrations(), *sorted(ROOT.glob("*/management/commands/demo_data.py"))):
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_WITHIN_S)
