"""Notes of a lead over HTTP: written in one call, found again by id, by type and by time."""

from __future__ import annotations

import pytest

from accounts.errors import NotesRefused
from accounts.kommo.client import KommoClient
from accounts.kommo.notes import SERVICE, made
from convailens.lib.errors import NotFound, ServiceRefused, ServiceUnavailable, UnexpectedReply


def test_notes_are_written_in_order_and_found_by_their_ids(acme, lead_id, kommo):
    client = KommoClient(acme)
    first, second = client.add_notes(lead_id, ["one", "two\nlines"])
    found = {note.id: note for note in client.notes_of_lead(lead_id, ids=[first, second])}
    assert [found[first].text, found[second].text] == ["one", "two\nlines"]
    assert all(note.is_ours and note.service == SERVICE and note.lead_id == lead_id for note in found.values())
    assert [note.id for note in client.notes_of_lead(lead_id, ids=[second])] == [second]


def test_only_notes_of_the_asked_types_are_read(acme, lead_id, kommo):
    client = KommoClient(acme)
    (ours,) = client.add_notes(lead_id, ["a transcript"])
    call = {
        "uniq": "u",
        "duration": 61,
        "source": "pbx",
        "phone": "1",
        "call_responsible": "Ana",
        "link": "https://drive-c.kommo.com/x",
    }
    answer = kommo.send("POST", f"leads/{lead_id}/notes", [{"note_type": "call_in", "params": call}])
    call_id = answer.json()["_embedded"]["notes"][0]["id"]
    calls = client.notes_of_lead(lead_id, types=("call_in", "call_out"))
    assert {note.id for note in calls} >= {call_id}
    assert ours not in {note.id for note in calls}
    (mine,) = [note for note in calls if note.id == call_id]
    assert (mine.link, mine.duration_s, mine.is_ours) == ("https://drive-c.kommo.com/x", 61, False)


def test_notes_since_a_moment_leave_older_ones_out(acme, lead_id):
    client = KommoClient(acme)
    (note_id,) = client.add_notes(lead_id, ["now"])
    (note,) = client.notes_of_lead(lead_id, ids=[note_id])
    assert note_id in {found.id for found in client.notes_of_lead(lead_id, since=note.created_at)}
    assert client.notes_of_lead(lead_id, since=note.created_at + 60) == ()


def test_a_strangers_lead_has_no_notes_and_takes_none(stranger, lead_id):
    client = KommoClient(stranger.account)
    with pytest.raises(NotFound):
        client.add_notes(lead_id, ["not theirs"])


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, NotesRefused, "note_refused"),
        (402, ServiceRefused, "kommo_unpaid"),
        (403, NotesRefused, "note_refused"),
        (404, NotFound, "not_found"),
        (503, ServiceUnavailable, "kommo_unavailable"),
    ],
)
def test_each_refusal_of_a_note_is_told_apart(acme, lead_id, kommo, status, error, code):
    kommo.switch("misbehaviour", match="notes.add*", kind="status", times=None, params={"code": status})
    with pytest.raises(error) as raised:
        KommoClient(acme).add_notes(lead_id, ["x"])
    assert raised.value.code == code


def test_an_answer_without_the_ids_is_not_taken_for_one():
    for raw in (None, {}, {"_embedded": {"notes": []}}, {"_embedded": {"notes": [{"id": "7"}]}}):
        with pytest.raises(UnexpectedReply):
            made(raw, 1)
    assert made({"_embedded": {"notes": [{"id": 7, "request_id": "1"}, {"id": 8, "request_id": "0"}]}}, 2) == (8, 7)
    assert made({"_embedded": {"notes": [{"id": 7}, {"id": 8}]}}, 2) == (7, 8)
