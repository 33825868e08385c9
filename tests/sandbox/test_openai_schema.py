from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.openai_errors import APIFault
from sandbox.openai_schema import check_response_format, check_strict
from tests.sandbox.openai_requests import ANALYSIS, response_format, strict

TEXT = {"type": "string"}
Change = Callable[[dict[str, Any]], Any]


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = TEXT
    for _ in range(levels):
        schema = strict({"child": schema})
    return schema


ACCEPTED = {
    "our analysis": ANALYSIS,
    "an empty object": strict({}),
    "a union with null": strict({"a": {"type": ["string", "null"]}, "b": {"anyOf": [TEXT, {"type": "null"}]}}),
    "numbers with limits": strict({"a": {"type": "integer", "minimum": 0, "maximum": 3, "multipleOf": 1}}),
    "strings with a pattern or a format": strict(
        {"a": {"type": "string", "pattern": "^x"}, "b": {"type": "string", "format": "date"}}
    ),
    "arrays with limits": strict({"a": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 3}}),
    "enum and const": strict({"a": {"enum": ["x", "y"]}, "b": {"const": "z"}, "c": {"type": "integer", "enum": [1]}}),
    "descriptions": strict({"a": {"type": "string", "description": "told", "title": "A"}}),
    "recursion": {
        **strict({"tree": {"$ref": "#/$defs/node"}}),
        "$defs": {"node": strict({"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}})},
    },
    "the root again": strict({"a": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}),
    "nine levels below the root": nested(9),
    "objects in anyOf with other first keys": strict({"a": {"anyOf": [strict({"x": TEXT}), strict({"y": TEXT})]}}),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_strict_schema_is_taken(name: str) -> None:
    check_strict(ACCEPTED[name])


REFUSED = {
    "the root is an array": ({"type": "array", "items": TEXT}, 'type: "object"'),
    "the root is anyOf": ({"anyOf": [strict({})]}, "must not be 'anyOf'"),
    "no type at all": ({}, 'type: "object"'),
    "additionalProperties is absent": ({"type": "object", "properties": {}, "required": []}, "additionalProperties"),
    "additionalProperties is true": ({**strict({}), "additionalProperties": True}, "additionalProperties"),
    "a property is not required": ({**strict({"a": TEXT, "b": TEXT}), "required": ["a"]}, "Missing 'b'"),
    "required is absent": ({"type": "object", "properties": {"a": TEXT}, "additionalProperties": False}, "Missing 'a'"),
    "required names a stranger": ({**strict({"a": TEXT}), "required": ["a", "z"]}, "'z'"),
    "nothing is said of a property": (strict({"a": {}}), "'type' key"),
    "an unknown type": (strict({"a": {"type": "text"}}), "JSON types"),
    "an array without items": (strict({"a": {"type": "array"}}), "items"),
    "a boolean schema": (strict({"a": True}), "must be an object"),
    "a reference outside": (strict({"a": {"$ref": "https://example.com/x"}}), "reference"),
    "a reference to nothing": (strict({"a": {"$ref": "#/$defs/none"}}), "reference"),
    "a default": (strict({"a": {"type": "string", "default": "x"}}), "'default' is not permitted"),
    "a default of null": (strict({"a": {"type": ["string", "null"], "default": None}}), "'default' is not permitted"),
    "too deep": (nested(10), "nesting depth"),
    "an empty enum": (strict({"a": {"type": "string", "enum": []}}), "enum"),
    "an unknown format": (strict({"a": {"type": "string", "format": "phone"}}), "format"),
    "the same first key in anyOf": (
        strict({"a": {"anyOf": [strict({"x": TEXT, "y": TEXT}), strict({"x": TEXT, "z": TEXT})]}}),
        "identical first keys",
    ),
    "too many properties": (strict({f"p{i}": TEXT for i in range(5_001)}), "5001 object properties"),
    "too many enum values": (strict({"a": {"type": "integer", "enum": list(range(1_001))}}), "1001 enum values"),
    "one long enum": (strict({"a": {"type": "string", "enum": [f"{i:060}" for i in range(251)]}}), "15000"),
    "too many characters": (strict({f"{i:0100}": TEXT for i in range(1_201)}), "characters"),
    "deep in a definition": (
        {**strict({}), "$defs": {"d": {"type": "object", "properties": {}}}},
        "additionalProperties",
    ),
}
UNSUPPORTED = (
    "allOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
)
UNSUPPORTED_BY_TYPE = {
    "string": ("minLength", "maxLength", "contentEncoding"),
    "array": ("uniqueItems", "contains", "minContains", "maxContains", "prefixItems", "unevaluatedItems"),
    "object": ("propertyNames", "minProperties", "maxProperties", "unevaluatedProperties"),
    "integer": ("minLength",),
}
for keyword in UNSUPPORTED:
    REFUSED[keyword] = (strict({"a": {"type": "string", keyword: [TEXT]}}), f"'{keyword}' is not permitted")
for kind, keywords in UNSUPPORTED_BY_TYPE.items():
    for keyword in keywords:
        base = {"array": {"type": "array", "items": TEXT}, "object": strict({})}.get(kind, {"type": kind})
        REFUSED[f"{kind} with {keyword}"] = (strict({"a": {**base, keyword: 1}}), f"'{keyword}' is not permitted")


@pytest.mark.parametrize("name", REFUSED)
def test_a_schema_the_service_would_not_take_is_refused(name: str) -> None:
    schema, why = REFUSED[name]
    with pytest.raises(APIFault) as caught:
        check_strict(schema, "analysis")
    assert (caught.value.status, caught.value.code, caught.value.param) == (
        400,
        "invalid_json_schema",
        "response_format",
    )
    assert caught.value.message.startswith("Invalid schema for response_format 'analysis': In context=")
    assert why in caught.value.message


def test_the_refusal_says_where() -> None:
    schema = copy.deepcopy(ANALYSIS)
    schema["properties"]["next_step"]["properties"]["why"]["maxLength"] = 10
    with pytest.raises(APIFault) as caught:
        check_strict(schema)
    assert "'properties', 'next_step', 'properties', 'why'" in caught.value.message


FORMATS: dict[str, tuple[Any, str]] = {
    "no schema": ({"type": "json_schema"}, "missing_required_parameter"),
    "no name": ({"type": "json_schema", "json_schema": {"schema": strict({})}}, "missing_required_parameter"),
    "a name with a space": ({"type": "json_schema", "json_schema": {"name": "a b", "schema": {}}}, "invalid_value"),
    "a long name": ({"type": "json_schema", "json_schema": {"name": "a" * 65, "schema": {}}}, "invalid_value"),
    "a schema that is text": ({"type": "json_schema", "json_schema": {"name": "a", "schema": "x"}}, "invalid_type"),
    "an unknown field": (
        {"type": "json_schema", "json_schema": {"name": "a", "schema": {}, "mode": 1}},
        "unknown_parameter",
    ),
    "not an object": ("json", "invalid_value"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_response_format_out_of_shape_is_refused(name: str) -> None:
    given, code = FORMATS[name]
    with pytest.raises(APIFault) as caught:
        check_response_format(given)
    assert (caught.value.status, caught.value.code) == (400, code)


def test_without_strict_a_loose_schema_is_taken() -> None:
    loose = {"type": "object", "properties": {"a": {"type": "string", "default": "x"}}}
    given = response_format(loose)
    del given["json_schema"]["strict"]
    assert check_response_format(given) == loose
    assert check_response_format(None) is None
    assert check_response_format({"type": "text"}) is None
