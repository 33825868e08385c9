"""Recordings become text: on the sandbox's card, by our service and a worker, to the note and back into the panel."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from launch.paths import ROOT
from tests.browser.card import Card
from tests.browser.test_keyboard import focused, tab_to
from tests.sandbox.process import DeepgramSandbox, KommoSandbox
from tests.worker import Worker, running_worker
from transcription.models import State, Transcription

#: The worker begins with the first test, beside all else that runs here; a transcription itself takes a second.
DONE_MS = 40_000
VOICES = ROOT / "sandbox" / "data" / "voice"
SAID = {
    (item["conversation"], item["message"]): item["text"]
    for item in json.loads((VOICES / "index.json").read_text())["recordings"]
}


@pytest.fixture(scope="module")
def voice_worker(
    sandbox_ready: dict[str, Any], django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    log_file = tmp_path_factory.mktemp("worker") / "log.jsonl"
    with running_worker(sandbox_ready, log_file, NOTE_WAIT_S="0") as worker:
        yield worker


@pytest.fixture
def deepgram(sandbox_ready: dict[str, Any], voice_worker: Worker) -> Iterator[DeepgramSandbox]:
    """The emulated Deepgram in its first state, with a worker of ours that calls it."""
    service = DeepgramSandbox(sandbox_ready)
    service.switch("reset")
    yield service
    service.http.close()


def add_recording(kommo: KommoSandbox, name: str, **query: Any) -> dict[str, Any]:
    """Send one of the sandbox's recordings to a lead; without one, to a new lead."""
    content = (VOICES / name).read_bytes()
    answer = kommo.http.post("/_sandbox/recordings", content=content, params={"account": "acme"} | query)
    assert answer.is_success, answer.text
    return answer.json()


def rows(card: Card) -> Locator:
    return card.panel.locator(".convailens-recording")


def key_of(row: Locator) -> str:
    """The key of a recording, out of its row."""
    return (row.get_attribute("data-convailens-key") or "").removeprefix("voice:")


def test_one_voice_message_becomes_text_by_keyboard_alone(card: Card, deepgram: DeepgramSandbox):
    card.open("es-o-05", lang="es")
    card.says("voice.heading", n=10)
    card.says("voice.used", used=0, limit=30)
    expect(rows(card)).to_have_count(5)
    row = rows(card).first
    key = key_of(row)
    tab_to(card, f"transcribe:{key}")
    card.page.keyboard.press("Enter")
    # The button is gone; the focus rests on its row while the steps go by.
    expect(card.control(f"transcribe:{key}")).to_have_count(0)
    assert focused(card.page) == f"voice:{key}"
    expect(row).to_contain_text(card.text("voice.in_notes"), timeout=DONE_MS)
    assert focused(card.page) == f"voice:{key}"
    live = card.panel.locator("[aria-live=polite]")
    expect(live).to_contain_text(card.text("voice.in_notes"))
    expect(row).to_contain_text(re.compile(r"español · se cobró: \d+ s · guardado como nota en este lead"))
    tab_to(card, f"voice-text:{key}")
    card.page.keyboard.press("Enter")
    text = row.locator(".convailens-transcript")
    expect(text).to_have_text(SAID["es-o-05", "m18"])
    assert focused(card.page) == f"voice-text:{key}"
    card.says("voice.used", used="0,3", limit=30)
    assert card.violations() == []
    card.page.keyboard.press("Enter")
    expect(text).to_have_count(0)
    # Opened anew, the text is known to stand in the notes, and is read from there.
    card.open("es-o-05", lang="es")
    expect(rows(card).first).to_contain_text(card.text("voice.in_notes"))
    card.control(f"voice-text:{key}").click()
    expect(text).to_have_text(SAID["es-o-05", "m18"])
    assert deepgram.calls == 1


def test_all_are_asked_for_only_after_it_is_said_what_they_take(card: Card, deepgram: DeepgramSandbox):
    card.open("es-o-10", lang="es")
    card.says("voice.heading", n=3)
    card.control("voice-all").click()
    group = card.panel.get_by_role("group")
    expect(group).to_contain_text(re.compile(r"3 audios, 1 min( \d+ s)? en total\. Este mes quedan 30 min\."))
    assert focused(card.page) == "voice-go"
    card.page.keyboard.press("Escape")
    expect(group).to_have_count(0)
    assert focused(card.page) == "voice-all"
    assert deepgram.calls == 0
    card.page.keyboard.press("Enter")
    expect(card.control("voice-go")).to_be_focused()
    card.page.keyboard.press("Enter")
    expect(card.panel).to_contain_text(card.text("voice.all.texts.other", n=3), timeout=DONE_MS)
    expect(rows(card).get_by_text(card.text("voice.in_notes"))).to_have_count(3)
    expect(card.control("voice-all")).to_have_count(0)
    assert deepgram.calls == 3
    assert card.violations() == []


def test_a_service_that_is_not_paid_for_is_told_and_tried_again_by_itself(card: Card, deepgram: DeepgramSandbox):
    deepgram.misbehave("status", times=None, code=402)
    card.open("en-o-17")
    card.panel.get_by_role("button", name=re.compile(r"^Transcribe: ")).click()
    row = rows(card).first
    expect(row).to_contain_text(card.text("voice.codes.voice_account.title"), timeout=DONE_MS)
    expect(row).to_contain_text(re.compile(r"Next try: (\w+ \d+ )?\d\d:\d\d\."))
    assert card.violations() == []
    card.says("voice.used", used=0, limit=30)
    # Given up meanwhile: the stream is still heard.
    Transcription.objects.update(state=State.FAILED, outcome="interrupted", finished_at=timezone.now())
    expect(row).to_contain_text(card.text("voice.codes.interrupted.title"))
    expect(row.get_by_role("button", name=re.compile(r"^Try again: "))).to_be_visible()


def test_a_recording_in_which_nobody_speaks_is_free(card: Card, deepgram: DeepgramSandbox, kommo: KommoSandbox):
    lead = add_recording(kommo, "silence.ogg")["lead_id"]
    card.open(lead)
    card.panel.get_by_role("button", name=re.compile(r"^Transcribe: ")).click()
    expect(rows(card).first).to_contain_text(card.text("voice.no_speech"), timeout=DONE_MS)
    card.says("voice.used", used=0, limit=30)
    assert deepgram.calls == 0


def test_a_file_that_is_no_recording_says_so_with_an_id_that_can_be_copied(
    card: Card, deepgram: DeepgramSandbox, kommo: KommoSandbox
):
    answer = kommo.http.post("/_sandbox/recordings", content=b"%PDF-1.7 not a sound", params={"account": "acme"})
    card.open(answer.json()["lead_id"])
    card.panel.get_by_role("button", name=re.compile(r"^Transcribe: ")).click()
    row = rows(card).first
    expect(row).to_contain_text(card.text("voice.codes.audio_wrong_type.title"), timeout=DONE_MS)
    expect(row).to_contain_text(card.text("problem.nothing_charged"))
    identifier = row.locator(".convailens-code").inner_text()
    card.control(f"voice-id:{key_of(row)}").click()
    expect(card.control(f"voice-id:{key_of(row)}")).to_have_text(card.text("copied"))
    assert card.page.evaluate("() => navigator.clipboard.readText()") == identifier
    assert card.violations() == []


def test_a_stream_that_breaks_off_is_followed_to_its_end_and_asked_for_once(card: Card, deepgram: DeepgramSandbox):
    asked: list[str] = []

    def cut(route: Any) -> None:
        asked.append(route.request.post_data)
        route.fetch(headers=route.request.headers | {"accept": "application/json"})  # It arrived; the answer does not.
        route.abort()

    card.open("en-o-17")
    card.page.route(re.compile(r"/api/v1/transcriptions$"), cut)
    card.panel.get_by_role("button", name=re.compile(r"^Transcribe: ")).click()
    expect(rows(card).first).to_contain_text(card.text("voice.in_notes"), timeout=DONE_MS)
    assert len(asked) == 1
    assert deepgram.calls == 1


def test_a_text_that_is_newer_than_the_reading_offers_another_one(
    cards: Callable[..., Card], deepgram: DeepgramSandbox
):
    card = cards().open("en-o-17").analyse()
    # A result tells its time in whole seconds; what becomes text in that very second does not count as newer.
    card.page.wait_for_timeout(1_100)
    card.panel.get_by_role("button", name=re.compile(r"^Transcribe: ")).click()
    newer = re.compile(r"1 recording has become text since this reading of ")
    expect(card.panel).to_contain_text(newer, timeout=DONE_MS)
    expect(card.control("analyse")).to_have_text(card.text("analyse.again"))
    card.analyse()
    expect(card.panel).not_to_contain_text("has become text since this reading")
    card.says("usage.left", left=98, limit=100)
