"""Fixtures with a web process beside the sandbox: one for the whole run, and more where a test needs its own.

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


@pytest.fixture(scope="session")
def web_process(
    sandbox_ready: dict[str, Any], django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    with running_web(sandbox_ready, tmp_path_factory.mktemp("web") / "log.jsonl", LOG_LEVEL="DEBUG") as web:
        yield web


@pytest.fixture
def openai(sandbox_ready: dict[str, Any]) -> Iterator[OpenAISandbox]:
    """The emulated OpenAI, well-behaved and with its reader."""
    service = OpenAISandbox(sandbox_ready)
    service.reset()
    service.model("reader")
    yield service
    service.http.close()


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
