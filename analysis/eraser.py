"""What this app erases of an account: every analysis, results and runs alike."""

from __future__ import annotations

from accounts.models import Account
from analysis.models import Analysis


def count(account: Account) -> dict[str, int]:
    """What `erase` would delete, by name."""
    return {"analyses": Analysis.objects.for_account(account).count()}


def erase(account: Account) -> int:
    """Delete all rows of the account; how many. May be run again safely."""
    deleted, _ = Analysis.objects.for_account(account).delete()
    return deleted
