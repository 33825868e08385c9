"""Queue again what is open and has no job: its job was given up, or removed by hand."""

from __future__ import annotations

import contextlib
import logging
from datetime import timedelta

from django.db.models import CharField, Exists, OuterRef
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from convailens.lib.errors import NotFound
from transcription.models import State, Transcription
from transcription.queue import TASK, queue_run

log = logging.getLogger("convailens.transcription")

QUIET = timedelta(minutes=2)
BATCH = 200


def sweep_transcriptions() -> int:
    """How many were queued again. May be run twice at once: a second job finds nothing to do."""
    open_jobs = (
        ProcrastinateJob.objects.filter(task_name=TASK, status__in=["todo", "doing"])
        .annotate(its=KT("args__transcription_id"))
        .filter(its=Cast(OuterRef("id"), CharField()))
    )
    lost = Transcription.objects.filter(
        ~Exists(open_jobs), state__in=[State.QUEUED, State.RUNNING], lease_until__lt=timezone.now() - QUIET
    ).order_by("lease_until")
    queued = 0
    for row in lost.select_related("account")[:BATCH]:
        with contextlib.suppress(NotFound):  # Erased since it was found: nobody waits for it.
            queue_run(row)
            queued += 1
    if queued:
        log.warning("transcriptions.swept", extra={"count": queued})
    return queued
