"""Analyses for support: states, codes, durations and costs. The texts are not fields of these pages at all."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from analysis.models import Analysis


@admin.register(Analysis)
class AnalysisAdmin(admin.ModelAdmin):
    """Read-only metadata, found by the id or request id that a rep reads out."""

    list_display = ("id", "account_id", "lead_id", "state", "outcome", "source", "charged", "duration_ms", "created_at")
    list_filter = ("state", "outcome", "source")
    search_fields = ("=id", "=request_id", "=account__subdomain", "=account__id", "=lead_id")
    ordering = ("-created_at",)
    list_select_related = False
    show_full_result_count = False
    fields = readonly_fields = (
        "id",
        "account",
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
        "score",
        "temperature",
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
