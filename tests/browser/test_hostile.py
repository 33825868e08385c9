"""Names, messages and answers of a model that try to be more than text: they stay text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.card import Card
from tests.web import Web

TRAPS = [
    "<img src=x onerror=\"window.__pwned='img'\">",
    "<script>window.__pwned='script'</script>",
    "\"'><svg onload=window.__pwned='svg'>",
    "{{constructor.constructor('window.__pwned=1')()}}",
    "javascript:window.__pwned='link'",
]
TRAP = " ".join(TRAPS)


@pytest.fixture
def trapped(card: Card):
    """Looks, at the end, whether any trap has sprung."""
    yield card
    assert card.page.evaluate("() => [window.__pwned, document.title === 'broken']") == [None, False]
    inside = "script, img, iframe, object, [onerror], [onload], [href^='javascript']"
    assert card.panel.locator(inside).count() == 0


def test_a_hostile_chat_is_read_and_shown_as_text(trapped: Card):
    trapped.open("hostile")
    expect(trapped.control("analyse")).to_be_visible()
    trapped.analyse()
    rows = trapped.panel.locator("button.convailens-cells")
    for n in range(rows.count()):
        rows.nth(n).click()


def test_whatever_a_model_writes_is_text(trapped: Card, web: Web, lead_id: int):
    trapped.open(lead_id).analyse()

    def poison(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=poisoned(answer.json()))

    trapped.page.route(f"{web.base_url}/api/v1/leads/**", poison)
    trapped.page.route(f"{web.base_url}/api/v1/analyses/*/words", poison)
    trapped.page.route(f"{web.base_url}/api/v1/analyses/*/reply", poison)
    trapped.open(lead_id).has_result()
    expect(trapped.panel.locator("section", has_text=trapped.text("summary.heading"))).to_contain_text(TRAP)
    trapped.panel.locator("button.convailens-cells").first.click()
    trapped.control("toggle:receipt").click()
    trapped.control("ask-reply").click()
    expect(trapped.panel.locator(".convailens-reply")).to_contain_text(TRAP)
    assert trapped.violations() == []


def test_a_streamed_summary_is_text(trapped: Card, web: Web, lead_id: int):
    facts = {"messages": {"total": 3}, "last_author": TRAP, "silence_s": 5, "languages": [TRAP], "replies": None}
    events = [("accepted", {"id": "a", "state": "running"}), ("facts", facts)]
    events += [("summary", {"delta": part}) for part in TRAPS]
    problem = {"code": TRAP, "title": TRAP, "detail": TRAP, "status": 503, "request_id": TRAP, "retryable": False}
    events.append(("problem", problem | {"charged": False}))
    body = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/event-stream"}
    trapped.page.route(
        f"{web.base_url}/api/v1/analyses", lambda route: route.fulfill(status=200, headers=headers, body=body)
    )
    trapped.open(lead_id)
    trapped.control("analyse").click()
    expect(trapped.panel.locator(".convailens-unfinished")).to_contain_text(TRAPS[1])
    trapped.says("problem.codes.unknown.title")


def test_a_hostile_pasted_text_is_text(trapped: Card, lead_id: int):
    trapped.open(lead_id)
    trapped.control("open-paste").click()
    name = "<b>Ana</b><img src=x onerror=window.__pwned=1>"
    chat = f"13/05/2026, 10:02 - {name}: {TRAPS[1]} I need chairs\n13/05/2026, 10:03 - Bob: {TRAPS[0]}\n"
    trapped.panel.get_by_role("textbox").fill(chat)
    trapped.control("check").click()
    trapped.panel.get_by_label("Bob", exact=True).check()
    expect(trapped.panel.locator(".convailens-preview")).to_contain_text(TRAPS[1])
    expect(trapped.panel.locator(".convailens-preview")).to_contain_text(name)


def poisoned(value: Any, key: str = "") -> Any:
    """The document with the trap in every free text."""
    if isinstance(value, dict):
        return {name: poisoned(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [poisoned(inner, key) for inner in value]
    free = {"summary", "action", "why", "suggested_reply", "text", "author_name", "model"}
    return TRAP if key in free and isinstance(value, str) else value
