"""Which JSON schemas the model's API takes with `strict: true`: a walk that raises what the service would answer.

Rules and limits: OpenAI's structured outputs guide (root an object, every property required, no additional properties,
a list of supported keywords, sizes). `minLength` and `maxLength` stand on no such list, so they are refused here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.openai_errors import APIFault, bad_request

MAX_PROPERTIES = 5_000
MAX_DEPTH = 10
MAX_ENUM_VALUES = 1_000
MAX_CHARACTERS = 120_000  # of property names, definition names, enum and const values together
MAX_LONG_ENUM_CHARACTERS = 15_000  # of one string enum with more than 250 values
LONG_ENUM_VALUES = 250

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
ANNOTATIONS = frozenset({"title", "description", "$defs", "definitions", "$schema", "$id"})
KEYWORDS: dict[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "string": frozenset({"pattern", "format"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "boolean": frozenset(),
    "null": frozenset(),
}
FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})


@dataclass(slots=True)
class _Walk:
    root: Mapping[str, Any]
    name: str
    properties: int = 0
    enum_values: int = 0
    characters: int = 0
    seen_references: set[str] = field(default_factory=set)

    def refuse(self, path: tuple[str, ...], why: str) -> APIFault:
        where = "(" + ", ".join(f"'{part}'" for part in path) + ("," if len(path) == 1 else "") + ")"
        return bad_request(
            f"Invalid schema for response_format '{self.name}': In context={where}, {why}",
            param="response_format",
            code="invalid_json_schema",
        )

    def schema(self, node: Any, path: tuple[str, ...], depth: int) -> None:
        if not isinstance(node, Mapping):
            raise self.refuse(path, "schema must be an object, not a boolean or another value.")
        if depth > MAX_DEPTH:
            raise self.refuse(path, f"schema exceeds the maximum nesting depth of {MAX_DEPTH} levels.")
        self._definitions(node, path)
        if "$ref" in node:
            self._reference(node, path)
            return
        if "anyOf" in node:
            self._any_of(node, path, depth)
            return
        types = self._types(node, path)
        allowed = ANNOTATIONS | {"type", "enum", "const"} | frozenset().union(*(KEYWORDS[t] for t in types))
        self._known_keywords(node, allowed, path)
        self._values(node, path)
        if "object" in types:
            self._object(node, path, depth)
        if "array" in types:
            if "items" not in node:
                raise self.refuse(path, "array schema missing items.")
            self.schema(node["items"], (*path, "items"), depth + 1)
        if node.get("format", "date") not in FORMATS:
            raise self.refuse(path, "'format' is not one of the supported formats.")

    def _known_keywords(self, node: Mapping[str, Any], allowed: frozenset[str], path: tuple[str, ...]) -> None:
        for keyword in node:
            if keyword == "default":
                raise self.refuse(path, "'default' is not permitted.")
            if keyword not in allowed:
                raise self.refuse(path, f"'{keyword}' is not permitted.")

    def _types(self, node: Mapping[str, Any], path: tuple[str, ...]) -> tuple[str, ...]:
        given = node.get("type")
        if given is None:
            if any(word in node for word in ("enum", "const")) and not {"allOf", "oneOf", "not"} & set(node):
                return ("string",)
            for keyword in node:
                if keyword not in ANNOTATIONS:
                    raise self.refuse(path, f"'{keyword}' is not permitted.")
            raise self.refuse(path, "schema must have a 'type' key.")
        types = tuple(given) if isinstance(given, list) else (given,)
        if not types or any(not isinstance(t, str) or t not in TYPES for t in types):
            raise self.refuse(path, "'type' is not one of the JSON types.")
        return types

    def _values(self, node: Mapping[str, Any], path: tuple[str, ...]) -> None:
        values = node.get("enum", [])
        if not isinstance(values, list) or ("enum" in node and not values):
            raise self.refuse(path, "'enum' must be a list with at least one value.")
        lengths = [len(value) for value in [*values, node.get("const")] if isinstance(value, str)]
        self.enum_values += len(values)
        self.characters += sum(lengths)
        if len(values) > LONG_ENUM_VALUES and sum(lengths) > MAX_LONG_ENUM_CHARACTERS:
            raise self.refuse(path, f"enum has more than {MAX_LONG_ENUM_CHARACTERS} characters in its values.")

    def _object(self, node: Mapping[str, Any], path: tuple[str, ...], depth: int) -> None:
        properties = node.get("properties", {})
        if not isinstance(properties, Mapping):
            raise self.refuse(path, "'properties' must be an object.")
        if node.get("additionalProperties") is not False:
            raise self.refuse(path, "'additionalProperties' is required to be supplied and to be false.")
        required = node.get("required", [])
        missing = [name for name in properties if not isinstance(required, list) or name not in required]
        if missing:
            raise self.refuse(
                path,
                "'required' is required to be supplied and to be an array including every key in properties. "
                f"Missing '{missing[0]}'.",
            )
        extra = [name for name in required if name not in properties]
        if extra:
            raise self.refuse(path, f"'required' names '{extra[0]}', which is not in properties.")
        self.properties += len(properties)
        for name, child in properties.items():
            self.characters += len(name)
            self.schema(child, (*path, "properties", name), depth + 1)

    def _any_of(self, node: Mapping[str, Any], path: tuple[str, ...], depth: int) -> None:
        self._known_keywords(node, ANNOTATIONS | {"anyOf"}, path)
        branches = node["anyOf"]
        if not isinstance(branches, list) or not branches:
            raise self.refuse(path, "'anyOf' must be a list with at least one schema.")
        first_keys = []
        for i, branch in enumerate(branches):
            self.schema(branch, (*path, "anyOf", str(i)), depth)
            target = self.resolve(branch) if isinstance(branch, Mapping) else None
            if target and isinstance(target.get("properties"), Mapping) and target["properties"]:
                first_keys.append(next(iter(target["properties"])))
        if len(first_keys) != len(set(first_keys)):
            raise self.refuse(path, "objects provided via 'anyOf' must not share identical first keys.")

    def _definitions(self, node: Mapping[str, Any], path: tuple[str, ...]) -> None:
        for place in ("$defs", "definitions"):
            for name, child in (node.get(place) or {}).items():
                self.characters += len(name)
                self.schema(child, (*path, place, name), 1)

    def _reference(self, node: Mapping[str, Any], path: tuple[str, ...]) -> None:
        self._known_keywords(node, ANNOTATIONS | {"$ref"}, path)
        if self.resolve(node) is None:
            raise self.refuse(path, "reference can only point to definitions in this schema.")

    def resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return resolve(self.root, node)


def resolve(root: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Follow `$ref` within the schema (`#`, `#/$defs/Name`); None when it points nowhere or only at itself."""
    for _ in range(50):
        reference = node.get("$ref")
        if reference is None:
            return node
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        target: Any = root
        for part in _pointer_parts(reference):
            if not isinstance(target, Mapping) or part not in target:
                return None
            target = target[part]
        if not isinstance(target, Mapping):
            return None
        node = target
    return None


def _pointer_parts(reference: str) -> Iterator[str]:
    for part in reference[1:].split("/"):
        if part:
            yield part.replace("~1", "/").replace("~0", "~")


def check_response_format(response_format: Any) -> Mapping[str, Any] | None:
    """The schema of a `json_schema` format, None for text or `json_object`. Raises APIFault (400) as it would."""
    if response_format is None:
        return None
    kind = response_format.get("type") if isinstance(response_format, Mapping) else None
    if kind in ("text", "json_object"):
        return None
    if kind != "json_schema":
        raise bad_request(
            "Invalid value: supported values are 'json_object', 'json_schema', and 'text'.",
            param="response_format.type",
            code="invalid_value",
        )
    given = response_format.get("json_schema")
    if not isinstance(given, Mapping):
        raise _missing("response_format.json_schema")
    for needed in ("name", "schema"):
        if needed not in given:
            raise _missing(f"response_format.json_schema.{needed}")
    unknown = set(given) - {"name", "schema", "strict", "description"}
    if unknown:
        raise bad_request(
            f"Unknown parameter: 'response_format.json_schema.{min(unknown)[:60]}'.",
            param="response_format.json_schema",
            code="unknown_parameter",
        )
    name, schema = given["name"], given["schema"]
    if not isinstance(name, str) or not NAME.match(name):
        raise bad_request(
            "Invalid 'response_format.json_schema.name': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$' with at most 64 characters.",
            param="response_format.json_schema.name",
            code="invalid_value",
        )
    if not isinstance(schema, Mapping):
        raise bad_request(
            "Invalid type for 'response_format.json_schema.schema': expected an object.",
            param="response_format.json_schema.schema",
            code="invalid_type",
        )
    if given.get("strict") is True:
        check_strict(schema, name)
    return schema


def check_strict(schema: Mapping[str, Any], name: str = "answer") -> None:
    """Walk a schema by every rule of strict mode. Raises APIFault (400, `invalid_json_schema`)."""
    walk = _Walk(schema, name)
    if "anyOf" in schema:
        raise walk.refuse((), "root schema must not be 'anyOf'.")
    root = walk.resolve(schema)
    if root is None or root.get("type") != "object":
        raise walk.refuse((), "schema must be a JSON Schema of 'type: \"object\"'.")
    walk.schema(schema, (), 1)
    limits = (
        (walk.properties, MAX_PROPERTIES, "object properties"),
        (walk.enum_values, MAX_ENUM_VALUES, "enum values"),
        (walk.characters, MAX_CHARACTERS, "characters in names and values"),
    )
    for used, limit, what in limits:
        if used > limit:
            raise walk.refuse((), f"schema has {used} {what}, more than the limit of {limit}.")


def _missing(param: str) -> APIFault:
    return bad_request(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")
