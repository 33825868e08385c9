"""Recordings of a lead: voice messages of its chats and recordings of its calls, as Kommo names them.

An address is held in memory only; what is stored is Kommo's id of the message or of the call's note.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from accounts.errors import NotesRefused, TalksUnavailable
from accounts.kommo.client import KommoClient, KommoMessage
from accounts.kommo.notes import CALL_NOTES, KommoNote
from convailens.lib.errors import NotFound, Unprocessable
from convailens.lib.ids import OUTSIDE_ID
from transcription.models import Kind


@dataclass(frozen=True, slots=True, repr=False)
class Recording:
    """One recording: `url` as Kommo gives it, None where a message has no file; `seconds` only if Kommo says them."""

    kind: Kind
    source_id: str
    url: str | None
    author: str
    author_name: str | None
    at: datetime | None
    seconds: int | None = None

    @property
    def is_call(self) -> bool:
        return self.kind is Kind.CALL


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which recordings are asked for: one by Kommo's id, one by its address, or all there are."""

    source_id: str = ""
    link: str = ""


def of_messages(messages: Iterable[KommoMessage]) -> tuple[Recording, ...]:
    """The voice messages among a lead's messages, in their order."""
    return tuple(
        Recording(Kind.MESSAGE, item.id, item.media_url, item.author, item.author_name, item.at)
        for item in messages
        if item.kind == "voice" and OUTSIDE_ID.fullmatch(item.id)
    )


def of_notes(notes: Iterable[KommoNote]) -> tuple[Recording, ...]:
    """The calls among a lead's notes that have a recording, the oldest first. Who of the two speaks is not known."""
    found = [
        Recording(Kind.CALL, str(note.id), note.link, "system", None, _time(note.created_at), note.duration_s)
        for note in notes
        if note.note_type in CALL_NOTES and note.link
    ]
    return tuple(sorted(found, key=lambda item: int(item.source_id)))


def calls_of_lead(client: KommoClient, lead_id: int) -> tuple[Recording, ...]:
    """The recorded calls of a lead; none where Kommo does not let us read its notes."""
    try:
        return of_notes(client.notes_of_lead(lead_id, types=CALL_NOTES))
    except (NotesRefused, NotFound):
        return ()


def find_recordings(client: KommoClient, lead_id: int, wanted: Wanted) -> tuple[Recording, ...]:
    """The recordings that are asked for, out of those of this lead: what is not among them does not exist.

    Raises NotFound, TalksUnavailable (only a chat that we cannot read could have it), or Unprocessable (`not_voice`).
    """
    is_call = wanted.source_id.isdecimal()  # A note's id is a number, a message's is not.
    calls = calls_of_lead(client, lead_id) if is_call or not wanted.source_id else ()
    if is_call and (found := [item for item in calls if item.source_id == wanted.source_id]):
        return tuple(found)
    try:
        messages = client.messages_of_lead(lead_id)
    except TalksUnavailable:
        if (found := _linked(calls, wanted.link) if wanted.link else list(calls)) and not wanted.source_id:
            return tuple(found)
        raise
    voices = of_messages(messages)
    if wanted.link:
        found = _linked((*voices, *calls), wanted.link)
    elif wanted.source_id:
        found = [item for item in voices if item.source_id == wanted.source_id]
        if not found and any(message.id == wanted.source_id for message in messages):
            raise Unprocessable("not_voice", detail="This message has no voice in it.")
    else:
        return (*voices, *calls)
    if not found:
        raise NotFound
    return tuple(found[:1])


def _linked(recordings: Iterable[Recording], link: str) -> list[Recording]:
    """The one at this address: the same to the letter, else the only one that differs in its query (a signature)."""
    near = [item for item in recordings if item.url and _place(item.url) == _place(link)]
    same = [item for item in near if item.url == link]
    return same or (near if len(near) == 1 else [])


def _place(url: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ("", "", url)
    return (parts.scheme.lower(), parts.netloc.lower(), parts.path)


def _time(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 2**33 else None
