"""Close a reservation: charge what was used of it, or give all of it back. Exactly one closing ever wins."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from billing.models import Reservation, UsageEntry, UsagePeriod


def settle_usage(*, reservation: uuid.UUID, amount: int | None = None, now: datetime | None = None) -> bool:
    """Charge `amount` units (all that was reserved if None) and give back the rest; True if this call did it.

    Call it in the transaction that stores the result, so that both are there or neither. False means that the
    reservation was closed before (settled, released, expired and swept, or erased with its account): nothing was
    charged, and the caller should not store its result. A lease that has run out but was not swept can be settled.
    Raises ValueError for more than was reserved, or less than 0.
    """
    return close(reservation, UsageEntry.Kind.SETTLE, amount=amount, now=now or timezone.now())


def release_usage(*, reservation: uuid.UUID, now: datetime | None = None) -> bool:
    """Give back all that was reserved; True if this call did it, False if the reservation was closed before."""
    return close(reservation, UsageEntry.Kind.RELEASE, now=now or timezone.now())


def close(
    reservation: uuid.UUID,
    kind: UsageEntry.Kind,
    *,
    now: datetime,
    amount: int | None = None,
    only_expired: bool = False,
) -> bool:
    """Move the state, the counter and the ledger together, whichever closing it is. Time comes in as `now`."""
    # Account, resource, month and amount of a reservation never change, so they may be read before it is locked.
    unchanging = ("account", "resource", "period_starts_at", "amount", "account__ledger_reference")
    held = Reservation.objects.select_related("account").only(*unchanging).filter(pk=reservation).first()
    if held is None:
        return False
    settles = kind == UsageEntry.Kind.SETTLE
    charged = (held.amount if amount is None else amount) if settles else 0
    if not 0 <= charged <= held.amount:
        raise ValueError("Only what was reserved can be settled.")
    still_open = Reservation.objects.open().filter(pk=reservation)
    if only_expired:
        still_open = still_open.filter(expires_at__lte=now)
    state = Reservation.State.SETTLED if settles else Reservation.State.RELEASED
    # Without a savepoint of its own: what fails in here has to undo the caller's result as well.
    with transaction.atomic(savepoint=False):
        if not still_open.update(state=state, charged=charged, closed_at=now):
            return False
        period = UsagePeriod.objects.filter(
            account_id=held.account_id, resource=held.resource, starts_at=held.period_starts_at
        )
        if not period.update(reserved=F("reserved") - held.amount, used=F("used") + charged):
            raise RuntimeError("A reservation stands without the counters of its month.")
        UsageEntry.objects.create(
            kind=kind,
            subject=held.account.ledger_reference,
            reservation=held.pk,
            resource=held.resource,
            period_starts_at=held.period_starts_at,
            amount=charged if settles else held.amount,
            held=-held.amount,
            at=now,
        )
    return True
