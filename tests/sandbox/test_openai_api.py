from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from tests.sandbox.openai_requests import (
    ANALYSIS,
    CRITERIA,
    OpenAISandbox,
    chat,
    document,
    messages,
    request,
    response_format,
    strict,
)


@pytest.fixture
def service(sandbox_ready: dict[str, Any]) -> Iterator[OpenAISandbox]:
    found = OpenAISandbox(sandbox_ready)
    found.switch("reset")
    found.switch("model", model="reader", token_delay_ms=0)
    yield found
    found.http.close()


def test_openais_own_client_gets_an_answer_of_the_schema(service: OpenAISandbox) -> None:
    async def ask() -> Any:
        async with service.client() as client:
            return await client.chat.completions.create(**request())

    completion = asyncio.run(ask())
    choice = completion.choices[0]
    assert choice.finish_reason == "stop"
    assert choice.message.refusal is None
    answer = json.loads(choice.message.content)
    assert list(answer) == list(ANALYSIS["properties"])
    assert set(answer["criteria"]) == set(CRITERIA)
    assert completion.model == "gpt-4o-mini-2024-07-18"
    assert completion.object == "chat.completion"
    assert completion._request_id.startswith("req_")
    usage = completion.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.prompt_tokens > 1000
    assert usage.completion_tokens > 100
    assert usage.completion_tokens_details.reasoning_tokens == 0


def test_a_stream_brings_the_same_answer_piece_by_piece_with_its_usage_last(service: OpenAISandbox) -> None:
    whole = service.post().json()

    async def ask() -> list[Any]:
        async with service.client() as client:
            options = {"stream": True, "stream_options": {"include_usage": True}}
            stream = await client.chat.completions.create(**request(), **options)
            return [chunk async for chunk in stream]

    chunks = asyncio.run(ask())
    told = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert "".join(choice.delta.content or "" for choice in told) == whole["choices"][0]["message"]["content"]
    assert told[0].delta.role == "assistant"
    assert [choice.finish_reason for choice in told[:-1]] == [None] * (len(told) - 1)
    assert told[-1].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == whole["usage"]["completion_tokens"]
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1
    assert len(told) > 100


def test_the_raw_lines_of_a_stream_are_those_of_openai(service: OpenAISandbox) -> None:
    async def ask() -> tuple[Any, list[str]]:
        async with service.client() as client:
            streaming = client.chat.completions.with_streaming_response
            options = {"stream": True, "stream_options": {"include_usage": True, "include_obfuscation": False}}
            async with streaming.create(**request(), **options) as response:
                return response.headers, [line async for line in response.iter_lines()]

    headers, lines = asyncio.run(ask())
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    events = [line for line in lines if line]
    assert all(line.startswith("data: ") for line in events)
    assert events[-1] == "data: [DONE]"
    first = json.loads(events[0].removeprefix("data: "))
    assert list(first) == ["id", "object", "created", "model", "service_tier", "system_fingerprint", "choices", "usage"]
    assert first["object"] == "chat.completion.chunk"
    assert first["choices"] == [
        {
            "index": 0,
            "delta": {"role": "assistant", "content": "", "refusal": None},
            "logprobs": None,
            "finish_reason": None,
        }
    ]


def test_without_the_option_a_stream_has_no_usage(service: OpenAISandbox) -> None:
    body = service.post(stream=True).text
    assert '"usage"' not in body
    assert body.endswith("data: [DONE]\n\n")


def test_every_answer_carries_a_request_id_and_the_rate_limits(service: OpenAISandbox) -> None:
    for reply in (
        service.post(),
        service.post(model="gpt-5"),
        service.http.get("/models"),
        service.http.get("/nowhere"),
    ):
        assert reply.headers["x-request-id"].startswith("req_")
        for what in ("limit-requests", "limit-tokens", "remaining-requests", "remaining-tokens", "reset-requests"):
            assert reply.headers[f"x-ratelimit-{what}"]


def test_the_model_list_says_when_a_model_ends(service: OpenAISandbox) -> None:
    async def ask() -> Any:
        async with service.client() as client:
            return (
                [model async for model in client.models.list()],
                await client.models.retrieve("gpt-4o-mini"),
                await client.models.retrieve("gpt-6-luna"),
            )

    listed, mini, luna = asyncio.run(ask())
    assert {"gpt-4o-mini", "gpt-6-luna"} <= {model.id for model in listed}
    assert mini.shutdown_date == "2027-01-14"
    assert luna.shutdown_date is None
    missing = service.http.get("/models/gpt-5")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer sk-wrong", "Basic c2s=", "sk-sandbox-0000000000000000"])
def test_another_key_is_refused(service: OpenAISandbox, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    reply = httpx.post(f"{service.base_url}/chat/completions", json=request(), headers=headers, trust_env=False)
    assert reply.status_code == 401
    assert reply.json()["error"]["code"] == "invalid_api_key"
    assert "sk-wrong" not in reply.text


REFUSED = [
    ({"model": "gpt-5"}, 404, "model_not_found", None),
    ({"model": ""}, 400, None, "model"),
    ({"messages": []}, 400, "empty_array", "messages"),
    ({"messages": "hello"}, 400, "invalid_type", "messages"),
    ({"messages": [{"role": "boss", "content": "x"}]}, 400, "invalid_value", "messages[0].role"),
    ({"messages": [{"role": "user", "content": 5}]}, 400, "invalid_type", "messages[0].content"),
    ({"store": True}, 400, "store_not_allowed", "store"),
    ({"metadata": {"a": "b"}}, 400, None, "metadata"),
    ({"safety_identifier": "x" * 129}, 400, "string_above_max_length", "safety_identifier"),
    ({"reasoning_effort": "none"}, 400, "unsupported_parameter", "reasoning_effort"),
    ({"reasoning": {"effort": "none"}}, 400, "unknown_parameter", "reasoning"),
    ({"max_output_tokens": 5}, 400, "unknown_parameter", "max_output_tokens"),
    ({"temperature": 2.5}, 400, "decimal_out_of_range", "temperature"),
    ({"temperature": "0"}, 400, "invalid_type", "temperature"),
    ({"max_completion_tokens": 0}, 400, "integer_below_min_value", "max_completion_tokens"),
    ({"max_completion_tokens": 16_385}, 400, "invalid_value", "max_completion_tokens"),
    ({"stream": "yes"}, 400, "invalid_type", "stream"),
    ({"stream_options": {"include_usage": True}}, 400, None, "stream_options"),
    ({"n": 2}, 400, "not_emulated", "n"),
    ({"tools": []}, 400, "not_emulated", "tools"),
    ({"response_format": {"type": "xml"}}, 400, "invalid_value", "response_format.type"),
    (
        {"response_format": {"type": "json_object"}, "messages": [{"role": "user", "content": "x"}]},
        400,
        None,
        "messages",
    ),
    ({"model": "gpt-6-luna", "temperature": 0.2}, 400, "unsupported_parameter", "temperature"),
    ({"model": "gpt-6-luna", "reasoning_effort": "low", "top_p": 0.5}, 400, "unsupported_parameter", "top_p"),
    ({"model": "gpt-6-luna", "max_tokens": 100}, 400, "unsupported_parameter", "max_tokens"),
    ({"model": "gpt-6-luna", "reasoning_effort": "some"}, 400, "invalid_value", "reasoning_effort"),
]


@pytest.mark.parametrize(("changes", "status", "code", "param"), REFUSED)
def test_what_the_api_refuses(
    service: OpenAISandbox, changes: dict[str, Any], status: int, code: str | None, param: str | None
) -> None:
    reply = service.post(**changes)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["param"]) == (status, code, param)
    assert error["type"] == "invalid_request_error"
    assert error["message"]


def test_luna_takes_a_temperature_without_reasoning_and_counts_its_thoughts(service: OpenAISandbox) -> None:
    plain = service.post(model="gpt-6-luna", reasoning_effort="none", temperature=0.2).json()["usage"]
    thinking = service.post(model="gpt-6-luna").json()["usage"]
    assert plain["completion_tokens_details"]["reasoning_tokens"] == 0
    assert thinking["completion_tokens_details"]["reasoning_tokens"] > 0
    difference = thinking["completion_tokens"] - plain["completion_tokens"]
    assert difference == thinking["completion_tokens_details"]["reasoning_tokens"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(service: OpenAISandbox, body: bytes) -> None:
    assert service.http.post("/chat/completions", content=body).status_code == 400


def test_an_answer_longer_than_asked_for_is_cut(service: OpenAISandbox) -> None:
    reply = service.post(max_completion_tokens=20).json()
    assert reply["choices"][0]["finish_reason"] == "length"
    assert reply["usage"]["completion_tokens"] == 20
    whole = service.post().json()["choices"][0]["message"]["content"]
    assert whole.startswith(reply["choices"][0]["message"]["content"])


def test_four_megabytes_are_read_and_found_too_long_for_mini_but_not_for_luna(service: OpenAISandbox) -> None:
    long = messages(document(chat("en-o-01")))
    long.insert(1, {"role": "user", "content": "hello there " * 350_000})
    reply = service.post(messages=long)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "context_length_exceeded")
    reply = service.post(model="gpt-6-luna", messages=long)
    assert reply.status_code == 200
    assert reply.json()["usage"]["prompt_tokens"] > 700_000


def test_a_repeated_prefix_is_counted_as_cached(service: OpenAISandbox) -> None:
    first, second = service.post().json()["usage"], service.post().json()["usage"]
    cached = second["prompt_tokens_details"]["cached_tokens"]
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert cached >= 1024
    assert cached % 128 == 0
    assert cached <= second["prompt_tokens"]
    other = service.post(messages=messages(document(chat("es-o-01")))).json()["usage"]
    assert other["prompt_tokens_details"]["cached_tokens"] < other["prompt_tokens"] - 128


def test_text_that_looks_like_a_special_token_is_text(service: OpenAISandbox) -> None:
    given = [{"role": "user", "content": "Client: how much is <|endoftext|> please?"}]
    reply = service.post(messages=given, response_format=None)
    assert reply.status_code == 200
    assert "rules" in reply.json()["choices"][0]["message"]["content"]


def test_a_schema_of_somebody_elses_is_answered_too(service: OpenAISandbox) -> None:
    schema = strict(
        {
            "headline": {"type": "string"},
            "score": {"type": "integer", "minimum": 0, "maximum": 10},
            "temperature": {"type": "string", "enum": ["cold", "warm", "hot"]},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "when": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
            "tree": {"$ref": "#/$defs/node"},
        }
    )
    schema["$defs"] = {
        "node": strict({"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}})
    }
    answer = service.answer(response_format=response_format(schema))
    assert list(answer) == list(schema["properties"])
    assert 0 <= answer["score"] <= 10
    assert answer["temperature"] in ("cold", "warm", "hot")
    assert len(answer["tags"]) == 2
    assert set(answer["tree"]) == {"name", "children"}


def test_the_model_that_answers_can_be_changed_and_an_unknown_one_is_refused(service: OpenAISandbox) -> None:
    assert service.switch("model", model="parrot")["model"] == "parrot"
    assert "soup" in service.answer()["summary"] + service.answer()["suggested_reply"]
    own = service.base_url.removesuffix("/v1") + "/_sandbox/model"
    assert service.http.post(own, json={"model": "oracle"}).status_code == 400
    assert service.http.get(own).json()["model"] == "parrot"
    service.switch("reset")
    assert service.http.get(own).json()["model"] == "reader"


def test_the_pace_of_a_stream_can_be_set(service: OpenAISandbox) -> None:
    schema = response_format(strict({"temperature": {"type": "string", "enum": ["cold", "warm", "hot"]}}))
    service.switch("model", token_delay_ms=20)
    started = time.monotonic()
    body = service.post(response_format=schema, stream=True).text
    pieces = body.count("data: ") - 3  # the opening, the end, [DONE]
    assert pieces >= 3
    assert time.monotonic() - started >= pieces * 0.02


def test_a_timeout_of_the_client_is_a_timeout(service: OpenAISandbox) -> None:
    service.spoil("slow", seconds=1)

    async def ask() -> None:
        async with service.client(timeout=0.3) as client:
            await client.chat.completions.create(**request())

    with pytest.raises(openai.APITimeoutError):
        asyncio.run(ask())
