"""The worker's part of accounts: grants kept alive, what has expired removed, what was disconnected erased in time."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from accounts.use_cases import refresh_expiring_grants as expiring
from accounts.use_cases.purge_disconnected import purge_disconnected
from accounts.use_cases.purge_sessions import purge_sessions
from convailens.lib.errors import ServiceRateLimited, ServiceUnavailable

_RETRY = RetryStrategy(max_attempts=6, exponential_wait=4, retry_exceptions=[ServiceUnavailable, ServiceRateLimited])


@app.task(queue="kommo", retry=_RETRY)
def refresh_grant(account_id: str) -> None:
    """Refresh one account's grant if it would expire."""
    expiring.refresh_if_expiring(account_id=UUID(account_id), now=timezone.now())


@app.periodic(cron="23 4 * * *")
@app.task(queue="kommo", queueing_lock="refresh_expiring_grants")
def refresh_expiring_grants(timestamp: int) -> None:
    """Once a day: a job for each grant that would expire unused."""
    for account_id in expiring.expiring_accounts(now=timezone.now()):
        queue_refresh(str(account_id))


def queue_refresh(account_id: str) -> bool:
    """Queue the refresh of one grant; False when it is queued already."""
    try:
        refresh_grant.configure(queueing_lock=f"refresh_grant:{account_id}").defer(account_id=account_id)
    except AlreadyEnqueued:
        return False
    return True


@app.periodic(cron="41 * * * *")
@app.task(queue="maintenance", queueing_lock="purge_sessions")
def purge_expired_sessions(timestamp: int) -> None:
    """Once an hour: remove expired sessions and used tokens."""
    purge_sessions(now=timezone.now())


@app.periodic(cron="52 4 * * *")
@app.task(queue="maintenance", queueing_lock="purge_disconnected")
def purge_disconnected_accounts(timestamp: int) -> None:
    """Once a day: erase the accounts whose grace period is over."""
    purge_disconnected(now=timezone.now())
