from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import openai
import pytest

from sandbox.openai_spoil import INVALID_JSON, SCHEMA_BREACH
from tests.sandbox.openai_requests import ANALYSIS, OpenAISandbox, request


@pytest.fixture
def service(sandbox_ready: dict[str, Any]) -> Iterator[OpenAISandbox]:
    found = OpenAISandbox(sandbox_ready)
    found.switch("reset")
    found.switch("model", model="reader", token_delay_ms=0)
    yield found
    found.switch("reset")
    found.http.close()


def ask(service: OpenAISandbox, **changes: Any) -> Any:
    async def call() -> Any:
        async with service.client() as client:
            return await client.chat.completions.create(**request(**changes))

    return asyncio.run(call())


def stream(service: OpenAISandbox) -> list[Any]:
    """All chunks of a streamed answer, as OpenAI's client reads them."""

    async def call() -> list[Any]:
        async with service.client() as client:
            options = {"stream": True, "stream_options": {"include_usage": True}}
            return [chunk async for chunk in await client.chat.completions.create(**request(), **options)]

    return asyncio.run(call())


FAULTS = [
    ("rate_limit", {"retry_after_ms": 1500}, openai.RateLimitError, "rate_limit_exceeded", "requests"),
    ("rate_limit", {"per": "tokens"}, openai.RateLimitError, "rate_limit_exceeded", "tokens"),
    ("insufficient_quota", {}, openai.RateLimitError, "insufficient_quota", "insufficient_quota"),
    ("unauthorized", {}, openai.AuthenticationError, "invalid_api_key", "invalid_request_error"),
    ("model_not_found", {}, openai.NotFoundError, "model_not_found", "invalid_request_error"),
    ("server_error", {}, openai.InternalServerError, None, "server_error"),
    ("overloaded", {}, openai.InternalServerError, "server_is_overloaded", "service_unavailable_error"),
    ("status", {"code": 500}, openai.InternalServerError, None, "server_error"),
    ("status", {"code": 429, "error_code": "insufficient_quota"}, openai.RateLimitError, "insufficient_quota", None),
]


@pytest.mark.parametrize(("kind", "params", "error", "code", "type_"), FAULTS)
@pytest.mark.parametrize("streamed", [False, True])
def test_an_error_instead_of_an_answer_once(
    service: OpenAISandbox,
    kind: str,
    params: dict[str, Any],
    error: type[openai.APIStatusError],
    code: str | None,
    type_: str | None,
    streamed: bool,
) -> None:
    service.spoil(kind, **params)
    with pytest.raises(error) as caught:
        ask(service, stream=streamed)
    assert caught.value.code == code
    assert type_ in (caught.value.type, None)
    assert caught.value.request_id.startswith("req_")
    assert ask(service).choices[0].finish_reason == "stop"


def test_a_rate_limit_says_how_long_to_wait(service: OpenAISandbox) -> None:
    service.spoil("rate_limit", retry_after_ms=1500)
    reply = service.post()
    assert reply.headers["retry-after-ms"] == "1500"
    assert reply.headers["retry-after"] == "2"


def test_a_retired_model_is_gone_while_its_successor_answers(service: OpenAISandbox) -> None:
    service.spoil("model_not_found", times=None, model="gpt-4o-mini")
    for _ in range(2):
        assert service.post().json()["error"]["code"] == "model_not_found"
        assert service.post(model="gpt-6-luna").status_code == 200
    assert service.http.get("/models/gpt-4o-mini").status_code == 404
    assert service.http.get("/models/gpt-6-luna").status_code == 200


def test_a_refusal_stands_in_its_own_field(service: OpenAISandbox) -> None:
    service.spoil("refusal", times=2, text="I cannot do that.")
    message = ask(service).choices[0].message
    assert (message.content, message.refusal) == (None, "I cannot do that.")
    chunks = stream(service)
    told = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert "".join(choice.delta.refusal or "" for choice in told) == "I cannot do that."
    assert "".join(choice.delta.content or "" for choice in told) == ""
    assert told[-1].finish_reason == "stop"
    assert chunks[-1].usage.completion_tokens > 0


@pytest.mark.parametrize("kind", ["length", "content_filter"])
def test_an_answer_cut_short_says_so_and_is_paid(service: OpenAISandbox, kind: str) -> None:
    whole = ask(service).choices[0].message.content
    service.spoil(kind, times=2, tokens=30)
    cut = ask(service)
    assert cut.choices[0].finish_reason == kind
    assert whole.startswith(cut.choices[0].message.content)
    assert cut.usage.completion_tokens == 30
    told = [chunk.choices[0] for chunk in stream(service) if chunk.choices]
    assert told[-1].finish_reason == kind
    assert "".join(choice.delta.content or "" for choice in told) == cut.choices[0].message.content


@pytest.mark.parametrize("form", INVALID_JSON)
def test_an_answer_that_is_not_json(service: OpenAISandbox, form: str) -> None:
    service.spoil("invalid_json", form=form)
    text = service.post().json()["choices"][0]["message"]["content"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


@pytest.mark.parametrize("form", SCHEMA_BREACH)
def test_an_answer_that_breaks_the_schema_or_points_at_nothing(service: OpenAISandbox, form: str) -> None:
    service.spoil("schema_breach", form=form)
    text = service.post().json()["choices"][0]["message"]["content"]
    if form in ("nan", "infinity", "overflow", "huge_int", "deep"):
        token = {"nan": "NaN", "infinity": "-Infinity", "overflow": "1e400", "huge_int": "9" * 5000, "deep": "[" * 5000}
        assert token[form] in text
        return
    answer = json.loads(text)
    valid = jsonschema.Draft202012Validator(ANALYSIS).is_valid(answer)
    if form in ("unknown_message", "huge_message"):
        pointed = {"unknown_message": 999_999, "huge_message": 10**30}
        assert {p["message"] for r in answer["criteria"].values() for p in r["evidence"]} == {pointed[form]}
    elif form == "long_quote":
        assert len(answer["criteria"]["need"]["evidence"][0]["quote"]) > 99_000
    elif form in ("long_text", "control_characters", "lone_surrogate"):
        strange = {"long_text": 100_000, "control_characters": 5, "lone_surrogate": 8}
        assert len(answer["summary"]) == strange[form] + (form == "control_characters")
    elif form == "duplicate_keys":
        assert text.count('"summary"') == 2
        assert not valid
    else:
        assert not valid


def test_pages_and_nonsense_instead_of_an_answer(service: OpenAISandbox) -> None:
    service.spoil("html")
    page = service.post()
    assert page.status_code == 200
    assert page.text.startswith("<!doctype html>")
    service.spoil("empty_stream")
    assert service.post(stream=True).content == b""
    service.spoil("sse_garbage")
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError, openai.APIError)):
        stream(service)


def test_a_stream_without_usage_ends_all_the_same(service: OpenAISandbox) -> None:
    service.spoil("no_usage")
    chunks = stream(service)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks)


def test_an_error_event_amid_the_stream(service: OpenAISandbox) -> None:
    service.spoil("stream_error", times=2, after_chunks=5)
    with pytest.raises(openai.APIError):
        stream(service)
    body = service.post(stream=True).text
    last = body.strip().split("\n\n")[-1]
    assert json.loads(last.removeprefix("data: "))["error"]["type"] == "server_error"
    assert "[DONE]" not in body


@pytest.mark.parametrize(("kind", "params"), [("drop", {"after_chunks": 5}), ("cut_off", {"after_bytes": 900})])
def test_a_connection_dropped_amid_the_stream(service: OpenAISandbox, kind: str, params: dict[str, Any]) -> None:
    service.spoil(kind, **params)
    told = bytearray()

    def read_on() -> None:
        with service.http.stream("POST", "/chat/completions", json=request(stream=True)) as reply:
            assert reply.status_code == 200
            for piece in reply.iter_bytes():
                told.extend(piece)

    with pytest.raises(httpx.RemoteProtocolError):
        read_on()
    assert told.startswith(b"data: {")
    assert b"[DONE]" not in told
    assert service.post().status_code == 200


def test_slow_before_the_headers_and_between_chunks(service: OpenAISandbox) -> None:
    service.spoil("slow", seconds=0.3)
    started = time.monotonic()
    with service.http.stream("POST", "/chat/completions", json=request(stream=True)):
        assert time.monotonic() - started >= 0.3
    service.spoil("stall", seconds=0.4, after_chunks=5)
    started = time.monotonic()
    with service.http.stream("POST", "/chat/completions", json=request(stream=True)) as reply:
        headers_after = time.monotonic() - started
        gaps, before = [], time.monotonic()
        for _ in reply.iter_bytes():
            gaps.append(time.monotonic() - before)
            before = time.monotonic()
    assert headers_after < 0.3
    assert max(gaps) >= 0.35


def test_no_header_of_a_request_makes_it_go_wrong(service: OpenAISandbox) -> None:
    headers = {"x-sandbox-kind": "refusal", "x-misbehave": "server_error", "prefer": "code=500"}
    reply = service.http.post("/chat/completions", json=request(), headers=headers)
    assert reply.status_code == 200
    assert reply.json()["choices"][0]["message"]["refusal"] is None


def test_the_log_holds_numbers_and_no_text(service: OpenAISandbox) -> None:
    service.post()
    seen = service.http.get(service.base_url.removesuffix("/v1") + "/_sandbox/requests").json()["requests"]
    assert [entry["operation"] for entry in seen] == ["chat_completions"]
    assert seen[0]["facts"]["model"] == "gpt-4o-mini"
    assert seen[0]["facts"]["prompt_tokens"] > 1000
    assert "Gordon" not in json.dumps(seen)


def test_a_request_from_before_a_reset_is_not_counted_after_it(service: OpenAISandbox) -> None:
    own = service.base_url.removesuffix("/v1") + "/_sandbox"
    service.spoil("slow", match="list_models", seconds=0.4)
    thread = threading.Thread(target=httpx.get, args=(f"{service.base_url}/models",))
    thread.start()
    while service.http.get(f"{own}/misbehaviour").json()["rules"]:
        time.sleep(0.01)
    service.switch("reset")
    thread.join()
    assert service.http.get(f"{own}/requests").json()["counters"] == {}
