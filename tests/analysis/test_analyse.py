"""The main job over HTTP: one click, from `accepted` to the result."""

from __future__ import annotations

import json
import uuid

import pytest

from analysis.models import Analysis
from billing.models import UsageEntry
from tests.factories import Person
from tests.web import OpenAISandbox, Web

MESSAGES = [
    {
        "id": "a1",
        "author": "client",
        "author_name": "Ana",
        "at": "2026-03-10T11:00:00Z",
        "kind": "text",
        "text": "Hi, I need two implants before my trip in December. How much would that be?",
    },
    {
        "id": "a2",
        "author": "agent",
        "author_name": "Julian",
        "at": "2026-03-10T11:10:00Z",
        "kind": "text",
        "text": "Hello Ana! The pair is 4,900 all in.",
    },
    {
        "id": "a3",
        "author": "client",
        "author_name": "Ana",
        "at": "2026-03-10T11:20:00Z",
        "kind": "text",
        "text": "That is too expensive for me, but I decide alone. Can I come for a visit on Friday?",
    },
]


def names(events: list) -> list[str]:
    """Event names, repeated ones once."""
    found: list[str] = []
    for name, _ in events:
        if not found or found[-1] != name:
            found.append(name)
    return found


def last(events: list) -> dict:
    return events[-1][1]


def test_a_click_gives_accepted_facts_summary_ratings_and_the_result(web: Web, rep: Person, lead_id: int):
    events = web.analyse(rep, lead_id)
    assert names(events) == ["accepted", "facts", "summary", "ratings", "result"]
    result = last(events)
    assert result["state"] == "done"
    assert result["source"] == "talks"
    assert result["reused"] is False
    assert result["usage"]["charged"] == 1
    assert result["usage"]["left"] == 99
    assert result["messages_seen"] == result["messages_total"] > 20
    assert set(result["criteria"]) == {"need", "budget", "authority", "timeline", "engagement", "commitment"}
    assert result["suggested_reply"]
    assert result["versions"]["model"] == "gpt-4o-mini"
    assert result["change"] is None
    kinds = list(UsageEntry.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["reserve", "settle"]


def test_the_stored_row_is_what_get_and_by_key_give_without_the_reply(web: Web, rep: Person, lead_id: int):
    key = uuid.uuid4()
    result = last(web.analyse(rep, lead_id, key=key))
    for path in (f"/api/v1/analyses/{result['id']}", f"/api/v1/analyses/by-key/{key}"):
        found = web.get(rep, path).json()
        assert found["suggested_reply"] is None
        assert {k: v for k, v in found.items() if k not in {"suggested_reply", "usage"}} == {
            k: v for k, v in result.items() if k not in {"suggested_reply", "usage"}
        }


def test_the_same_conversation_again_is_served_free_without_the_model(
    web: Web, rep: Person, boss: Person, lead_id: int, openai: OpenAISandbox
):
    first = last(web.analyse(rep, lead_id))
    calls = openai.calls
    events = web.analyse(boss, lead_id)
    again = last(events)
    assert names(events) == ["accepted", "facts", "result"]
    assert openai.calls == calls
    assert again["reused"] is True
    assert again["usage"]["charged"] == 0
    assert again["usage"]["left"] == first["usage"]["left"]
    assert again["suggested_reply"] is None
    assert again["score"] == first["score"]
    assert again["id"] != first["id"]


def test_the_same_key_again_gives_the_same_analysis(web: Web, rep: Person, lead_id: int, openai: OpenAISandbox):
    key = uuid.uuid4()
    first = last(web.analyse(rep, lead_id, key=key))
    calls = openai.calls
    again = last(web.analyse(rep, lead_id, key=key))
    assert (again["id"], again["score"], again["usage"]["charged"]) == (first["id"], first["score"], 1)
    assert openai.calls == calls
    assert Analysis.objects.count() == 1


def test_the_same_key_with_another_body_is_refused_and_changes_nothing(web: Web, rep: Person, lead_id: int):
    key = uuid.uuid4()
    web.analyse(rep, lead_id, key=key)
    with web.analysing(rep, lead_id, key=key, output_language="pt") as response:
        problem = json.loads(response.read())
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["code"] == "key_reused"
    assert Analysis.objects.count() == 1


def test_anothers_key_cannot_be_used_to_read_their_analysis(web: Web, rep: Person, colleague: Person, lead_id: int):
    key = uuid.uuid4()
    web.analyse(rep, lead_id, key=key)
    with web.analysing(colleague, lead_id, key=key) as response:
        response.read()
    assert response.status_code == 422


def test_messages_of_the_card_serve_where_kommo_gives_no_talks(web: Web, rep: Person, lead_id: int, kommo):
    kommo.switch("settings", account="acme", has_scope=False)
    result = last(web.analyse(rep, lead_id, messages=MESSAGES))
    assert result["source"] == "card"
    assert result["messages_total"] == 3
    evidence = [p for rating in result["criteria"].values() for p in rating["evidence"]]
    assert evidence
    texts = {m["id"]: m["text"] for m in MESSAGES}
    for pointer in evidence:
        assert pointer["author"] == "client"
        assert texts[pointer["message"]][pointer["start"] : pointer["end"]].strip()


def test_without_talks_and_without_messages_the_rep_is_told_to_paste(web: Web, rep: Person, lead_id: int, kommo):
    kommo.switch("settings", account="acme", has_scope=False)
    problem = last(web.analyse(rep, lead_id))
    assert (problem["code"], problem["status"], problem["charged"]) == ("messages_unavailable", 422, False)


def test_a_talks_read_that_matches_a_card_result_serves_it_and_raises_its_source(
    web: Web, rep: Person, lead_id: int, kommo
):
    talk_messages = last(web.analyse(rep, lead_id))
    assert talk_messages["source"] == "talks"
    Analysis.objects.update(source="card")
    again = last(web.analyse(rep, lead_id))
    assert (again["source"], again["reused"]) == ("talks", True)


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_the_summary_is_in_the_language_asked_for(web: Web, rep: Person, lead_id: int, language: str):
    result = last(web.analyse(rep, lead_id, output_language=language))
    assert result["output_language"] == language
    assert result["summary"]


def test_too_little_to_judge_says_so_and_is_free(web: Web, rep: Person, lead_id: int, openai: OpenAISandbox):
    events = web.analyse(rep, lead_id, source="card", messages=[{**MESSAGES[0], "text": "Hi there"}])
    assert names(events) == ["accepted", "facts", "problem"]
    assert (last(events)["code"], last(events)["charged"]) == ("too_short", False)
    assert openai.calls == 0
    assert UsageEntry.objects.count() == 0
    assert Analysis.objects.get().outcome == "too_short"


def test_pasted_text_is_analysed_and_marked_as_pasted(web: Web, rep: Person, lead_id: int):
    text = "\n".join(
        [
            "12/03/2026, 14:05 - Ana: Hola, necesito dos implantes antes de diciembre",
            "12/03/2026, 14:06 - Julián: Hola Ana, son 4.900",
            "13/03/2026, 09:00 - Ana: Es caro, pero quiero una cita el viernes, ¿se puede?",
        ]
    )
    result = last(web.analyse(rep, lead_id, source="pasted", pasted={"text": text, "me": "Julián"}))
    assert (result["source"], result["messages_total"]) == ("pasted", 3)


def test_what_changed_since_the_last_analysis_is_told(web: Web, rep: Person, lead_id: int):
    first = last(web.analyse(rep, lead_id, source="card", messages=MESSAGES[:2]))
    second = last(web.analyse(rep, lead_id, source="card", messages=MESSAGES))
    assert first["change"] is None
    assert second["change"]["since"]
    assert set(second["change"]) == {"score", "since", "criteria"}


def test_json_form_gives_202_and_where_to_look(web: Web, rep: Person, lead_id: int):
    headers = {"Accept": "application/json"}
    with web.analysing(rep, lead_id, headers=headers) as response:
        response.read()
    assert response.status_code == 202
    assert response.headers["location"] == f"/api/v1/analyses/{response.json()['id']}"


def test_prefer_wait_gives_the_result_in_one_answer(web: Web, rep: Person, lead_id: int):
    headers = {"Accept": "application/json", "Prefer": "respond-async, wait=20"}
    with web.analysing(rep, lead_id, headers=headers) as response:
        response.read()
    assert response.status_code == 200
    assert response.headers["preference-applied"] == "wait=20"
    assert response.json()["state"] == "done"
    assert response.json()["suggested_reply"]


def test_a_lead_that_the_colleague_may_not_see_does_not_exist(
    web: Web, colleague: Person, stranger, rep, lead_id, openai
):
    mine = last(web.analyse(rep, lead_id))
    calls = openai.calls
    for person in (colleague, stranger):
        events = web.analyse(person, lead_id)
        assert names(events) == ["accepted", "problem"]
        assert (last(events)["code"], last(events)["status"]) == ("not_found", 404)
        assert web.get(person, f"/api/v1/analyses/{mine['id']}").status_code == 404
        state = web.http.post(f"/api/v1/leads/{lead_id}/state", json={"source": "auto"}, headers=person.headers)
        assert (state.status_code, state.json()["code"]) == (404, "not_found")
        reply = web.http.post(f"/api/v1/analyses/{mine['id']}/reply", json={"source": "auto"}, headers=person.headers)
        assert reply.status_code == 404
    assert openai.calls == calls


def test_the_card_state_shows_facts_the_latest_result_and_what_is_new(web: Web, rep: Person, lead_id: int, openai):
    body = {"source": "card", "messages": MESSAGES[:2]}
    first = last(web.analyse(rep, lead_id, **body))
    calls = openai.calls
    state = web.http.post(
        f"/api/v1/leads/{lead_id}/state", json={"source": "card", "messages": MESSAGES}, headers=rep.headers
    ).json()
    assert set(state) == {"facts", "message_count", "latest", "new_since_latest", "usage", "voice"}
    assert state["message_count"] == 3
    assert state["latest"]["id"] == first["id"]
    assert state["new_since_latest"] == 1
    assert state["usage"]["left"] == 99
    assert openai.calls == calls


def test_a_reading_of_a_pasted_text_says_nothing_about_what_is_new_on_the_card(web: Web, rep: Person, lead_id: int):
    pasted = {"text": "Ana: I need two implants before May\nBob: We can do that", "me": "Bob"}
    first = last(web.analyse(rep, lead_id, source="pasted", pasted=pasted))
    state = web.http.post(
        f"/api/v1/leads/{lead_id}/state", json={"source": "card", "messages": MESSAGES}, headers=rep.headers
    ).json()
    assert state["latest"]["id"] == first["id"]
    assert state["new_since_latest"] is None


def test_a_reply_can_be_asked_for_three_times(web: Web, rep: Person, lead_id: int):
    result = last(web.analyse(rep, lead_id))
    path = f"/api/v1/analyses/{result['id']}/reply"
    left = []
    for _ in range(3):
        answer = web.http.post(path, json={"source": "auto"}, headers=rep.headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["suggested_reply"]
        left.append(answer.json()["left"])
    assert left == [2, 1, 0]
    refused = web.http.post(path, json={"source": "auto"}, headers=rep.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "replies_used_up")
    assert UsageEntry.objects.filter(kind="settle").count() == 1


def test_a_reply_that_the_model_could_not_write_is_not_counted(web: Web, rep: Person, lead_id: int, openai):
    result = last(web.analyse(rep, lead_id))
    openai.misbehave("insufficient_quota")
    path = f"/api/v1/analyses/{result['id']}/reply"
    failed = web.http.post(path, json={"source": "auto"}, headers=rep.headers)
    assert (failed.status_code, failed.json()["code"]) == (503, "model_quota")
    assert web.http.post(path, json={"source": "auto"}, headers=rep.headers).json()["left"] == 2


def test_who_lost_the_right_to_the_lead_is_told_nothing_of_an_earlier_result(
    web: Web, rep: Person, lead_id: int, kommo
):
    key = uuid.uuid4()
    result = last(web.analyse(rep, lead_id, key=key))
    assert web.get(rep, f"/api/v1/analyses/{result['id']}").status_code == 200
    kommo.switch("misbehaviour", match="leads.get", kind="status", times=None, params={"code": 403})
    headers = {"Accept": "application/json", "Prefer": "wait=10"}
    with web.analysing(rep, lead_id, key=key, headers=headers) as response:
        response.read()
    document = response.json()
    assert (document["state"], document["problem"]["code"]) == ("failed", "not_found")
    assert "summary" not in document
    # The no took back the yes that was remembered a moment ago.
    assert web.get(rep, f"/api/v1/analyses/{result['id']}").status_code == 404
