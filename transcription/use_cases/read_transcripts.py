"""Transcripts read back from our notes in Kommo, by the ids that we keep. In memory, for the one who asks now."""

from __future__ import annotations

import logging
from collections.abc import Collection
from uuid import UUID

from accounts.errors import NotesRefused
from accounts.kommo.client import KommoClient
from accounts.use_cases.lead_access import see_lead
from convailens.lib.errors import NotFound
from transcription.models import Kind, State, Transcription
from transcription.note import marker_of, read_notes

log = logging.getLogger("convailens.transcription")

#: A filter names so many notes at most; a lead has a handful.
MAX_NOTES = 200


def read_transcripts(client: KommoClient, lead_id: int) -> dict[tuple[Kind, str], str]:
    """The transcripts that stand on a lead, by kind and Kommo's id of the message or call.

    One call to Kommo where there are any, none where there are none. A note that was changed, deleted or moved is not
    among them. Raises what Kommo's client raises.
    """
    done = Transcription.objects.of_lead(client.account, lead_id).filter(state=State.DONE, outcome="")
    rows = list(done.order_by("-created_at")[:MAX_NOTES])
    if not rows:
        return {}
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
    try:
        notes = client.notes_of_lead(lead_id, ids=sorted(ids)[-MAX_NOTES:]) if ids else ()
    except NotesRefused:
        return {}
    return {note.id: note.text for note in notes if note.is_ours}


def _read(row: Transcription, texts: dict[int, str]) -> str | None:
    mine = [texts[note_id] for note_id in row.note_ids if note_id in texts]
    # Words that are shared with another note's recording stand under the marker of the one that was transcribed.
    return read_notes(mine, marker_of(_written_as(row))) if mine else None


def _written_as(row: Transcription) -> UUID:
    return row.same_as_id or row.id
