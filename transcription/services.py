"""The worker's clients, one of each for the process: the audio door and Deepgram."""

from __future__ import annotations

import math
from functools import lru_cache

from django.conf import settings

from accounts.kommo.client import KommoClient
from accounts.models import Account
from transcription.audio.door import AudioDoor
from transcription.audio.recording import Audio
from transcription.deepgram import Deepgram
from transcription.models import AudioHost


@lru_cache(maxsize=1)
def audio_door() -> AudioDoor:
    """The door that recordings come through."""
    return AudioDoor()


def deepgram() -> Deepgram:
    """The client for the configured endpoint and model."""
    return _deepgram(
        settings.DEEPGRAM_API_KEY,
        settings.DEEPGRAM_BASE_URL,
        settings.DEEPGRAM_MODEL,
        settings.DEEPGRAM_LANGUAGE,
        tuple(settings.DEEPGRAM_LANGUAGE_HINTS),
        settings.DEEPGRAM_TIMEOUT_S,
    )


@lru_cache(maxsize=2)
def _deepgram(
    api_key: str, base_url: str, model: str, language: str, hints: tuple[str, ...], timeout_s: float
) -> Deepgram:
    return Deepgram(
        api_key=api_key,
        base_url=base_url,
        model=model,
        default_language=language,
        hints=hints,
        timeout_s=timeout_s,
    )


def fetch_recording(
    door: AudioDoor, account: Account, client: KommoClient, url: str, *, within_s: float = math.inf
) -> Audio:
    """Fetch a recording with the account's token and through its own allowed hosts. Raises the door's errors."""
    hosts = AudioHost.objects.filter(account=account).values_list("host", flat=True)
    return door.fetch(
        url,
        token=client.drive_access().token,
        extra_hosts=tuple(hosts),
        exempt=settings.SANDBOX_ORIGINS,
        kommo_origins=(account.base_url,),
        max_bytes=settings.AUDIO_MAX_BYTES,
        timeout_s=min(settings.AUDIO_TIMEOUT_S, within_s),
    )
