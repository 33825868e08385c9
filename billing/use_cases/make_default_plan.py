"""Choose the plan that accounts have before they buy one."""

from __future__ import annotations

from django.db import transaction

from billing.models import Plan
from convailens.lib.errors import Conflict


def make_default_plan(*, plan: Plan) -> None:
    """Make `plan` the default in place of the present one, so that there always is exactly one.

    Raises Conflict (`plan_not_active`) for a plan that is not on offer. Two calls at once: the later one wins, or
    fails on the unique key.
    """
    with transaction.atomic():
        Plan.objects.filter(is_default=True).exclude(pk=plan.pk).update(is_default=False)
        if not Plan.objects.filter(pk=plan.pk, is_active=True).update(is_default=True):
            raise Conflict("plan_not_active")
