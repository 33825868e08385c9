"""Plans, the counters of each month, open reservations, and the ledger that explains every unit.

Rows are always locked in the order account → reservation → period → entry, by every use case, so that no two of them
can wait for each other. A transaction of a caller's may reserve or close one reservation, not several.
"""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import Account


class Resource(models.TextChoices):
    """What a plan allows so many of; the units of every amount in this app."""

    ANALYSES = "analyses", "analyses"
    VOICE_SECONDS = "voice_seconds", "seconds of voice"


class Plan(models.Model):
    """What an account may use in a month. Staff edit these rows; a change counts from the next reservation on."""

    code = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    analyses_per_month = models.PositiveIntegerField()
    voice_minutes_per_month = models.PositiveIntegerField()
    is_default = models.BooleanField(default=False, help_text="The plan of every account that has bought none.")
    is_active = models.BooleanField(default=True, help_text="Whether the plan is on offer.")

    class Meta:
        ordering = ("analyses_per_month", "code")
        constraints = (
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="plan_one_default"),
            models.CheckConstraint(condition=Q(is_default=False) | Q(is_active=True), name="plan_default_is_active"),
        )

    def __str__(self) -> str:
        return self.name

    def allowance(self, resource: Resource) -> int:
        """Units a month of `resource`: analyses, or seconds."""
        if resource == Resource.ANALYSES:
            return self.analyses_per_month
        return self.voice_minutes_per_month * 60


class UsagePeriodQuerySet(models.QuerySet["UsagePeriod"]):
    def for_account(self, account: Account) -> Self:
        return self.filter(account=account)


class UsagePeriod(models.Model):
    """The counters of one resource of one account in one calendar month (UTC).

    They move only by conditional updates that count their rows, each beside its ledger entry. Positive fields carry
    a check in the database, so no counter can fall below nought.
    """

    # Its own index would repeat the head of `usage_period_once`.
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="usage_periods")
    resource = models.CharField(max_length=16, choices=Resource)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    allowance = models.PositiveIntegerField(help_text="The plan's allowance at the latest reservation.")
    reserved = models.PositiveIntegerField(default=0)
    used = models.PositiveIntegerField(default=0)

    objects = UsagePeriodQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["account", "resource", "starts_at"], name="usage_period_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="usage_period_ends_after_start"),
            models.CheckConstraint(condition=Q(resource__in=Resource.values), name="usage_period_known_resource"),
        )

    def __str__(self) -> str:
        return f"{self.resource} of {self.starts_at:%Y-%m}"


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def for_account(self, account: Account) -> Self:
        return self.filter(account=account)

    def open(self) -> Self:
        return self.filter(state=Reservation.State.RESERVED)


class Reservation(models.Model):
    """Units held for one piece of work until it is settled or released; a lease, since its process may die."""

    class State(models.TextChoices):
        RESERVED = "reserved", "reserved"
        SETTLED = "settled", "settled"
        RELEASED = "released", "released"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="reservations")
    resource = models.CharField(max_length=16, choices=Resource)
    # The month it was reserved in: it is charged there, also when it is settled after midnight of the last day.
    period_starts_at = models.DateTimeField()
    amount = models.PositiveIntegerField()
    charged = models.PositiveIntegerField(null=True, blank=True, help_text="Units charged; empty while reserved.")
    state = models.CharField(max_length=8, choices=State, default=State.RESERVED)
    reserved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        ordering = ("-reserved_at", "-id")
        indexes = (
            models.Index(fields=["expires_at"], condition=Q(state="reserved"), name="reservation_open_by_expiry"),
            models.Index(fields=["reserved_at", "id"], name="reservation_by_time"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(amount__gte=1), name="reservation_holds_something"),
            models.CheckConstraint(condition=Q(resource__in=Resource.values), name="reservation_known_resource"),
            models.CheckConstraint(
                # A comparison with NULL would pass a check, hence each `isnull`.
                condition=(
                    Q(state="reserved", charged__isnull=True, closed_at__isnull=True)
                    | Q(state="settled", charged__lte=F("amount"), charged__isnull=False, closed_at__isnull=False)
                    | Q(state="released", charged=0, charged__isnull=False, closed_at__isnull=False)
                ),
                name="reservation_state_is_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.resource}, {self.state}"


class UsageEntryQuerySet(models.QuerySet["UsageEntry"]):
    def for_account(self, account: Account) -> Self:
        return self.filter(subject=account.ledger_reference)


class UsageEntry(models.Model):
    """One line of the ledger. Only ever added: a trigger in the database refuses UPDATE and DELETE.

    `subject` is the account's random ledger reference and deliberately no foreign key: when the account is erased the
    lines stay, with amounts and dates, and lead to nobody. For each subject, resource and month the counters are
    `reserved = sum(held)` and `used = sum(amount) of the settle lines` (`manage.py check_ledger`).
    """

    class Kind(models.TextChoices):
        RESERVE = "reserve", "reserve"
        SETTLE = "settle", "settle"
        RELEASE = "release", "release"

    kind = models.CharField(max_length=8, choices=Kind)
    subject = models.UUIDField()
    reservation = models.UUIDField()
    resource = models.CharField(max_length=16, choices=Resource)
    period_starts_at = models.DateTimeField()
    amount = models.PositiveIntegerField(help_text="Units reserved, charged or given back.")
    held = models.IntegerField(help_text="By how much the line changes what is reserved.")
    at = models.DateTimeField()

    objects = UsageEntryQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "usage entries"
        indexes = (models.Index(fields=["subject", "resource", "period_starts_at"], name="usage_entry_by_subject"),)
        constraints = (
            models.UniqueConstraint(
                fields=["reservation"], condition=Q(kind="reserve"), name="usage_entry_one_reserve"
            ),
            models.UniqueConstraint(
                fields=["reservation"], condition=Q(kind__in=["settle", "release"]), name="usage_entry_one_closing"
            ),
            models.CheckConstraint(condition=Q(resource__in=Resource.values), name="usage_entry_known_resource"),
            models.CheckConstraint(
                condition=(
                    Q(kind="reserve", held__gt=0, amount=F("held"))
                    | Q(kind="settle", held__lt=0, amount__lte=-F("held"))
                    | Q(kind="release", held__lt=0, amount=-F("held"))
                ),
                name="usage_entry_adds_up",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.resource}"
