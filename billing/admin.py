"""Billing for support staff: plans can be edited, what was counted can only be read."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Any, cast

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import Account
from billing.models import Plan, Reservation, UsageEntry, UsagePeriod
from billing.use_cases.make_default_plan import make_default_plan
from convailens.lib.errors import Conflict


class EstimatingPaginator(Paginator):
    """Counts an unfiltered big table by Postgres's own estimate: an exact count would read all of it."""

    #: Below this an exact count is quick, and an estimate would look wrong.
    EXACT_BELOW = 50_000

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        if not rows.query.where:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
                    [connection.ops.quote_name(rows.model._meta.db_table)],
                )
                estimate: int = cursor.fetchone()[0]
            if estimate >= self.EXACT_BELOW:
                return estimate
        return rows.count()


class ReadOnlyAdmin(admin.ModelAdmin):
    """Only for looking: rows move by use cases alone. Searched by whole ids, which an index answers."""

    actions = None
    list_per_page = 50
    paginator = EstimatingPaginator
    search_fields = ("pk",)  # Shows the box; `get_search_results` says what is searched.
    search_help_text = "Account id"
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(self.search_by_id(uuid.UUID(term))), False
        except ValueError:
            return queryset.none(), False

    def search_by_id(self, wanted: uuid.UUID) -> Q:
        return Q(account_id=wanted)


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin):
    list_display = ("name", "code", "analyses_per_month", "voice_minutes_per_month", "is_default", "is_active")
    fields = ("code", "name", "analyses_per_month", "voice_minutes_per_month", "is_default", "is_active")
    actions = ("make_default",)

    def get_readonly_fields(self, request, obj=None):
        # A default is not switched off but replaced, by the action; accounts must not be left without a plan.
        return ("is_default", "is_active") if obj and obj.is_default else ("is_default",)

    def has_delete_permission(self, request, obj=None):
        return False  # A plan that is no longer sold is made inactive.

    @admin.action(description="Make this the default plan", permissions=["change"])
    def make_default(self, request, queryset):
        plans = list(queryset[:2])
        if len(plans) != 1:
            self.message_user(request, "Choose exactly one plan.", messages.ERROR)
            return
        try:
            make_default_plan(plan=plans[0])
        except Conflict:
            self.message_user(request, "A plan that is not active cannot be the default.", messages.ERROR)
        else:
            self.log_change(request, plans[0], "Made the default plan.")
            self.message_user(request, f"{plans[0]} is the default plan now.")


@admin.register(UsagePeriod)
class UsagePeriodAdmin(ReadOnlyAdmin):
    list_display = ("account_id", "resource", "starts_at", "allowance", "reserved", "used")
    list_filter = ("resource",)
    readonly_fields = ("account_id",)
    exclude = ("account",)


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "account_id",
        "resource",
        "amount",
        "charged",
        "state",
        "reserved_at",
        "expires_at",
        "closed_at",
    )
    list_filter = ("state", "resource")
    readonly_fields = ("account_id",)
    exclude = ("account",)
    search_help_text = "Account id or reservation id"

    def search_by_id(self, wanted: uuid.UUID) -> Q:
        return Q(account_id=wanted) | Q(pk=wanted)


@admin.register(UsageEntry)
class UsageEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "resource", "amount", "held", "period_starts_at", "reservation", "subject")
    list_filter = ("kind", "resource")
    search_help_text = "Account id, ledger reference or reservation id"

    def search_by_id(self, wanted: uuid.UUID) -> Q:
        subjects = [wanted, *Account.objects.filter(pk=wanted).values_list("ledger_reference", flat=True)]
        # The kinds are named because the indexes on `reservation` are those of its two partial unique keys.
        opening = Q(kind=UsageEntry.Kind.RESERVE, reservation=wanted)
        closing = Q(kind__in=[UsageEntry.Kind.SETTLE, UsageEntry.Kind.RELEASE], reservation=wanted)
        return Q(subject__in=subjects) | opening | closing
