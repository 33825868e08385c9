"""The cast, and the sandbox they live in: a real process over HTTP, put back to its first state for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.test import Client

from accounts.kommo.client import forget_stages
from accounts.models import Account
from tests.factories import Person, make_account, make_person
from tests.sandbox.process import KommoSandbox, running_sandbox
from tests.web import OpenAISandbox, Web, running_web


def pytest_configure(config: pytest.Config) -> None:
    # Static files are served from the apps here; the folder they are collected in stands on a release alone.
    config.addinivalue_line("filterwarnings", "ignore:No directory at:UserWarning")


@pytest.fixture(scope="session")
def sandbox_ready() -> Iterator[dict[str, Any]]:
    """The ready line of one sandbox process for the whole run: where `kommo` and `openai` are, and their keys."""
    with running_sandbox() as ready:
        yield ready


@pytest.fixture
def clean_redis() -> None:
    """An empty Redis database: no throttle, cached yes, slot or open circuit of an earlier test."""
    cache.clear()


@pytest.fixture
def kommo(sandbox_ready: dict[str, Any], settings: Any, clean_redis: None) -> Iterator[KommoSandbox]:
    """The emulated Kommo in its first state, with our settings pointed at it and no rate limit on either side."""
    service = KommoSandbox(sandbox_ready)
    service.switch("reset")
    service.switch("settings", rate_rps=None)
    port = urlsplit(service.base_url).port
    settings.KOMMO_CLIENT_ID = service.ready["client_id"]
    settings.KOMMO_CLIENT_SECRET = service.ready["client_secret"]
    settings.KOMMO_REDIRECT_URI = service.ready["redirect_uri"]
    settings.KOMMO_OAUTH_URL = f"{service.base_url}/oauth"
    settings.KOMMO_REQUESTS_PER_SECOND = 10_000
    # The second name is where a renamed account moves to.
    settings.SANDBOX_ORIGINS = [service.base_url, f"http://localhost:{port}"]
    forget_stages()
    yield service
    service.http.close()


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
def acme(db: None, kommo: KommoSandbox) -> Account:
    """A connected account."""
    return make_account(kommo, "acme")


@pytest.fixture
def stranger(db: None, kommo: KommoSandbox) -> Person:
    """The administrator of another connected account, with a session: sees nothing of acme's."""
    return make_person(kommo, make_account(kommo, "stranger"), "admin", "stranger")


@pytest.fixture
def boss(acme: Account, kommo: KommoSandbox) -> Person:
    """Acme's administrator."""
    return make_person(kommo, acme, "admin")


@pytest.fixture
def rep(acme: Account, kommo: KommoSandbox) -> Person:
    """A sales rep of acme who may see all its leads."""
    return make_person(kommo, acme, "rep")


@pytest.fixture
def colleague(acme: Account, kommo: KommoSandbox) -> Person:
    """A user of acme without rights to `lead_id`: for them it does not exist."""
    return make_person(kommo, acme, "colleague")


@pytest.fixture
def lead_id(kommo: KommoSandbox) -> int:
    """The demo's lead, of acme: a chat of en-o-01."""
    return kommo.lead_id


@pytest.fixture
def support(db: None) -> User:
    """A member of staff with the right to view everything, and no other."""
    user = User.objects.create_user("support", password="not-a-secret", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return user


@pytest.fixture
def support_client(support: User) -> Client:
    """A browser in which support is logged in."""
    client = Client()
    client.force_login(support)
    return client
