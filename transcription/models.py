"""Transcriptions: how long, in which language, how sure, in which note. What was said stands in Kommo alone.

A row is also the record of its run: a worker claims it (attempt, lease), and every later step counts only while the
attempt is still its own.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Account
from convailens.lib.ids import LANGUAGE_TAG


class State(models.TextChoices):
    """Where a transcription stands. It moves by conditional updates only."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Step(models.TextChoices):
    """What is being done for it now."""

    WAITING = "waiting"
    FETCHING = "fetching"
    TRANSCRIBING = "transcribing"
    WRITING = "writing"


class Kind(models.TextChoices):
    """Where the recording is: in a chat's message, or in the note of a call."""

    MESSAGE = "message"
    CALL = "call"


class TranscriptionQuerySet(models.QuerySet["Transcription"]):
    """Transcriptions of one tenant."""

    def for_account(self, account: Account) -> Self:
        return self.filter(account=account)

    def of_lead(self, account: Account, lead_id: int) -> Self:
        return self.filter(account=account, lead_id=lead_id)


class Transcription(models.Model):
    """One recording on one lead, transcribed at most once, ever."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="transcriptions", db_index=False)
    lead_id = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    source_id = models.CharField(max_length=64, help_text="Kommo's id of the message, or of the call's note.")
    #: Keyed digest of the path that the recording was found at and of its bytes: the same one may hang on two notes.
    audio_key = models.CharField(max_length=64, blank=True, editable=False)
    same_as = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="repeated_by")
    requested_by = models.BigIntegerField(help_text="Kommo's id of the user who asked.")
    request_id = models.CharField(max_length=32, blank=True, help_text="Of the request that asked last.")
    asked_language = models.CharField(max_length=16, blank=True, help_text="As the user said it; empty: found out.")
    note_language = models.CharField(max_length=2, default="en", help_text="Of the note's first line.")

    # The run.
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    step = models.CharField(max_length=12, choices=Step.choices, default=Step.WAITING, blank=True)
    outcome = models.CharField(max_length=32, blank=True, help_text="Why it failed or waits; `no_speech` when done.")
    attempt = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Since it was last asked for.")
    paid_calls = models.PositiveSmallIntegerField(default=0, help_text="Times that Deepgram transcribed it for us.")
    lease_until = models.DateTimeField(default=now)
    retry_at = models.DateTimeField(null=True, blank=True)
    reservation = models.UUIDField(null=True, blank=True)
    asked_at = models.DateTimeField(default=now)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True, blank=True)

    # What is known of it.
    duration_ms = models.PositiveIntegerField(null=True, blank=True, help_text="Measured by us before anybody paid.")
    channels = models.PositiveSmallIntegerField(default=1)
    billed_ms = models.PositiveIntegerField(null=True, blank=True, help_text="Deepgram's duration times channels.")
    charged_s = models.PositiveIntegerField(default=0)
    language = models.CharField(max_length=16, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    #: When the first attempt to write the note began: notes since then are looked through before another one.
    note_tried_at = models.DateTimeField(null=True, blank=True)
    note_ids = models.JSONField(default=list, blank=True)
    duration_total_ms = models.PositiveIntegerField(null=True, blank=True, help_text="From the wish to the note.")
    own_ms = models.PositiveIntegerField(null=True, blank=True, help_text="Of it, our own work.")

    objects = TranscriptionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints: ClassVar[list[Any]] = [
            # Not by lead: a message of a merged lead is the same message still.
            models.UniqueConstraint(fields=["account", "kind", "source_id"], name="one_transcription_ever"),
            models.UniqueConstraint(
                fields=["account", "lead_id", "audio_key"],
                condition=Q(state__in=["running", "done"], same_as=None) & ~Q(audio_key=""),
                name="one_recording_once",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="transcription_state_known"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="transcription_kind_known"),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(outcome=""), name="a_failed_transcription_says_why"
            ),
            models.CheckConstraint(
                condition=Q(charged_s=0) | Q(state="done", outcome=""), name="only_notes_are_charged"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["account", "-created_at"], name="transcription_of_account"),
            models.Index(fields=["request_id"], name="transcription_by_request"),
            models.Index(
                fields=["lease_until"], condition=Q(state__in=["queued", "running"]), name="transcription_open"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class AudioHost(models.Model):
    """A host that one account's call recordings come from, allowed by support with a reason."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="audio_hosts")
    host = models.CharField(max_length=253, help_text="A name without scheme, port or path: records.vendor.example")
    reason = models.CharField(max_length=200, help_text="Who asked for it, and why: a ticket, the telephony vendor.")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    added_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["account", "host"], name="one_audio_host_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="audio_host_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.host


class VoiceSettings(models.Model):
    """What support sets for an account's recordings; without a row, what is set for everybody."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="voice_settings")
    language = models.CharField(
        max_length=16,
        blank=True,
        validators=[RegexValidator(LANGUAGE_TAG)],
        help_text="Language tag of what is spoken, such as es or pt-BR; empty: found out for each recording.",
    )

    class Meta:
        verbose_name_plural = "voice settings"

    def __str__(self) -> str:
        return self.language or "found out"


def language_of(account: Account) -> str:
    """The language that is set for an account's recordings; empty where none is."""
    return VoiceSettings.objects.filter(account=account).values_list("language", flat=True).first() or ""
