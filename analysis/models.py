"""Analyses: numbers, kinds and pointers of what was read, never the words of it.

The summary and the next step are the only free text, minimised by code and encrypted. An analysis is also the record
of its run: state, attempt and lease fence concurrent processes; see docs/architecture.md.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from accounts.models import Account
from convailens.lib.fields import EncryptedTextField


class State(models.TextChoices):
    """Where a run stands. It moves by conditional updates only."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Source(models.TextChoices):
    """Where the messages came from."""

    TALKS = "talks"
    CARD = "card"
    PASTED = "pasted"


class AnalysisQuerySet(models.QuerySet["Analysis"]):
    """Analyses of one tenant."""

    def for_account(self, account: Account) -> Self:
        return self.filter(account=account)

    def results(self) -> Self:
        """Finished readings with a result of their own (not those that were served another's)."""
        return self.filter(state=State.DONE, same_as=None)


class Analysis(models.Model):
    """One wish to read a lead's conversation: its run, and its result once it is done."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="analyses")
    lead_id = models.CharField(max_length=64)
    requested_by = models.BigIntegerField(help_text="Kommo's id of the user who asked.")
    request_id = models.CharField(max_length=32, blank=True, help_text="Of the request that began the last attempt.")

    # The run.
    key = models.UUIDField(help_text="The caller's Idempotency-Key.")
    request_digest = models.CharField(max_length=64, help_text="Keyed digest of the body, to tell a reused key.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    outcome = models.CharField(max_length=32, blank=True, help_text="Why it failed; empty otherwise.")
    attempt = models.PositiveIntegerField(default=1)
    lease_until = models.DateTimeField()
    same_as = models.ForeignKey("self", models.CASCADE, null=True, related_name="served", db_index=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    reservation = models.UUIDField(null=True)
    charged = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    # The result.
    source = models.CharField(max_length=8, choices=Source.choices, blank=True)
    output_language = models.CharField(max_length=16, blank=True)
    score = models.PositiveSmallIntegerField(null=True)
    temperature = models.CharField(max_length=8, blank=True)
    sentiment = models.CharField(max_length=8, blank=True)
    reading = models.JSONField(default=dict, help_text="Known share, criteria, objections, questions, facts: no words.")
    flagged = models.JSONField(default=list, help_text="Ids of messages that speak to the machine.")
    change = models.JSONField(null=True)
    summary = EncryptedTextField(null=True)
    summary_withheld = models.BooleanField(default=False)
    next_action = EncryptedTextField(null=True)
    next_why = EncryptedTextField(null=True)
    next_due = models.DateField(null=True)
    messages_seen = models.PositiveIntegerField(default=0)
    messages_total = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(null=True)
    replies_written = models.PositiveSmallIntegerField(default=0)

    # What it took.
    versions = models.JSONField(default=dict)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_cached = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    model_calls = models.PositiveSmallIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=8, null=True)
    duration_ms = models.PositiveIntegerField(null=True)

    objects = AnalysisQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "analyses"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["account", "key"], name="one_analysis_a_key"),
            models.UniqueConstraint(
                fields=["account", "lead_id", "fingerprint"],
                condition=Q(state="running", same_as=None) & ~Q(fingerprint=""),
                name="one_run_a_fingerprint",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="analysis_state_known"),
            models.CheckConstraint(
                condition=(Q(state="failed") & ~Q(outcome="")) | (~Q(state="failed") & Q(outcome="")),
                name="a_failure_has_an_outcome",
            ),
            models.CheckConstraint(condition=Q(score=None) | Q(score__lte=100), name="score_to_100"),
            models.CheckConstraint(condition=Q(charged=0) | Q(state="done"), name="only_results_are_charged"),
            models.CheckConstraint(condition=Q(replies_written__lte=3), name="three_replies_a_result"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["account", "lead_id", "fingerprint"], name="analysis_stored_result"),
            models.Index(fields=["account", "lead_id", "-created_at"], name="analysis_latest_of_lead"),
            models.Index(fields=["account", "-created_at"], name="analysis_of_account"),
            models.Index(fields=["request_id"], name="analysis_by_request"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="analysis_running"),
        ]

    def __str__(self) -> str:
        return str(self.id)
