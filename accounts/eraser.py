"""What this app erases of an account: everything, the account last."""

from __future__ import annotations

from accounts.models import Account, AuditEntry, KommoGrant, UsedWidgetToken, WidgetSession

_OWNED = (UsedWidgetToken, WidgetSession, KommoGrant, AuditEntry)


def count(account: Account) -> dict[str, int]:
    """What `erase` would delete, by name."""
    owned = {str(model._meta.verbose_name_plural): model.objects.for_account(account).count() for model in _OWNED}
    return owned | {"account": Account.objects.filter(pk=account.pk).count()}


def erase(account: Account) -> int:
    """Delete the account's rows of this app; how many went. May be run again: it then finds nothing.

    The caller holds the transaction, and has erased what other apps keep.
    """
    rows = 0
    for model in _OWNED:
        rows += model.objects.for_account(account).delete()[0]
    return rows + Account.objects.filter(pk=account.pk).delete()[0]
