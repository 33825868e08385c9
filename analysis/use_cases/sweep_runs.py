"""End the runs whose process died and whom nobody asked for again: failed as interrupted, the unit released."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from analysis.models import Analysis, State
from analysis.use_cases.lifecycle import interrupt

log = logging.getLogger("convailens.analysis")

BATCH = 500


def sweep_runs() -> int:
    """How many were ended. A run is left alone for one more lease after its own, so that a repeated request can
    take it over first; it may be run twice at once without harm."""
    limit = timezone.now() - timedelta(seconds=settings.LEASE_S)
    dead = Analysis.objects.filter(state=State.RUNNING, lease_until__lt=limit).order_by("lease_until")[:BATCH]
    ended = sum(interrupt(analysis) for analysis in dead)
    if ended:
        log.warning("analyses.swept", extra={"count": ended})
    return ended
