"""How an analysis moves from state to state: conditional updates that count their rows, fenced by the attempt.

    running ──store──► done          store: result and charge in one transaction
       │ ▲  └─serve──► done          served another analysis' result, free
       │ └─again── failed            the same key asked again, or a dead process' run taken over (attempt + 1)
       └──fail───► failed            the reservation is released in the same transaction

Every function here runs in a database thread and raises Fenced when another attempt has taken the run over.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from analysis.live import LiveRun
from analysis.models import Analysis, AnalysisQuerySet, State
from analysis.outcomes import Failed
from analysis.wish import Wish
from billing.models import Resource
from billing.use_cases.reserve_usage import hold_account, reserve_usage
from billing.use_cases.settle_usage import release_usage, settle_usage
from convailens.lib.errors import NotFound, QuotaExceeded, Unprocessable

log = logging.getLogger("convailens.analysis")


class Fenced(Exception):
    """Another attempt owns this run now; what this one has is dropped."""


def mine(run: LiveRun) -> AnalysisQuerySet:
    """The row of this attempt, while it is still this attempt's."""
    return Analysis.objects.filter(id=run.analysis_id, attempt=run.attempt, state=State.RUNNING)


def _lease() -> dict[str, Any]:
    return {"lease_until": timezone.now() + timedelta(seconds=settings.LEASE_S)}


def begin(wish: Wish) -> tuple[Analysis, LiveRun | None]:
    """The row for this wish, and the attempt to run if it is ours to run (new, failed before, or its process died).

    Raises Unprocessable (`key_reused`) when the key came before with another body or from another user, NotFound when
    the account was erased in this moment.
    """
    analysis = Analysis(
        account=wish.account,
        key=wish.key,
        lead_id=wish.lead_id,
        requested_by=wish.user_id,
        request_id=wish.request_id,
        request_digest=wish.digest,
        output_language=wish.output_language,
        **_lease(),
    )
    try:
        # Inserted first and asked for after: nearly every click is a new one, and `accepted` waits for this.
        with transaction.atomic():
            analysis.save(force_insert=True)
        return analysis, LiveRun(analysis.id, 1)
    except IntegrityError:
        earlier = Analysis.objects.for_account(wish.account).filter(key=wish.key).first()
        if earlier is None:
            if Account.objects.filter(id=wish.account.id).exists():
                raise
            raise NotFound from None  # The account was erased since this user was let in.
        analysis = earlier
    if analysis.request_digest != wish.digest:
        raise Unprocessable("key_reused", detail="This Idempotency-Key was used for another request; make a new one.")
    return analysis, take(analysis, wish.request_id)


def take(analysis: Analysis, request_id: str = "") -> LiveRun | None:
    """Begin the next attempt of a failed run, or of one whose process died; None when there is nothing to take."""
    now = timezone.now()
    taken = Analysis.objects.filter(id=analysis.id, attempt=analysis.attempt)
    if analysis.state == State.FAILED:
        taken = taken.filter(state=State.FAILED)
    elif analysis.state == State.RUNNING and analysis.lease_until < now:
        taken = taken.filter(state=State.RUNNING, lease_until__lt=now)
    else:
        return None
    attempt = analysis.attempt + 1
    moved = taken.update(
        state=State.RUNNING,
        outcome="",
        attempt=attempt,
        finished_at=None,
        same_as=None,
        fingerprint="",
        request_id=request_id or analysis.request_id,
        **_lease(),
    )
    if not moved:
        return None
    log.info("analysis.taken", extra={"analysis_id": analysis.id, "attempt": attempt})
    return LiveRun(analysis.id, attempt)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a fingerprint leads to: a run of our own, a stored result to serve, or another's run to follow."""

    stored: Analysis | None = None
    running: UUID | None = None


def claim(wish: Wish, run: LiveRun, fingerprint: str, source: str) -> Claim:
    """Make this run the one for its fingerprint, or say whose result or run to share.

    The unique index on running fingerprints decides between two at once; only then are stored results looked up, so
    that a run which ended in between is found and never charged twice. Raises Fenced.
    """
    same = Analysis.objects.for_account(wish.account).filter(lead_id=wish.lead_id, fingerprint=fingerprint)
    for _ in range(5):
        try:
            with transaction.atomic():
                if not mine(run).update(fingerprint=fingerprint, source=source, same_as=None):
                    raise Fenced
        except IntegrityError:
            other = same.filter(state=State.RUNNING, same_as=None).exclude(id=run.analysis_id).first()
            if other is None:
                continue  # It ended while we looked.
            if other.lease_until < timezone.now():
                interrupt(other)
                continue
            return Claim(running=other.id)
        return Claim(stored=same.results().exclude(id=run.analysis_id).order_by("-created_at").first())
    raise Failed("interrupted")


def reserve(wish: Wish, run: LiveRun) -> None:
    """Reserve one analysis and note it on the run, both or neither; a run taken over keeps what it had reserved.

    Raises Failed (`quota_used_up`) with the usage, or Fenced.
    """
    reservation = uuid4()
    try:
        with transaction.atomic():
            # Locks in the one order that everybody takes them in: account, run, reservation, period.
            hold_account(wish.account)
            locked = mine(run).select_for_update().values_list("reservation", flat=True)
            if not locked:
                raise Fenced
            if locked[0] is None:
                reserve_usage(account=wish.account, resource=Resource.ANALYSES, reservation=reservation)
                mine(run).update(reservation=reservation)
    except QuotaExceeded as error:
        raise Failed("quota_used_up", **error.extra) from None


def store(wish: Wish, run: LiveRun, result: Mapping[str, Any]) -> Analysis:
    """Store the result and settle its unit in one transaction. Raises Fenced, or Failed (`disconnected`)."""
    with transaction.atomic():
        if not Account.objects.filter(id=wish.account.id, status=Account.Status.CONNECTED).exists():
            raise Failed("disconnected")
        reservation = mine(run).select_for_update().values_list("reservation", flat=True).first()
        if reservation is None:
            raise Fenced
        if not settle_usage(reservation=reservation):
            # Its lease ran out and was swept: what is not paid for is not kept, so the ledger explains every result.
            raise Failed("interrupted")
        mine(run).update(state=State.DONE, charged=1, finished_at=timezone.now(), **result)
    return Analysis.objects.get(id=run.analysis_id)


def serve(run: LiveRun, stored: Analysis, source: str) -> Analysis:
    """End this run with another's stored result, free. A talks read raises the source of what it confirms."""
    with transaction.atomic():
        if source == "talks":
            Analysis.objects.filter(id=stored.id).exclude(source="talks").update(source="talks")
            stored.source = "talks"
        reservation = mine(run).values_list("reservation", flat=True).first()
        if not mine(run).update(
            state=State.DONE, same_as=stored, source=stored.source, reservation=None, finished_at=timezone.now()
        ):
            raise Fenced
        if reservation is not None:  # Reserved by an attempt that died; this one needs none.
            release_usage(reservation=reservation)
    return stored


def follow(run: LiveRun, other: UUID) -> None:
    """Note whose run this one shares."""
    if not mine(run).update(same_as=other, fingerprint=""):
        raise Fenced


def fail(run: LiveRun, outcome: str, spent: Mapping[str, Any] | None = None) -> bool:
    """End this run without a result and release what it reserved. False when another attempt owns it."""
    return _fail(mine(run), outcome, spent or {})


def interrupt(analysis: Analysis) -> bool:
    """End the run of a process that died, if its lease is still over."""
    dead = Analysis.objects.filter(
        id=analysis.id, attempt=analysis.attempt, state=State.RUNNING, lease_until__lt=timezone.now()
    )
    return _fail(dead, "interrupted", {})


def _fail(rows: AnalysisQuerySet, outcome: str, spent: Mapping[str, Any]) -> bool:
    with transaction.atomic():
        reservation = rows.select_for_update().values_list("reservation", flat=True).first()
        moved = rows.update(
            state=State.FAILED,
            outcome=outcome,
            finished_at=timezone.now(),
            reservation=None,
            same_as=None,
            fingerprint="",
            **spent,
        )
        if moved and reservation is not None:
            release_usage(reservation=reservation)
    return bool(moved)


def load(account: Account, analysis_id: UUID) -> Analysis:
    """One analysis of this tenant, with the one whose result it was served. Raises NotFound."""
    found = Analysis.objects.for_account(account).select_related("same_as").filter(id=analysis_id).first()
    if found is None:
        raise NotFound
    return found
