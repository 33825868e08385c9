"""What a run reads before it asks the model: the right to the lead, the lead's card, the messages. Blocking calls."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from accounts.errors import TalksUnavailable
from accounts.kommo.client import KommoClient
from accounts.kommo.parsing import KommoMessage
from accounts.use_cases.lead_access import see_lead
from analysis.conversation import Author, Kind, LeadCard, Message, clean_text, fold_duplicates, in_order
from analysis.outcomes import Failed
from convailens.lib.errors import NotFound, ServiceRateLimited, ServiceUnavailable, UnexpectedReply
from convailens.lib.ids import OUTSIDE_ID
from transcription.models import Kind as RecordingKind
from transcription.models import State as TranscriptionState
from transcription.models import Transcription
from transcription.recordings import Recording, calls_of_lead, of_messages
from transcription.use_cases.read_transcripts import read_transcripts

log = logging.getLogger("convailens.analysis")

MAX_MESSAGES = 2_000
MAX_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Gathered:
    """The lead as this user may see it, its messages in order with where they came from, and its recordings."""

    lead: LeadCard
    source: str
    messages: tuple[Message, ...] = field(repr=False)
    recordings: tuple[Recording, ...] = field(default=(), repr=False)


class MessagesUnavailable(Failed):
    """Neither Kommo nor the request gives the chat's messages. The lead's calls are known all the same."""

    def __init__(self, recordings: tuple[Recording, ...]) -> None:
        super().__init__("messages_unavailable")
        self.recordings = recordings


def gather(
    client: KommoClient,
    *,
    user_id: int,
    lead_id: str,
    source: str,
    given: tuple[Message, ...],
    needs_all: bool = True,
) -> Gathered:
    """Ask Kommo for the lead as this user, then take the messages from the talks or from what was given.

    What recordings say is read back from our notes and joined: to its voice message, or as a message of its own for a
    call. Where Kommo's notes fail, what is only to be shown (`needs_all` False) does without them; a reading does only
    where no call was transcribed, since it would be another reading.

    Raises NotFound for a lead this user may not see, MessagesUnavailable when there is neither, and what the client
    raises when Kommo does not answer.
    """
    lead = see_lead(client, user_id, kommo_id(lead_id))
    card = LeadCard(stage=lead.stage, price=lead.price, currency=lead.currency)
    if source != "auto":
        return Gathered(card, source, in_order(given))
    calls = _calls(client, lead.id, needs_all)
    try:
        found = client.messages_of_lead(lead.id)
    except TalksUnavailable:
        if not given:
            raise MessagesUnavailable(calls) from None
        found = ()
    recordings = (*of_messages(found), *calls)
    try:
        transcripts = read_transcripts(client, lead.id, recordings)
    except (ServiceUnavailable, ServiceRateLimited, UnexpectedReply):
        if needs_all:
            raise
        transcripts = {}
    heard = _of_calls(calls, transcripts)
    if not found and given:
        return Gathered(card, "card", in_order((*given, *heard)), calls)
    return Gathered(card, "talks", from_talks(found, transcripts, heard), recordings)


def _calls(client: KommoClient, lead_id: int, needs_all: bool) -> tuple[Recording, ...]:
    try:
        return calls_of_lead(client, lead_id)
    except (ServiceUnavailable, ServiceRateLimited, UnexpectedReply):
        heard = Transcription.objects.of_lead(client.account, lead_id).filter(
            kind=RecordingKind.CALL, state=TranscriptionState.DONE, outcome=""
        )
        if needs_all and heard.exists():
            raise
        log.warning("analysis.calls_unread", extra={"account_id": client.account.id, "lead_id": lead_id})
        return ()


def kommo_id(lead_id: str) -> int:
    """Kommo's number of a lead; raises NotFound for an id that no lead of Kommo's can have."""
    if not (lead_id.isascii() and lead_id.isdigit() and len(lead_id) <= 18):
        raise NotFound
    return int(lead_id)


Transcripts = Mapping[tuple[RecordingKind, str], str]


def from_talks(
    found: Sequence[KommoMessage], transcripts: Transcripts | None = None, heard: Sequence[Message] = ()
) -> tuple[Message, ...]:
    """Kommo's messages as ours with what was `heard` in calls, in order, within our limits: the newest of too many."""
    said = transcripts or {}
    chat = fold_duplicates(
        _message(item, said.get((RecordingKind.MESSAGE, item.id))) for item in found if OUTSIDE_ID.fullmatch(item.id)
    )
    messages = in_order((*chat, *heard))
    kept: list[Message] = []
    characters = 0
    for message in reversed(messages[-MAX_MESSAGES:]):
        characters += len(message.said)
        if characters > MAX_CHARACTERS:
            break
        kept.append(message)
    return tuple(reversed(kept))


def _of_calls(calls: Iterable[Recording], transcripts: Transcripts) -> tuple[Message, ...]:
    """The calls that were transcribed, each as one message. Both sides speak in it and which is whose is not known, so
    it is nobody's message: it may inform a summary and proves nothing about the client."""
    return tuple(
        Message(
            id=f"call-{call.source_id}",
            author=Author.SYSTEM,
            author_name=None,
            at=call.at,
            kind=Kind.VOICE,
            text="",
            transcript=clean_text(text),
        )
        for call in calls
        if (text := transcripts.get((call.kind, call.source_id)))
    )


def _message(item: KommoMessage, transcript: str | None) -> Message:
    return Message(
        id=item.id,
        author=Author(item.author),
        author_name=clean_text(item.author_name)[:128] if item.author_name else None,
        at=item.at,
        kind=Kind(item.kind),
        text=clean_text(item.text),
        channel=item.channel,
        transcript=clean_text(transcript) if transcript and item.kind == Kind.VOICE else None,
    )
