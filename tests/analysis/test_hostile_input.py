"""Requests that are at fault, odd or hostile: a clear 4xx in one shape or a sound result; never a 5xx."""

from __future__ import annotations

import json
import socket
import uuid
from typing import Any

import httpx
import pytest

from analysis.models import Analysis
from tests.analysis.test_analyse import MESSAGES, last
from tests.factories import Person
from tests.web import Web

BASE = {"source": "card", "messages": MESSAGES}


def post(web: Web, person: Person, content: Any = None, *, raw: bytes | None = None, **headers: str) -> httpx.Response:
    sent = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"} | person.headers | headers
    body = raw if raw is not None else json.dumps(content).encode()
    return web.http.post("/api/v1/analyses", content=body, headers=sent)


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    document = response.json()
    assert (response.status_code, document["code"]) == (status, code), document
    assert response.headers["content-type"] == "application/problem+json"
    assert document["status"] == status
    assert {"type", "title", "detail", "request_id", "retryable"} <= set(document)
    assert response.headers["x-request-id"] == document["request_id"]
    return document


FAULTS: list[tuple[str, Any, str, str | None]] = [
    ("no body", {}, "invalid_input", "lead_id"),
    ("a list", [], "invalid_input", "body"),
    ("no source", {"lead_id": 1}, "invalid_input", "source"),
    ("an unknown source", {"lead_id": 1, "source": "mail"}, "invalid_input", "source"),
    ("card without messages", {"lead_id": 1, "source": "card"}, "invalid_input", "messages"),
    ("pasted without text", {"lead_id": 1, "source": "pasted"}, "invalid_input", "pasted"),
    ("a lead id that is text", {"lead_id": "see me", **BASE}, "invalid_input", "lead_id"),
    ("a lead id too long", {"lead_id": "9" * 65, **BASE}, "invalid_input", "lead_id"),
    ("a lead id that is a list", {"lead_id": [1], **BASE}, "invalid_input", "lead_id"),
    ("a lead id that is true", {"lead_id": True, **BASE}, "invalid_input", "lead_id"),
    ("a strange language", {"lead_id": 1, **BASE, "output_language": "<en>"}, "invalid_input", "output_language"),
    ("messages that are no list", {"lead_id": 1, "source": "card", "messages": {}}, "invalid_input", "messages"),
    ("a message that is no object", {"lead_id": 1, "source": "card", "messages": [1]}, "invalid_input", "messages[0]"),
    (
        "a message id that is text",
        {"lead_id": 1, "source": "card", "messages": [{**MESSAGES[0], "id": "a b"}]},
        "invalid_input",
        "messages[0].id",
    ),
    (
        "too many messages",
        {"lead_id": 1, "source": "card", "messages": [{**MESSAGES[0], "id": f"m{n}"} for n in range(2001)]},
        "too_many_messages",
        "messages",
    ),
    (
        "too many characters",
        {"lead_id": 1, "source": "card", "messages": [{**MESSAGES[0], "text": "x" * 1_000_001}]},
        "too_many_characters",
        "messages",
    ),
    (
        "pasted nonsense",
        {"lead_id": 1, "source": "pasted", "pasted": {"text": "no chat at all"}},
        "pasted_unreadable",
        None,
    ),
]


@pytest.mark.parametrize(("name", "content", "code", "field"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_request_at_fault_is_told_what_is_wrong_and_leaves_nothing(
    web: Web, rep: Person, name: str, content: Any, code: str, field: str | None
):
    document = assert_problem(post(web, rep, content), 400, code)
    if field:
        assert field in document["errors"], document["errors"]
    assert not Analysis.objects.exists()


@pytest.mark.parametrize("raw", [b"", b"{", b'{"a": NaN}', b"[" * 100_000, b"\xff\xfe", b'{"lead_id": 1e999}'])
def test_what_is_not_json_is_a_400(web: Web, rep: Person, raw: bytes):
    response = post(web, rep, raw=raw)
    assert response.status_code == 400
    assert response.json()["code"] in {"not_json", "invalid_input"}


def test_another_media_type_is_a_415(web: Web, rep: Person):
    assert_problem(post(web, rep, raw=b"a=b", **{"Content-Type": "text/plain"}), 415, "unsupported_media_type")


def test_an_answer_type_we_do_not_have_is_a_406(web: Web, rep: Person, lead_id: int):
    response = post(web, rep, {"lead_id": lead_id, **BASE}, Accept="image/png")
    assert_problem(response, 406, "not_acceptable")


@pytest.mark.parametrize("key", ["", "not-a-uuid", "x" * 5000])
def test_a_key_that_is_no_uuid_is_refused(web: Web, rep: Person, lead_id: int, key: str):
    response = post(web, rep, {"lead_id": lead_id, **BASE}, **{"Idempotency-Key": key})
    assert_problem(response, 400, "idempotency_key_needed")


def test_a_body_over_the_cap_is_a_413_whether_its_length_is_told_or_not(web: Web, rep: Person):
    big = b'{"lead_id": 1, "source": "card", "messages": "' + b"x" * (4 * 1024 * 1024) + b'"}'
    assert_problem(post(web, rep, raw=big), 413, "too_large")

    def pieces():
        for start in range(0, len(big), 65_536):
            yield big[start : start + 65_536]

    response = web.http.post(
        "/api/v1/analyses",
        content=pieces(),
        headers=rep.headers | {"Content-Type": "application/json", "Origin": "https://acme.kommo.com"},
    )
    assert_problem(response, 413, "too_large")
    assert response.headers["access-control-allow-origin"] == "https://acme.kommo.com"


def test_a_body_of_just_the_cap_is_read(web: Web, rep: Person, lead_id: int):
    content = {"lead_id": lead_id, **BASE, "padding": ""}
    content["padding"] = "x" * (4 * 1024 * 1024 - len(json.dumps(content)))
    assert post(web, rep, content).status_code == 200


ODD_TEXTS = [
    "👩‍👩‍👧‍👦 I want two implants 🇪🇸🦷 before December, how much is it? 👍🏽",
    "\u202eI need it before December, how much would that be?\u202c",
    "I\u200b need\u200b two implants\u200d before December, how much?",
    "é́́́́ I need two implants before December, how much",
    "أريد زرعتين قبل ديسمبر كم السعر؟",
    "我想在十二月之前做两颗种植牙，多少钱？",
    "I need \x00 two implants \ufffe before \x1b[31m December, how much?",
    "I need <b>two</b> implants & a <script>alert(1)</script> before December?",
    "' OR 1=1; DROP TABLE analysis_analysis; -- how much for two implants?",
    "I need two implants " * 2000,
]


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_odd_text_is_read_and_its_pointers_are_true(web: Web, rep: Person, lead_id: int, text: str):
    messages = [{**MESSAGES[0], "text": text}, *MESSAGES[1:]]
    result = last(web.analyse(rep, lead_id, source="card", messages=messages))
    assert result.get("state") == "done", result
    texts = {message["id"]: message["text"] for message in messages}
    for rating in result["criteria"].values():
        for pointer in rating["evidence"]:
            assert 0 <= pointer["start"] < pointer["end"] <= len(texts[pointer["message"]])


def test_lone_surrogates_do_not_break_a_request(web: Web, rep: Person, lead_id: int):
    raw = json.dumps({"lead_id": lead_id, **BASE}).replace("two implants", "two \\ud83d implants").encode()
    response = post(web, rep, raw=raw)
    assert response.status_code == 200
    assert "event: result" in response.text


def test_one_message_of_a_megabyte_is_cut_for_the_model_and_read(web: Web, rep: Person, lead_id: int):
    messages = [
        *MESSAGES,
        {**MESSAGES[0], "id": "big", "at": "2026-03-10T12:00:00Z", "text": "I want it now. " * 66_000},
    ]
    result = last(web.analyse(rep, lead_id, source="card", messages=messages))
    assert (result["state"], result["messages_total"]) == ("done", 4)


def test_a_chat_of_two_thousand_messages_says_how_many_were_seen(web: Web, rep: Person, lead_id: int):
    messages = [
        {**MESSAGES[n % 3], "id": f"m{n}", "at": f"2026-03-{1 + n // 100:02}T{n % 24:02}:00:00Z"} for n in range(2000)
    ]
    result = last(web.analyse(rep, lead_id, source="card", messages=messages))
    assert result["messages_total"] == 2000
    assert 20 < result["messages_seen"] < 2000


def test_odd_messages_are_folded_ordered_and_read(web: Web, rep: Person, lead_id: int):
    messages = [
        {**MESSAGES[2], "at": None},
        {**MESSAGES[0], "at": "yesterday"},
        {**MESSAGES[0], "text": "I need two implants and I pay today, when can I come?"},
        {**MESSAGES[1], "author": "robot"},
        {**MESSAGES[1], "id": "x1", "kind": "hologram", "text": ""},
        {**MESSAGES[1], "id": "x2", "duration_s": -5, "transcript": 7} | {"transcript": None},
        {"id": "x3"},
    ]
    result = last(web.analyse(rep, lead_id, source="card", messages=messages))
    assert result["state"] == "done"
    assert result["messages_total"] == 6


def test_a_lead_id_that_no_lead_can_have_does_not_exist(web: Web, rep: Person):
    for lead_id in ("abc", "0", "9" * 60, "-1"):
        events = web.analyse(rep, lead_id, **BASE)
        assert (events[-1][0], last(events)["code"]) == ("problem", "not_found")


def test_who_the_agent_is_must_be_said_when_it_cannot_be_known(web: Web, rep: Person, lead_id: int):
    text = "12/03/2026, 14:05 - Ana: Hola\n13/03/2026, 14:06 - Bea: Hola, ¿qué tal?"
    response = post(web, rep, {"lead_id": lead_id, "source": "pasted", "pasted": {"text": text}})
    document = assert_problem(response, 400, "who_are_you")
    assert document["participants"] == ["Ana", "Bea"]


def test_an_old_or_unreadable_widget_is_told_to_reload(web: Web, rep: Person, lead_id: int):
    for version in ("0.0.9", "abc", ""):
        response = post(web, rep, {"lead_id": lead_id, **BASE}, **{"X-Widget-Version": version})
        assert_problem(response, 426, "widget_too_old")
    assert post(web, rep, {"lead_id": lead_id, **BASE}, **{"X-Widget-Version": "99.0.0"}).status_code == 200


def test_throttled_calls_say_when_to_come_back(another_web, rep: Person, lead_id: int):
    web = another_web(THROTTLE_ANALYSES_USER="2")
    answers = [post(web, rep, {"lead_id": lead_id, **BASE}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit-remaining"] == "1"
    document = assert_problem(answers[2], 429, "rate_limited")
    assert document["retryable"] is True
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60


def test_a_body_that_never_ends_is_given_up_in_time(another_web):
    web = another_web(BODY_TIMEOUT_S="0.5")
    host, port = web.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as door:
        door.sendall(b"POST /api/v1/analyses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4000000\r\n\r\nonly this")
        answer = door.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
