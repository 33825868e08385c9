"""What billing erases with an account: its counters and reservations. The ledger stays, and leads to nobody."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from billing.models import Reservation, UsageEntry, UsagePeriod
from billing.use_cases.settle_usage import close


def count(account: Account) -> dict[str, int]:
    """What `erase` would delete, by name. Lines of the ledger are not among it: they stay."""
    return {
        "reservations": Reservation.objects.for_account(account).count(),
        "months of usage": UsagePeriod.objects.for_account(account).count(),
    }


def erase(account: Account) -> int:
    """Delete the account's periods and reservations; how many rows went. May be run again.

    What is still open is released first, so that the ledger left behind is closed; a run in flight then finds its
    reservation gone and stores nothing. No line of the ledger is touched or removed.
    """
    with transaction.atomic():
        # The account first, then all of its reservations at once: whoever reserves or settles meanwhile waits here
        # or is waited for, in the same order as everywhere.
        Account.objects.select_for_update().filter(pk=account.pk).first()
        still_open = Reservation.objects.for_account(account).open().order_by("pk").select_for_update()
        for reservation in list(still_open.values_list("pk", flat=True)):
            close(reservation, UsageEntry.Kind.RELEASE, now=timezone.now())
        reservations, _ = Reservation.objects.for_account(account).delete()
        periods, _ = UsagePeriod.objects.for_account(account).delete()
    return reservations + periods
