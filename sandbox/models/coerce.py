"""Fits an answer to any strict JSON schema: what is offered by name where it fits, else something valid by type."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from sandbox.openai_schema import resolve

# Deeper than any strict schema is written; recursion through $ref ends here with the shortest valid value.
_DEEPEST = 40
_FORMATS = {
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "date": "2026-01-01",
    "duration": "P1D",
    "email": "nobody@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_MISSING = object()


def fit(schema: Mapping[str, Any], offered: Any, *, text: str = "") -> Any:
    """A value valid under the schema: `offered` where it fits; `text` in free strings that nothing was offered for."""
    return _fit(schema, schema, offered, text, 0)


def _fit(root: Mapping[str, Any], node: Mapping[str, Any], offered: Any, text: str, depth: int) -> Any:
    target = resolve(root, node)
    if target is None or depth > _DEEPEST:
        return None
    if "anyOf" in target:
        return _any_of(root, target["anyOf"], offered, text, depth)
    if "const" in target:
        return target["const"]
    if "enum" in target:
        return _one_of(target["enum"], offered)
    given = target.get("type", "string")
    types = given if isinstance(given, list) else [given]
    chosen = next((t for t in types if _is(t, offered)), None)
    if chosen is None:
        chosen = "null" if "null" in types and (offered is _MISSING or offered is None) else types[0]
    return _typed(root, target, chosen, offered, text, depth)


def _typed(root: Mapping[str, Any], node: Mapping[str, Any], kind: str, offered: Any, text: str, depth: int) -> Any:
    if kind == "object":
        source = offered if isinstance(offered, Mapping) else {}
        return {
            name: _fit(root, child, source.get(name, _MISSING), text, depth + 1)
            for name, child in node.get("properties", {}).items()
        }
    if kind == "array":
        return _array(root, node, offered, text, depth)
    if kind in ("number", "integer"):
        return _number(node, offered, whole=kind == "integer")
    if kind == "boolean":
        return offered if isinstance(offered, bool) else False
    if kind == "null":
        return None
    return _string(node, offered, text)


def _array(root: Mapping[str, Any], node: Mapping[str, Any], offered: Any, text: str, depth: int) -> list[Any]:
    items = list(offered) if isinstance(offered, list | tuple) else []
    least, most = node.get("minItems", 0), node.get("maxItems", len(items) or 0)
    items = items[: max(most, least)]
    items += [_MISSING] * (least - len(items))
    return [_fit(root, node["items"], item, text, depth + 1) for item in items]


def _any_of(root: Mapping[str, Any], branches: list[Any], offered: Any, text: str, depth: int) -> Any:
    resolved = [(branch, resolve(root, branch) or {}) for branch in branches]
    for branch, target in resolved:
        given = target.get("type", "string")
        types = given if isinstance(given, list) else [given]
        if offered is not _MISSING and any(_is(t, offered) for t in types) and _values_hold(target, offered):
            return _fit(root, branch, offered, text, depth + 1)
    nothing = next((branch for branch, target in resolved if target.get("type") == "null"), None)
    if offered is _MISSING or offered is None:
        chosen = nothing if nothing is not None else branches[0]
        return _fit(root, chosen, _MISSING, text, depth + 1)
    return _fit(root, branches[0], offered, text, depth + 1)


def _values_hold(node: Mapping[str, Any], offered: Any) -> bool:
    if "const" in node:
        return bool(node["const"] == offered)
    if "enum" in node:
        return offered in node["enum"]
    if isinstance(offered, Mapping) and node.get("properties"):
        return any(name in node["properties"] for name in offered)
    return True


def _one_of(values: list[Any], offered: Any) -> Any:
    if offered in values and not isinstance(offered, bool):
        return offered
    if isinstance(offered, bool):
        return next((value for value in values if value is offered), values[0])
    if isinstance(offered, str):
        same = next((v for v in values if isinstance(v, str) and v.lower() == offered.lower()), None)
        if same is not None:
            return same
    # Nothing offered: what says least, if the list has such a word.
    quiet = ("other", "unknown", "none", "neutral", "n/a")
    return next((v for v in values if v is None or (isinstance(v, str) and v.lower() in quiet)), values[0])


def _number(node: Mapping[str, Any], offered: Any, *, whole: bool) -> float | int:
    value = offered if _is("number", offered) else 0
    low, high = node.get("minimum"), node.get("maximum")
    step = node.get("multipleOf") or (1 if whole else None)
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    if low is not None:
        value = max(value, low)
    if high is not None:
        value = min(value, high)
    if above is not None and value <= above:
        value = above + (step or 0.5)
    if below is not None and value >= below:
        value = below - (step or 0.5)
    if step:
        floor = low if low is not None else above
        value = math.floor(value / step) * step
        if floor is not None and (value < floor or (above is not None and value <= above)):
            value += step
    return int(value) if whole else value


def _string(node: Mapping[str, Any], offered: Any, text: str) -> str:
    value = offered if isinstance(offered, str) else text
    wanted = node.get("format")
    if wanted in _FORMATS and not (wanted == "date" and _is_date(value)):
        return value if isinstance(offered, str) and wanted != "date" else _FORMATS[wanted]
    return value


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is(kind: str, value: Any) -> bool:
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, {"string": str, "array": list | tuple, "object": Mapping}.get(kind, ()))
