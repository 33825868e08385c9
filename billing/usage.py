"""What an account has used this month, for the API and for a refusal."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts.models import Account
from billing.entitlements import Usage, month_of
from billing.models import Plan, Resource, UsagePeriod


def plan_of(account: Account) -> Plan:
    """The plan that `account` is on: the default one, until subscriptions exist (then this is where they are asked).

    Raises Plan.DoesNotExist when there is no default plan, which `migrate` does not leave behind.
    """
    return Plan.objects.get(is_default=True)


def usage_of(account: Account, resource: Resource, now: datetime | None = None) -> Usage:
    """The account's usage of `resource` in the month of `now`, against its plan as it is at this moment."""
    month = month_of(now or timezone.now())
    period = UsagePeriod.objects.for_account(account).filter(resource=resource, starts_at=month.starts_at).first()
    return Usage(
        limit=plan_of(account).allowance(resource),
        used=period.used if period else 0,
        reserved=period.reserved if period else 0,
        renews_at=month.ends_at,
    )
