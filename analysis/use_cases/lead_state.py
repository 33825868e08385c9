"""What can be said of a lead without the model: facts, the latest stored result, what came since, the usage."""

from __future__ import annotations

from typing import Any

from analysis.conversation import Message
from analysis.gather import MessagesUnavailable
from analysis.models import Analysis, Source
from analysis.result import result_of
from analysis.use_cases.run_analysis import look
from analysis.wish import Wish
from billing.models import Resource
from billing.usage import usage_of
from convailens.lib import runs
from transcription.documents import voice_of_lead
from transcription.recordings import Recording


async def lead_state(*, wish: Wish) -> dict[str, Any]:
    """The document of `POST /leads/{id}/state`. Raises NotFound and what Kommo's client raises.

    Where Kommo gives no messages and none were sent, the facts are null and the stored result is shown all the same.
    """
    facts: dict[str, Any] | None = None
    messages: tuple[Message, ...] | None = None
    try:
        gathered, found = await look(wish, needs_all=False)
    except MessagesUnavailable as failure:
        recordings = failure.recordings
    else:
        facts, messages = found.as_json() | {"source": gathered.source}, gathered.messages
        recordings = gathered.recordings
    return await runs.current().database.run(_document, wish, facts, messages, recordings)


def _document(
    wish: Wish,
    facts: dict[str, Any] | None,
    messages: tuple[Message, ...] | None,
    recordings: tuple[Recording, ...],
) -> dict[str, Any]:
    usage = usage_of(wish.account, Resource.ANALYSES).as_document()
    latest = (
        Analysis.objects.for_account(wish.account)
        .results()
        .filter(lead_id=wish.lead_id)
        .order_by("-created_at")
        .first()
    )
    return {
        "facts": facts,
        "message_count": None if messages is None else len(messages),
        "latest": result_of(latest, usage=usage) if latest else None,
        "new_since_latest": _new_since(latest, messages, facts) if latest and messages is not None else None,
        "usage": usage,
        "voice": voice_of_lead(wish.account, recordings) if recordings else None,
    }


def _new_since(latest: Analysis, messages: tuple[Message, ...], facts: dict[str, Any] | None) -> int | None:
    """How many messages the latest result has not read: by time, or by count where messages carry none.

    None where one is of a pasted text and the other is not: they are two chats, for all we know.
    """
    if facts and (latest.source == Source.PASTED) != (facts["source"] == Source.PASTED):
        return None
    if latest.last_message_at is None or any(message.at is None for message in messages):
        return max(0, len(messages) - latest.messages_total)
    return sum(message.at > latest.last_message_at for message in messages if message.at)
