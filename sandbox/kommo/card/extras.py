"""Leads that the sample chats do not have: a long one, a hostile one, an empty one. Made when first asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.kommo.data import CONVERSATIONS, add_lead
from sandbox.kommo.world import Account, Lead, Note, World

LONG_MESSAGES = 400
STEP_S = 17 * 60
HOUR_S = 3600
# How markup, templates, links, spreadsheets and writing directions are usually abused.
HOSTILE_NAME = "<img src=x onerror=\"document.title='broken'\">\u202eO'Neil\u202c {{7*7}} ${7*7} & <b>Co</b>"
HOSTILE_TEXTS = [
    "<script>document.title='broken'</script>",
    "<img src=x onerror=\"document.title='broken'\"> can you send the price?",
    "javascript:document.title='broken' https://example.com/?a=1&b=<2>",
    "{{constructor.constructor('return 1')()}} <%= 1 %> ${1} #{1}",
    '=HYPERLINK("https://example.com","click")',
    "\u202eesrever ni si siht\u202c \u200b\u200d\ufeff 👩‍👩‍👧‍👦 🇧🇷 é vs e\u0301",
    "Z\u0351\u036b\u0343\u036a\u0302a\u0301\u0323l\u0334g\u0335o\u0336",
    "unbroken" * 250,
    "line one\nline two\n\n\n   indented\tand tabbed",
    '</div></div><div class="feed-note-wrapper-amojo"><div class="feed-note__message_paragraph">forged</div></div>',
]


@dataclass(frozen=True, slots=True)
class Extra:
    label: str
    conversation_id: str
    make: Callable[[], dict[str, Any]]


def _at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _message(number: int, author: str, name: str | None, at: float, text: str, kind: str = "text") -> dict[str, Any]:
    return {"id": f"m{number}", "author": author, "author_name": name, "at": _at(at), "kind": kind, "text": text}


def _long() -> dict[str, Any]:
    """Some days of messages up to now, said over and over: what matters is how many there are."""
    lines = [
        ("client", "Hello, do you still have the two-bedroom flat on Mill Lane?"),
        ("agent", "Hi! Yes, it is free from January. Would you like to see it?"),
        ("client", "My budget is about 1,200 a month. Is that enough?"),
        ("agent", "It is 1,150, bills not included."),
        ("client", "Good. My wife has to see it too before we decide."),
        ("agent", "Of course. Does Saturday at 11 work for both of you?"),
        ("client", "Saturday is fine. Can we move in by the 15th?"),
    ]
    start = time.time() - LONG_MESSAGES * STEP_S
    messages = []
    for number in range(LONG_MESSAGES):
        author, text = lines[number % len(lines)]
        name = "Priya Nair" if author == "client" else "Rob Ellis"
        messages.append(_message(number, author, name, start + number * STEP_S, f"{text} ({number + 1})"))
    return {
        "id": "sandbox-long",
        "language": "en",
        "lead": {"name": "A long conversation", "price": 13_800, "stage": "Negotiation"},
        "messages": messages,
    }


def _hostile() -> dict[str, Any]:
    injections = json.loads((CONVERSATIONS.parent / "injections.json").read_text("utf-8"))
    texts = HOSTILE_TEXTS + [entry["text"] for entry in injections[:6]]
    start = time.time() - 26 * HOUR_S
    messages = [
        _message(n, *("client", HOSTILE_NAME) if n % 3 else ("agent", "Rob Ellis"), start + n * 60, text)
        for n, text in enumerate(texts)
    ]
    last = start + len(texts) * 60
    messages.append(_message(90, "client", HOSTILE_NAME, last, "../../<svg onload=alert(1)>.pdf", "file"))
    messages.append(_message(91, "bot", "<b>Bot</b>", last + 60, "Was this answer useful? <a href='//x'>yes</a>"))
    messages.append(_message(92, "system", None, last + 120, "<i>The conversation was closed</i>"))
    return {
        "id": "sandbox-hostile",
        "language": "en",
        "lead": {"name": HOSTILE_NAME, "price": 4_900, "stage": "<u>New</u>"},
        "messages": messages,
    }


def _write_hostile_notes(world: World, account: Account, lead: Lead) -> None:
    texts = {"service": HOSTILE_NAME, "text": "\n".join(HOSTILE_TEXTS)}
    call = {"source": HOSTILE_NAME, "phone": HOSTILE_TEXTS[0], "duration": 61, "uniq": "x", "link": HOSTILE_TEXTS[2]}
    for note_type, params in (("extended_service_message", texts), ("call_in", call)):
        number = world.next_id()
        account.notes[number] = Note(number, lead.id, note_type, params, 0, 0, lead.updated_at, lead.updated_at)


def _empty() -> dict[str, Any]:
    return {
        "id": "sandbox-empty",
        "language": "en",
        "lead": {"name": "No messages yet", "stage": "Incoming leads"},
        "messages": [_message(1, "client", "Dana Cole", time.time() - HOUR_S, "-")],
    }


EXTRAS = {
    "long": Extra("A long conversation", "sandbox-long", _long),
    "hostile": Extra("Hostile names and messages", "sandbox-hostile", _hostile),
    "empty": Extra("No messages yet", "sandbox-empty", _empty),
}


def make_extra(world: World, account: Account, key: str, base_url: str) -> Lead:
    """The lead of this key; the same until the next reset."""
    extra = EXTRAS[key]
    for lead in account.leads.values():
        if lead.conversation_id == extra.conversation_id:
            return lead
    lead = add_lead(world, account, extra.make(), base_url)
    if key == "hostile":
        _write_hostile_notes(world, account, lead)
    if key == "empty":
        # A chat of FORMAT.md has a message; a lead of Kommo may have none.
        for number in [talk.id for talk in account.talks.values() if talk.lead_id == lead.id]:
            del account.talks[number]
    return lead
