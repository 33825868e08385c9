"""Transcriptions and recordings as the API gives them: numbers, states and ids, never words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from accounts.models import Account
from billing.models import Resource
from billing.usage import usage_of
from transcription.models import Kind, State, Transcription
from transcription.outcomes import problem_of
from transcription.recordings import Recording


def document(row: Transcription) -> dict[str, Any]:
    """One transcription. `outcome` says why it failed or waits; `no_speech` with `done`: nobody speaks in it."""
    is_over = row.state in (State.DONE, State.FAILED)
    return {
        "id": str(row.id),
        "lead_id": str(row.lead_id),
        "kind": row.kind,
        "source_id": row.source_id,
        "state": row.state,
        "step": None if is_over else row.step or None,
        "outcome": row.outcome or None,
        "problem": problem_of(row.outcome) | {"request_id": row.request_id or None}
        if row.state == State.FAILED
        else None,
        "seconds": None if row.duration_ms is None else round(row.duration_ms / 1000, 1),
        "charged_s": row.charged_s,
        "language": row.language or None,
        "confidence": row.confidence,
        "note_ids": row.note_ids,
        "retry_at": _iso(row.retry_at) if row.state == State.QUEUED else None,
        "created_at": _iso(row.created_at),
        "finished_at": _iso(row.finished_at) if is_over else None,
    }


def recording_document(recording: Recording, row: Transcription | None) -> dict[str, Any]:
    """One recording of a lead, with its transcription if there is one."""
    seconds = recording.seconds if row is None or row.duration_ms is None else round(row.duration_ms / 1000, 1)
    return {
        "kind": recording.kind,
        "source_id": recording.source_id,
        "author": recording.author,
        "author_name": recording.author_name,
        "at": _iso(recording.at),
        "seconds": seconds,
        "transcription": document(row) if row else None,
    }


def voice_usage(account: Account) -> dict[str, Any]:
    """This month's voice, in seconds."""
    return {**usage_of(account, Resource.VOICE_SECONDS).as_document()}


def voice_of_lead(account: Account, recordings: Iterable[Recording]) -> dict[str, Any]:
    """The recordings of a lead as its card shows them: `{items, usage}`."""
    known = rows_of(account, recordings)
    items = [recording_document(item, known.get((item.kind, item.source_id))) for item in recordings]
    return {"items": items, "usage": voice_usage(account)}


def rows_of(account: Account, recordings: Iterable[Recording]) -> Mapping[tuple[str, str], Transcription]:
    """The transcriptions of these recordings, by kind and Kommo's id."""
    ids = [item.source_id for item in recordings]
    rows = Transcription.objects.for_account(account).filter(source_id__in=ids) if ids else ()
    return {(Kind(row.kind), row.source_id): row for row in rows}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
