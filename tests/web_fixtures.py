"""Fixtures of tests that look at a web process: rows that other processes see, and processes of a test's own.

A folder's conftest.py takes them all: `from tests.web_fixtures import *`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from accounts.models import Account
from accounts.policy.versions import record_versions
from billing.apps import ensure_default_plan
from billing.models import Plan
from tests.factories import Person, make_account, make_person
from tests.sandbox.process import KommoSandbox
from tests.web import OpenAISandbox, Web, running_web

#: Rows that migrations make and no test changes. Procrastinate's are a running worker's.
_KEPT = ("django_migrations", "django_content_type", "auth_permission", "procrastinate_%")


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database whose rows other processes see; emptied after the test.

    It is named as pytest-django's own: where no test asks for that name, no database is made.
    Only tables that hold something are emptied. Django's own way truncates all of them and makes the permissions anew:
    half a second for each of several hundred tests.
    """
    with django_db_blocker.unblock():
        yield
        with connection.cursor() as cursor:
            # Streams that a test left behind must not meet the next test's tables.
            cursor.execute(
                "UPDATE analysis_analysis SET state = 'failed', outcome = 'interrupted' WHERE state = 'running'"
            )
        _empty_tables()
        connections.close_all()


@pytest.fixture
def committed(db: None) -> None:
    """The same, where a test says so."""


def _empty_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND NOT tablename LIKE ANY(%s)",
            [list(_KEPT)],
        )
        tables = [row[0] for row in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables))
        if full := [row[0] for row in cursor.fetchall()]:
            cursor.execute(f"TRUNCATE {', '.join(full)} CASCADE")
        # A worker may be at a job still; what only waits was this test's, or a chore's of nobody.
        cursor.execute("DELETE FROM procrastinate_periodic_defers")
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status <> 'doing'")
    record_versions(using="default")
    Plan.objects.all().delete()
    ensure_default_plan(using="default")


@pytest.fixture
def web(web_process: Web, committed: None, kommo: KommoSandbox, openai: OpenAISandbox) -> Web:
    """The shared web process."""
    return web_process


@pytest.fixture
def another_web(
    sandbox_ready: dict[str, Any], committed: None, kommo: KommoSandbox, openai: OpenAISandbox, tmp_path: Path
) -> Iterator[Callable[..., Web]]:
    """Starts web processes of a test's own, with settings of its own."""
    with ExitStack() as stack:

        def start(**env: str) -> Web:
            log_file = tmp_path / f"{uuid.uuid4().hex}.jsonl"
            workers = int(env.pop("workers", "1"))
            return stack.enter_context(running_web(sandbox_ready, log_file, workers=workers, **env))

        yield start


@pytest.fixture
def acme(committed: None, kommo: KommoSandbox) -> Account:
    """A connected account, visible to other processes."""
    return make_account(kommo, "acme")


@pytest.fixture
def stranger(committed: None, kommo: KommoSandbox) -> Person:
    """The administrator of another account."""
    return make_person(kommo, make_account(kommo, "stranger"), "admin", "stranger")
