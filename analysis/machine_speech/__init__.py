"""Machine speech: text in a conversation that is meant for the program that reads it, not for a person.

Such a message is flagged: it is withheld from the model altogether and proves nothing. The rules look for orders to an
automatic reader, scores and criteria as values, its fields and borders, invented transcripts and evidence, and codes.
They would rather miss a clever attempt (the score is computed by code from checked evidence, and stands without them)
than silence a client: a flagged message costs understanding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from analysis.conversation import Author, Kind, Message
from analysis.machine_speech import rules
from analysis.machine_speech.codes import is_code
from analysis.machine_speech.other_languages import orders_in_another_script
from analysis.machine_speech.transcripts import is_invented_transcript
from analysis.machine_speech.triggers import windows
from analysis.machine_speech.views import DECODED_CHARACTERS, disguised, hides_itself, plain

READ_CHARACTERS = 100_000  # Of one text. The model is shown 4,000, and evidence stands in what it was shown.
MAX_NAME = 80  # Characters: what is longer is not a person's name.

_FILE_SEPARATORS = re.compile(r"[_+]+|(?<=\w)-(?=\w)")


def speaks_to_the_machine(text: str, *, is_name: bool = False) -> bool:
    """True when a text, or any disguised reading of it, speaks to the machine.

    `is_name`: the text is a name (of a person, a lead, a file), held to stricter rules. Reads the first
    READ_CHARACTERS, in linear time.
    """
    text = text[:READ_CHARACTERS]
    if not text or text.isspace():
        return False
    if hides_itself(text) or is_code(text[:DECODED_CHARACTERS]):
        return True
    base = plain(text)
    if is_invented_transcript(base) or _orders(base, is_name):
        return True
    return any(_orders(reading, is_name) for reading in disguised(text))


def _orders(reading: str, is_name: bool) -> bool:
    if orders_in_another_script(reading):
        return True
    if any(rules.ANYWHERE.search(window) for window in windows(reading)):
        return True
    if not is_name:
        return False
    words = _FILE_SEPARATORS.sub(" ", reading)
    return any(rules.NAMES.search(form[:1000]) or rules.ANYWHERE.search(form[:1000]) for form in {reading, words})


def flag(messages: Iterable[Message]) -> frozenset[str]:
    """The ids of the messages that speak to the machine, whoever wrote them; names of files count as names."""
    messages = tuple(messages)
    sides = _names_by_side(messages)
    return frozenset(
        message.id
        for message in messages
        if any(
            speaks_to_the_machine(text, is_name=message.kind is Kind.FILE) or is_invented_transcript(plain(text), sides)
            for text in {message.text, message.transcript or ""}
        )
    )


def safe_name(name: str | None) -> str | None:
    """A name (of a person, or a field of a lead) as it may be shown to the model; None when it speaks to it."""
    if name is None:
        return None
    if speaks_to_the_machine(name, is_name=True):
        return None
    kept = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return kept[:MAX_NAME].rstrip() or None


def _names_by_side(messages: Iterable[Message]) -> tuple[frozenset[str], frozenset[str]]:
    """The first names on the client's side and on ours, plain."""
    client: set[str] = set()
    ours: set[str] = set()
    for message in messages:
        words = plain(message.author_name or "").split()
        if words and message.author is not Author.SYSTEM:
            (client if message.author is Author.CLIENT else ours).add(words[0])
    return frozenset(client), frozenset(ours)
