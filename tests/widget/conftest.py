"""The gallery of the panel's states in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from launch.browser import find_browser
from launch.paths import ROOT


class QuietHandler(SimpleHTTPRequestHandler):
    """The repository's files, without a line for each request."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests read the page, not the log."""


@pytest.fixture(scope="package")
def files() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/tests/widget/gallery/index.html"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on PATH (apt install chromium, or bin/test as root)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture
def gallery(browser: Browser, files: str) -> Iterator[Callable[..., Page]]:
    """Opens the gallery, or one state of it; a page that logs or throws fails its test."""
    said: list[str] = []
    contexts = []

    def show(state: str = "", *, language: str = "en", theme: str = "light", **options: Any) -> Page:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{files}?lang={language}&theme={theme}&state={state}")
        page.wait_for_function("() => window.gallery && window.gallery.ready")
        return page

    yield show
    for context in contexts:
        context.close()
    assert said == []
