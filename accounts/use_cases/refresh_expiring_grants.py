"""Refresh the grants that would otherwise expire unused, each in a job of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts.kommo.limiter import take_slot
from accounts.models import Account, KommoGrant
from accounts.use_cases.refresh_grant import refresh_grant

#: A refresh token lives three months; a month before its end leaves room for any outage.
BEFORE_END = timedelta(days=30)


def expiring_accounts(*, now: datetime) -> list[UUID]:
    """The connected accounts whose refresh token ends within a month."""
    due = KommoGrant.objects.filter(
        refresh_expires_at__lt=now + BEFORE_END, account__status=Account.Status.CONNECTED
    ).order_by("refresh_expires_at")
    return list(due.values_list("account_id", flat=True))


def refresh_if_expiring(*, account_id: UUID, now: datetime) -> bool:
    """Refresh one grant unless it was renewed meanwhile. Raises as `refresh_grant`."""
    grant = KommoGrant.objects.filter(account_id=account_id, refresh_expires_at__lt=now + BEFORE_END).first()
    if grant is None:
        return False
    take_slot(account_id, is_interactive=False)
    refresh_grant(account_id=account_id, seen_version=grant.version)
    return True
