"""Tell what becomes of transcriptions while the worker is at them, by looking at their rows."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from uuid import UUID

from accounts.models import Account
from convailens.lib import runs
from convailens.lib.errors import ConvAILensError, ServiceError
from convailens.lib.log import request_id_var
from convailens.lib.problems import problem
from convailens.lib.sse import Channel
from transcription.documents import document, voice_usage
from transcription.models import State, Transcription
from transcription.outcomes import OUTCOMES, failure
from transcription.use_cases.request_transcriptions import VoiceWish, find_wanted, request_transcriptions

log = logging.getLogger("convailens.transcription")

LOOK_EVERY_S = 0.3
LOOK_SELDOM_S = 1.0  # Once a stream is open for longer than a voice message takes.
QUICK_FOR_S = 15.0
FOLLOW_FOR_S = 600.0
UNHEARD_FOR_S = 3.0
KOMMO_WITHIN_S = 25.0


async def serve_wish(wish: VoiceWish, channel: Channel) -> None:
    """Find, record, queue and follow: every step is said on the channel, which is closed at the end."""
    request_id_var.set(wish.request_id or None)
    try:
        recordings = await runs.current().outgoing.run(find_wanted, wish, within_s=KOMMO_WITHIN_S)
        rows = await runs.current().database.run(request_transcriptions, wish, recordings)
        usage = await runs.current().database.run(voice_usage, wish.account)
        channel.say("items", {"items": [document(row) for row in rows], "usage": usage})
        await _follow(wish.account, rows, channel)
    except Exception as error:
        channel.say("problem", problem(told(error)))
    finally:
        channel.close()


async def _follow(account: Account, rows: Sequence[Transcription], channel: Channel) -> None:
    known = {row.id: document(row) for row in rows}
    began = time.monotonic()
    heard_at = began
    while any(is_open(said) for said in known.values()):
        now = time.monotonic()
        since_s = now - began
        heard_at = now if channel.listeners else heard_at
        if now - heard_at > UNHEARD_FOR_S:
            return  # Nobody is left to tell.
        if since_s > FOLLOW_FOR_S or runs.current().is_draining:
            break  # The work goes on in the worker; who still wants to know asks by id.
        await asyncio.sleep(LOOK_EVERY_S if since_s < QUICK_FOR_S else LOOK_SELDOM_S)
        for seen in await runs.current().database.run(_look, account, tuple(known)):
            said = document(seen)
            if said != known[seen.id]:
                known[seen.id] = said
                channel.say("state", said)
    usage = await runs.current().database.run(voice_usage, account)
    channel.say("result", {"items": list(known.values()), "usage": usage})


def _look(account: Account, ids: tuple[UUID, ...]) -> list[Transcription]:
    return list(Transcription.objects.for_account(account).filter(id__in=ids))


def is_open(said: dict[str, object]) -> bool:
    """Whether more is to come of it."""
    return said["state"] in (State.QUEUED, State.RUNNING)


def told(error: Exception) -> ConvAILensError:
    """What the asker is told of a fault: ours as they are, those of Kommo's client by the name that they have here."""
    if isinstance(error, ServiceError) and error.code in OUTCOMES:
        named = failure(error.code)
        named.retry_after_s = error.retry_after_s
        return named
    if isinstance(error, ConvAILensError):
        return error
    log.error("transcription.request_crashed", exc_info=error)
    return failure("interrupted")
