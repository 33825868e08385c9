"""Three languages and two themes: every state is whole in each, and axe finds nothing by WCAG 2.2 A and AA."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.card import LOOKS, Card
from tests.web import OpenAISandbox

#: What a text must never show: a path, a placeholder that was not filled, a value that is none.
BROKEN = re.compile(r"\{\w+\}|undefined|null|NaN|\[object|Invalid Date")
PASTED = "Ana: Hola, necesito 40 sillas para mayo\nYo: Claro, son 12 USD cada una\nAna: Perfecto, mi tope es 500 USD\n"


def sound(card: Card) -> list[str]:
    """What is wrong with the panel as it stands."""
    return card.violations() + BROKEN.findall(card.panel.inner_text())


@pytest.mark.parametrize(("lang", "theme"), LOOKS)
def test_before_and_after_a_click_everything_is_readable_for_everybody(
    card: Card, openai: OpenAISandbox, lead_id: int, lang: str, theme: str
):
    card.open(lead_id, lang=lang, theme=theme)
    expect(card.control("analyse")).to_have_text(card.text("analyse.button"))
    found = {"before": sound(card)}
    openai.misbehave("stall", seconds=1.5, after_chunks=20)
    card.control("analyse").click()
    expect(card.panel.locator(".convailens-written")).to_have_text(re.compile(r"\w"))
    found["running"] = sound(card)
    card.has_result()
    for key in ("toggle:meaning", "toggle:receipt"):
        card.control(key).click()
    rows = card.panel.locator("button.convailens-cells")
    for n in range(rows.count()):
        rows.nth(n).click()
    expect(card.panel.locator(".convailens-quote mark").first).to_be_visible()
    found["result"] = sound(card)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}
    assert card.panel.get_attribute("lang") == lang


@pytest.mark.parametrize(("lang", "theme"), LOOKS)
def test_refusals_and_the_paste_box_are_readable_for_everybody(
    card: Card, openai: OpenAISandbox, lead_id: int, lang: str, theme: str
):
    openai.misbehave("server_error", times=None)
    found = {}
    card.open(lead_id, lang=lang, theme=theme)
    card.control("analyse").click()
    expect(card.control("cancel-retry")).to_be_visible()
    found["failed"] = sound(card)
    card.open("en-o-02", lang=lang, theme=theme)
    card.control("open-paste").click()
    card.panel.get_by_role("textbox").fill(PASTED)
    card.control("check").click()
    expect(card.panel.get_by_role("radio").first).to_be_visible()
    found["who"] = sound(card)
    card.panel.get_by_role("radio").nth(1).check()
    expect(card.control("analyse-paste")).to_be_visible()
    found["preview"] = sound(card)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(("lang", "theme"), LOOKS)
def test_a_card_that_cannot_be_read_is_readable_for_everybody(card: Card, lead_id: int, lang: str, theme: str):
    found = {}
    for state, lead, user, account in (
        ("unsaved", "add", "rep", "acme"),
        ("no_access", lead_id, "colleague", "acme"),
        ("not_connected.text", "en-o-20", "admin", "stranger"),
        ("empty", "empty", "rep", "acme"),
    ):
        card.open(lead, user=user, account=account, lang=lang, theme=theme)
        card.says(state)
        found[state] = sound(card)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def test_times_are_told_in_the_accounts_time_zone_whatever_the_browsers(cards: Callable[..., Card], lead_id: int):
    first = cards(timezone_id="Pacific/Kiritimati").open(lead_id).analyse()
    key = first.panel.locator("button.convailens-cells", has=first.page.locator(".convailens-good")).first
    name = key.get_attribute("data-convailens-key")
    first.control(name).click()
    second = cards(timezone_id="America/Los_Angeles").open(lead_id).has_result()
    second.control(name).click()
    quotes = [card.panel.locator(".convailens-quote").first for card in (first, second)]
    for quote in quotes:
        expect(quote.locator("mark")).to_be_visible()
    expect(quotes[1]).to_contain_text(re.compile(r"\d\d:\d\d|\d [AP]M"))
    assert quotes[0].inner_text() == quotes[1].inner_text()
