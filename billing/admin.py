"""Billing for support staff: plans can be edited, what was counted can only be read."""

from __future__ import annotations

import uuid

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.admin import ModelAdmin

from accounts.models import Account
from billing.models import Plan, Reservation, Resource, UsageEntry, UsagePeriod
from billing.usage import plan_of, usage_of
from billing.use_cases.make_default_plan import make_default_plan
from convailens.lib.admin import Bar, Link, Panel, ReadOnlyAdmin, when
from convailens.lib.errors import Conflict


class CountedAdmin(ReadOnlyAdmin):
    """What was counted. Searched by whole ids, which an index answers."""

    search_fields = ("pk",)  # Shows the box; `get_search_results` says what is searched.
    search_help_text = "Account id"

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
class PlanAdmin(ModelAdmin):
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
class UsagePeriodAdmin(CountedAdmin):
    list_display = ("account_id", "resource", "starts_at", "allowance", "reserved", "used")
    list_filter = ("resource",)
    readonly_fields = ("account_id",)
    exclude = ("account",)


@admin.register(Reservation)
class ReservationAdmin(CountedAdmin):
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
class UsageEntryAdmin(CountedAdmin):
    list_display = ("at", "kind", "resource", "amount", "held", "period_starts_at", "reservation", "subject")
    list_filter = ("kind", "resource")
    search_help_text = "Account id, ledger reference or reservation id"

    def search_by_id(self, wanted: uuid.UUID) -> Q:
        subjects = [wanted, *Account.objects.filter(pk=wanted).values_list("ledger_reference", flat=True)]
        # The kinds are named because the indexes on `reservation` are those of its two partial unique keys.
        opening = Q(kind=UsageEntry.Kind.RESERVE, reservation=wanted)
        closing = Q(kind__in=[UsageEntry.Kind.SETTLE, UsageEntry.Kind.RELEASE], reservation=wanted)
        return Q(subject__in=subjects) | opening | closing


def usage_panel(account: Account) -> Panel:
    """Plan and usage of this month, on the account's page."""
    analyses = usage_of(account, Resource.ANALYSES)
    seconds = usage_of(account, Resource.VOICE_SECONDS)
    return Panel(
        "Plan and usage",
        facts=[("Plan", plan_of(account).name), ("Renews", when(analyses.renews_at))],
        bars=[
            Bar("Analyses this month", analyses.used, analyses.limit, _held(analyses.reserved)),
            Bar("Voice minutes this month", seconds.used // 60, seconds.limit // 60, _held(seconds.reserved // 60)),
        ],
        links=[
            Link("Ledger", f"{reverse('admin:billing_usageentry_changelist')}?q={account.ledger_reference}"),
            Link("Reservations", f"{reverse('admin:billing_reservation_changelist')}?q={account.pk}"),
        ],
    )


def _held(units: int) -> str:
    return f"{units} more held by what runs now" if units else ""
