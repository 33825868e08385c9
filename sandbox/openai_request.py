"""Reads a chat completion request as strictly as the real API: fields, roles, what each model takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.models.document import text_of
from sandbox.openai_errors import APIFault, bad_request, model_not_found
from sandbox.openai_schema import check_response_format


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the API says of one model, and what it takes. Source: OpenAI's model pages, read in November 2026."""

    id: str
    snapshot: str  # the id that answers carry
    created: int
    shutdown_date: str | None
    context: int
    max_output: int
    reasons: bool  # takes reasoning_effort; sampling only with effort none; no max_tokens


MODELS = {
    card.id: card
    for card in (
        ModelCard("gpt-4o-mini", "gpt-4o-mini-2024-07-18", 1721172741, "2027-01-14", 128_000, 16_384, False),
        ModelCard("gpt-4o-mini-2024-07-18", "gpt-4o-mini-2024-07-18", 1721172717, "2027-01-14", 128_000, 16_384, False),
        ModelCard("gpt-6-luna", "gpt-6-luna", 1790208000, None, 1_050_000, 128_000, True),
    )
}
EFFORTS = {"none": 0, "low": 64, "medium": 192, "high": 512, "xhigh": 1024, "max": 2048}  # reasoning tokens we make up

FIELDS = frozenset(
    """model messages response_format stream stream_options store max_completion_tokens max_tokens
        temperature top_p n seed stop user safety_identifier prompt_cache_key prompt_cache_options
        prompt_cache_retention metadata service_tier reasoning_effort presence_penalty frequency_penalty
        logprobs top_logprobs logit_bias modalities parallel_tool_calls verbosity moderation""".split()  # noqa: SIM905 (forty names read better so)
)
NOT_EMULATED = frozenset(
    {"tools", "tool_choice", "functions", "function_call", "audio", "prediction", "web_search_options"}
)
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
NUMBERS = {"temperature": (0, 2), "top_p": (0, 1), "presence_penalty": (-2, 2), "frequency_penalty": (-2, 2)}
SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias")


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request that the API would take."""

    card: ModelCard
    messages: Sequence[Mapping[str, Any]]
    schema: Mapping[str, Any] | None
    is_json: bool
    stream: bool
    include_usage: bool
    include_obfuscation: bool
    max_tokens: int | None
    reasoning_tokens: int
    service_tier: str


def read_chat_request(body: Any) -> ChatRequest:
    """Check a parsed body. Raises APIFault with the status and code of the real API."""
    if not isinstance(body, dict):
        raise bad_request("We could not parse the JSON body of your request.")
    _known_fields(body)
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise bad_request("you must provide a model parameter", param="model")
    card = MODELS.get(model)
    if card is None:
        raise model_not_found(model)
    messages = _messages(body.get("messages"))
    _storage(body)
    _numbers(body)
    effort = _model_limits(body, card)
    stream, options = _streaming(body)
    response_format = body.get("response_format")
    schema = check_response_format(response_format)
    if isinstance(response_format, Mapping) and response_format.get("type") == "json_object":
        _word_json_is_said(messages)
    return ChatRequest(
        card=card,
        messages=messages,
        schema=schema,
        is_json=isinstance(response_format, Mapping) and response_format.get("type") != "text",
        stream=stream,
        include_usage=bool(options.get("include_usage")),
        include_obfuscation=options.get("include_obfuscation", True) is not False,
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        reasoning_tokens=EFFORTS[effort],
        service_tier="default" if body.get("service_tier") in (None, "auto") else str(body["service_tier"]),
    )


def _known_fields(body: Mapping[str, Any]) -> None:
    for name in body:
        if name in NOT_EMULATED:
            raise bad_request(f"The sandbox does not emulate '{name}'.", param=name, code="not_emulated")
        if name not in FIELDS:
            raise bad_request(f"Unknown parameter: '{name[:60]}'.", param=name[:60], code="unknown_parameter")


def _messages(messages: Any) -> Sequence[Mapping[str, Any]]:
    if messages is None:
        raise bad_request(
            "Missing required parameter: 'messages'.", param="messages", code="missing_required_parameter"
        )
    if not isinstance(messages, list):
        raise _wrong_type("messages", "an array of objects")
    if not messages:
        raise bad_request(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            param="messages",
            code="empty_array",
        )
    for i, message in enumerate(messages):
        if not isinstance(message, Mapping):
            raise _wrong_type(f"messages[{i}]", "an object")
        if message.get("role") not in ROLES:
            raise bad_request(
                f"Invalid value for 'messages[{i}].role'. Supported values are: {', '.join(ROLES)}.",
                param=f"messages[{i}].role",
                code="invalid_value",
            )
        content = message.get("content")
        if not isinstance(content, str | list) and message["role"] != "assistant":
            raise _wrong_type(f"messages[{i}].content", "a string or an array of parts")
        if isinstance(content, list) and not all(isinstance(p, Mapping) and p.get("type") == "text" for p in content):
            raise bad_request("The sandbox reads text parts only.", param=f"messages[{i}].content", code="not_emulated")
    return messages


def _storage(body: Mapping[str, Any]) -> None:
    if body.get("store"):
        raise bad_request(
            "The sandbox refuses 'store': true. ConvAI Lens keeps nothing at its provider; send 'store': false.",
            param="store",
            code="store_not_allowed",
        )
    if body.get("metadata"):
        raise bad_request("The 'metadata' parameter is only allowed when 'store' is enabled.", param="metadata")
    for name, longest in (("safety_identifier", 128), ("user", 512), ("prompt_cache_key", 128)):
        value = body.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > longest):
            raise bad_request(
                f"Invalid '{name}': expected a string of at most {longest} characters.",
                param=name,
                code="string_above_max_length" if isinstance(value, str) else "invalid_type",
            )


def _numbers(body: Mapping[str, Any]) -> None:
    for name, (low, high) in NUMBERS.items():
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong_type(name, "a decimal")
        if not low <= value <= high:
            raise bad_request(
                f"Invalid '{name}': expected a value between {low} and {high}.", param=name, code="decimal_out_of_range"
            )
    for name in ("max_completion_tokens", "max_tokens", "seed", "n"):
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong_type(name, "an integer")
        if name != "seed" and value < 1:
            raise bad_request(
                f"Invalid '{name}': integer below minimum value. Expected a value >= 1.",
                param=name,
                code="integer_below_min_value",
            )
    if body.get("n") not in (None, 1):
        raise bad_request("The sandbox answers with one choice.", param="n", code="not_emulated")
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        raise bad_request("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")


def _model_limits(body: Mapping[str, Any], card: ModelCard) -> str:
    """What this model takes; returns the reasoning effort in force."""
    effort = body.get("reasoning_effort")
    if effort is not None and not card.reasons:
        raise _unsupported("reasoning_effort", card)
    if effort is not None and effort not in EFFORTS:
        raise bad_request(
            f"Invalid value. Supported values are: {', '.join(EFFORTS)}.",
            param="reasoning_effort",
            code="invalid_value",
        )
    if card.reasons:
        effort = effort or "medium"
        if body.get("max_tokens") is not None:
            raise _unsupported("max_tokens", card, " Use 'max_completion_tokens' instead.")
        for name in SAMPLING:
            if body.get(name) is not None and effort != "none":
                raise _unsupported(name, card, " It is taken only with reasoning effort 'none'.")
    asked = body.get("max_completion_tokens") or body.get("max_tokens") or 0
    if asked > card.max_output:
        raise bad_request(
            f"max_tokens is too large: {asked}. This model supports at most {card.max_output} completion tokens.",
            param="max_completion_tokens" if body.get("max_completion_tokens") else "max_tokens",
            code="invalid_value",
        )
    return effort or "none"


def _streaming(body: Mapping[str, Any]) -> tuple[bool, Mapping[str, Any]]:
    stream, options = body.get("stream"), body.get("stream_options")
    if stream is not None and not isinstance(stream, bool):
        raise _wrong_type("stream", "a boolean")
    if options is not None and not isinstance(options, Mapping):
        raise _wrong_type("stream_options", "an object")
    if options is not None and not stream:
        raise bad_request(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )
    for name in options or {}:
        if name not in ("include_usage", "include_obfuscation"):
            raise bad_request(
                f"Unknown parameter: 'stream_options.{name[:60]}'.", param="stream_options", code="unknown_parameter"
            )
    return bool(stream), options or {}


def _word_json_is_said(messages: Sequence[Mapping[str, Any]]) -> None:
    if not any("json" in text_of(message.get("content")).lower() for message in messages):
        raise bad_request(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            param="messages",
        )


def _wrong_type(param: str, expected: str) -> APIFault:
    return bad_request(f"Invalid type for '{param}': expected {expected}.", param=param, code="invalid_type")


def _unsupported(name: str, card: ModelCard, more: str = "") -> APIFault:
    return bad_request(
        f"Unsupported parameter: '{name}' is not supported with this model ({card.id}).{more}",
        param=name,
        code="unsupported_parameter",
    )
