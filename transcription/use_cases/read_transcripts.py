"""Transcripts read back from our notes in Kommo, by the ids that we keep. In memory, for the one who asks now."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from uuid import UUID

from accounts.errors import NotesRefused
from accounts.kommo.client import KommoClient
from accounts.use_cases.lead_access import see_lead
from convailens.lib.errors import NotFound
from transcription.documents import rows_of
from transcription.models import Kind, State, Transcription
from transcription.note import marker_of, read_notes
from transcription.recordings import Recording

log = logging.getLogger("convailens.transcription")

IDS_AT_ONCE = 100  # In one address, which must not grow without bound.


def read_transcripts(client: KommoClient, lead_id: int, recordings: Sequence[Recording]) -> dict[tuple[Kind, str], str]:
    """What is said in these recordings of a lead, by kind and Kommo's id, as far as it stands in our notes.

    No call to Kommo where none was transcribed. A note that was changed, deleted or moved is not among them. Raises
    what Kommo's client raises.
    """
    known = rows_of(client.account, recordings).values()
    rows = [row for row in known if row.state == State.DONE and not row.outcome]
    if not rows:
        return {}
    if moved := [row.id for row in rows if row.lead_id != lead_id]:
        # Leads are merged: messages and notes go along, and so does what we keep of them.
        Transcription.objects.for_account(client.account).filter(id__in=moved).update(lead_id=lead_id)
    texts = _texts(client, lead_id, {note_id for row in rows for note_id in row.note_ids})
    found: dict[tuple[Kind, str], str] = {}
    for row in rows:
        text = _read(row, texts)
        if text:
            found[Kind(row.kind), row.source_id] = text
    if len(found) < len(rows):
        log.info("transcripts.missing", extra={"lead_id": lead_id, "count": len(rows) - len(found)})
    return found


def read_transcript(client: KommoClient, user_id: int, row: Transcription) -> str:
    """The words of one transcription, for a user who may see its lead. Raises NotFound when the note is gone."""
    see_lead(client, user_id, row.lead_id)
    text = _read(row, _texts(client, row.lead_id, row.note_ids))
    if text is None:
        raise NotFound("note_gone", detail="The note with these words is no longer on the lead.")
    return text


def _texts(client: KommoClient, lead_id: int, ids: Collection[int]) -> dict[int, str]:
    wanted = sorted(ids)
    found: dict[int, str] = {}
    for start in range(0, len(wanted), IDS_AT_ONCE):
        try:
            notes = client.notes_of_lead(lead_id, ids=wanted[start : start + IDS_AT_ONCE])
        except NotesRefused:
            return {}
        found |= {note.id: note.text for note in notes if note.is_ours}
    return found


def _read(row: Transcription, texts: dict[int, str]) -> str | None:
    mine = [texts[note_id] for note_id in row.note_ids if note_id in texts]
    # Words that are shared with another note's recording stand under the marker of the one that was transcribed.
    return read_notes(mine, marker_of(_written_as(row))) if mine else None


def _written_as(row: Transcription) -> UUID:
    return row.same_as_id or row.id
