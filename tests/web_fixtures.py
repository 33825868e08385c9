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
from django.db import connection

from accounts.models import Account
from tests.factories import Person, make_account, make_person
from tests.sandbox.process import KommoSandbox
from tests.web import OpenAISandbox, Web, running_web


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """A database whose rows other processes see."""
    yield
    # Streams that a test left behind must not meet the next test's tables.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analysis_analysis SET state = 'failed', outcome = 'interrupted' WHERE state = 'running'")


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
