"""The runs this process is doing now: who follows their channels, and whose leases are kept alive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from analysis.models import Analysis, State
from convailens.lib import runs
from convailens.lib.sse import Channel

log = logging.getLogger("convailens.analysis")


@dataclass(slots=True)
class LiveRun:
    """One attempt of one analysis, in this process."""

    analysis_id: UUID
    attempt: int
    channel: Channel = field(default_factory=Channel)


_live: dict[UUID, LiveRun] = {}


def find(analysis_id: UUID) -> LiveRun | None:
    """This process's run of that analysis, if it has one. Safe from any thread (one dictionary read)."""
    return _live.get(analysis_id)


def count() -> int:
    """How many analyses this process is working on."""
    return len(_live)


def add(run: LiveRun) -> None:
    """Make the run known, so that its lease is kept and others can follow it. Safe from any thread."""
    _live[run.analysis_id] = run


@contextmanager
def registered(run: LiveRun) -> Iterator[None]:
    """Keep the run's lease alive and its channel open for followers while the block lasts."""
    add(run)
    try:
        yield
    finally:
        # A later attempt may have taken the place: only our own entry is ours to remove.
        if _live.get(run.analysis_id) is run:
            del _live[run.analysis_id]
        run.channel.close()


def _renew(pairs: list[tuple[UUID, int]]) -> int:
    mine = Q()
    for analysis_id, attempt in pairs:
        mine |= Q(id=analysis_id, attempt=attempt)
    until = timezone.now() + timedelta(seconds=settings.LEASE_S)
    return Analysis.objects.filter(mine, state=State.RUNNING).update(lease_until=until)


async def keep_leases() -> None:
    """Renew the leases of all runs of this process, one statement each round, for ever."""
    while True:
        await asyncio.sleep(settings.LEASE_RENEWAL_S)
        pairs = [(run.analysis_id, run.attempt) for run in list(_live.values())]
        if not pairs:
            continue
        try:
            await runs.current().database.run(_renew, pairs)
        except Exception:
            # The next round may succeed, and this task lives to make it; three missed rounds let another process
            # take the runs over.
            log.warning("leases.not_renewed", extra={"count": len(pairs)}, exc_info=True)
