"""The lead card as a test looks at it: opens it, finds what the panel shows, and keeps what must never happen."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import axe_playwright_python
import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from launch.paths import ROOT
from tests.sandbox.process import KommoSandbox

LANGUAGES = ("en", "es", "pt")
THEMES = ("light", "dark")
#: Each language and each theme; every pair of them with --full.
SHOWN = (("en", "light"), ("es", "dark"), ("pt", "light"))
LOOKS = [
    pytest.param(lang, theme, marks=[] if (lang, theme) in SHOWN else pytest.mark.full)
    for lang in LANGUAGES
    for theme in THEMES
]
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SLOT = ".card-widgets__widget-convailens .card-widgets__widget__body"
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
#: Chromium itself says so of every answer from 400 on; which answers come is what tests are about.
REQUEST_ID = re.compile(r"^[0-9A-Za-z-]{16,}$")
_OF_TOOLS = re.compile(r"^global: (axe|__core-js|__playwright|__pw|jQuery\d)")
_OF_CHROMIUM = re.compile(r"^Failed to load resource: ")


@cache
def words(language: str) -> dict[str, Any]:
    """The widget's texts."""
    return json.loads((ROOT / "widget" / "i18n" / f"{language}.json").read_text())


def text_of(language: str, path: str, **values: Any) -> str:
    """The text at a path below `panel`, its placeholders filled; plural forms by a path of their own."""
    found: Any = words(language)["panel"]
    for key in path.split("."):
        found = found[key]
    for name, value in values.items():
        found = found.replace(f"{{{name}}}", str(value))
    return found


class Watch:
    """What a page says and does that nobody should see."""

    def __init__(self, page: Page) -> None:
        self.seen: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.seen.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.seen.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def _on_console(self, message: ConsoleMessage) -> None:
        if not _OF_CHROMIUM.match(message.text):
            self.seen.append(f"console: {message.type} {message.text}")


class Card:
    """One page of one browser context on the sandbox's lead card."""

    def __init__(self, page: Page, kommo: KommoSandbox, service_url: str) -> None:
        self.page = page
        self.kommo = kommo
        self.kommo_url = kommo.base_url
        self.watch = Watch(page)
        self.language = "en"
        self.lead: int | str = 0
        self.call(service_url)

    def call(self, service_url: str) -> None:
        """Let the widget call this service; the sandbox would name the one that it was started beside."""
        # Not by catching requests: a page with a catcher fetches each of its modules through us.
        self.kommo.switch("settings", service_url=service_url)

    def open(
        self, lead: int | str, user: str = "rep", lang: str = "en", theme: str = "light", account: str = "acme"
    ) -> Card:
        """Go there, and wait until the panel has something to show."""
        self.language, self.lead = lang, lead
        query = urlencode({"account": account, "user": user, "lang": lang, "theme": theme})
        self.page.goto(f"{self.kommo_url}/leads/detail/{lead}?{query}")
        self.page.wait_for_function("() => window.sandboxCard")
        self.page.evaluate("async () => { await window.sandboxCard.ready; }")
        return self.opened()

    def opened(self) -> Card:
        """Wait until the opening is over, whatever came of it."""
        expect(self.panel.locator(".convailens-title")).to_be_visible()
        expect(self.panel.locator(".convailens-body > [aria-busy=true]")).to_have_count(0)
        return self

    def show(self, lead: int | str) -> None:
        """Kommo's own way to another card, without a reload; not waited for."""
        self.page.evaluate("(lead) => { window.sandboxCard.open(lead); }", lead)

    @property
    def panel(self) -> Locator:
        return self.page.locator(f"{SLOT} .convailens-panel")

    def control(self, key: str) -> Locator:
        """By the name that the view gives it: analyse, open-paste, evidence:budget."""
        return self.panel.locator(f'[data-convailens-key="{key}"]')

    def says(self, path: str, **values: Any) -> None:
        """Wait until the text stands in the panel."""
        expect(self.panel).to_contain_text(self.text(path, **values))

    def text(self, path: str, **values: Any) -> str:
        return text_of(self.language, path, **values)

    def analyse(self) -> Card:
        """Click, and wait for the result."""
        self.control("analyse").click()
        return self.has_result()

    def has_result(self) -> Card:
        expect(self.panel.locator(".convailens-criterion").first).to_be_visible(timeout=15_000)
        return self

    def violations(self, inside: str = SLOT) -> list[str]:
        """What axe finds in the panel by WCAG 2.2 A and AA, one line each."""
        if not self.page.evaluate("() => typeof window.axe === 'object'"):
            self.page.evaluate(_AXE)
        found = self.page.evaluate(
            "([inside, options]) => axe.run(inside, options)",
            [inside, {"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"]}],
        )
        return [
            f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    @property
    def message_count(self) -> int:
        """Of this card's chat, as the page has it."""
        return self.page.evaluate("() => window.sandboxCard.messageCount")

    def feed_html(self) -> str:
        """Kommo's own markup of the chat."""
        return self.page.locator(".feed-notes").evaluate("(feed) => feed.outerHTML")

    def index_of(self, words: str) -> int:
        """Which message of the feed holds the words, as window.sandboxCard counts."""
        texts = self.page.locator(".feed-note-wrapper-amojo").all_inner_texts()
        return next(n for n, text in enumerate(texts) if " ".join(words.split())[:30] in " ".join(text.split()))

    def guarded(self) -> list[str]:
        """What the page noticed the widget do that widgets must not; the tools of these tests are no widget."""
        found = self.page.evaluate("() => (window.sandboxCard ? window.sandboxCard.violations : [])")
        told = [f"{one['kind']}: {one['detail']}" for one in found]
        return [line for line in told if not _OF_TOOLS.match(line)]
