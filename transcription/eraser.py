"""What this app erases of an account: every transcription, and the hosts that were allowed for its recordings."""

from __future__ import annotations

from accounts.models import Account
from transcription.models import AudioHost, Transcription


def count(account: Account) -> dict[str, int]:
    """What `erase` would delete, by name."""
    return {
        "transcriptions": Transcription.objects.for_account(account).count(),
        "audio hosts": AudioHost.objects.filter(account=account).count(),
    }


def erase(account: Account) -> int:
    """Delete all rows of the account; how many. May be run again safely. The notes in Kommo are the account's own."""
    rows, _ = Transcription.objects.for_account(account).delete()
    return rows + AudioHost.objects.filter(account=account).delete()[0]
