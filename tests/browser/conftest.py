"""A real Chromium on the sandbox's lead card, with our real web process behind it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from accounts.models import Account
from launch.browser import find_browser
from tests.browser.card import Card
from tests.sandbox.process import KommoSandbox
from tests.web import Web
from tests.web_fixtures import *  # noqa: F403

#: Nothing of its own on the network; the measures of memory exact.
OPTIONS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-precise-memory-info",
]
#: A panel about as wide as Kommo's.
WINDOW = {"width": 1280, "height": 900}
expect.set_options(timeout=10_000)


@pytest.fixture(scope="package")
def browser(web_process: Web) -> Iterator[Browser]:
    """The machine's Chromium. Without one these tests skip themselves; CI must have one."""
    path = find_browser()
    if path is None:
        reason = "no Chromium on PATH (apt install chromium, or bin/test as root)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this very thread, which Django takes for code that must not wait.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def cards(browser: Browser, web: Web, acme: Account, kommo: KommoSandbox) -> Iterator[Callable[..., Card]]:
    """Makes cards, each in a browser context of its own; at the end none may have said or done what it must not."""
    made: list[Card] = []

    def make(**options: Any) -> Card:
        context = browser.new_context(viewport=WINDOW, **options)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=kommo.base_url)
        made.append(Card(context.new_page(), kommo, web.base_url))
        return made[-1]

    yield make
    seen = [line for card in made for line in card.watch.seen + card.guarded()]
    for card in made:
        card.page.context.close()
    assert seen == []


@pytest.fixture
def card(cards: Callable[..., Card]) -> Card:
    """The card of a test that needs one."""
    return cards()
