"""`POST /analyses/{id}/words` over HTTP: the words of evidence, for who may see the lead now."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from analysis.models import Analysis
from billing.models import UsageEntry
from tests.analysis.test_analyse import MESSAGES, last
from tests.factories import Person
from tests.sandbox.process import KommoSandbox
from tests.web import OpenAISandbox, Web

PASTED = {
    "text": "\n".join(
        (
            "[10/03/2026, 11:00:00] Ana: Hi, I need two implants before my trip in December. How much would that be?",
            "[10/03/2026, 11:10:00] Julian: Hello Ana! The pair is 4,900 all in.",
            "[13/03/2026, 11:20:00] Ana: That is too expensive for me, but I decide alone. Can I come on Friday?",
        )
    ),
    "me": "Julian",
}


def ask(web: Web, person: Person, analysis: Any, **body: Any) -> httpx.Response:
    body = {"source": "auto"} | body
    return web.http.post(f"/api/v1/analyses/{analysis}/words", json=body, headers=person.headers)


def pointers(result: dict[str, Any]) -> list[dict[str, Any]]:
    groups = [*result["criteria"].values(), *result["objections"], *result["open_questions"]]
    return [pointer for group in groups for pointer in group["evidence"]]


def test_every_pointer_of_a_result_has_its_words(web: Web, rep: Person, lead_id: int, openai: OpenAISandbox):
    result = last(web.analyse(rep, lead_id))
    calls, entries = openai.calls, UsageEntry.objects.count()
    answer = ask(web, rep, result["id"])
    assert answer.status_code == 200
    words = answer.json()
    said = {message["id"]: message for message in words["messages"]}
    assert pointers(result)
    for pointer in pointers(result):
        message = said[pointer["message"]]
        assert (message["author"], message["at"]) == (pointer["author"], pointer["at"])
        assert message["text"][pointer["start"] : pointer["end"]].strip()
    assert set(said) == {pointer["message"] for pointer in pointers(result)} | set(result["flagged"])
    assert len(said) < result["messages_total"]
    assert (words["gone"], words["changed"]) == ([], [])
    assert (openai.calls, UsageEntry.objects.count()) == (calls, entries)
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["ratelimit-remaining"]) > 0


def test_a_result_that_shares_anothers_shows_the_same_words(web: Web, rep: Person, boss: Person, lead_id: int):
    first = last(web.analyse(rep, lead_id))
    again = last(web.analyse(boss, lead_id))
    assert again["reused"] is True
    assert ask(web, boss, again["id"]).json() == ask(web, rep, first["id"]).json()


def test_the_cards_messages_are_brought_again(web: Web, rep: Person, lead_id: int):
    result = last(web.analyse(rep, lead_id, source="card", messages=MESSAGES))
    words = ask(web, rep, result["id"], source="card", messages=MESSAGES).json()
    assert {message["id"] for message in words["messages"]} == {"a1", "a3"}
    assert (words["gone"], words["changed"]) == ([], [])
    edited = [MESSAGES[0] | {"text": "Never mind."}, MESSAGES[1]]
    words = ask(web, rep, result["id"], source="card", messages=edited).json()
    assert words["gone"] == ["a3"]
    places = [f"{one['message']}:{one['start']}:{one['end']}" for one in pointers(result) if one["message"] == "a1"]
    assert places
    assert words["changed"] == list(dict.fromkeys(places))
    assert words["messages"][0]["text"] == "Never mind."


def test_pasting_the_same_text_again_gives_the_same_ids(web: Web, rep: Person, lead_id: int):
    result = last(web.analyse(rep, lead_id, source="pasted", pasted=PASTED))
    words = ask(web, rep, result["id"], source="pasted", pasted=PASTED).json()
    assert {message["id"] for message in words["messages"]} == {"p1", "p3"}
    assert (words["gone"], words["changed"]) == ([], [])
    longer = PASTED | {"text": "[09/03/2026, 18:00:00] Julian: Good evening!\n" + PASTED["text"]}
    assert ask(web, rep, result["id"], source="pasted", pasted=longer).json() == words


def test_the_same_messages_under_other_ids_come_under_the_ids_of_the_pointers(web: Web, rep: Person, lead_id: int):
    result = last(web.analyse(rep, lead_id, source="card", messages=MESSAGES))
    same = ask(web, rep, result["id"], source="card", messages=MESSAGES).json()
    renamed = [message | {"id": f"talk-{n}"} for n, message in enumerate(MESSAGES)]
    assert ask(web, rep, result["id"], source="card", messages=renamed).json() == same


def test_words_are_for_who_may_see_the_lead_now(
    web: Web, rep: Person, colleague: Person, stranger: Person, lead_id: int
):
    result = last(web.analyse(rep, lead_id))
    for person in (colleague, stranger):
        for body in ({}, {"source": "card", "messages": MESSAGES}):
            answer = ask(web, person, result["id"], **body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
            assert "messages" not in answer.json()
    assert ask(web, rep, uuid.uuid4()).status_code == 404


@pytest.mark.parametrize("state", ["running", "failed"])
def test_what_has_no_result_has_no_words(web: Web, rep: Person, lead_id: int, state: str):
    result = last(web.analyse(rep, lead_id))
    outcome = "interrupted" if state == "failed" else ""
    Analysis.objects.filter(id=result["id"]).update(state=state, outcome=outcome, charged=0)
    answer = ask(web, rep, result["id"])
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_without_talks_and_without_messages_it_says_so(web: Web, rep: Person, lead_id: int, kommo: KommoSandbox):
    result = last(web.analyse(rep, lead_id, source="card", messages=MESSAGES))
    kommo.switch("settings", account="acme", has_scope=False)
    answer = ask(web, rep, result["id"])
    assert (answer.status_code, answer.json()["code"]) == (422, "messages_unavailable")
    assert ask(web, rep, result["id"], messages=MESSAGES).status_code == 200


def test_a_body_without_what_its_source_needs_is_refused(web: Web, rep: Person, lead_id: int):
    result = last(web.analyse(rep, lead_id, source="card", messages=MESSAGES))
    for body in ({"source": "card"}, {"source": "pasted"}, {"source": "talks"}):
        assert ask(web, rep, result["id"], **body).status_code == 400


def test_nothing_of_the_words_is_logged_or_stored(web: Web, rep: Person, lead_id: int):
    said = "The ultramarine heron wants two implants before the trip in December, please."
    messages = [MESSAGES[0] | {"text": said}, *MESSAGES[1:]]
    result = last(web.analyse(rep, lead_id, source="card", messages=messages))
    before = Analysis.objects.values().get(id=result["id"])
    words = ask(web, rep, result["id"], source="card", messages=messages)
    assert "ultramarine heron" in words.text
    assert Analysis.objects.values().get(id=result["id"]) == before
    assert "ultramarine" not in web.log_file.read_text()


@pytest.mark.full
def test_reading_words_counts_among_reads(another_web: Any, rep: Person, lead_id: int):
    web = another_web(THROTTLE_READS_USER="2")
    result = last(web.analyse(rep, lead_id, source="card", messages=MESSAGES))
    body = {"source": "card", "messages": MESSAGES}
    assert [ask(web, rep, result["id"], **body).status_code for _ in range(3)] == [200, 200, 429]
