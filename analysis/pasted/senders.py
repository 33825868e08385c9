"""Who wrote a line: the name before the colon, which may hold colons of its own."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from analysis.pasted.lines import MAX_NAME
from analysis.pasted.words import clean_name, is_said_by_the_program

_MOST_COLONS = 4
_ENOUGH_TO_TELL = 3  # Lines that all share "Dr: Ana" before the colon; two could both begin with "PS: ".

#: Names that a program gives the person whose chat it is, in copied lines.
_MYSELF = frozenset({"you", "me", "tú", "tu", "vos", "yo", "você", "voce", "eu"})
_BOTS = frozenset({"bot", "chatbot", "virtual assistant", "asistente virtual", "assistente virtual"})


def fold(name: str) -> str:
    """A name as it is compared: without case, marks of direction and doubled spaces."""
    return " ".join(unicodedata.normalize("NFKC", clean_name(name)).casefold().split())


def is_bot(name: str) -> bool:
    return fold(name) in _BOTS


def candidates(rest: str) -> list[str]:
    """What may be the sender's name, the shortest first: everything before a colon and a space, or a last colon."""
    found: list[str] = []
    start = 0
    head = rest[: MAX_NAME + 2]
    while len(found) < _MOST_COLONS:
        colon = head.find(":", start)
        if colon < 0:
            break
        start = colon + 1
        is_last = start == len(rest)
        if colon and (is_last or rest[start] in " \u00a0\u200e\n"):
            found.append(rest[:colon])
    return found


class Senders:
    """Splits "name: text", once it has seen all the lines of a chat that begin so."""

    def __init__(self, rests: Iterable[str], me: str | None) -> None:
        self._me = fold(me) if me else None
        by_first: dict[str, list[list[str]]] = {}
        for rest in rests:
            found = candidates(rest)
            if found and not is_said_by_the_program(found[0]):
                by_first.setdefault(found[0], []).append(found)
        self._depths = {first: _depth(group) for first, group in by_first.items()}

    def split(self, rest: str) -> tuple[str | None, str]:
        """(name, text), or (None, rest) where nobody is named. The name is raw, as it stands in the line."""
        found = candidates(rest)
        if not found or is_said_by_the_program(found[0]):
            return None, rest
        mine = [name for name in found if self._me and fold(name) == self._me]
        name = mine[-1] if mine else found[min(self._depths.get(found[0], 0), len(found) - 1)]
        text = rest[len(name) + 1 :]
        return name, text[1:] if text[:1] in (" ", "\u00a0") else text


def _depth(group: Sequence[Sequence[str]]) -> int:
    """Which colon ends the name, for lines that share their first: a later one where all the lines agree on it."""
    depth = 0
    while len(group) >= _ENOUGH_TO_TELL and all(len(found) > depth + 1 for found in group):
        longer = Counter(found[depth + 1] for found in group)
        if min(longer.values()) < 2:
            break
        depth += 1
    return depth


def find_me(me: str | None, participants: Sequence[str]) -> str | None:
    """The participant who is the agent, or None where nobody can tell."""
    if me is not None:
        wanted = fold(me)
        return next((name for name in participants if fold(name) == wanted), None)
    myself = [name for name in participants if fold(name) in _MYSELF]
    return myself[0] if len(myself) == 1 else None


def split_plain(line: str) -> tuple[str, str] | None:
    """(clean name, text) of a line that begins with what reads like a name: short, and no sentence."""
    found = candidates(line[:200])
    if not found or len(found[0]) > 60 or len(found[0].split()) > 6 or any(mark in found[0] for mark in '?!;,"¿¡'):
        return None
    name = clean_name(found[0])
    text = line[len(found[0]) + 1 :]
    return (name, text.removeprefix(" ")) if any(character.isalnum() for character in name) else None


def plain_names(split: Sequence[tuple[str, str] | None], me: str | None) -> frozenset[str]:
    """Which names before a colon are people's, in lines that show no time.

    Who begins the text, who comes again, `me`, and names that a program gives. What stands before a colon once
    ("Total: 400") belongs to the message above it, unless fewer than two people would be left.
    """
    counts = Counter(pair[0] for pair in split if pair)
    wanted = {fold(me)} if me else set()
    wanted |= _MYSELF | _BOTS
    names = {name for name, count in counts.items() if count > 1 or fold(name) in wanted}
    if split and (opener := split[0]):
        names.add(opener[0])
    people = [name for name in names if not is_bot(name)]
    return frozenset(names if len(people) > 1 else counts)
