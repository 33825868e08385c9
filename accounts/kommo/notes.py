"""Pure: notes of a lead, as Kommo gives them and as we write them. Source: developers.kommo.com, "Notes" (2026)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from convailens.lib.errors import UnexpectedReply

#: The name under which our notes stand in a lead's feed.
SERVICE = "ConvAI Lens"
#: Longer than `service_message`, folded in the feed, and not for users to edit.
TRANSCRIPT_NOTE = "extended_service_message"
CALL_NOTES = ("call_in", "call_out")


@dataclass(frozen=True, slots=True, repr=False)
class KommoNote:
    """A note that we read: our own, or that of a call. Times in unix seconds."""

    id: int
    lead_id: int
    note_type: str
    created_at: int
    service: str | None
    text: str
    link: str | None
    duration_s: int | None

    @property
    def is_ours(self) -> bool:
        return self.note_type == TRANSCRIPT_NOTE and self.service == SERVICE


def note(raw: Mapping[str, Any]) -> KommoNote | None:
    """One item of `GET /leads/{id}/notes`; None for what has no number. Unknown kinds are tolerated."""
    note_id, lead_id, params = raw.get("id"), raw.get("entity_id"), raw.get("params")
    if type(note_id) is not int or type(lead_id) is not int:
        return None
    params = params if isinstance(params, dict) else {}
    created_at, note_type = raw.get("created_at"), raw.get("note_type")
    duration = params.get("duration")
    return KommoNote(
        id=note_id,
        lead_id=lead_id,
        note_type=note_type if isinstance(note_type, str) else "",
        created_at=created_at if type(created_at) is int else 0,
        service=_text(params.get("service")),
        text=_text(params.get("text")) or "",
        link=_text(params.get("link")),
        duration_s=duration if type(duration) is int and duration > 0 else None,
    )


def as_notes(texts: Iterable[str]) -> list[dict[str, Any]]:
    """The body that makes one note of each text. A pipeline of the account's must not be set off by them."""
    return [
        {
            "note_type": TRANSCRIPT_NOTE,
            "params": {"service": SERVICE, "text": text},
            "request_id": str(number),
            "is_need_to_trigger_digital_pipeline": False,
        }
        for number, text in enumerate(texts)
    ]


def as_changes(texts: Mapping[int, str]) -> list[dict[str, Any]]:
    """The body that gives notes of ours, by their ids, other texts."""
    return [
        {"id": note_id, "note_type": TRANSCRIPT_NOTE, "params": {"service": SERVICE, "text": text}}
        for note_id, text in texts.items()
    ]


def made(raw: object, count: int) -> tuple[int, ...]:
    """The ids of `count` notes that were made, in our order. Raises UnexpectedReply."""
    embedded = raw.get("_embedded") if isinstance(raw, dict) else None
    items = embedded.get("notes") if isinstance(embedded, dict) else None
    if not isinstance(items, list) or len(items) != count:
        raise UnexpectedReply("kommo_unexpected_reply")
    by_request: dict[str, int] = {}
    for item in items:
        note_id = item.get("id") if isinstance(item, dict) else None
        if type(note_id) is not int:
            raise UnexpectedReply("kommo_unexpected_reply")
        by_request[str(item.get("request_id"))] = note_id
    numbers = [str(number) for number in range(count)]
    if set(by_request) != set(numbers):
        # Where the numbers are not given back, the notes are in the order that they were sent in.
        return tuple(item["id"] for item in items)
    return tuple(by_request[number] for number in numbers)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
