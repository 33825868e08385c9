"""Notes of leads as the emulated Kommo keeps them: found, refused, lost on the way, and shown on the card."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.sandbox.process import KommoSandbox

TEXT = "ConvAI Lens\n[CL:0123456789ab 1/1]\nHello,  <b>there</b>\n\n  indented\n[/CL]"


def note(text: str = TEXT, **more: Any) -> dict[str, Any]:
    params = {"service": "ConvAI Lens", "text": text}
    return {"note_type": "extended_service_message", "params": params, **more}


def add(kommo: KommoSandbox, *notes: dict[str, Any], lead_id: int | None = None) -> httpx.Response:
    return kommo.send("POST", f"leads/{lead_id or kommo.lead_id}/notes", list(notes))


def made(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["_embedded"]["notes"]]


def listed(kommo: KommoSandbox, *query: tuple[str, object]) -> list[int]:
    """Ids from the lead's notes; the query as pairs, for PHP's forms repeat names."""
    headers = {"Authorization": f"Bearer {kommo.ready['long_lived_token']}"}
    answer = kommo.http.get(f"/api/v4/leads/{kommo.lead_id}/notes", headers=headers, params=list(query))
    assert answer.status_code in (200, 204), answer.text
    return [one["id"] for one in answer.json()["_embedded"]["notes"]] if answer.content else []


def kept(kommo: KommoSandbox, **query: object) -> list[dict[str, Any]]:
    answer = kommo.http.get("/_sandbox/notes", params={"lead": kommo.lead_id, **query})
    assert answer.status_code == 200
    return answer.json()["notes"]


def spoil(kommo: KommoSandbox, kind: str, **params: Any) -> None:
    kommo.switch("misbehaviour", match="notes.add", kind=kind, params=params)


def test_notes_are_found_by_id_type_and_time_in_phps_forms(kommo):
    first, second = made(add(kommo, note("one"), note("two")))
    (common,) = made(add(kommo, {"note_type": "common", "params": {"text": "three"}}))
    assert listed(kommo, ("filter[id][]", second), ("filter[id][]", common)) == [second, common]
    assert listed(kommo, ("filter[id][0]", first), ("filter[id][1]", second)) == [first, second]
    for form in ("filter[note_type][]", "filter[note_type][0]", "filter[note_type]"):
        assert listed(kommo, (form, "extended_service_message")) == [first, second]
    assert listed(kommo, ("filter[note_type][]", "common"), ("filter[note_type][]", "call_in")) == [common]
    now = int(time.time())
    assert listed(kommo, ("filter[updated_at][from]", now - 60)) == [first, second, common]
    assert listed(kommo, ("filter[updated_at][from]", now + 60)) == []
    assert listed(kommo, ("filter[updated_at][to]", now - 60)) == []


def test_notes_come_in_the_order_asked_for_and_by_pages(kommo):
    ids = made(add(kommo, *(note(str(n)) for n in range(5))))
    assert listed(kommo, ("order[id]", "desc")) == ids[::-1]
    assert listed(kommo, ("order[updated_at]", "asc"), ("limit", 2), ("page", 2)) == ids[2:4]
    assert listed(kommo, ("limit", 2), ("page", 3)) == ids[4:]
    assert listed(kommo, ("limit", 2), ("page", 4)) == []
    full = kommo.get(f"leads/{kommo.lead_id}/notes", limit=2).json()
    assert "next" in full["_links"]


def test_a_note_keeps_its_text_to_the_letter(kommo):
    (note_id,) = made(add(kommo, note()))
    read = kommo.get(f"leads/{kommo.lead_id}/notes/{note_id}").json()
    assert read["params"] == {"service": "ConvAI Lens", "text": TEXT}
    assert (read["entity_id"], read["note_type"]) == (kommo.lead_id, "extended_service_message")
    (own,) = kept(kommo)
    assert (own["id"], own["text"], own["lead_id"]) == (note_id, TEXT, kommo.lead_id)


def test_the_longest_text_is_set_for_each_account(kommo):
    kommo.switch("settings", account="acme", note_text_max=10)
    refused = add(kommo, note("x" * 11, request_id="m:1"))
    assert refused.status_code == 400
    (error,) = refused.json()["validation-errors"]
    assert (error["request_id"], error["errors"][0]["code"], error["errors"][0]["path"]) == (
        *("m:1", "TooLong"),
        "params.text",
    )
    assert kept(kommo) == []
    assert len(made(add(kommo, note("x" * 10)))) == 1


@pytest.mark.parametrize("status", [402, 403, 404, 429, 500, 504])
def test_any_status_can_be_given_to_writing_alone(kommo, status):
    kommo.switch("misbehaviour", match="notes.add", kind="status", params={"code": status})
    assert add(kommo, note()).status_code == status
    assert kept(kommo) == []
    assert listed(kommo) == []
    assert len(made(add(kommo, note()))) == 1


def test_a_lost_answer_leaves_the_notes_and_not_a_byte(kommo):
    spoil(kommo, "lost_answer")
    with pytest.raises(httpx.RemoteProtocolError):
        add(kommo, note("one"), note("two"))
    assert [one["text"] for one in kept(kommo)] == ["one", "two"]
    seen = kommo.http.get("/_sandbox/requests", params={"operation": "notes.add"}).json()["requests"]
    assert [(one["status"], one["facts"]["spoiled"]) for one in seen] == [(None, "lost_answer")]
    assert len(made(add(kommo, note("three")))) == 1


def test_a_late_note_appears_after_its_504(kommo):
    spoil(kommo, "late", seconds=0.3)
    started = time.monotonic()
    assert add(kommo, note()).status_code == 504
    assert kept(kommo) == []
    while not kept(kommo):
        assert time.monotonic() - started < 5
        time.sleep(0.02)
    assert time.monotonic() - started >= 0.3
    assert [one["text"] for one in kept(kommo)] == [TEXT]


def test_a_partial_write_makes_the_first_note_only(kommo):
    spoil(kommo, "partial")
    assert add(kommo, note("one"), note("two"), note("three")).status_code == 500
    assert [one["text"] for one in kept(kommo)] == ["one"]


def test_a_refused_batch_uses_up_no_rule(kommo):
    spoil(kommo, "partial")
    assert add(kommo, note(""), note("two")).status_code == 400
    assert add(kommo, note("one"), note("two")).status_code == 500


def test_a_merged_lead_is_gone_and_its_talks_and_notes_are_the_others(kommo):
    leads = {one["conversation"]: one for one in kommo.http.get("/_sandbox/leads").json()["leads"]}
    gone, into = leads["es-o-11"], leads["es-o-05"]
    add(kommo, note("ours"), lead_id=gone["id"])
    answer = kommo.switch("leads/merge", **{"from": gone["id"], "into": into["id"]})
    assert answer == {"lead_id": into["id"], "talks": len(gone["talk_ids"]), "notes": 2}
    assert kommo.get(f"leads/{gone['id']}").status_code == 204
    assert kommo.get(f"leads/{gone['id']}/notes").status_code == 204
    assert add(kommo, note(), lead_id=gone["id"]).status_code == 404
    for talk_id in gone["talk_ids"]:
        assert kommo.get(f"talks/{talk_id}").json()["entity_id"] == into["id"]
    types = [one["note_type"] for one in kommo.get(f"leads/{into['id']}/notes").json()["_embedded"]["notes"]]
    assert types == ["call_out", "extended_service_message"]
    card = kommo.http.get(f"/_sandbox/card/acme/{into['id']}").json()
    assert len(card["messages"]) == len(gone["message_ids"]) + len(into["message_ids"])


def test_a_deleted_lead_answers_as_one_that_never_was(kommo):
    add(kommo, note())
    assert kommo.switch("leads/delete", lead=kommo.lead_id) == {"deleted": kommo.lead_id}
    assert kommo.get(f"leads/{kommo.lead_id}").status_code == 204
    assert listed(kommo) == []
    assert add(kommo, note()).status_code == 404
    assert [one["text"] for one in kept(kommo)] == [TEXT]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("leads/merge", {"from": "en-o-01", "into": "en-o-01"}),
        ("leads/merge", {"from": "en-o-01", "into": "en-o-18"}),
        ("leads/delete", {"lead": 5}),
        ("leads/delete", {"account": "nobody", "lead": "en-o-01"}),
    ],
)
def test_a_lead_that_is_not_there_is_neither_merged_nor_deleted(kommo, path, content):
    before = kommo.http.get("/_sandbox/leads").json()
    answer = kommo.http.post(f"/_sandbox/{path}", json=content)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert kommo.http.get("/_sandbox/leads").json() == before


def test_the_card_shows_notes_and_calls_to_those_who_see_the_lead(kommo):
    (ours,) = made(add(kommo, note(), lead_id=lead_id_of(kommo, "en-o-05")))
    card = kommo.http.get("/_sandbox/card/acme/en-o-05?user=rep").json()
    call, written = card["notes"]
    assert (call["note_type"], call["title"], call["text"]) == ("call_out", "Sandbox Telephony", "")
    assert call["call"] == {
        **{"is_incoming": False, "phone": "+44 7700 900142", "duration_s": 29},
        "has_recording": True,
    }
    assert (written["id"], written["title"], written["text"], written["call"]) == (ours, "ConvAI Lens", TEXT, None)
    later = kommo.http.get(f"/_sandbox/card/acme/en-o-05/notes?user=rep&after={call['id']}").json()["notes"]
    assert later == [written]
    hidden = kommo.http.get("/_sandbox/card/acme/en-o-05?user=colleague").json()
    assert (hidden["is_allowed"], hidden["notes"]) == (False, [])
    assert kommo.http.get("/_sandbox/card/acme/en-o-05/notes?user=colleague").json() == {"notes": []}
    assert kommo.http.get("/_sandbox/card/acme/en-o-05/notes?after=x").status_code == 400


def lead_id_of(kommo: KommoSandbox, conversation: str) -> int:
    leads = kommo.http.get("/_sandbox/leads").json()["leads"]
    return next(lead["id"] for lead in leads if lead["conversation"] == conversation)
