"""The worker's part of billing."""

from procrastinate.contrib.django import app

from billing.use_cases.release_expired import release_expired_reservations


@app.periodic(cron="* * * * *")
@app.task(queue="maintenance", queueing_lock="release_expired_usage")
def release_expired_usage(timestamp: int) -> None:
    """Once a minute: give back what dead processes held."""
    release_expired_reservations()
