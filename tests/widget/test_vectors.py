"""Offsets as this side counts them, by the same table that the widget's text.js is held to (text.test.mjs)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"].replace(" ", "_") for vector in VECTORS])
def test_a_pointer_counts_code_points(vector: dict[str, Any]) -> None:
    text = vector["text"]

    assert len(text) == vector["length"]
    assert text[vector["start"] : vector["end"]] == vector["slice"]
    assert len(text[: vector["start"]].encode("utf-16-le", "surrogatepass")) // 2 == vector["start_unit"]
