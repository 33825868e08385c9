"""Keep the promise of the policy page: what a disconnected account has left is erased after the grace period."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Account
from accounts.traces import remove_orphaned_jobs
from accounts.use_cases.erase_account import erase_account
from convailens.lib.errors import NotFound

log = logging.getLogger("convailens.accounts")


def purge_disconnected(*, now: datetime) -> int:
    """Erase every account whose grace period is over; how many.

    Each is a transaction of its own, and one that cannot be erased does not keep the others: what went wrong first is
    raised after all were tried.
    """
    before = now - timedelta(days=settings.GRACE_PERIOD_DAYS)
    due = Account.objects.filter(status=Account.Status.DISCONNECTED, disconnected_at__lt=before)
    erased, wrong = 0, None
    for account_id in list(due.order_by("disconnected_at").values_list("id", flat=True)):
        try:
            erase_account(account_id=account_id, disconnected_before=before)
        except NotFound:
            continue  # It came back, or somebody was quicker.
        except Exception as error:
            log.exception("account.not_erased", extra={"account_id": account_id})
            wrong = wrong or error
        else:
            erased += 1
    remove_orphaned_jobs()
    if wrong is not None:
        raise wrong
    return erased
