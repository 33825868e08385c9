"""Record the wish to have recordings transcribed and queue it, both or neither; what was asked for is returned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.kommo.client import KommoClient
from accounts.models import Account
from accounts.use_cases.lead_access import see_lead
from billing.models import Resource
from billing.usage import usage_of
from billing.use_cases.reserve_usage import hold_account
from convailens.lib.errors import QuotaExceeded
from transcription.documents import rows_of
from transcription.models import State, Step, Transcription
from transcription.queue import queue_run
from transcription.recordings import Recording, Wanted, find_recordings

#: Of one wish: the newest that are not done. The rest may be asked for again when these are.
MAX_AT_ONCE = 100
#: Asking again and again for what Kommo takes no note of must not spend our money: a new bound each day.
PAID_CALLS_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class VoiceWish:
    """What a user asked for. `language` is a tag, empty where none was said; `note_language` is en, es or pt."""

    account: Account
    user_id: int
    lead_id: int
    wanted: Wanted
    language: str = ""
    note_language: str = "en"
    request_id: str = ""


def find_wanted(wish: VoiceWish, *, within_s: float, at_once: int = MAX_AT_ONCE) -> tuple[Recording, ...]:
    """The recordings that are wanted, if Kommo lets this user see their lead: asked first, and raises as it answers."""
    client = KommoClient(wish.account, within_s=within_s)
    see_lead(client, wish.user_id, wish.lead_id)
    found = find_recordings(client, wish.lead_id, wish.wanted)
    if len(found) <= at_once:
        return found
    known = rows_of(wish.account, found)
    due = [item for item in found if (row := known.get((item.kind, item.source_id))) is None or row.state != State.DONE]
    # In order of time, chats and calls together; what has no time counts as old.
    newest = sorted(due or found, key=lambda item: item.at or datetime.min.replace(tzinfo=UTC))
    return tuple(newest[-at_once:])


def request_transcriptions(wish: VoiceWish, recordings: Sequence[Recording]) -> list[Transcription]:
    """The transcription of each recording, in their order: queued now where there is none, or where it had failed.

    Raises QuotaExceeded when something is new and no second is left; nothing is recorded then.
    """
    with transaction.atomic():
        hold_account(wish.account)
        rows = [_row(wish, recording) for recording in recordings]
        fresh = [row for row, is_new in rows if is_new]
        if fresh:
            usage = usage_of(wish.account, Resource.VOICE_SECONDS)
            if not usage.allows(1):
                raise QuotaExceeded(usage=usage.as_document(), charged=False)
        for row in fresh:
            queue_run(row)
    return [row for row, _ in rows]


def _row(wish: VoiceWish, recording: Recording) -> tuple[Transcription, bool]:
    """The row of a recording, and whether this call is the one that queues it."""
    asked_anew = {
        "lead_id": wish.lead_id,
        "requested_by": wish.user_id,
        "request_id": wish.request_id,
        "asked_language": wish.language,
        "note_language": wish.note_language,
        "asked_at": timezone.now(),
    }
    row, is_new = Transcription.objects.get_or_create(
        account=wish.account, kind=recording.kind, source_id=recording.source_id, defaults=asked_anew
    )
    if is_new:
        return row, True
    failed = Transcription.objects.filter(id=row.id, state=State.FAILED)
    is_again = failed.update(
        **asked_anew,
        state=State.QUEUED,
        step=Step.WAITING,
        outcome="",
        tries=0,
        **({"paid_calls": 0} if row.asked_at < timezone.now() - PAID_CALLS_KEPT else {}),
        retry_at=None,
        lease_until=timezone.now(),
        finished_at=None,
    )
    if not is_again and row.lead_id != wish.lead_id and row.state == State.DONE:
        # The lead was merged into another since: the note went along with the message.
        Transcription.objects.filter(id=row.id, state=State.DONE).update(lead_id=wish.lead_id)
    row.refresh_from_db()
    return row, bool(is_again)
