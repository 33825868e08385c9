"""What this app erases of an account: every transcription, and what support has set for its recordings."""

from __future__ import annotations

from accounts.models import Account
from transcription.models import AudioHost, Transcription, VoiceSettings

_OWNED = (Transcription, AudioHost, VoiceSettings)


def count(account: Account) -> dict[str, int]:
    """What `erase` would delete, by name."""
    return {str(model._meta.verbose_name_plural): model.objects.filter(account=account).count() for model in _OWNED}


def erase(account: Account) -> int:
    """Delete all rows of the account; how many. May be run again safely. The notes in Kommo are the account's own."""
    return sum(model.objects.filter(account=account).delete()[0] for model in _OWNED)
