"""What staff may do to an account, each with a permission of its own and a page that asks first."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.enums import ActionVariant

from accounts.models import Account, AuditEntry, ErasureReceipt
from accounts.use_cases.disconnect_account import disconnect_account
from accounts.use_cases.erase_account import count_rows, erase_account
from convailens.lib.errors import NotFound

log = logging.getLogger("convailens.accounts")


def as_uuid(text: str | None) -> UUID | None:
    """The id that an address or a form holds, if it is one."""
    try:
        return UUID((text or "").strip())
    except ValueError:
        return None


class AccountActions(ModelAdmin):
    """Disconnect, and erase all data. A GET tells what would happen; a POST with the form's token does it."""

    actions_detail = ("disconnect", "erase")
    actions_row = ("disconnect", "erase")

    def has_disconnect_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return bool(request.user.has_perm("accounts.disconnect_account"))

    def has_erase_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return bool(request.user.has_perm("accounts.erase_account"))

    @action(description="Disconnect", url_path="disconnect", permissions=["disconnect"], icon="link_off")
    def disconnect(self, request: HttpRequest, object_id: str) -> HttpResponse:
        account = self._account(object_id)
        if account is None:
            return self._gone(request)
        if request.method != "POST":
            return self._page(request, "disconnect", "Disconnect this account?", account)
        if disconnect_account(account_id=account.pk, actor=AuditEntry.Actor.STAFF, actor_id=request.user.pk):
            self.message_user(request, "Disconnected. Its tokens are deleted and its sessions ended.", messages.SUCCESS)
        else:
            self.message_user(request, "It was disconnected already.", messages.INFO)
        return redirect("admin:accounts_account_change", account.pk)

    @action(
        description="Erase all data of this account",
        url_path="erase",
        permissions=["erase"],
        icon="delete_forever",
        variant=ActionVariant.DANGER,
    )
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        account = self._account(object_id)
        if request.method != "POST":
            return self._gone(request) if account is None else self._ask_to_erase(request, account)
        if account is not None and request.POST.get("confirm", "").strip().lower() != account.subdomain.lower():
            return self._ask_to_erase(
                request, account, error="This is not the account's subdomain. Nothing was erased."
            )
        # The form carries the ledger's reference: all that is left to find the receipt by, once the account is gone.
        reference = as_uuid(request.POST.get("reference")) if account is None else account.ledger_reference
        if account is not None:
            try:
                receipt = erase_account(account_id=account.pk, staff_id=request.user.pk)
            except NotFound:
                log.info("account.erased_before", extra={"staff_id": request.user.pk})
            else:
                self.log_addition(request, receipt, "Erased all data of an account.")
                self.message_user(request, "Everything of this account is erased. This is the receipt.")
                return self._to_receipt(receipt)
        before = ErasureReceipt.objects.filter(ledger_reference=reference).first() if reference else None
        if before is None:
            return self._gone(request)
        self.message_user(request, "This account was erased already; nothing was left to do.", messages.INFO)
        return self._to_receipt(before)

    def _account(self, object_id: str) -> Account | None:
        account: Account | None = self.get_queryset_of_all().filter(pk=as_uuid(unquote(object_id))).first()
        return account

    def get_queryset_of_all(self) -> Any:
        """Accounts without their keys."""
        return Account.objects.defer("data_key")

    def _ask_to_erase(self, request: HttpRequest, account: Account, *, error: str = "") -> HttpResponse:
        goes = [(app, name, rows) for app, names in count_rows(account).items() for name, rows in names.items()]
        return self._page(
            request,
            "erase",
            "Erase all data of this account?",
            account,
            status=400 if error else 200,
            error=error,
            goes=goes,
            total=sum(rows for _, _, rows in goes),
        )

    def _gone(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, "gone", "No such account", None, status=404)

    def _to_receipt(self, receipt: ErasureReceipt) -> HttpResponse:
        return redirect("admin:accounts_erasurereceipt_change", receipt.pk)

    def _page(
        self, request: HttpRequest, name: str, title: str, account: Account | None, status: int = 200, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "account": account,
            "back": account and reverse("admin:accounts_account_change", args=[account.pk]),
            **more,
        }
        return TemplateResponse(request, f"admin/accounts/{name}.html", context, status=status)
