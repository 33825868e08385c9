"""What others do, how much there is, how often it is asked for: none of it makes a second note or costs us more."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.kommo.client import KommoClient
from analysis.gather import gather
from convailens.lib.errors import NotFound, ServiceRateLimited, ServiceUnavailable
from tests.transcription.conftest import VOICES
from tests.transcription.test_run import books, run
from transcription.audio import door
from transcription.models import Transcription
from transcription.use_cases import lifecycle
from transcription.use_cases.read_transcripts import read_transcript
from transcription.use_cases.request_transcriptions import find_wanted
from transcription.use_cases.run_transcription import GIVE_UP_AFTER, MAX_PAID_CALLS


def test_all_of_many_are_reached_by_asking_again(ask, wish, crm, deepgram):
    first = find_wanted(wish(), within_s=10, at_once=3)
    assert len(first) == 3
    for recording in first:
        run(ask(recording.source_id)[0])
    second = find_wanted(wish(), within_s=10, at_once=3)
    assert len(second) == 3
    assert not {item.source_id for item in first} & {item.source_id for item in second}
    assert max(item.at for item in second) <= min(item.at for item in first)


def test_a_note_that_is_refused_again_and_again_stops_costing_us(ask, crm, deepgram, voice_lead):
    crm.misbehave("status", "notes.add", times=None, code=403)
    for _ in range(MAX_PAID_CALLS + 2):
        row = run(ask(voice_lead["message_ids"]["m15"])[0])
        assert (row.state, row.outcome) == ("failed", "note_refused")
    assert (deepgram.calls, books()) == (MAX_PAID_CALLS, (0, 0))
    # A day later it may be tried once more.
    crm.behave()
    Transcription.objects.update(asked_at=timezone.now() - timedelta(days=2))
    assert run(ask(voice_lead["message_ids"]["m15"])[0]).state == "done"


def test_an_attempt_that_lost_its_row_while_it_waited_writes_no_note(ask, crm, deepgram, voice_lead, lead_id):
    (row,) = ask(voice_lead["message_ids"]["m15"])
    attempt = lifecycle.claim(row.id)
    assert attempt is not None

    def must_be_mine() -> None:
        if not attempt.row.exists():
            raise lifecycle.Fenced

    client = KommoClient(row.account, before_write=must_be_mine)
    Transcription.objects.filter(id=row.id).update(attempt=attempt.number + 1)
    with pytest.raises(lifecycle.Fenced):
        client.add_notes(lead_id, ["too late"])
    assert crm.notes(lead_id) == []


def test_a_slot_is_not_waited_for_beyond_the_time_of_a_step(acme, crm, settings, lead_id):
    settings.KOMMO_REQUESTS_PER_SECOND = 1
    client = KommoClient(acme, is_interactive=False, within_s=0.6)
    began = time.monotonic()
    client.notes_of_lead(lead_id)
    with pytest.raises(ServiceRateLimited):
        client.notes_of_lead(lead_id)
    assert time.monotonic() - began < 1.5


def test_a_large_recording_waits_for_its_turn_without_counting(ask, crm, deepgram, lead_id, settings):
    made = crm.add_recording((VOICES / "es-o-05-m1.m4a").read_bytes(), account="acme", lead=lead_id)
    crm.misbehave("audio", "drive.download", times=None, kind="hour")
    (row,) = ask(made["message_id"])
    assert door._TURN.acquire(timeout=5)
    try:
        run(row)
    finally:
        door._TURN.release()
    assert (row.state, row.outcome, row.tries) == ("queued", "audio_unavailable", 0)
    Transcription.objects.update(asked_at=timezone.now() - GIVE_UP_AFTER - timedelta(minutes=1), retry_at=None)
    assert door._TURN.acquire(timeout=5)
    try:
        assert run(row).state == "failed"
    finally:
        door._TURN.release()


def test_a_pause_does_not_hold_a_wish_for_ever(ask, crm, deepgram, voice_lead):
    from django.core.cache import cache

    (row,) = ask(voice_lead["message_ids"]["m15"])
    cache.set("voice:paused", 1, 60)
    Transcription.objects.update(asked_at=timezone.now() - GIVE_UP_AFTER - timedelta(minutes=1))
    assert (run(row).state, row.outcome) == ("failed", "voice_account")


def test_the_words_of_a_merged_lead_are_read_on_the_other(ask, crm, deepgram, voice_lead, lead_id, acme, boss):
    row = run(ask(voice_lead["message_ids"]["m1"])[0])
    into = crm.lead_of("es-o-10")["id"]
    assert crm.http.post("/_sandbox/leads/merge", json={"account": "acme", "from": lead_id, "into": into}).is_success
    client = KommoClient(acme)
    found = gather(client, user_id=boss.user_id, lead_id=str(into), source="auto", given=())
    assert [message.id for message in found.messages if message.transcript] == [row.source_id]
    row.refresh_from_db()
    assert row.lead_id == into
    assert read_transcript(client, boss.user_id, row).startswith("aló")


def test_a_card_is_shown_without_its_notes_and_only_a_heard_call_stops_a_reading(
    ask, crm, deepgram, acme, boss, lead_id
):
    def see(*, needs_all: bool):
        client = KommoClient(acme)
        return gather(client, user_id=boss.user_id, lead_id=str(lead_id), source="auto", given=(), needs_all=needs_all)

    made = crm.add_recording((VOICES / "call-es.mp3").read_bytes(), account="acme", lead=lead_id, kind="call")
    crm.misbehave("status", "notes.list", times=None, code=500)
    assert see(needs_all=True).messages
    crm.behave()
    run(ask(str(made["note_id"]))[0])
    crm.misbehave("status", "notes.list", times=None, code=500)
    assert see(needs_all=False).messages
    with pytest.raises(ServiceUnavailable):
        see(needs_all=True)


def test_a_recording_that_another_failed_at_is_not_taken_for_done(ask, crm, deepgram, lead_id, kommo):
    made = crm.add_recording((VOICES / "call-en.mp3").read_bytes(), account="acme", lead=lead_id, kind="call")
    params = {"uniq": "u2", "duration": 30, "source": "pbx", "phone": "1", "call_responsible": "x"}
    answer = kommo.send(
        "POST", f"leads/{lead_id}/notes", [{"note_type": "call_out", "params": params | {"link": made["link"]}}]
    )
    first = run(ask(str(made["note_id"]))[0])
    # As if the other's attempt were still at work.
    Transcription.objects.filter(id=first.id).update(
        state="running", charged_s=0, finished_at=None, lease_until=timezone.now() + timedelta(minutes=5)
    )
    second = run(ask(str(answer.json()["_embedded"]["notes"][0]["id"]))[0])
    assert (second.state, second.outcome, second.tries) == ("queued", "", 0)
    wait_s = (second.retry_at - timezone.now()).total_seconds()
    assert 20 < wait_s <= 30


def test_a_row_without_rights_tells_nothing_of_its_state(ask, voice_lead, crm, acme, colleague):
    (row,) = ask(voice_lead["message_ids"]["m1"])
    with pytest.raises(NotFound) as raised:
        read_transcript(KommoClient(acme), colleague.user_id, row)
    assert raised.value.code == "not_found"
