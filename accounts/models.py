"""Account (our tenant: one Kommo account), its grant, its widget sessions, and the audit trail."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from accounts.kommo.hosts import origin_of
from accounts.policy.models import PolicyVersion as PolicyVersion
from convailens.lib.fields import EncryptedTextField

if TYPE_CHECKING:
    # The kit's field must allow for null in its types; none of ours is null.
    SecretField = models.TextField[str, str]
else:
    SecretField = EncryptedTextField


def new_data_key() -> str:
    """32 random bytes as hex: the key of one account's digests and fingerprints."""
    return secrets.token_hex(32)


class OwnedQuerySet(models.QuerySet[Any]):
    """Rows that belong to one account. Everything tenant-owned is read through `for_account`."""

    def for_account(self, account: Account) -> Self:
        return self.filter(account=account)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When the account's people answer: weekdays (Monday is 0) and local times of day, the end excluded."""

    days: frozenset[int]
    start: time
    end: time


class Account(models.Model):
    """One Kommo account. It outlives its connection by a grace period, so that reconnecting restores its results."""

    class Status(models.TextChoices):
        CONNECTED = "connected"
        RECONNECT_NEEDED = "reconnect_needed"
        DISCONNECTED = "disconnected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kommo_account_id = models.BigIntegerField(unique=True)
    subdomain = models.CharField(max_length=100, db_index=True)
    #: Host (and port, in the sandbox) of the account's own API, as allow-listed when it was connected or moved.
    host = models.CharField(max_length=150)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.CONNECTED)
    status_changed_at = models.DateTimeField(default=now)
    timezone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=8, blank=True)
    #: Language tag of summaries; empty means the language that the rep uses Kommo in.
    output_language = models.CharField(max_length=35, blank=True)
    work_days = models.CharField(max_length=7, default="12345", help_text="ISO weekdays, Monday is 1")
    work_starts_at = models.TimeField(default=time(9))
    work_ends_at = models.TimeField(default=time(18))
    data_key = SecretField(default=new_data_key, editable=False)
    #: The ledger of usage refers to this, never to an id: after an erasure its rows lead nowhere.
    ledger_reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=now)
    connected_at = models.DateTimeField(default=now)
    disconnected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions: ClassVar = [
            ("disconnect_account", "Can disconnect an account"),
            ("erase_account", "Can erase all data of an account"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="account_status_is_known",
                condition=Q(status__in=["connected", "reconnect_needed", "disconnected"]),
            ),
            models.CheckConstraint(
                name="account_disconnected_has_its_time",
                condition=Q(status="disconnected", disconnected_at__isnull=False)
                | (~Q(status="disconnected") & Q(disconnected_at__isnull=True)),
            ),
            models.CheckConstraint(name="account_kommo_id_is_positive", condition=Q(kommo_account_id__gt=0)),
            models.CheckConstraint(
                name="account_work_ends_after_start", condition=Q(work_ends_at__gt=F("work_starts_at"))
            ),
            models.CheckConstraint(name="account_work_days_are_days", condition=Q(work_days__regex=r"^[1-7]{0,7}$")),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def base_url(self) -> str:
        """Where the account's API stands. Raises ValueError for a host that is not (or no longer) on the allow-list."""
        origin = origin_of(self.host, exempt=settings.SANDBOX_ORIGINS)
        if origin is None:
            raise ValueError("the account's host is not on the allow-list")
        return origin

    @property
    def is_connected(self) -> bool:
        return self.status == self.Status.CONNECTED

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def data_key_bytes(self) -> bytes:
        return bytes.fromhex(self.data_key)

    @property
    def working_hours(self) -> WorkingHours:
        days = frozenset(int(day) - 1 for day in self.work_days)
        return WorkingHours(days, self.work_starts_at, self.work_ends_at)


class KommoGrant(models.Model):
    """What an administrator let us do: the pair of tokens. Deleted the moment the account disconnects."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="grant")
    access_token = SecretField()
    refresh_token = SecretField()
    access_expires_at = models.DateTimeField()
    refresh_expires_at = models.DateTimeField(db_index=True)
    granted_by = models.BigIntegerField(help_text="Kommo user id of the administrator")
    #: Raised with each new pair: who holds an older one knows that another process was first.
    version = models.PositiveIntegerField(default=1)
    issued_at = models.DateTimeField(default=now)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="grant_version_is_positive", condition=Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return f"grant of {self.account_id}"


class WidgetSession(models.Model):
    """A rep's half hour: who is asking, known by the digest of a bearer token."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="sessions")
    user_id = models.BigIntegerField(help_text="Kommo user id")
    #: As Kommo's token says; None when it does not say, then rights are looked up where they matter.
    is_admin = models.BooleanField(null=True)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="session_user_is_positive", condition=Q(user_id__gt=0)),
            models.CheckConstraint(name="session_expires_after_it_began", condition=Q(expires_at__gt=F("created_at"))),
        ]

    def __str__(self) -> str:
        return str(self.id)


class UsedWidgetToken(models.Model):
    """A one-time token that was exchanged. The unique key makes it one-time, whatever runs beside."""

    MAX_RENEWALS = 5

    account = models.ForeignKey(Account, models.CASCADE, related_name="used_tokens")
    jti = models.CharField(max_length=64)
    #: Digest of Origin and User-Agent, keyed with the account's key: tells the same browser, names none.
    browser_digest = models.CharField(max_length=64, editable=False)
    session = models.ForeignKey(WidgetSession, models.CASCADE, related_name="+")
    renewals = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="used_token_once", fields=["account", "jti"]),
            models.CheckConstraint(name="used_token_renewals_bounded", condition=Q(renewals__lte=5)),
        ]

    def __str__(self) -> str:
        return f"token {self.pk}"


class AuditEntry(models.Model):
    """Who did what to an account, and when. Codes and ids only."""

    class Actor(models.TextChoices):
        USER = "user"  # of Kommo
        STAFF = "staff"
        KOMMO = "kommo"  # a signed hook
        SYSTEM = "system"

    account = models.ForeignKey(Account, models.CASCADE, null=True, blank=True, related_name="audit")
    actor = models.CharField(max_length=8, choices=Actor.choices)
    actor_id = models.BigIntegerField(null=True, blank=True)
    action = models.CharField(max_length=64)
    at = models.DateTimeField(default=now)
    details = models.JSONField(default=dict, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [models.Index(name="audit_of_account", fields=["account", "-at"])]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"


class ErasureReceipt(models.Model):
    """That an account was erased: who did it, when, and how many rows of each app went. Nothing tells whose it was.

    The ledger's lines of the account stand under the same random reference, which leads nowhere since.
    """

    class Cause(models.TextChoices):
        STAFF = "staff", "asked for, done by staff"
        GRACE_PERIOD = "grace_period", "the grace period after disconnecting was over"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ledger_reference = models.UUIDField(unique=True, editable=False)
    cause = models.CharField(max_length=16, choices=Cause.choices)
    #: No foreign key: a receipt outlives the log-in of whoever did it.
    staff_id = models.BigIntegerField(null=True, blank=True, help_text="Of the admin's users; empty when nobody did it")
    erased_at = models.DateTimeField(db_index=True)
    rows = models.JSONField(help_text="App → how many rows went")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="receipt_of_staff_names_them",
                condition=Q(cause="staff", staff_id__isnull=False) | Q(cause="grace_period", staff_id__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def total(self) -> int:
        """How many rows went in all."""
        return sum(self.rows.values())


def record(
    action: str,
    *,
    account: Account | None,
    actor: AuditEntry.Actor,
    actor_id: int | None = None,
    at: datetime | None = None,
    **details: str | int | bool,
) -> None:
    """Add a line to the audit trail; `details` hold codes, counts, a host or a language tag, never people's text."""
    AuditEntry.objects.create(
        account=account, actor=actor, actor_id=actor_id, action=action, at=at or now(), details=details
    )
