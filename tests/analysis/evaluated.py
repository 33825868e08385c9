"""A small chat file for the evaluator's tests, as a Python object to be changed and written."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHATS = ROOT / "sandbox" / "data" / "conversations"
OPEN = CHATS / "open"
ATTEMPTS = CHATS / "injections.json"
CANARY = "zanzibarquux"

_LINES = [
    ("client", f"Hello, I need a new roof before the winter, our old one leaks {CANARY}."),
    ("agent", "Hello! Could we come and measure it on Friday?"),
    ("client", "Friday is fine. How long does the work take?"),
]


def a_chat(chat_id: str = "chat-1", outcome: str = "won", language: str = "en") -> dict[str, Any]:
    """A chat of three messages with an open question."""
    messages = [
        {
            "id": f"m{n}",
            "author": author,
            "author_name": {"client": "Rosa", "agent": "Ben"}[author],
            "at": f"2026-03-02T10:0{n}:00Z",
            "kind": "text",
            "text": text,
        }
        for n, (author, text) in enumerate(_LINES, start=1)
    ]
    levels = {"need": 3, "budget": None, "authority": None, "timeline": 2, "engagement": 2, "commitment": 2}
    question = {"message": "m3", "start": 16, "end": 44, "quote": _LINES[2][1][16:44]}
    return {
        "format": 1,
        "id": chat_id,
        "language": language,
        "timezone": "Europe/Madrid",
        "agent": {"name": "Ben"},
        "lead": {"name": "Roof", "stage": "New", "price": 9000, "currency": "EUR"},
        "messages": messages,
        "truth": {
            "outcome": outcome,
            "temperature": "hot",
            "sentiment": "positive",
            "criteria": {name: {"level": level, "evidence": []} for name, level in levels.items()},
            "objections": [],
            "open_questions": [{"evidence": [question]}],
        },
    }


def changed(path: str, value: Any, chat: dict[str, Any] | None = None) -> dict[str, Any]:
    """The chat with the value at a dotted path replaced; with `...` removed."""
    result = copy.deepcopy(chat or a_chat())
    *parents, last = path.split(".")
    place: Any = result
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return result


def write(folder: Path, *chats: dict[str, Any]) -> Path:
    """Write the chats into the folder, each under its id."""
    for chat in chats:
        (folder / f"{chat['id']}.json").write_text(json.dumps(chat), encoding="utf-8")
    return folder
