"""Analyses for support: states, codes, durations and costs. What was read out of a conversation is on no page."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from accounts.models import Account
from analysis.models import Analysis
from convailens.lib.admin import Link, Panel, ReadOnlyAdmin, when

LATEST = 20
#: Never loaded here: the texts, the numbers and pointers of a reading, and digests.
_READING = ("summary", "next_action", "next_why", "reading", "change", "flagged", "fingerprint", "request_digest")


@admin.register(Analysis)
class AnalysisAdmin(ReadOnlyAdmin):
    """Read-only metadata, found by the id or request id that a rep reads out."""

    list_display = (
        "created_at",
        "request_id",
        "account_id",
        "lead_id",
        "result",
        "source",
        "charged",
        "duration_ms",
    )
    list_filter = ("state", "outcome", "source")
    search_fields = ("=id", "=request_id", "=account__subdomain", "=account__id", "=lead_id")
    search_help_text = "Request id, analysis id, subdomain, account id or lead id, each in full"
    ordering = ("-created_at",)
    fields = readonly_fields = (
        "id",
        "account_id",
        "lead_id",
        "requested_by",
        "request_id",
        "state",
        "outcome",
        "attempt",
        "lease_until",
        "source",
        "charged",
        "reservation",
        "messages_seen",
        "messages_total",
        "versions",
        "model_calls",
        "tokens_in",
        "tokens_cached",
        "tokens_out",
        "cost_usd",
        "duration_ms",
        "created_at",
        "finished_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Analysis]:
        return super().get_queryset(request).defer(*_READING)

    @display(description="outcome", label={"done": "success", "failed": "danger", "running": "info"})
    def result(self, analysis: Analysis) -> tuple[str, str]:
        return analysis.state, analysis.outcome or analysis.state


def latest_panel(account: Account) -> Panel:
    """The last analyses, on the account's page: how they ended and what they took."""
    rows = Analysis.objects.for_account(account).defer(*_READING).order_by("-created_at")[:LATEST]
    return Panel(
        "Analyses, the latest",
        headers=("When", "Request id", "Outcome", "Took", "Model", "Charged", "Source", "By user"),
        rows=[
            (
                when(row.created_at),
                Link(row.request_id or str(row.pk), reverse("admin:analysis_analysis_change", args=[row.pk])),
                row.outcome or (f"{row.state}, stored result" if row.same_as_id else row.state),
                "–" if row.duration_ms is None else f"{row.duration_ms} ms",
                row.versions.get("model", "–"),
                row.charged,
                row.source or "–",
                row.requested_by,
            )
            for row in rows
        ],
        links=[Link("All", f"{reverse('admin:analysis_analysis_changelist')}?q={account.pk}")],
        is_wide=True,
    )
