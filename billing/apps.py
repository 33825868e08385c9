"""Wires the default plan into every migrated database."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.db.models.signals import post_migrate

#: What an account has before it buys anything. Starting values of the contract; staff change the row, not this.
DEFAULT_PLAN = {"code": "free", "name": "Free", "analyses_per_month": 100, "voice_minutes_per_month": 30}


def ensure_default_plan(*, apps: Apps = installed_apps, using: str, **_: Any) -> None:
    """Create the default plan where none stands, so that no release can leave accounts without an allowance.

    Run after each `migrate` and each `flush` (a data migration would run once, and a flushed database would stay
    without a plan). A default that staff renamed, edited or replaced is left as it is.
    """
    try:
        plans = apps.get_model("billing", "Plan").objects.using(using)
    except LookupError:  # Migrated back to before this app's first migration: there is no table.
        return
    if not plans.filter(is_default=True).exists():
        plans.update_or_create(code=DEFAULT_PLAN["code"], defaults={**DEFAULT_PLAN, "is_default": True})


class BillingConfig(AppConfig):
    """Plans, reservations of usage and the ledger that explains them."""

    name = "billing"

    def ready(self) -> None:
        post_migrate.connect(ensure_default_plan, sender=self, dispatch_uid="billing.ensure_default_plan")
