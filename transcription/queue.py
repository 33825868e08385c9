"""The one place that puts a transcription into the worker's queue: ids only, within the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from transcription.models import Transcription

TASK = "transcription.tasks.transcribe"
QUEUE = "voice"


def queue_run(row: Transcription, *, at: datetime | None = None) -> None:
    """Queue one attempt, now or at a time."""
    job = app.configure_task(TASK, queue=QUEUE, schedule_at=at)
    job.defer(account_id=str(row.account_id), transcription_id=str(row.id))
