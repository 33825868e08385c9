"""The parrot: repeats the chat, word for word, in every free-text field it may write. It attacks our own minimising."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.models import coerce, reader
from sandbox.models.document import Document, Line
from sandbox.models.reading import CRITERIA, read
from sandbox.tokens import cut

# In tokens: whole messages fit, and all fields together stay below the 2,500 that our product allows for an answer.
FIELD_TOKENS = 280
QUOTE_TOKENS = 30
QUOTES_EACH = 2


def answer(document: Document, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The chat in every text field; enums, levels and message numbers as the schema wants them."""
    texts = repeated(document)
    pointers = [_pointer(line) for line in document.lines if line.text.strip()]
    offered = reader.offer(document, read(document))

    def quotes(i: int) -> list[dict[str, Any]]:
        return [pointers[(i + k) % len(pointers)] for k in range(min(QUOTES_EACH, len(pointers)))]

    criteria = {
        name: {"level": 3, "evidence": quotes(i * QUOTES_EACH)} for i, name in enumerate(document.criteria or CRITERIA)
    }
    everything = " ".join(texts)
    offered |= {
        "summary": _slice(texts, 0),
        "criteria": criteria,
        "objections": [{"kind": "price", **pointer} for pointer in pointers[:3]],
        "open_questions": pointers[-3:],
        "next_step": {"action": _slice(texts, 1), "why": _slice(texts, 2), "due": None},
        "action": _slice(texts, 1),
        "why": _slice(texts, 2),
        "suggested_reply": _slice(texts, 3),
        "reply": _slice(texts, 3),
        "reason": _slice(texts, 2),
        "evidence": pointers[:5],
        **criteria,
    }
    if schema is None:
        return offered
    fitted = coerce.fit(schema, offered, text=_cut(everything, FIELD_TOKENS))
    return fitted if isinstance(fitted, dict) else {}


def write(document: Document) -> str:
    return _cut(" ".join(repeated(document)), FIELD_TOKENS)


def repeated(document: Document) -> list[str]:
    """What there is to repeat: names and the lead's fields first, then the messages, newest first."""
    return [*document.side_texts, *(line.text for line in reversed(document.lines) if line.text.strip())]


def _slice(texts: Sequence[str], i: int) -> str:
    """Every field begins at another text, so that as many as possible are repeated; none is cut at its start."""
    if not texts:
        return ""
    start = i * len(texts) // 4
    return _cut(" ".join([*texts[start:], *texts[:start]]), FIELD_TOKENS)


def _pointer(line: Line) -> dict[str, Any]:
    return {"message": line.n, "quote": _cut(line.text.strip(), QUOTE_TOKENS).strip()}


def _cut(text: str, tokens: int) -> str:
    # Cut roughly first, so that only the start of a long text is tokenised.
    return cut(text[: tokens * 16], tokens)
