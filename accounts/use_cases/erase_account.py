"""Erase an account: every row of every app, what names it elsewhere, and a receipt that tells nobody whose it was."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, ErasureReceipt
from convailens.lib.errors import NotFound

log = logging.getLogger("convailens.accounts")


def erase_account(
    *, account_id: UUID, staff_id: int | None = None, disconnected_before: datetime | None = None
) -> ErasureReceipt:
    """Erase all data of the account in one transaction, and leave the receipt.

    `staff_id` says who did it; without it the grace period did, and then `disconnected_before` is looked at again
    under the lock: an account that came back meanwhile stays. Raises NotFound when there is nothing (left) to erase.

    Kommo need not be told: our access goes with the tokens. A run in flight finds its row gone and stores nothing.
    """
    with transaction.atomic():
        # Whoever writes for this account holds its row, for a moment; after this, its foreign key finds nothing.
        wanted = Account.objects.select_for_update().filter(id=account_id)
        if disconnected_before is not None:
            wanted = wanted.filter(status=Account.Status.DISCONNECTED, disconnected_at__lt=disconnected_before)
        account = wanted.defer("data_key").first()
        if account is None:
            raise NotFound
        rows: Counter[str] = Counter()
        for app, eraser in _erasers():
            rows[app] += eraser.erase(account)
        receipt: ErasureReceipt = ErasureReceipt.objects.create(
            ledger_reference=account.ledger_reference,
            cause=ErasureReceipt.Cause.GRACE_PERIOD if staff_id is None else ErasureReceipt.Cause.STAFF,
            staff_id=staff_id,
            erased_at=timezone.now(),
            rows=dict(rows),
        )
    # The reference stands in no other line; after a backup is restored, it tells whom to erase again.
    log.info(
        "account.erased",
        extra={
            "ledger_reference": receipt.ledger_reference,
            "staff_id": staff_id,
            "rows": receipt.total,
            "reason": receipt.cause,
        },
    )
    return receipt


def count_rows(account: Account) -> dict[str, dict[str, int]]:
    """What erasing would remove now: app → name → how many."""
    found: dict[str, dict[str, int]] = {}
    for app, eraser in _erasers():
        found[app] = found.get(app, {}) | eraser.count(account)
    return found


def _erasers() -> list[tuple[str, Any]]:
    return [(path.split(".")[0], import_module(path)) for path in settings.PRIVACY_ERASERS]
