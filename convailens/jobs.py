"""The worker's queues and schedule: what runs beside the requests, and when.

Jobs carry ids only and may run twice without harm. A worker that dies leaves its job "doing"; `rescue_stalled` puts
such jobs back, a bounded number of times. Source of the numbers: procrastinate's heartbeat is 10 s and a worker
counts as dead after 30 s.
"""

from __future__ import annotations

import logging

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

log = logging.getLogger("convailens.jobs")

DEAD_AFTER_S = 45.0
MAX_RESCUES = 5


@app.periodic(cron="* * * * *")
@app.task(queue="maintenance", queueing_lock="rescue_stalled", pass_context=True)
async def rescue_stalled(context: JobContext, timestamp: int) -> None:
    """Put the jobs of dead workers back into their queue; one that keeps dying is failed for good."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_S):
        if job.attempts < MAX_RESCUES:
            await manager.retry_job(job)
            log.warning("job.rescued", extra={"job_id": job.id, "task": job.task_name, "attempts": job.attempts})
        else:
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
            log.error("job.given_up", extra={"job_id": job.id, "task": job.task_name, "attempts": job.attempts})


@app.periodic(cron="17 3 * * *")
@app.task(queue="maintenance", queueing_lock="remove_old_jobs", pass_context=True)
async def remove_old_jobs(context: JobContext, timestamp: int) -> None:
    """Keep the job table small: what ended over a week ago is removed."""
    await context.app.job_manager.delete_old_jobs(nb_hours=24 * 7)
