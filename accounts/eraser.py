"""What this app erases of an account: everything, the account last."""

from __future__ import annotations

from accounts.models import Account, AuditEntry, KommoGrant, UsedWidgetToken, WidgetSession


def erase(account: Account) -> int:
    """Delete the account's rows of this app; how many went. May be run again: it then finds nothing.

    The caller holds the transaction, and has erased what other apps keep.
    """
    rows = 0
    for model in (UsedWidgetToken, WidgetSession, KommoGrant, AuditEntry):
        rows += model.objects.for_account(account).delete()[0]
    return rows + Account.objects.filter(pk=account.pk).delete()[0]
