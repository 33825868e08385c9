"""What recordings say takes part in the next analysis: read back from our notes, joined to their messages."""

from __future__ import annotations

import pytest

from accounts.kommo.client import KommoClient
from analysis.conversation import Author, Kind
from analysis.fingerprint import fingerprint
from analysis.gather import gather
from analysis.prompt import document
from tests.analysis.test_analyse import last
from tests.transcription.conftest import *  # noqa: F403
from tests.transcription.conftest import VOICES
from tests.transcription.test_run import M1, run


def gathered(acme, person, lead_id, given=()):
    return gather(KommoClient(acme), user_id=person.user_id, lead_id=str(lead_id), source="auto", given=given)


def print_of(found, acme):
    return fingerprint(
        acme.data_key_bytes,
        found.messages,
        found.lead,
        output_language="en",
        rubric_version="1",
        prompt_version="1",
        model_profile="m",
    )


def test_a_transcript_is_joined_to_its_voice_message_and_changes_the_fingerprint(
    ask, crm, deepgram, voice_lead, acme, boss, lead_id
):
    before = gathered(acme, boss, lead_id)
    assert all(message.transcript is None for message in before.messages)
    run(ask(voice_lead["message_ids"]["m1"])[0])
    after = gathered(acme, boss, lead_id)
    (spoken,) = [message for message in after.messages if message.transcript]
    assert (spoken.id, spoken.author, spoken.kind) == (voice_lead["message_ids"]["m1"], Author.CLIENT, Kind.VOICE)
    assert spoken.said.split() == M1["text"].split()
    assert print_of(before, acme) != print_of(after, acme) == print_of(gathered(acme, boss, lead_id), acme)


@pytest.mark.full
def test_marks_of_doubt_are_not_part_of_what_was_said(ask, crm, deepgram, voice_lead, acme, boss, lead_id):
    for row in ask():
        run(row)
    assert any("⟨?⟩" in note["params"]["text"] for note in crm.notes(lead_id))
    spoken = [message.said for message in gathered(acme, boss, lead_id).messages if message.transcript]
    assert len(spoken) == 10
    assert not any("⟨?⟩" in text or "[CL:" in text for text in spoken)


def test_a_call_is_a_message_of_nobodys_in_its_place(ask, crm, deepgram, acme, boss, lead_id):
    made = crm.add_recording((VOICES / "call-es.mp3").read_bytes(), account="acme", lead=lead_id, kind="call")
    run(ask(str(made["note_id"]))[0])
    found = gathered(acme, boss, lead_id)
    (call,) = [message for message in found.messages if message.is_call]
    assert (call.id, call.author) == (f"call-{made['note_id']}", Author.SYSTEM)
    assert call.said.startswith("Speaker 1:")
    assert [item.source_id for item in found.recordings if item.is_call] == [str(made["note_id"])]


def test_a_note_that_was_changed_or_taken_away_is_no_longer_read(
    ask, crm, deepgram, voice_lead, acme, boss, lead_id, kommo
):
    row = run(ask(voice_lead["message_ids"]["m1"])[0])
    body = [{"id": row.note_ids[0], "params": {"service": "ConvAI Lens", "text": "other words"}}]
    body[0]["note_type"] = "extended_service_message"
    answer = kommo.send("PATCH", f"leads/{lead_id}/notes", body)
    assert answer.is_success, answer.text
    assert not any(message.transcript for message in gathered(acme, boss, lead_id).messages)


def test_a_forged_note_of_the_same_marker_is_not_ours(ask, crm, deepgram, voice_lead, acme, boss, lead_id, kommo):
    row = run(ask(voice_lead["message_ids"]["m1"])[0])
    text = crm.notes(lead_id)[0]["params"]["text"].replace("aló", "forged")
    kommo.send("POST", f"leads/{lead_id}/notes", [{"note_type": "common", "params": {"text": text}}])
    (spoken,) = [message for message in gathered(acme, boss, lead_id).messages if message.transcript]
    assert "forged" not in spoken.said
    assert row.note_ids == [note["id"] for note in crm.notes(lead_id)]


def test_without_the_chats_calls_are_still_read(ask, crm, deepgram, acme, boss, lead_id, kommo):
    from analysis.gather import MessagesUnavailable

    made = crm.add_recording((VOICES / "call-pt.m4a").read_bytes(), account="acme", lead=lead_id, kind="call")
    kommo.switch("settings", account="acme", has_plan=False)
    with pytest.raises(MessagesUnavailable) as raised:
        gathered(acme, boss, lead_id)
    assert [item.source_id for item in raised.value.recordings] == [str(made["note_id"])]
    assert run(ask(str(made["note_id"]))[0]).state == "done"


def test_evidence_points_into_the_transcript(ask, web, crm, deepgram, voice_lead, rep, lead_id, openai):
    # Nothing written by the client: without the transcripts this chat is too short to judge.
    refused = last(web.analyse(rep, lead_id))
    assert refused["code"] == "too_short"
    for row in ask():
        assert run(row).state == "done"
    result = last(web.analyse(rep, lead_id))
    assert result["state"] == "done", result
    pointers = [pointer for rating in result["criteria"].values() for pointer in rating["evidence"]]
    assert pointers
    assert {pointer["author"] for pointer in pointers} == {"client"}
    words = web.http.post(f"/api/v1/analyses/{result['id']}/words", json={"source": "auto"}, headers=rep.headers).json()
    assert (words["gone"], words["changed"]) == ([], [])
    shown = {message["id"]: message for message in words["messages"]}
    spoken = [pointer for pointer in pointers if shown[pointer["message"]]["kind"] == "voice"]
    assert spoken
    for pointer in spoken:
        assert shown[pointer["message"]]["text"][pointer["start"] : pointer["end"]].strip()
    again = last(web.analyse(rep, lead_id))
    assert (again["reused"], again["usage"]["charged"]) == (True, 0)


def test_the_prompt_calls_a_call_a_call(ask, crm, deepgram, acme, boss, lead_id):
    from datetime import UTC, datetime

    from analysis.conversation import fit
    from analysis.prompt import Asked
    from analysis.scoring import DEFAULT_RUBRIC

    made = crm.add_recording((VOICES / "call-es.mp3").read_bytes(), account="acme", lead=lead_id, kind="call")
    run(ask(str(made["note_id"]))[0])
    found = gathered(acme, boss, lead_id)
    fitted = fit(found.messages, budget_tokens=12_000, count_tokens=lambda text: len(text) // 4)
    asked = Asked("en", acme.zone, DEFAULT_RUBRIC, datetime(2026, 11, 1, tzinfo=UTC))
    lines = document("analyse", fitted, found.lead, asked, frozenset())["conversation"]
    assert [line["author"] for line in lines if line["kind"] == "call"] == ["system"]
