"""The sandbox's models: pure functions from the prompt's document and a schema to an answer. No language model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.models import gullible, parrot, reader
from sandbox.models.document import Document, find_document

Messages = Sequence[Mapping[str, Any]]
Schema = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Model:
    """One of the models by its SANDBOX_MODEL name."""

    name: str
    _answer: Callable[[Document, Schema], dict[str, Any]]
    _write: Callable[[Document], str]

    def answer(self, messages: Messages, schema: Schema) -> dict[str, Any]:
        """An answer valid under the schema (any strict schema); a plain analysis without one."""
        return self._answer(find_document(messages), schema)

    def write(self, messages: Messages) -> str:
        """An answer in plain words."""
        return self._write(find_document(messages))


_MODELS = {
    "reader": Model("reader", reader.answer, reader.write),
    "parrot": Model("parrot", parrot.answer, parrot.write),
    "gullible": Model("gullible", gullible.answer, gullible.write),
}
NAMES: tuple[str, ...] = tuple(_MODELS)


def named(name: str) -> Model:
    """The model of that name. Raises ValueError for an unknown one."""
    if name not in _MODELS:
        raise ValueError(f"SANDBOX_MODEL is one of {', '.join(NAMES)}")
    return _MODELS[name]
