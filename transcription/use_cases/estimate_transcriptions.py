"""How many seconds a wish would use, measured before anybody pays: the recordings are fetched, and forgotten again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache

from accounts.kommo.client import KommoClient
from convailens.lib import runs
from convailens.lib.errors import ConvAILensError, Overloaded
from convailens.lib.ids import keyed_digest
from transcription.audio.measure import measure
from transcription.documents import rows_of, voice_usage
from transcription.errors import AudioGone
from transcription.models import State, Transcription
from transcription.outcomes import OUTCOMES, failure
from transcription.recordings import Recording
from transcription.services import audio_door, fetch_recording
from transcription.use_cases.lifecycle import seconds_of
from transcription.use_cases.request_transcriptions import VoiceWish, find_wanted

#: For all of them; what is not measured by then is counted without its seconds.
WITHIN_S = 20.0
KEPT_FOR_S = 24 * 3600


#: So many estimates at once in a process: each may hold a recording in memory and a processor for its sound.
_turns = asyncio.Semaphore(2)
#: One of each account: what one tenant measures must not stand in the way of another.
_measuring: set[UUID] = set()
TURN_WAIT_S = 5.0


async def estimate(wish: VoiceWish, *, within_s: float) -> dict[str, Any]:
    """The document of `POST /transcriptions/estimate`. Raises what Kommo answers for this user and lead."""
    recordings = await runs.current().outgoing.run(find_wanted, wish, within_s=within_s)
    try:
        await asyncio.wait_for(_turns.acquire(), TURN_WAIT_S)
    except TimeoutError:
        raise Overloaded(retry_after_s=TURN_WAIT_S) from None
    if wish.account.id in _measuring:
        _turns.release()
        raise Overloaded(retry_after_s=TURN_WAIT_S)
    _measuring.add(wish.account.id)
    try:
        return await runs.current().outgoing.run(estimate_transcriptions, wish, recordings)
    finally:
        _measuring.discard(wish.account.id)
        _turns.release()


def estimate_transcriptions(wish: VoiceWish, recordings: Sequence[Recording]) -> dict[str, Any]:
    """`{items: [{kind, source_id, seconds, problem, state}], seconds, count, usage}`: of what is not transcribed yet.

    `seconds` of an item is null where it could not be measured (`problem` says why, or there was no time).
    """
    known = rows_of(wish.account, recordings)
    client = KommoClient(wish.account, within_s=WITHIN_S)
    ends_at = time.monotonic() + WITHIN_S
    items = [
        _item(wish, client, recording, known.get((recording.kind, recording.source_id)), ends_at)
        for recording in recordings
    ]
    due = [item for item in items if item["state"] in (None, State.FAILED)]
    return {
        "items": items,
        "seconds": sum(item["seconds"] or 0 for item in due),
        "count": len(due),
        "usage": voice_usage(wish.account),
    }


def _item(
    wish: VoiceWish, client: KommoClient, recording: Recording, row: Transcription | None, ends_at: float
) -> dict[str, Any]:
    item: dict[str, Any] = {
        "kind": recording.kind,
        "source_id": recording.source_id,
        "seconds": None,
        "problem": None,
        "state": row.state if row else None,
    }
    if row is not None and row.duration_ms is not None:
        return item | {"seconds": seconds_of(row.duration_ms * row.channels)}
    if item["state"] not in (None, State.FAILED) or time.monotonic() >= ends_at:
        return item
    try:
        return item | {"seconds": _measured(wish, client, recording, within_s=ends_at - time.monotonic())}
    except ConvAILensError as error:
        said = failure(error.code) if error.code in OUTCOMES else error
        return item | {"problem": {"code": said.code, "retryable": said.retryable, "detail": said.detail}}


def _measured(wish: VoiceWish, client: KommoClient, recording: Recording, *, within_s: float) -> int:
    """Its seconds, remembered for a day as a number under a digest: a rep who looks again waits for nothing."""
    key = "voice:" + keyed_digest(f"{wish.account.id}:{recording.kind}:{recording.source_id}")
    if (seconds := cache.get(key)) is not None:
        return int(seconds)
    if recording.url is None:
        raise AudioGone
    with fetch_recording(audio_door(), wish.account, client, recording.url, within_s=within_s) as audio:
        measured = measure(audio, max_s=settings.AUDIO_MAX_S, within_s=within_s)
    channels = measured.channels if recording.is_call else 1
    seconds = seconds_of(measured.duration_s * 1000 * channels)
    cache.set(key, seconds, KEPT_FOR_S)
    return seconds
