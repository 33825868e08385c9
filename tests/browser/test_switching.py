"""From card to card without a reload: two never mix, and what one was doing ends with it or goes on by itself."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.card import Card
from tests.web import OpenAISandbox, Web


def test_cards_opened_quickly_one_after_the_other_show_the_last_one_alone(card: Card, web: Web, lead_id: int):
    card.open(lead_id)
    alone = {}
    for lead in ("en-o-02", "en-o-03", "en-o-04"):
        card.open(lead)
        alone[lead] = card.panel.locator(".convailens-facts").inner_text()
    asked: list[str] = []
    card.page.on("request", lambda request: asked.append(request.url))
    for _ in range(5):
        for lead in ("en-o-02", "en-o-03", "en-o-04"):
            card.show(lead)
    expect(card.panel).to_have_count(1)
    expect(card.panel.locator(".convailens-facts")).to_have_text(alone["en-o-04"].replace("\n", ""))
    card.page.wait_for_load_state("networkidle")
    expect(card.panel).to_have_count(1)
    assert card.panel.locator(".convailens-facts").inner_text() == alone["en-o-04"]


def test_a_reading_goes_on_when_the_card_is_left_and_is_there_on_return(
    card: Card, openai: OpenAISandbox, lead_id: int
):
    openai.misbehave("stall", seconds=2, after_chunks=20)
    card.open(lead_id)
    card.control("analyse").click()
    expect(card.panel.locator(".convailens-running")).to_be_visible()
    expect(card.panel.locator(".convailens-fact").first).to_be_visible()
    card.show("en-o-02")
    expect(card.control("analyse")).to_be_visible()
    card.page.wait_for_timeout(2_500)
    # Nothing of the first card's reading arrives on this one.
    expect(card.panel.locator(".convailens-running, .convailens-criterion")).to_have_count(0)
    card.show(lead_id)
    expect(card.panel.locator(".convailens-criterion")).to_have_count(6)
    card.says("usage.left", left=99, limit=100)


def test_another_user_on_the_same_page_gets_a_session_of_their_own(card: Card, web: Web, lead_id: int):
    card.open(lead_id).analyse()
    card.page.evaluate("() => { window.sandboxCard.setUser('colleague'); }")
    card.says("no_access")
    expect(card.panel.locator(".convailens-criterion, .convailens-fact")).to_have_count(0)
    card.page.evaluate("() => { window.sandboxCard.setUser('admin'); }")
    expect(card.panel.locator(".convailens-criterion")).to_have_count(6)


def test_theme_and_language_change_without_a_reload(card: Card, lead_id: int):
    card.open(lead_id)
    light = card.panel.evaluate("(panel) => getComputedStyle(panel).color")
    card.page.evaluate("() => { window.sandboxCard.setTheme('dark'); }")
    expect(card.page.locator("html")).to_have_attribute("data-color-scheme", "dark")
    assert card.panel.evaluate("(panel) => getComputedStyle(panel).color") != light
    card.page.evaluate("() => { window.sandboxCard.setLang('pt'); }")
    card.language = "pt"
    expect(card.control("analyse")).to_have_text(card.text("analyse.button"))


def test_a_card_that_is_closed_leaves_nothing_behind(card: Card, lead_id: int):
    card.open(lead_id).analyse()
    card.page.evaluate("() => { window.sandboxCard.close(); }")
    expect(card.panel).to_have_count(0)
    assert card.page.evaluate("() => [...CSS.highlights.keys()]") == []
    assert card.guarded() == []
