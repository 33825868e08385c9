"""What support sees of accounts. Read-only; tokens, keys and digests are not even loaded.

Other rows show the account by its id alone: a foreign key's own field would load the whole row.
"""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.module_loading import import_string
from procrastinate.contrib.django.models import ProcrastinateJob
from unfold.decorators import display

from accounts.admin_actions import AccountActions, as_uuid
from accounts.models import Account, AuditEntry, ErasureReceipt, KommoGrant, UsedWidgetToken, WidgetSession
from convailens.lib.admin import Link, Panel, ReadOnlyAdmin, when

_REQUEST_ID = re.compile(r"[0-9a-f]{16,32}")
_SUBDOMAIN = re.compile(r"(?:https?://)?([a-z0-9-]{1,100})(?:\.[a-z0-9.-]+)?(?::\d+)?(?:/.*)?")
AUDIT_SHOWN = 20


@admin.register(Account)
class AccountAdmin(AccountActions, ReadOnlyAdmin):
    list_display = ("subdomain", "kommo_account_id", "state", "status_changed_at", "connected_at")
    list_filter = ("status",)
    search_fields = ("subdomain",)  # Shows the box; `get_search_results` says what is searched.
    search_help_text = "Subdomain or its beginning, our id, Kommo's account id, or the request id of an analysis"
    ordering = ("-connected_at",)
    change_form_outer_before_template = "admin/accounts/panels.html"
    fields = (
        ("id", "ledger_reference"),
        ("kommo_account_id", "created_at"),
        ("subdomain", "host"),
        ("timezone", "currency", "output_language"),
        ("work_days", "work_starts_at", "work_ends_at"),
    )
    readonly_fields = tuple(name for row in fields for name in row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).defer("data_key")

    @display(
        description="status",
        ordering="status",
        label={"connected": "success", "reconnect_needed": "warning", "disconnected": "danger"},
    )
    def state(self, account: Account) -> tuple[str, str]:
        return account.status, account.get_status_display()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        term = search_term.strip().lower()
        return (queryset.filter(_meaning_of(term)) if term else queryset), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        account = self._account(object_id)
        panels = [] if account is None else [import_string(path)(account) for path in settings.ACCOUNT_PANELS]
        extra = {"title": account and account.subdomain, "subtitle": None, "panels": panels}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))


def _meaning_of(term: str) -> Q:
    """What a search may mean, each by an index: an id of ours, a number of Kommo's, a request id, a subdomain."""
    if (wanted := as_uuid(term)) and "-" in term:
        return Q(pk=wanted) | Q(ledger_reference=wanted)
    meaning = Q()
    if address := _SUBDOMAIN.fullmatch(term):
        meaning |= Q(subdomain__startswith=address[1])
    if term.isdecimal() and len(term) < 19:
        meaning |= Q(kommo_account_id=int(term))
    if _REQUEST_ID.fullmatch(term):
        analyses: Any = Account._meta.get_field("analyses").related_model
        meaning |= Q(Exists(analyses.objects.filter(account=OuterRef("pk"), request_id=term)))
    return meaning or Q(pk=None)


def connection_panel(account: Account) -> Panel:
    """How the account stands with Kommo: never a token, only their times."""
    facts: list[tuple[str, object]] = [
        ("Status", f"{account.get_status_display()} since {when(account.status_changed_at)}"),
        ("Host", account.host),
        ("Connected", when(account.connected_at)),
    ]
    grant = KommoGrant.objects.for_account(account).defer("access_token", "refresh_token").first()
    if grant is None:
        facts.append(("Grant", "none: the tokens are deleted"))
    else:
        facts += [
            ("Granted by user", grant.granted_by),
            ("Tokens from", f"{when(grant.issued_at)}, pair {grant.version}"),
            ("Access expires at", when(grant.access_expires_at)),
            ("Refresh expires at", when(grant.refresh_expires_at)),
        ]
    if account.disconnected_at:
        facts.append(("Disconnected", when(account.disconnected_at)))
    sessions = WidgetSession.objects.for_account(account).defer("token_digest").order_by("-created_at")
    facts.append(("Last widget session", when(sessions.values_list("created_at", flat=True).first())))
    if job := _refresh_in_trouble(account):
        facts.append(("Refresh job", f"{job.status} after {job.attempts} attempts"))
    return Panel(
        "Connection",
        facts=facts,
        warning=_connection_warning(account),
        links=[
            Link("Sessions", _search("accounts_widgetsession", account)),
            Link("Audit trail", _search("accounts_auditentry", account)),
        ],
    )


def audit_panel(account: Account) -> Panel:
    """What was done last, and by whom."""
    entries = AuditEntry.objects.for_account(account).order_by("-at")[:AUDIT_SHOWN]
    return Panel(
        "Audit trail, the latest",
        headers=("When", "What", "Who", "Details"),
        rows=[
            (
                when(entry.at),
                entry.action,
                f"{entry.get_actor_display()} {entry.actor_id or ''}",
                ", ".join(f"{key} {value}" for key, value in entry.details.items()),
            )
            for entry in entries
        ],
        is_wide=True,
    )


def _connection_warning(account: Account) -> str:
    if account.status == Account.Status.RECONNECT_NEEDED:
        return "Kommo refused the refresh token. An administrator of the account has to connect again."
    if account.status == Account.Status.DISCONNECTED:
        return f"All its data is erased {settings.GRACE_PERIOD_DAYS} days after it was disconnected."
    return ""


def _refresh_in_trouble(account: Account) -> ProcrastinateJob | None:
    """The latest job that failed to refresh the grant, or is trying again."""
    jobs = ProcrastinateJob.objects.filter(task_name__endswith=".refresh_grant", args__account_id=str(account.pk))
    found: ProcrastinateJob | None = jobs.exclude(status="succeeded").filter(attempts__gt=0).order_by("-id").first()
    return found


def _search(page: str, account: Account) -> str:
    return f"{reverse(f'admin:{page}_changelist')}?q={account.pk}"


@admin.register(WidgetSession)
class WidgetSessionAdmin(ReadOnlyAdmin):
    list_display = ("id", "account_id", "user_id", "is_admin", "created_at", "expires_at", "ended_at")
    search_fields = ("=id", "=account__id", "=account__kommo_account_id", "=user_id")
    ordering = ("-created_at",)
    fields = ("id", "account_id", "user_id", "is_admin", "created_at", "expires_at", "ended_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[WidgetSession]:
        return super().get_queryset(request).defer("token_digest")


@admin.register(UsedWidgetToken)
class UsedWidgetTokenAdmin(ReadOnlyAdmin):
    list_display = ("id", "account_id", "jti", "renewals", "expires_at")
    search_fields = ("=account__id", "=jti")
    ordering = ("-expires_at",)
    fields = ("account_id", "jti", "session_id", "renewals", "expires_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[UsedWidgetToken]:
        return super().get_queryset(request).defer("browser_digest")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "account_id", "actor", "actor_id", "details")
    list_filter = ("action", "actor")
    search_fields = ("=account__id", "=account__kommo_account_id", "action")
    ordering = ("-at",)
    date_hierarchy = "at"
    fields = ("at", "action", "account_id", "actor", "actor_id", "details")
    readonly_fields = fields


@admin.register(ErasureReceipt)
class ErasureReceiptAdmin(ReadOnlyAdmin):
    list_display = ("erased_at", "id", "cause", "staff_id", "total", "ledger_reference")
    list_filter = ("cause",)
    search_fields = ("=id", "=ledger_reference", "=staff_id")
    search_help_text = "Receipt id, ledger reference or the id of who did it"
    ordering = ("-erased_at",)
    fields = ("id", "erased_at", "cause", "staff_id", "ledger_reference")
    readonly_fields = fields
    change_form_outer_after_template = "admin/accounts/receipt.html"
