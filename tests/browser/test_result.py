"""A click and what comes of it: the reading as it is written, the result and its evidence, and how it ages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.card import Card
from tests.sandbox.process import KommoSandbox
from tests.web import OpenAISandbox, Web


def marked(card: Card) -> list[str]:
    """The words that are marked in Kommo's feed."""
    return card.page.evaluate(
        "() => [...CSS.highlights].filter(([name]) => name.startsWith('convailens-'))"
        ".flatMap(([, ranges]) => [...ranges].map((range) => range.toString()))"
    )


def criterion_with_words(card: Card) -> str:
    """The key of a criterion that the client's words stand behind."""
    row = card.panel.locator("button.convailens-cells", has=card.page.locator(".convailens-good")).first
    key = row.get_attribute("data-convailens-key")
    assert key is not None
    return key


def test_facts_stand_at_once_and_the_summary_is_shown_as_it_is_written(card: Card, openai: OpenAISandbox, lead_id: int):
    openai.misbehave("stall", seconds=2, after_chunks=20)
    card.open(lead_id)
    card.control("analyse").click()
    running = card.panel.locator(".convailens-running")
    expect(running).to_contain_text(card.text("run.reading.other", n=card.message_count))
    expect(running).to_contain_text(card.text("run.alone"))
    expect(card.panel.locator(".convailens-fact").first).to_be_visible()
    expect(running.get_by_role("progressbar")).to_be_visible()
    written = running.locator(".convailens-written")
    expect(written).to_have_text(re.compile(r"\w"))
    half = written.inner_text()
    expect(card.control("analyse")).to_have_count(0)
    card.has_result()
    summary = card.panel.locator("section", has_text=card.text("summary.heading")).locator("p").first
    assert summary.inner_text().startswith(half.split(".")[0][:20])


def test_a_result_has_a_score_and_all_that_stands_behind_it(card: Card, lead_id: int):
    card.open(lead_id).analyse()
    gauge = card.panel.get_by_role("img", name=re.compile(r"^Score \d+ of 100, (cold|warm|hot)$"))
    expect(gauge).to_be_visible()
    card.says("score.reading")
    expect(card.panel.locator(".convailens-criterion")).to_have_count(6)
    card.control("toggle:meaning").click()
    card.says("score.meaning_of.sum")
    expect(card.control("toggle:meaning")).to_have_attribute("aria-expanded", "true")
    card.says("next.heading")
    card.says("usage.left", left=99, limit=100)
    expect(card.control("analyse")).to_have_count(0)
    card.control("toggle:receipt").click()
    card.says("receipt.not_kept_text")
    card.says("source.talks")
    expect(card.panel.locator(".convailens-receipt, .convailens-disclosed").last).to_contain_text("OpenAI")


def test_evidence_is_shown_in_the_clients_words_and_marked_in_the_chat_without_touching_it(card: Card, lead_id: int):
    card.open(lead_id).analyse()
    key = criterion_with_words(card)
    card.control(key).click()
    quote = card.panel.locator(".convailens-evidence .convailens-quote").first
    words = quote.locator("mark").inner_text()
    assert words.strip()
    before = card.feed_html()
    quote.get_by_role("button", name=card.text("words.show")).click()
    card.page.wait_for_function("() => [...CSS.highlights.keys()].some((name) => name.startsWith('convailens-'))")
    assert " ".join(marked(card)).split() == words.split()
    assert card.feed_html() == before
    message = card.page.locator(".feed-note__message_paragraph", has_text=words.strip()[:40]).first
    expect(message).to_be_in_viewport()


def test_words_are_no_longer_marked_once_another_result_is_shown(card: Card, lead_id: int):
    card.open(lead_id).analyse()
    card.open(lead_id).has_result()
    card.control(criterion_with_words(card)).click()
    card.panel.locator(".convailens-evidence").get_by_role("button", name=card.text("words.show")).first.click()
    card.page.wait_for_function("() => CSS.highlights.size > 0")
    card.page.evaluate("() => window.sandboxCard.addMessage({author: 'client', text: 'I can pay on Friday.'})")
    expect(card.panel).to_contain_text(re.compile(r"1 new message since "))
    assert marked(card) != []
    card.control("analyse").click()
    expect(card.panel.locator(".convailens-reply")).to_be_visible(timeout=15_000)
    assert marked(card) == []


def test_an_unfolded_quote_stays_while_its_words_are_read_again(card: Card, web: Web, lead_id: int):
    card.open(lead_id).analyse()
    card.control(criterion_with_words(card)).click()
    quote = card.panel.locator(".convailens-evidence .convailens-quote mark").first
    words = quote.inner_text()
    asked: list[Route] = []
    card.page.route(f"{web.base_url}/api/v1/analyses/*/words", lambda route: asked.append(route))
    with card.page.expect_request("**/words"):
        card.page.evaluate("() => window.sandboxCard.addMessage({author: 'client', text: 'Are you there?'})")
    assert quote.inner_text() == words
    asked[0].continue_()
    expect(card.panel.locator(".convailens-evidence")).not_to_contain_text(card.text("words.loading"))
    assert quote.inner_text() == words


def test_a_message_that_changed_or_went_says_so(card: Card, lead_id: int):
    card.open(lead_id).analyse()
    key = criterion_with_words(card)
    card.control(key).click()
    quote = card.panel.locator(".convailens-evidence .convailens-quote").first
    words = quote.locator("mark").inner_text().strip()
    index = card.index_of(words)
    card.page.evaluate("([index]) => window.sandboxCard.changeMessage(index, 'Never mind.')", [index])
    card.open(lead_id)
    card.control(key).click()
    card.says("words.changed")
    card.page.evaluate("([index]) => window.sandboxCard.removeMessage(index)", [index])
    card.open(lead_id)
    card.control(key).click()
    card.says("words.gone")


def test_a_message_that_the_feed_has_not_loaded_says_so(card: Card, lead_id: int):
    card.open(lead_id).analyse()
    key = criterion_with_words(card)
    card.control(key).click()
    quote = card.panel.locator(".convailens-evidence .convailens-quote").first
    words = quote.locator("mark").inner_text().strip()
    card.page.evaluate("([index]) => window.sandboxCard.hideMessage(index)", [card.index_of(words)])
    quote.get_by_role("button", name=card.text("words.show")).click()
    card.says("words.not_rendered")


def test_an_unchanged_chat_shows_its_result_again_at_no_cost(card: Card, openai: OpenAISandbox, lead_id: int):
    card.open(lead_id).analyse()
    score = card.panel.locator(".convailens-number").text_content()
    calls = openai.calls
    card.open(lead_id).has_result()
    expect(card.panel).to_contain_text(re.compile(r"Unchanged since .*; shown again at no cost\."))
    expect(card.panel.locator(".convailens-number")).to_have_text(score)
    card.says("analyse.same_is_free")
    card.control("analyse").click()
    expect(card.control("analyse")).to_have_count(0)
    card.says("usage.left", left=99, limit=100)
    assert openai.calls == calls


def test_new_messages_make_a_result_an_older_one(card: Card, lead_id: int):
    card.open(lead_id).analyse()
    for text in ("One more thing: can you deliver on Friday?", "We need it for a wedding."):
        card.page.evaluate("(text) => window.sandboxCard.addMessage({author: 'client', text})", text)
    expect(card.panel).to_contain_text(re.compile(r"2 new messages since this reading of "))
    expect(card.control("analyse")).to_have_text(card.text("analyse.again"))
    card.open(lead_id).has_result()
    expect(card.panel).to_contain_text(re.compile(r"2 new messages since this reading of "))
    card.analyse()
    expect(card.panel).to_contain_text(re.compile(r"since "))
    card.says("usage.left", left=98, limit=100)


def test_a_chat_that_tells_too_little_has_no_score(card: Card, kommo: KommoSandbox):
    card.open(_lead(kommo, "Hi, I saw your page about the yellow chairs", "Hello! How can I help?"))
    card.analyse()
    card.says("score.too_little")
    expect(card.panel.locator("svg")).to_have_count(0)


def test_a_greeting_alone_is_too_short_and_costs_nothing(card: Card, kommo: KommoSandbox):
    card.open(_lead(kommo, "Hi", "Hello!"))
    card.control("analyse").click()
    card.says("problem.too_short")
    card.says("problem.nothing_charged")
    card.open(card.lead)
    card.says("usage.left", left=100, limit=100)


def test_of_a_long_chat_the_panel_says_which_part_was_read(card: Card):
    card.open("long").analyse()
    expect(card.panel.locator(".convailens-notes")).to_contain_text(
        re.compile(r"This is a long chat: \d+ of 400 messages were read")
    )


def test_a_reply_can_be_copied_and_another_one_asked_for(card: Card, lead_id: int):
    card.open(lead_id).analyse()
    reply = card.panel.locator(".convailens-reply")
    expect(reply).to_be_visible()
    card.control("copy-reply").click()
    expect(card.control("copy-reply")).to_have_text(card.text("copied"))
    assert card.page.evaluate("() => navigator.clipboard.readText()") == reply.inner_text()
    card.open(lead_id).has_result()
    expect(reply).to_have_count(0)
    card.control("ask-reply").click()
    expect(reply).to_be_visible()
    card.says("reply.left.other", n=2)


@pytest.mark.parametrize("lang", ["es", "pt"])
def test_a_chat_in_another_language_is_read_in_the_reps_own(cards: Callable[..., Card], lang: str):
    card = cards().open(f"{lang}-o-01", lang=lang).analyse()
    card.says("next.heading")
    summary = card.panel.locator(f'p[lang="{lang}"]').first
    expect(summary).to_be_visible()


def _lead(kommo: KommoSandbox, said: str, answered: str) -> int:
    messages = [
        {
            "id": "m1",
            "author": "client",
            "author_name": "Ana",
            "at": "2026-11-20T10:00:00Z",
            "kind": "text",
            "text": said,
        },
        {
            "id": "m2",
            "author": "agent",
            "author_name": "Rob",
            "at": "2026-11-20T10:05:00Z",
            "kind": "text",
            "text": answered,
        },
    ]
    chat = {"id": "of-a-test", "language": "en", "messages": messages}
    return kommo.switch("leads", account="acme", conversation=chat)["lead_id"]
