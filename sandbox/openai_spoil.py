"""How the model's API may go wrong besides the kinds every service has: names and params, and the bad answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox import openai_errors as errors

Answer = dict[str, Any]

FAULTS: dict[str, Callable[[str, Mapping[str, Any]], errors.APIFault]] = {
    "rate_limit": lambda model, params: errors.rate_limited(
        model, retry_after_ms=int(params.get("retry_after_ms", 200)), per=params.get("per", "requests")
    ),
    "insufficient_quota": lambda model, params: errors.insufficient_quota(),
    "unauthorized": lambda model, params: errors.invalid_api_key(),
    "model_not_found": lambda model, params: errors.model_not_found(model),
    "server_error": lambda model, params: errors.server_error(),
    "overloaded": lambda model, params: errors.overloaded(),
}
BODIES: dict[str, tuple[str, bytes]] = {
    "html": ("text/html; charset=utf-8", b"<!doctype html><title>502</title><h1>Bad gateway</h1>\n"),
    "sse_garbage": (
        "text/event-stream; charset=utf-8",
        b"data: {{{\x00\xff\n\nevent: ???\ndata: [1,\n\n\n\ndata: [DONE\n\n",
    ),
    "empty_stream": ("text/event-stream; charset=utf-8", b""),
}
KINDS: dict[str, str] = {
    "rate_limit": "429 {retry_after_ms, per: requests|tokens}",
    "insufficient_quota": "429, the other kind",
    "unauthorized": "401",
    "model_not_found": "404, as after a model's end {model: only for this one}",
    "server_error": "500",
    "overloaded": "503",
    "html": "a page with status 200",
    "sse_garbage": "an event stream of nonsense",
    "empty_stream": "an event stream that says nothing",
    "refusal": "the model declines {text}",
    "length": "the answer is cut short {tokens}",
    "content_filter": "the answer is cut by the filter {tokens}",
    "invalid_json": "the answer is not JSON {form: see INVALID_JSON}",
    "schema_breach": "the answer is not what the schema asks for {form: see SCHEMA_BREACH}",
    "stall": "a pause within the stream {seconds, after_chunks, every: before each chunk}",
    "drop": "the connection ends amid the stream {after_chunks}",
    "stream_error": "an error event amid the stream {after_chunks}",
    "no_usage": "the answer comes without its usage",
}

LONG = 100_000  # characters of the over-long string
DEEP = 5_000  # levels of the over-deep nesting


def _replace_first(answer: Answer, value: Any) -> Answer:
    """The answer with its first level, or else its first property, replaced."""
    changed: Answer = json.loads(json.dumps(answer))
    for rating in _ratings(changed):
        rating["level"] = value
        return changed
    for name in changed:
        changed[name] = value
        break
    return changed


def _ratings(answer: Answer) -> list[Answer]:
    criteria = answer.get("criteria")
    return [r for r in criteria.values() if isinstance(r, dict)] if isinstance(criteria, dict) else []


def _raw_value(answer: Answer, token: str) -> str:
    """The answer as JSON text with a bare token where a number may stand, as no JSON library would write it."""
    return json.dumps(_replace_first(answer, "@@RAW@@"), ensure_ascii=False).replace('"@@RAW@@"', token)


def _pointers(answer: Answer, message: Any, quote: str | None = None) -> Answer:
    changed: Answer = json.loads(json.dumps(answer))
    entry = {"message": message, "quote": quote if quote is not None else "words that stand nowhere"}
    for rating in _ratings(changed):
        rating["evidence"] = [dict(entry)]
    for name in ("objections", "open_questions"):
        if isinstance(changed.get(name), list):
            changed[name] = [{"kind": "price", **entry} if name == "objections" else dict(entry)]
    return changed


def _long_quote(answer: Answer) -> Answer:
    changed: Answer = json.loads(json.dumps(answer))
    for rating in _ratings(changed):
        rating["evidence"] = [{"message": 1, "quote": "quote " * (LONG // 6)}]
        return changed
    return _first_text(changed, "quote " * (LONG // 6))


def _without_last(answer: Answer) -> Answer:
    return dict(list(answer.items())[:-1])


def _first_text(answer: Answer, value: str) -> Answer:
    """The answer with its first property that is text replaced."""
    name = next((name for name, old in answer.items() if isinstance(old, str)), None)
    return {**answer, name: value} if name else {**answer, "summary": value}


def _dump(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)


SCHEMA_BREACH: dict[str, Callable[[Answer], str]] = {
    "wrong_types": lambda a: _dump({name: 5 if isinstance(value, str) else "text" for name, value in a.items()}),
    "missing_fields": lambda a: _dump(_without_last(a)),
    "extra_field": lambda a: _dump({**a, "thoughts": "more than was asked"}),
    "level_7": lambda a: _dump(_replace_first(a, 7)),
    "level_negative": lambda a: _dump(_replace_first(a, -1)),
    "level_fraction": lambda a: _dump(_replace_first(a, 2.5)),
    "level_boolean": lambda a: _dump(_replace_first(a, True)),
    "level_text": lambda a: _dump(_replace_first(a, "3")),
    "nan": lambda a: _raw_value(a, "NaN"),
    "infinity": lambda a: _raw_value(a, "-Infinity"),
    "overflow": lambda a: _raw_value(a, "1e400"),
    "huge_int": lambda a: _raw_value(a, "9" * 5_000),
    "deep": lambda a: _raw_value(a, "[" * DEEP + "]" * DEEP),
    "unknown_message": lambda a: _dump(_pointers(a, 999_999)),
    "huge_message": lambda a: _dump(_pointers(a, 10**30)),
    "long_text": lambda a: _dump(_first_text(a, "long " * (LONG // 5))),
    "long_quote": lambda a: _dump(_long_quote(a)),
    "control_characters": lambda a: _dump(_first_text(a, "a\u0000b\u202e\u200bc")),
    "lone_surrogate": lambda a: json.dumps(_first_text(a, "broken \ud83d")),
    "wrong_enum": lambda a: _dump({**a, "sentiment": "ecstatic"}),
    "null": lambda a: "null",
    "list": lambda a: _dump([a]),
    "empty_object": lambda a: "{}",
    "duplicate_keys": lambda a: _dump(a)[:-1] + ', "summary": 1}',
}
INVALID_JSON: dict[str, Callable[[Answer], str]] = {
    "truncated": lambda a: _dump(a)[: max(len(_dump(a)) // 2, 1)],
    "prose": lambda a: "Sure! Here is the analysis you asked for.",
    "fenced": lambda a: f"```json\n{_dump(a)}\n```",
    "trailing": lambda a: _dump(a) + "\nHope this helps!",
    "single_quotes": lambda a: _dump(a).replace('"', "'"),
    "empty": lambda a: "",
    "whitespace": lambda a: "\n" * 4_000,
}


def spoiled(kind: str, params: Mapping[str, Any], answer: Answer) -> str:
    """The answer's text spoiled by `invalid_json` or `schema_breach`; an unknown form falls back to the first one."""
    forms = SCHEMA_BREACH if kind == "schema_breach" else INVALID_JSON
    form = forms.get(str(params.get("form")), next(iter(forms.values())))
    return form(answer)
