"""Recordings in the panel's view: what is shown of each, what is heard, and where the focus goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.widget.gallery_page import draw

FOCUSED = "() => document.activeElement.getAttribute('data-convailens-key')"


def key(page: Page, name: str) -> str:
    """The control of this name, as a selector."""
    return f'[data-convailens-key="{name}"]'


def test_a_recording_says_who_when_how_long_and_of_which_kind(gallery: Callable[..., Page]) -> None:
    rows = gallery("voice_new").locator(".convailens-recording")
    assert rows.count() == 2
    assert rows.all_text_contents() == [
        "Ana · 0:14, 14 secvoice message · today 09:00Transcribe",
        "Call recording · 10:20, 10 min 20 sectoday 08:00Transcribe",
    ]
    names = [button.get_attribute("aria-label") for button in rows.get_by_role("button").all()]
    assert names == ["Transcribe: Ana, today 09:00", "Transcribe: Call recording, today 08:00"]


def test_each_step_has_its_words_and_a_bar_that_says_the_same(gallery: Callable[..., Page]) -> None:
    page = gallery("voice_steps")
    bars = page.get_by_role("progressbar")
    told = [(bar.get_attribute("aria-valuenow"), bar.get_attribute("aria-valuetext")) for bar in bars.all()]
    assert told == [
        ("1", "Waiting for its turn…"),
        ("2", "Fetching the recording…"),
        ("3", "Transcribing…"),
        ("4", "Writing the note…"),
    ]
    last = page.locator(".convailens-recording").nth(4)
    assert "The transcription service is not answering. Next try: 12:05." in last.inner_text()


def test_a_text_keeps_its_lines_and_speakers_and_can_be_hidden(gallery: Callable[..., Page]) -> None:
    page = gallery("voice_done")
    text = page.locator(".convailens-transcript")
    assert (
        text.inner_text() == "Speaker 1: Hola, buenas tardes.\nSpeaker 2: ¿Me puede decir el precio de dos implantes?"
    )
    assert text.get_attribute("lang") == "es"
    page.get_by_role("button", name="Hide text").click()
    page.get_by_role("button", name="Show text").first.click()
    assert page.evaluate("() => gallery.calls") == [["hideText", "message:m0"], ["showText", "message:m1"]]
    panel = page.locator(".convailens-panel").inner_text()
    for said in (
        "Spanish · charged: 14 sec · kept as a note on this lead",
        "several languages",
        "Hard to hear in places",
        "The note is no longer on this lead.",
        "Nothing is said in it. Free.",
        "Reading the note…",
    ):
        assert said in panel


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_every_failure_has_words_of_its_own_and_says_that_it_was_free(
    gallery: Callable[..., Page], language: str
) -> None:
    page = gallery(language=language)
    free = page.evaluate("lang => fetch(`../../../widget/i18n/${lang}.json`).then(a => a.json())", language)
    free = free["panel"]["problem"]["nothing_charged"]
    for state, count, buttons in (("voice_failed_for_good", 10, 0), ("voice_failed", 11, 11)):
        notices = page.locator(f"[data-state={state}] .convailens-notice")
        texts = notices.all_inner_texts()
        assert len({text.split("\n")[0] for text in texts}) == len(texts) == count
        assert all(free in text for text in texts)
        again = page.locator(f"[data-state={state}] [data-convailens-key^=transcribe]")
        assert again.count() == buttons


def test_a_click_that_never_arrived_claims_nothing_of_its_charge(gallery: Callable[..., Page]) -> None:
    notices = gallery("voice_refused").locator(".convailens-notice").all_inner_texts()
    assert [("Nothing was charged." in text) for text in notices] == [True, False, True, True, True]
    assert "You can try again in 0:2" in notices[0]
    assert "They renew on Nov 30." in notices[2]


def test_the_meter_warns_and_says_what_to_do(gallery: Callable[..., Page]) -> None:
    page = gallery()
    said = {
        state: page.locator(f"[data-state={state}] .convailens-allowance").inner_text()
        for state in ("voice_new", "voice_nearly_used_up", "voice_used_up", "voice_used_up_admin", "voice_none")
    }
    assert said["voice_new"] == "Voice: 3 of 30 min used"
    assert "5 min of voice are left this month. They renew on Nov 30." in said["voice_nearly_used_up"]
    assert "This month's 30 voice minutes are used. They renew on Nov 30." in said["voice_used_up"]
    assert "ask an administrator" in said["voice_used_up"]
    assert "support@convailens.com" in said["voice_used_up_admin"]
    assert "Your plan has no voice minutes." in said["voice_none"]
    assert page.locator("[data-state=voice_used_up]").get_by_role("button", name="Transcribe").count() == 0


def test_a_long_list_shows_the_newest_and_all_of_it_on_request(gallery: Callable[..., Page]) -> None:
    page = gallery("voice_many")
    rows = page.locator(".convailens-recording")
    assert rows.count() == 5
    page.get_by_role("button", name="Show all (40)").click()
    assert rows.count() == 40
    assert page.evaluate(FOCUSED) == "voice-more"
    page.get_by_role("button", name="Show the newest only").click()
    assert rows.count() == 5


def test_before_all_are_sent_it_is_said_what_they_take(gallery: Callable[..., Page]) -> None:
    page = gallery("voice_confirm")
    group = page.get_by_role("group", name="7 recordings, 3 min 20 sec together. 26 min 10 sec left this month.")
    group.get_by_role("button", name="Transcribe").click()
    group.get_by_role("button", name="Transcribe").press("Escape")
    assert page.evaluate("() => gallery.calls") == [["transcribeAll"], ["dropAll"]]


@pytest.mark.parametrize("state", ["voice_confirm_too_much", "voice_confirm_nothing"])
def test_what_cannot_be_sent_says_why_and_can_only_be_called_off(gallery: Callable[..., Page], state: str) -> None:
    page = gallery(state)
    go = page.locator(key(page, "voice-go"))
    assert go.get_attribute("aria-disabled") == "true"
    go.press("Enter")
    page.get_by_role("button", name="Cancel").click()
    assert page.evaluate("() => gallery.calls") == [["dropAll"]]
    said = page.get_by_role("group").inner_text()
    expected = {
        "voice_confirm_too_much": [
            "That is more than is left.",
            "1 is not measured yet",
            "2 cannot be measured: The rec",
        ],
        "voice_confirm_nothing": ["None of these recordings can be transcribed now.", "1 cannot be measured: The rec"],
    }[state]
    assert [part for part in expected if part not in said] == []


def test_focus_goes_from_the_offer_to_the_question_and_back_or_on_to_the_list(gallery: Callable[..., Page]) -> None:
    page = gallery("voice_new")
    page.locator(key(page, "voice-all")).focus()
    draw(page, "voice_new", "{voice: {...now.voice, all: {state: 'measuring'}}}")
    assert page.evaluate(FOCUSED) == "voice-all"
    draw(page, "voice_new", "{voice: all.voice_confirm.voice}")
    assert page.evaluate(FOCUSED) == "voice-go"
    draw(page, "voice_new", "{voice: all.voice_all_begun.voice}")
    assert page.evaluate(FOCUSED) == "voice-heading"
    draw(page, "voice_new", "{voice: all.voice_confirm.voice}")
    page.locator(key(page, "voice-cancel")).focus()
    draw(page, "voice_new", "{voice: all.voice_new.voice}")
    assert page.evaluate(FOCUSED) == "voice-all"


def test_focus_rests_on_the_row_whose_button_became_progress(gallery: Callable[..., Page]) -> None:
    page = gallery("voice_new")
    page.locator(key(page, "transcribe:message:m0")).focus()
    draw(page, "voice_new", "{voice: all.voice_asked.voice}")
    assert page.evaluate(FOCUSED) == "voice:message:m0"
    row = page.locator(key(page, "voice:message:m0"))
    row.evaluate("node => { node.dataset.same = 'yes'; }")
    done = "{...now.voice, asked: {}, items: [all.voice_done.voice.items[0], now.voice.items[1]]}"
    draw(page, "voice_new", f"{{voice: {done}}}")
    # The row stays, so that a screen reader does not begin it anew with each step.
    assert row.get_attribute("data-same") == "yes"
    assert page.evaluate(FOCUSED) == "voice:message:m0"
    assert "in notes" in row.inner_text()


def test_of_one_each_step_is_heard_and_of_many_how_far_they_are(gallery: Callable[..., Page]) -> None:
    page = gallery("voice_new")
    status = page.get_by_role("status")
    draw(page, "voice_new", "{voice: all.voice_asked.voice}")
    assert status.text_content() == "Ana, today 09:00: Checking…"
    done = "{...now.voice, asked: {}, items: [all.voice_done.voice.items[0], now.voice.items[1]]}"
    draw(page, "voice_new", f"{{voice: {done}}}")
    assert status.text_content() == "Ana, today 09:00: in notes"
    draw(page, "voice_new", "{voice: all.voice_all_running.voice}")
    assert status.text_content() == "3 of 4 finished"
    draw(page, "voice_new", "{voice: all.voice_all_over.voice}")
    assert status.text_content() == (
        "1 recording has become text. In 1 nothing is said. 1 could not be transcribed; it says why."
    )


def test_failures_of_long_ago_are_no_alerts_as_the_card_opens(gallery: Callable[..., Page]) -> None:
    page = gallery("voice_failed")
    assert page.get_by_role("alert").count() == 0
    assert page.get_by_role("status").text_content() == ""


def test_text_that_a_reading_has_not_seen_offers_another_one(gallery: Callable[..., Page]) -> None:
    page = gallery("voice_beside_a_result")
    panel = page.locator(".convailens-panel")
    assert "3 recordings have become text since this reading of Nov 24." in panel.inner_text()
    assert panel.get_by_role("button", name="Analyse again").is_visible()
    draw(page, "voice_beside_a_result", "{voice: all.voice_new.voice}")
    assert "since this reading" not in panel.inner_text()


def test_bars_move_only_for_those_who_did_not_ask_for_less(gallery: Callable[..., Page]) -> None:
    moves = "() => getComputedStyle(document.querySelector('.convailens-detail .convailens-filled')).transitionDuration"
    assert gallery("voice_steps").evaluate(moves) == "0.4s"
    assert gallery("voice_steps", reduced_motion="reduce").evaluate(moves) == "0s"


def test_names_and_texts_of_recordings_are_text_and_nothing_else(gallery: Callable[..., Page]) -> None:
    page = gallery("hostile_voice")
    panel = page.locator(".convailens-panel")
    assert panel.locator("img, script, iframe, style").count() == 0
    assert page.evaluate("() => window.hacked") is None
    assert '<img src=x onerror="window.hacked=1"> {n}' in (panel.text_content() or "")
