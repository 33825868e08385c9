from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import models
from sandbox.models.coerce import fit
from sandbox.openai_schema import check_strict
from tests.sandbox.openai_requests import chat, document, messages, strict

NAMES = st.sampled_from(["summary", "score", "criteria", "level", "evidence", "due", "need", "tags", "why", "x", "y"])
LEAVES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({"type": "string"}),
    st.just({"type": ["string", "null"]}),
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.just({"type": "string", "format": "date"}),
    st.just({"enum": ["cold", "warm", "hot"]}),
    st.just({"const": "fixed"}),
    st.just({"type": "integer", "enum": [3, 5]}),
    st.builds(
        lambda low, room: {"type": "integer", "minimum": low, "maximum": low + room},
        st.integers(-5, 5),
        st.integers(0, 9),
    ),
    st.builds(lambda low: {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + 2}, st.integers(-5, 5)),
    st.builds(
        lambda step, low: {"type": "integer", "minimum": low, "multipleOf": step}, st.integers(1, 7), st.integers(-9, 9)
    ),
)


def _larger(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.dictionaries(NAMES, inner, max_size=4).map(strict),
        st.builds(
            lambda items, least, more: {"type": "array", "items": items, "minItems": least, "maxItems": least + more},
            inner,
            st.integers(0, 2),
            st.integers(0, 3),
        ),
        inner.map(lambda schema: {"anyOf": [schema, {"type": "null"}]}),
    )


SCHEMAS = st.dictionaries(NAMES, st.recursive(LEAVES, _larger, max_leaves=8), max_size=6).map(strict)
PROMPT = messages(document(chat("es-o-06")))


@settings(max_examples=80, deadline=None)
@given(schema=SCHEMAS)
@pytest.mark.parametrize("model", models.NAMES)
def test_any_strict_schema_gets_a_valid_answer(model: str, schema: dict[str, Any]) -> None:
    check_strict(schema)
    answer = models.named(model).answer(PROMPT, schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.validate(answer)
    assert list(answer) == list(schema["properties"])


OFFERS: list[tuple[dict[str, Any], Any, Any]] = [
    ({"type": "integer", "minimum": 0, "maximum": 3}, 7, 3),
    ({"type": "integer"}, "text", 0),
    ({"type": "integer"}, True, 0),
    ({"type": ["integer", "null"]}, None, None),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None, None),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 2, 2),
    ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, 2, 2),
    ({"enum": ["Hot", "Cold"]}, "cold", "Cold"),
    ({"enum": ["price", "other"]}, "weather", "other"),
    ({"type": "array", "items": {"type": "string"}, "maxItems": 1}, ["a", "b"], ["a"]),
    ({"type": "array", "items": {"type": "string"}, "minItems": 2}, ["a"], ["a", "filler"]),
    ({"type": "string"}, 5, "filler"),
    ({"type": "string", "format": "date"}, "2026-03-02", "2026-03-02"),
    ({"type": "string", "format": "date"}, "soon", "2026-01-01"),
    (strict({"a": {"type": "string"}}), {"a": "x", "b": "y"}, {"a": "x"}),
    (strict({"a": {"type": "string"}}), None, {"a": "filler"}),
]


@pytest.mark.parametrize(("schema", "offered", "fitted"), OFFERS)
def test_an_offer_is_used_where_it_fits(schema: dict[str, Any], offered: Any, fitted: Any) -> None:
    assert fit(schema, offered, text="filler") == fitted


def test_recursion_ends() -> None:
    schema = {
        **strict({"tree": {"$ref": "#/$defs/node"}}),
        "$defs": {"node": strict({"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}})},
    }
    assert fit(schema, {}) == {"tree": {"next": None}}
