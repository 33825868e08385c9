"""Background jobs of analyses. Ids only; the conversation itself never enters a queue."""

from __future__ import annotations

from procrastinate.contrib.django import app

from analysis.use_cases.sweep_runs import sweep_runs


@app.periodic(cron="* * * * *")
@app.task(queue="maintenance", queueing_lock="sweep_runs")
def sweep_interrupted_runs(timestamp: int) -> None:
    """Each minute: end the runs of processes that died."""
    sweep_runs()
