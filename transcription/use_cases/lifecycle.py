"""How a transcription moves from state to state: conditional updates that count their rows, fenced by the attempt.

    queued ──claim──► running ──finish──► done       the note stands: its ids and the charge in one transaction
      ▲  ▲               │  └──silent───► done       nobody speaks: free
      │  └────later──────┤                           tried again at `retry_at`, by a job queued with the row
      └──asked again── failed ◄──fail────┘           the reservation is released in the same transaction

Every function raises Fenced when another attempt has taken the row over.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Account
from billing.models import Reservation, Resource
from billing.use_cases.reserve_usage import hold_account, reserve_usage
from billing.use_cases.settle_usage import release_usage, settle_usage
from convailens.lib.errors import Conflict, NotFound, QuotaExceeded
from transcription.models import State, Step, Transcription, TranscriptionQuerySet
from transcription.outcomes import NO_SPEECH
from transcription.queue import queue_run

log = logging.getLogger("convailens.transcription")

#: For work that waits for nobody but us and Kommo; steps that may last longer say so.
LEASE_S = 60.0
#: Of a reservation: above the hour for which a transcription is tried again by itself.
HOLD_S = 2 * 3600.0


class Fenced(Exception):
    """Another attempt owns this transcription now; what this one has is dropped."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at one transcription: the right to change its row."""

    id: UUID
    number: int

    @property
    def row(self) -> TranscriptionQuerySet:
        """The row, while it is still this attempt's."""
        return Transcription.objects.filter(id=self.id, attempt=self.number, state=State.RUNNING)

    def update(self, **values: Any) -> None:
        """Change the row. Raises Fenced."""
        if not self.row.update(**values):
            raise Fenced


def claim(transcription_id: UUID) -> Attempt | None:
    """Take the transcription for a new attempt; None when there is nothing to do, or not yet (a job is queued then)."""
    row = Transcription.objects.select_related("account").filter(id=transcription_id).first()
    if row is None or row.state not in (State.QUEUED, State.RUNNING):
        return None
    now = timezone.now()
    until = row.lease_until if row.state == State.RUNNING else row.retry_at
    if until is not None and until > now:
        # A second job, or one of a worker that died a moment ago: its attempt may still be at work.
        with contextlib.suppress(NotFound):  # The account was erased since: nothing is to be done for it.
            queue_run(row, at=until)
        return None
    same = Transcription.objects.filter(id=row.id, attempt=row.attempt, state=row.state)
    begun = {
        "state": State.RUNNING,
        "step": Step.FETCHING,
        "outcome": "",
        "attempt": F("attempt") + 1,
        "tries": F("tries") + 1,
        "retry_at": None,
        "lease_until": now + timedelta(seconds=LEASE_S),
    }
    try:
        with transaction.atomic():
            taken = same.update(**begun)
    except IntegrityError:
        # The recording that an earlier attempt had found is another row's by now, as one under two notes may be.
        taken = same.update(**begun, audio_key="")
    return Attempt(row.id, row.attempt + 1) if taken else None


def go_on(attempt: Attempt, step: Step, *, lasts_s: float = LEASE_S, **values: Any) -> None:
    """Note what is done now and how long it may take before the attempt counts as dead. Raises Fenced."""
    attempt.update(step=step, lease_until=timezone.now() + timedelta(seconds=lasts_s), **values)


def reserve(attempt: Attempt, account: Account, *, audio_key: str, duration_ms: int, channels: int) -> UUID | None:
    """Note what was measured and hold its seconds, both or neither; or the id of the transcription that has the same
    recording already (nothing is held then).

    Raises QuotaExceeded, or Fenced.
    """
    amount = seconds_of(duration_ms * channels)
    measured = {"audio_key": audio_key, "duration_ms": duration_ms, "channels": channels}
    try:
        with transaction.atomic():
            # Locks in the one order that everybody takes them in: account, row, reservation, period.
            hold_account(account)
            held = attempt.row.select_for_update().values_list("reservation", flat=True)
            if not held:
                raise Fenced
            attempt.update(**measured)
            attempt.update(reservation=_hold(account, held[0], amount))
    except IntegrityError:
        row = Transcription.objects.get(id=attempt.id)
        same = Transcription.objects.of_lead(account, row.lead_id).filter(audio_key=audio_key, same_as=None)
        other = same.filter(state__in=[State.RUNNING, State.DONE]).exclude(id=attempt.id).first()
        if other is None:
            raise
        return other.id
    return None


def _hold_account_of(attempt: Attempt) -> None:
    """Keep the account from being erased, as everybody does before a row of it is locked. Raises Fenced."""
    row = attempt.row.select_related("account").first()
    if row is None:
        raise Fenced
    try:
        hold_account(row.account)
    except NotFound:
        raise Fenced from None


def _hold(account: Account, earlier: UUID | None, amount: int) -> UUID:
    """The reservation that an attempt which died made, if it still holds as much; else a new one."""
    if earlier is not None:
        try:
            with transaction.atomic():
                reserve_usage(
                    account=account,
                    resource=Resource.VOICE_SECONDS,
                    amount=amount,
                    reservation=earlier,
                    lease_s=HOLD_S,
                )
            return earlier
        except Conflict as error:
            if error.code == "reservation_differs":
                release_usage(reservation=earlier)
    wanted = uuid4()
    reserve_usage(account=account, resource=Resource.VOICE_SECONDS, amount=amount, reservation=wanted, lease_s=HOLD_S)
    return wanted


def seconds_of(milliseconds: float) -> int:
    """Whole seconds as they are reserved and charged: each begun second counts, and a recording has at least one."""
    return max(1, math.ceil(milliseconds / 1000))


def finish(attempt: Attempt, account: Account, note_ids: Sequence[int], **values: Any) -> int:
    """The note stands: store its ids and charge, in one transaction; the seconds charged. Raises Fenced.

    Charged is the smaller of what was reserved and what the service billed. Where the reservation was lost meanwhile
    (its lease ran out) it is made anew; where that fails, the words stand in Kommo and the cost is ours.
    """
    with transaction.atomic():
        hold_account(account)
        row = attempt.row.select_for_update().first()
        if row is None:
            raise Fenced
        reserved = seconds_of((row.duration_ms or 0) * row.channels)
        amount = min(reserved, seconds_of(row.billed_ms if row.billed_ms is not None else 0))
        charged, reservation = _charge(account, row.reservation, amount)
        attempt.update(
            state=State.DONE,
            step="",
            outcome="",
            note_ids=list(note_ids),
            charged_s=charged,
            reservation=reservation,
            finished_at=timezone.now(),
            **values,
        )
    return charged


def _charge(account: Account, reservation: UUID | None, amount: int) -> tuple[int, UUID | None]:
    if reservation is not None and _settle(reservation, amount):
        return amount, reservation
    wanted = uuid4()
    try:
        with transaction.atomic():
            reserve_usage(account=account, resource=Resource.VOICE_SECONDS, amount=amount, reservation=wanted)
    except QuotaExceeded:
        log.warning("transcription.not_charged", extra={"account_id": account.id, "count": amount})
        return 0, reservation
    settle_usage(reservation=wanted, amount=amount)
    return amount, wanted


def _settle(reservation: UUID, amount: int) -> bool:
    held = Reservation.objects.filter(id=reservation).values_list("amount", flat=True).first()
    return held is not None and settle_usage(reservation=reservation, amount=min(amount, held))


def silent(attempt: Attempt, **values: Any) -> None:
    """Nobody speaks in it: done, without a note and free. Raises Fenced."""
    _close(attempt, State.DONE, NO_SPEECH, values)


def fail(attempt: Attempt, outcome: str, **values: Any) -> None:
    """End without a note; it may be asked for again. Raises Fenced."""
    _close(attempt, State.FAILED, outcome, values)
    log.warning("transcription.failed", extra={"run_id": attempt.id, "attempt": attempt.number, "outcome": outcome})


def share(attempt: Attempt, other: Transcription) -> None:
    """The same recording was transcribed under another note: its words are this one's, free. Raises Fenced."""
    with transaction.atomic():
        _release(attempt)
        attempt.update(
            state=State.DONE,
            step="",
            outcome=other.outcome,
            same_as=other,
            audio_key="",
            reservation=None,
            language=other.language,
            confidence=other.confidence,
            duration_ms=other.duration_ms,
            channels=other.channels,
            note_ids=other.note_ids,
            finished_at=timezone.now(),
        )


def _close(attempt: Attempt, state: State, outcome: str, values: Mapping[str, Any]) -> None:
    with transaction.atomic():
        _release(attempt)
        attempt.update(state=state, step="", outcome=outcome, reservation=None, finished_at=timezone.now(), **values)


def _release(attempt: Attempt) -> None:
    held = attempt.row.select_for_update().values_list("reservation", flat=True)
    if not held:
        raise Fenced
    if held[0] is not None:
        release_usage(reservation=held[0])


def later(attempt: Attempt, outcome: str, at: datetime, *, keeps: bool, counts: bool = True) -> None:
    """Wait until `at` and try again: the row and its next job in one transaction. Raises Fenced.

    `keeps` holds on to the reservation, for a note that may stand already; `counts` is False for waits that are
    nobody's fault.
    """
    with transaction.atomic():
        _hold_account_of(attempt)
        row = attempt.row.select_for_update().first()
        if row is None:
            raise Fenced
        if not keeps and row.reservation is not None:
            release_usage(reservation=row.reservation)
        attempt.update(
            state=State.QUEUED,
            step=Step.WAITING,
            outcome=outcome,
            retry_at=at,
            lease_until=at,
            reservation=row.reservation if keeps else None,
            tries=row.tries if counts else max(0, row.tries - 1),
        )
        queue_run(row, at=at)
    log.info(
        "transcription.later",
        extra={"run_id": attempt.id, "outcome": outcome, "retry_after_s": (at - timezone.now()).total_seconds()},
    )
