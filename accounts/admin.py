"""What support sees of accounts. Read-only; tokens, keys and digests are not even loaded.

Other rows show the account by its id alone: a foreign key's own field would load the whole row.
"""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Account, AuditEntry, KommoGrant, UsedWidgetToken, WidgetSession


class ReadOnly:
    """Nobody adds, changes or deletes here: that is the work of use cases."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class GrantInline(ReadOnly, admin.StackedInline):
    """The state of the grant, never its tokens."""

    model = KommoGrant
    verbose_name_plural = "grant"
    fields = ("version", "granted_by", "issued_at", "access_expires_at", "refresh_expires_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[KommoGrant]:
        return super().get_queryset(request).defer("access_token", "refresh_token")


@admin.register(Account)
class AccountAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "subdomain", "kommo_account_id", "status", "status_changed_at", "connected_at")
    list_filter = ("status",)
    search_fields = ("=id", "=kommo_account_id", "subdomain")
    ordering = ("-connected_at",)
    show_full_result_count = False
    fields = (
        "id",
        "kommo_account_id",
        "subdomain",
        "host",
        "status",
        "status_changed_at",
        "connected_at",
        "disconnected_at",
        "created_at",
        "timezone",
        "currency",
        "output_language",
        "work_days",
        "work_starts_at",
        "work_ends_at",
    )
    readonly_fields = fields
    inlines = (GrantInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).defer("data_key")


@admin.register(WidgetSession)
class WidgetSessionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "account_id", "user_id", "is_admin", "created_at", "expires_at", "ended_at")
    search_fields = ("=id", "=account__id", "=account__kommo_account_id", "=user_id")
    ordering = ("-created_at",)
    show_full_result_count = False
    fields = ("id", "account_id", "user_id", "is_admin", "created_at", "expires_at", "ended_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[WidgetSession]:
        return super().get_queryset(request).defer("token_digest")


@admin.register(UsedWidgetToken)
class UsedWidgetTokenAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "account_id", "jti", "renewals", "expires_at")
    search_fields = ("=account__id", "=jti")
    ordering = ("-expires_at",)
    show_full_result_count = False
    fields = ("account_id", "jti", "session_id", "renewals", "expires_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[UsedWidgetToken]:
        return super().get_queryset(request).defer("browser_digest")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("at", "action", "account_id", "actor", "actor_id", "details")
    list_filter = ("action", "actor")
    search_fields = ("=account__id", "=account__kommo_account_id", "action")
    ordering = ("-at",)
    date_hierarchy = "at"
    show_full_result_count = False
    fields = ("at", "action", "account_id", "actor", "actor_id", "details")
    readonly_fields = fields
