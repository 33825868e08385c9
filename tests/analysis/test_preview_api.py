"""`POST /pasted/preview` over HTTP: what would be read of a pasted text, before anything is asked of anyone."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from accounts.models import Account
from analysis.models import Analysis
from tests.factories import Person
from tests.sandbox.process import KommoSandbox
from tests.web import OpenAISandbox, Web

CHAT = "\n".join(
    ["Messages and calls are end-to-end encrypted."]
    + [f"[13/03/2026, 11:{n:02}:00] {'Ana' if n % 2 else 'Julian'}: message {n}" for n in range(1, 10)]
)


def ask(web: Web, person: Person, text: Any, **body: Any) -> httpx.Response:
    return web.http.post("/api/v1/pasted/preview", json={"text": text} | body, headers=person.headers)


def test_a_preview_shows_people_count_and_both_ends(web: Web, rep: Person, openai: OpenAISandbox, kommo: KommoSandbox):
    Account.objects.update(timezone="America/Bogota")  # Five hours behind, the year round.
    kommo.switch("misbehaviour", kind="status", params={"code": 500})  # Kommo is not asked.
    answer = ask(web, rep, CHAT, me="Julian")
    assert answer.status_code == 200, answer.text
    preview = answer.json()
    shown = preview.pop("preview")
    assert preview == {
        "participants": ["Ana", "Julian"],
        "me": "Julian",
        "date_order": "dmy",
        "count": 9,
        "skipped": 1,
    }
    assert [message["id"] for message in shown] == ["p1", "p2", "p3", "p7", "p8", "p9"]
    assert shown[0] == {
        "id": "p1",
        "author": "client",
        "author_name": "Ana",
        "at": "2026-03-13T16:01:00Z",
        "kind": "text",
        "text": "message 1",
    }
    assert [message["author"] for message in shown[:2]] == ["client", "agent"]
    assert answer.headers["cache-control"] == "no-store"
    assert openai.calls == 0
    assert Analysis.objects.count() == 0


def test_a_short_chat_is_shown_whole_and_once(web: Web, rep: Person):
    preview = ask(web, rep, "Ana: Hello there\nYou: Good morning\nAna: How much is it?").json()
    assert [message["text"] for message in preview["preview"]] == ["Hello there", "Good morning", "How much is it?"]
    assert (preview["me"], preview["count"], preview["date_order"]) == ("You", 3, None)


@pytest.mark.parametrize(
    ("text", "body", "code"),
    [
        ("", {}, "pasted_empty"),
        (" \n \n", {}, "pasted_empty"),
        ("only words here", {}, "pasted_unreadable"),
        (CHAT, {}, "who_are_you"),
        (CHAT, {"me": "Nobody"}, "who_are_you"),
        ("[03/04/2026, 11:00] Ana: Hi\n[03/04/2026, 11:05] Flor: Yes", {"me": "Flor"}, "date_order_unclear"),
    ],
)
def test_it_refuses_what_an_analysis_would_in_the_same_words(
    web: Web, rep: Person, lead_id: int, text: str, body: dict[str, str], code: str
):
    answer = ask(web, rep, text, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    analysis = {"lead_id": lead_id, "source": "pasted", "pasted": {"text": text} | body}
    headers = rep.headers | {"Idempotency-Key": "6f1f6d5e-8c0a-4a55-9d1e-0a4a2b6c1d11"}
    refused = web.http.post("/api/v1/analyses", json=analysis, headers=headers)
    unlike = {"request_id"}
    assert {k: v for k, v in answer.json().items() if k not in unlike} == {
        k: v for k, v in refused.json().items() if k not in unlike
    }


def test_it_says_what_there_is_to_choose_from(web: Web, rep: Person):
    assert ask(web, rep, CHAT).json()["participants"] == ["Ana", "Julian"]
    text = "[03/04/2026, 11:00] Ana: Hi\n[03/04/2026, 11:05] Flor: Yes"
    assert ask(web, rep, text, me="Flor").json()["readings"] == {"dmy": "2026-04-03", "mdy": "2026-03-04"}
    assert ask(web, rep, text, me="Flor", date_order="mdy").json()["preview"][0]["at"] == "2026-03-04T11:00:00Z"


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": "Ana: x", "date_order": "ymd"}, {"text": ["Ana: x"]}])
def test_a_body_of_another_shape_is_refused(web: Web, rep: Person, body: dict[str, Any]):
    answer = web.http.post("/api/v1/pasted/preview", json=body, headers=rep.headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_hostile_text_costs_little_and_answers_small(web: Web, rep: Person):
    crowd = "\n".join(f"Person {n}: hello\nPerson {n}: bye" for n in range(900))
    answer = ask(web, rep, crowd, me="Person 3")
    assert answer.json()["count"] == 1_800
    assert len(answer.json()["participants"]) == 50
    long = ask(web, rep, f"Ana: {'x' * 900_000}\nYou: <script>alert(1)</script>")
    assert [len(message["text"]) for message in long.json()["preview"]] == [300, 25]
    for text in ("[1/1/26, " * 110_000, "a:" * 499_000, "\u200e[" * 400_000, "Ana: x\n" * 140_000):
        began = time.monotonic()
        answer = ask(web, rep, text, me="Ana")
        assert time.monotonic() - began < 8
        assert answer.status_code in (200, 400)
        assert len(answer.content) < 10_000


def test_a_preview_is_for_a_session_and_counts_among_reads(another_web: Any, rep: Person):
    web = another_web(THROTTLE_READS_USER="2")
    text = "Ana: Hello\nYou: Hi"
    assert web.http.post("/api/v1/pasted/preview", json={"text": text}).status_code == 401
    assert [ask(web, rep, text).status_code for _ in range(3)] == [200, 200, 429]


def test_nothing_of_a_preview_is_logged(web: Web, rep: Person):
    assert "vermilion" in ask(web, rep, "Ana: the vermilion otter\nYou: Hi").text
    assert "vermilion" not in web.log_file.read_text()
