"""Hold units of a plan before work begins, so that no number of parallel requests can exceed it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import Account
from billing.entitlements import month_of
from billing.models import Reservation, Resource, UsageEntry, UsagePeriod
from billing.usage import plan_of, usage_of
from convailens.lib.errors import Conflict, NotFound, QuotaExceeded

#: Far above the 60 s that an analysis may take, so that a living run never loses its unit.
LEASE_S = 900.0


def reserve_usage(
    *,
    account: Account,
    resource: Resource,
    amount: int = 1,
    reservation: uuid.UUID | None = None,
    lease_s: float = LEASE_S,
    now: datetime | None = None,
) -> Reservation:
    """Hold `amount` units (analyses, or seconds) of this month's allowance for `lease_s` seconds.

    Joins the caller's transaction, or makes a short one of its own. `reservation` makes it repeatable: the same id
    holds once, and each repetition renews the lease. It should be a random id that nothing else has, since it stays in
    the ledger after the account is erased.
    Raises QuotaExceeded (with `usage` as the API gives it) when less than `amount` is left; Conflict when the id is
    closed already (`reservation_closed`) or belongs to something else (`reservation_differs`); NotFound when the
    account has just been erased; ValueError for an amount below 1. Nothing has changed after any of them.
    """
    if amount < 1:
        raise ValueError("There is nothing to reserve in an amount below 1.")
    now = now or timezone.now()
    held = Reservation(
        id=reservation or uuid.uuid4(),
        account=account,
        resource=resource,
        period_starts_at=month_of(now).starts_at,
        amount=amount,
        reserved_at=now,
        expires_at=now + timedelta(seconds=lease_s),
    )
    try:
        with transaction.atomic():
            subject = hold_account(account)
            held.save(force_insert=True)
            _count(held, now)
            UsageEntry.objects.create(
                kind=UsageEntry.Kind.RESERVE,
                subject=subject,
                reservation=held.pk,
                resource=resource,
                period_starts_at=held.period_starts_at,
                amount=amount,
                held=amount,
                at=now,
            )
    except IntegrityError:
        earlier = Reservation.objects.filter(pk=held.pk).first()
        if earlier is None:
            raise
        return _renewed(earlier, held)
    return held


def hold_account(account: Account) -> uuid.UUID:
    """Keep the account from being erased until the transaction ends; its ledger reference. Raises NotFound.

    The rows' foreign keys would take the same lock, but only at the commit: after the period's, in the wrong order.
    A caller that locks a row of its own before it reserves calls this first of all.
    """
    table = connection.ops.quote_name(Account._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ledger_reference FROM {table} WHERE id = %s FOR KEY SHARE", [account.pk])  # noqa: S608  (our own table's name)
        row = cursor.fetchone()
    if row is None:
        raise NotFound()
    reference: uuid.UUID = row[0]
    return reference


def _count(held: Reservation, now: datetime) -> None:
    """Add to the month's counter if that much is left; raises QuotaExceeded otherwise."""
    limit = plan_of(held.account).allowance(Resource(held.resource))
    period = UsagePeriod.objects.for_account(held.account).filter(
        resource=held.resource, starts_at=held.period_starts_at
    )
    left = period.filter(used__lte=limit - held.amount - F("reserved"))
    change = {"reserved": F("reserved") + held.amount, "allowance": limit}
    if left.update(**change):
        return
    # Either there is too little left, or this is the month's first reservation, and its row is still to be made.
    first = UsagePeriod(
        account=held.account,
        resource=held.resource,
        starts_at=held.period_starts_at,
        ends_at=month_of(held.period_starts_at).ends_at,
        allowance=limit,
    )
    UsagePeriod.objects.bulk_create([first], ignore_conflicts=True)
    if not left.update(**change):
        raise QuotaExceeded(usage=usage_of(held.account, Resource(held.resource), now).as_document())


def _renewed(earlier: Reservation, wanted: Reservation) -> Reservation:
    """The reservation that this id made before, its lease at least as long as wanted now."""
    same = ("account_id", "resource", "amount")
    if any(getattr(earlier, name) != getattr(wanted, name) for name in same):
        raise Conflict("reservation_differs")
    still_open = Reservation.objects.open().filter(pk=earlier.pk)
    if not still_open.update(expires_at=Greatest(F("expires_at"), wanted.expires_at)):
        raise Conflict("reservation_closed")
    earlier.refresh_from_db()
    return earlier
