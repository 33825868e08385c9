"""A version of the policy as a row, for what refers to it: who has acknowledged it, who was told of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class PolicyVersion(models.Model):
    """One published version. Rows are made from `accounts/policy/versions.py`; the words are files beside it."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    published_on = models.DateField()
    effective_on = models.DateField()

    class Meta:
        app_label = "accounts"
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="policy_is_published_before_it_counts", condition=Q(effective_on__gte=F("published_on"))
            )
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"
