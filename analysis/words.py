"""The words that a stored result points at, found again in the messages at hand.

Pure, and nothing of it is kept: a result holds pointers (docs/decisions/0026), so whoever shows its evidence reads the
conversation again and asks this module which of the pointers still hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis.conversation import Message
from analysis.evidence import Pointer, resolve


@dataclass(frozen=True, slots=True, repr=False)
class Words:
    """What a result points at: messages under the ids of its pointers, the ids that are gone, the changed places."""

    messages: tuple[tuple[str, Message], ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The document of `POST /analyses/{id}/words`; `text` is what offsets count in."""
        return {
            "messages": [shown(message) | {"id": message_id} for message_id, message in self.messages],
            "gone": list(self.gone),
            "changed": list(self.changed),
        }

    def __repr__(self) -> str:
        return f"<Words of {len(self.messages)} messages, {len(self.gone)} gone, {len(self.changed)} places changed>"


def shown(message: Message, characters: int | None = None) -> dict[str, Any]:
    """A message as the panel shows it, of its text the first so many characters; a voice message's transcript."""
    return {
        "id": message.id,
        "author": message.author.value,
        "author_name": message.author_name,
        "at": _iso(message),
        "kind": message.kind.value,
        "text": message.said[:characters],
    }


def pointers_of(reading: Mapping[str, Any]) -> Iterator[Pointer]:
    """Every pointer of a stored reading, in the order in which a result shows them."""
    for rating in reading["criteria"].values():
        yield from map(Pointer.from_json, rating["evidence"])
    for item in (*reading["objections"], *reading["open_questions"]):
        yield from map(Pointer.from_json, item["evidence"])


def find_words(reading: Mapping[str, Any], flagged: Sequence[str], messages: Sequence[Message], *, key: bytes) -> Words:
    """The messages that a reading and its flags point at; `key` is the one its digests were made with.

    A message is known by its id. Where that id is not there or says something else, a message of the same author and
    time that says the pointed words in the same place is the same message: ids of pasted text are positions, and a
    result may have been made from another source than the one that is read now.
    """
    pointers: dict[str, list[Pointer]] = defaultdict(list)
    for pointer in pointers_of(reading):
        pointers[pointer.message].append(pointer)
    by_id = {message.id: message for message in messages}
    by_place: dict[tuple[str, str | None], list[Message]] = defaultdict(list)
    for message in messages:
        by_place[message.author.value, _iso(message)].append(message)

    found: dict[str, Message] = {}
    gone: list[str] = []
    changed: dict[str, None] = {}
    have_moved = False
    for message_id, its in pointers.items():
        at_hand = _find(its, by_id.get(message_id), by_place, key)
        if at_hand is None:
            gone.append(message_id)
            continue
        have_moved = have_moved or at_hand.id != message_id
        found[message_id] = at_hand
        changed |= {
            f"{message_id}:{pointer.start}:{pointer.end}": None for pointer in its if not _holds(pointer, at_hand, key)
        }
    for message_id in flagged:
        if message_id in found or message_id in gone:
            continue
        # A flag has no digest. Where ids mean other messages by now, it could name an innocent one.
        if message_id in by_id and not have_moved:
            found[message_id] = by_id[message_id]
        else:
            gone.append(message_id)
    return Words(tuple(found.items()), tuple(gone), tuple(changed))


def _find(
    pointers: Sequence[Pointer],
    namesake: Message | None,
    by_place: Mapping[tuple[str, str | None], Sequence[Message]],
    key: bytes,
) -> Message | None:
    """The message that the pointers mean: the one with their id unless none holds in it and another is found."""
    if namesake is not None and any(_holds(pointer, namesake, key) for pointer in pointers):
        return namesake
    for pointer in pointers:
        for message in by_place.get((pointer.author, pointer.at), ()):
            if _holds(pointer, message, key):
                return message
    return namesake


def _holds(pointer: Pointer, message: Message, key: bytes) -> bool:
    return resolve(replace(pointer, message=message.id), message, key) is not None


def _iso(message: Message) -> str | None:
    """As pointers write a message's time."""
    return None if message.at is None else message.at.isoformat().replace("+00:00", "Z")
