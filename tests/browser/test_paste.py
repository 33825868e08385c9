"""The paste box: who is who, how dates are meant, a preview, then the same analysis, marked as pasted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.card import Card

CHAT = (
    "13/05/2026, 10:02 - Ana: Hello, I need 40 chairs for a wedding in June\n"
    "13/05/2026, 10:05 - Bob: Sure, they are 12 each\n"
    "13/05/2026, 10:07 - Ana: My budget is 500 at most. I decide this myself.\n"
    "13/05/2026, 10:09 - Bob: That works\n"
    "13/05/2026, 10:12 - Ana: Great, can you send me the invoice today?\n"
)


def paste(card: Card, text: str) -> None:
    card.control("open-paste").click()
    card.panel.get_by_role("textbox").fill(text)
    card.control("check").click()


def choose(card: Card, label: str) -> None:
    card.panel.get_by_label(label, exact=True).check()


def test_a_pasted_chat_is_checked_previewed_and_analysed_and_its_result_is_marked(card: Card, lead_id: int):
    card.open(lead_id)
    paste(card, CHAT)
    card.says("problem.codes.who_are_you.title")
    choose(card, "Bob")
    card.says("paste.found.other", n=5)
    preview = card.panel.locator(".convailens-preview")
    expect(preview.locator("li").first).to_contain_text("Hello, I need 40 chairs")
    expect(preview).to_contain_text(card.text("paste.you"))
    card.says("analyse.pasted.other", n=5)
    card.control("analyse-paste").click()
    card.has_result()
    card.control("toggle:receipt").click()
    card.says("source.pasted")
    row = card.panel.locator("button.convailens-cells", has=card.page.locator(".convailens-good")).first
    row.click()
    expect(card.panel.locator(".convailens-quote mark").first).to_be_visible()
    # What was pasted is nowhere in Kommo's feed, so nothing offers to show it there.
    expect(card.panel.locator('[data-convailens-key^="show:"]')).to_have_count(0)
    card.says("usage.left", left=99, limit=100)


def test_dates_that_can_be_read_in_two_ways_are_asked_about(card: Card, lead_id: int):
    card.open(lead_id)
    paste(card, CHAT.replace("13/05/2026", "03/04/2026"))
    card.says("problem.codes.date_order_unclear.title")
    options = card.panel.locator("fieldset", has_text=card.text("paste.order")).get_by_role("radio")
    expect(options).to_have_count(2)
    options.first.check()
    choose(card, "Bob")
    card.says("paste.found.other", n=5)


@pytest.mark.parametrize(("text", "code"), [("", "pasted_empty"), ("just some words", "pasted_unreadable")])
def test_what_is_no_chat_is_told_and_the_text_stays(card: Card, lead_id: int, text: str, code: str):
    card.open(lead_id)
    paste(card, text)
    card.says(f"problem.codes.{code}.title")
    expect(card.panel.get_by_role("textbox")).to_have_value(text)
    expect(card.control("analyse-paste")).to_have_count(0)


def test_the_id_of_a_refused_text_can_be_copied(card: Card, lead_id: int):
    card.open(lead_id)
    paste(card, "just some words")
    card.control("copy-id").click()
    expect(card.control("copy-id")).to_have_text(card.text("copied"))
    shown = card.panel.locator(".convailens-code").inner_text()
    assert card.page.evaluate("() => navigator.clipboard.readText()") == shown


def test_typing_keeps_the_caret_and_another_text_makes_the_preview_void(card: Card, lead_id: int):
    card.open(lead_id)
    paste(card, CHAT)
    choose(card, "Bob")
    expect(card.control("analyse-paste")).to_be_visible()
    box = card.panel.get_by_role("textbox")
    box.evaluate("(box) => { box.focus(); box.setSelectionRange(7, 7); }")
    card.page.keyboard.type("XY")
    assert box.evaluate("(box) => [box.value.slice(0, 12), box.selectionStart]") == ["13/05/2XY026", 9]
    expect(card.control("analyse-paste")).to_have_count(0)


def test_a_file_can_be_chosen_instead(card: Card, lead_id: int, tmp_path: Path):
    file = tmp_path / "chat.txt"
    file.write_text(CHAT)
    card.open(lead_id)
    card.control("open-paste").click()
    with card.page.expect_file_chooser() as chosen:
        card.control("file").click()
    chosen.value.set_files(file)
    expect(card.panel.get_by_role("textbox")).to_have_value(CHAT)
    picture = tmp_path / "chat.zip.txt"
    picture.write_bytes(b"PK\x00\x00\x01")
    with card.page.expect_file_chooser() as chosen:
        card.control("file").click()
    chosen.value.set_files(picture)
    card.says("paste.unreadable_file")
    expect(card.panel.get_by_role("textbox")).to_have_value(CHAT)


def test_closing_the_box_forgets_the_text(card: Card, lead_id: int):
    card.open(lead_id)
    paste(card, CHAT)
    card.control("close-paste").click()
    expect(card.panel.get_by_role("textbox")).to_have_count(0)
    card.control("open-paste").click()
    expect(card.panel.get_by_role("textbox")).to_have_value("")


def test_a_pasted_result_that_is_opened_again_has_no_words_to_show(card: Card, lead_id: int):
    card.open(lead_id)
    paste(card, CHAT)
    choose(card, "Bob")
    card.control("analyse-paste").click()
    card.has_result()
    card.open(lead_id).has_result()
    card.panel.locator("button.convailens-cells", has=card.page.locator(".convailens-good")).first.click()
    expect(card.panel.locator(".convailens-evidence")).to_contain_text(re.compile(r"\w"))
    card.says("words.pasted")


def test_what_no_message_can_hold_is_left_out_of_a_pasted_text(card: Card, lead_id: int):
    card.open(lead_id)
    card.control("open-paste").click()
    box = card.panel.get_by_role("textbox")
    box.evaluate(
        r"(area) => { area.value = 'Ana: hello \u0000there\nBob: hi \ud83d\nAna: \ud83d\ude00 yes';"
        " area.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    card.control("check").click()
    choose(card, "Bob")
    card.says("paste.found.other", n=3)
    expect(card.panel.locator(".convailens-preview")).to_contain_text("😀 yes")


def test_a_pasted_text_that_is_too_long_says_so(card: Card, lead_id: int):
    card.open(lead_id)
    card.control("open-paste").click()
    card.panel.get_by_role("textbox").evaluate(
        "(area) => { area.value = 'Ana: I would like to know more about it\\n'.repeat(26000);"
        " area.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    card.control("check").click()
    card.says("problem.codes.too_long.title")
