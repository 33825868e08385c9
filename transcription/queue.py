"""The one place that puts a transcription into the worker's queue: ids only, within the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app

from billing.use_cases.reserve_usage import hold_account
from transcription.models import Transcription

TASK = "transcription.tasks.transcribe"
QUEUE = "voice"


def queue_run(row: Transcription, *, at: datetime | None = None) -> None:
    """Queue one attempt, now or at a time. Raises NotFound when the account has just been erased.

    The account is held until the transaction ends: an erasure either comes first, or finds the job that names it. A
    caller that locks the row holds the account before that.
    """
    job = app.configure_task(TASK, queue=QUEUE, schedule_at=at)
    with transaction.atomic():
        hold_account(row.account)
        job.defer(account_id=str(row.account_id), transcription_id=str(row.id))
