"""The worker's part of transcription. Jobs carry ids only and may run twice without harm."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from transcription.queue import QUEUE, TASK
from transcription.use_cases.run_transcription import run_transcription
from transcription.use_cases.sweep_transcriptions import sweep_transcriptions


@app.task(queue=QUEUE, name=TASK)
def transcribe(account_id: str, transcription_id: str) -> None:
    """One attempt. The account's id is there so that an erasure finds the job."""
    run_transcription(transcription_id=UUID(transcription_id))


@app.periodic(cron="* * * * *")
@app.task(queue="maintenance", queueing_lock="sweep_transcriptions")
def sweep_lost_transcriptions(timestamp: int) -> None:
    """Once a minute: queue again what is open and has no job."""
    sweep_transcriptions()
