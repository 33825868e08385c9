"""Give back what dead processes held: reservations whose lease has run out."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import timezone

from billing.models import Reservation, UsageEntry
from billing.use_cases.settle_usage import close

log = logging.getLogger("convailens.billing")


def release_expired_reservations(*, now: datetime | None = None, at_most: int = 1000) -> int:
    """Release up to `at_most` expired reservations, the oldest first, each in a transaction of its own; how many.

    One that is settled, released or renewed meanwhile is left alone, so any number of sweeps may run at once.
    """
    now = now or timezone.now()
    expired = Reservation.objects.open().filter(expires_at__lte=now).order_by("expires_at", "id")
    released = 0
    for reservation in list(expired.values_list("pk", flat=True)[:at_most]):
        if close(reservation, UsageEntry.Kind.RELEASE, now=now, only_expired=True):
            released += 1
            log.warning("billing.reservation.expired", extra={"reservation_id": reservation})
    return released
