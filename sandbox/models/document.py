"""Finds the conversation in the messages of a model request: the one JSON document, or else a plain transcript."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CLIENT, AGENT, OTHER = "client", "agent", "other"

# "Client: …", "[10:02] Agent: …", "Vendedora (14:03): …" in the three languages and the usual chat-template roles.
_ROLES = {
    CLIENT: ("client", "customer", "lead", "buyer", "cliente", "clienta", "comprador", "compradora", "user"),
    AGENT: (
        *("agent", "seller", "sales", "rep", "assistant", "agente", "vendedor", "vendedora", "asesor", "asesora"),
        *("atendente", "corretor", "corretora", "business"),
    ),
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words}
_LABEL = re.compile(
    r"^\s*(?:\d+[.)]\s*)?(?:\[[^\]\n]{0,40}\]\s*)?(?P<role>[^\W\d_]{2,12})\s*(?:\([^)\n]{0,40}\))?\s*[:>]\s*(?P<text>.*)$"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One message as the prompt shows it; `text` is empty when it was left out or has none."""

    n: int
    author: str
    text: str
    kind: str = "text"
    at: datetime | None = None  # local and naive, as written in the document
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """What a model was asked: task, language, the lead's card, and the conversation."""

    task: str
    language: str
    lines: tuple[Line, ...]
    criteria: tuple[str, ...] = ()
    lead: Mapping[str, Any] = field(default_factory=dict)
    people: Mapping[str, Any] = field(default_factory=dict)
    draft: Mapping[str, Any] = field(default_factory=dict)
    read_at: datetime | None = None
    instructions: str = ""

    @property
    def client_lines(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.author == CLIENT)

    @property
    def side_texts(self) -> tuple[str, ...]:
        """Everything of the document besides the messages that a person may have written: names, stage, draft."""
        return tuple(
            value
            for part in (self.people, self.lead, self.draft)
            for value in part.values()
            if isinstance(value, str) and value.strip()
        )


def find_document(messages: Sequence[Mapping[str, Any]]) -> Document:
    """The document of the request. A repair repeats the first request, so the first document counts."""
    texts = [(str(message.get("role")), text_of(message.get("content"))) for message in messages]
    instructions = "\n".join(text for role, text in texts if role in ("system", "developer"))
    asked = [text for role, text in texts if role not in ("system", "developer", "assistant")]
    for text in asked:
        found = _json_document(text)
        if found is not None:
            return _from_json(found, instructions)
    lines = tuple(_transcript(asked))
    return Document("analyse", _language_asked(instructions, asked), lines, instructions=instructions)


def text_of(content: Any) -> str:
    """A message's content as text: a string, or the text parts of a list."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(
            part["text"] for part in content if isinstance(part, Mapping) and isinstance(part.get("text"), str)
        )
    return ""


def _json_document(text: str) -> Mapping[str, Any] | None:
    start = text.find("{")
    if start < 0:
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        # Not a document: the text is read as a transcript instead.
        return None
    return found if isinstance(found, dict) and isinstance(found.get("conversation"), list) else None


def _from_json(found: Mapping[str, Any], instructions: str) -> Document:
    lines = []
    for i, item in enumerate(found["conversation"], 1):
        if not isinstance(item, Mapping):
            continue
        text, author, n = item.get("text"), item.get("author"), item.get("n")
        lines.append(
            Line(
                n=n if isinstance(n, int) and not isinstance(n, bool) else i,
                author=str(author) if author in (CLIENT, AGENT, "bot", "system") else OTHER,
                text=text if isinstance(text, str) else "",
                kind=str(item.get("kind") or "text"),
                at=_time(item.get("at")),
                left_out=bool(item.get("left_out")),
            )
        )
    criteria = found.get("criteria")
    names = [c.get("name") if isinstance(c, Mapping) else c for c in criteria] if isinstance(criteria, list) else []
    return Document(
        task=str(found.get("task") or "analyse"),
        language=str(found.get("output_language") or "en"),
        lines=tuple(lines),
        criteria=tuple(name for name in names if isinstance(name, str)),
        lead=_mapping(found.get("lead")),
        people=_mapping(found.get("people")),
        draft=_mapping(found.get("draft")),
        read_at=_time(found.get("read_at")),
        instructions=instructions,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _time(value: Any) -> datetime | None:
    """`2026-03-10 11:06`, with more after it or nothing; None for anything else."""
    if not isinstance(value, str):
        return None
    for length in (16, 10):
        try:
            return datetime.fromisoformat(value[:length])
        except ValueError:
            continue
    return None


def _transcript(texts: Sequence[str]) -> list[Line]:
    lines: list[Line] = []
    for text in texts:
        for row in text.splitlines():
            match = _LABEL.match(row)
            role = _ROLE_OF.get(match["role"].lower()) if match else None
            if match and role:
                lines.append(Line(len(lines) + 1, role, match["text"].strip()))
            elif lines and row.strip():
                last = lines[-1]
                lines[-1] = Line(last.n, last.author, f"{last.text}\n{row.strip()}")
    if not lines:
        lines = [Line(i, CLIENT, text.strip()) for i, text in enumerate(texts, 1) if text.strip()]
    return lines


def _language_asked(instructions: str, asked: Sequence[str]) -> str:
    wanted = re.search(
        r"\b(?:in|en|em)\s+(english|inglés|inglês|spanish|español|espanhol|portuguese|portugués|português)",
        "\n".join([instructions, *asked]),
        re.IGNORECASE,
    )
    if not wanted:
        return ""
    return (
        {"e": "en", "i": "en", "s": "es", "p": "pt"}[wanted[1][0].lower()]
        if not re.match(r"espa", wanted[1], re.IGNORECASE)
        else "es"
    )
