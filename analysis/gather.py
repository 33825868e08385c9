"""What a run reads before it asks the model: the right to the lead, the lead's card, the messages. Blocking calls."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.errors import TalksUnavailable
from accounts.kommo.client import KommoClient
from accounts.kommo.parsing import KommoMessage
from accounts.use_cases.lead_access import see_lead
from analysis.conversation import Author, Kind, LeadCard, Message, clean_text, fold_duplicates, in_order
from analysis.outcomes import Failed
from convailens.lib.errors import NotFound
from convailens.lib.ids import OUTSIDE_ID

MAX_MESSAGES = 2_000
MAX_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Gathered:
    """The lead as this user may see it, and its messages in order with where they came from."""

    lead: LeadCard
    source: str
    messages: tuple[Message, ...] = field(repr=False)


def gather(client: KommoClient, *, user_id: int, lead_id: str, source: str, given: tuple[Message, ...]) -> Gathered:
    """Ask Kommo for the lead as this user, then take the messages from the talks or from what was given.

    Raises NotFound for a lead this user may not see, Failed (`messages_unavailable`) when there is neither, and what
    the client raises when Kommo does not answer.
    """
    lead = see_lead(client, user_id, kommo_id(lead_id))
    card = LeadCard(stage=lead.stage, price=lead.price, currency=lead.currency)
    if source != "auto":
        return Gathered(card, source, in_order(given))
    try:
        messages = from_talks(client.messages_of_lead(lead.id))
    except TalksUnavailable:
        if not given:
            raise Failed("messages_unavailable") from None
        return Gathered(card, "card", in_order(given))
    if not messages and given:
        return Gathered(card, "card", in_order(given))
    return Gathered(card, "talks", messages)


def kommo_id(lead_id: str) -> int:
    """Kommo's number of a lead; raises NotFound for an id that no lead of Kommo's can have."""
    if not (lead_id.isascii() and lead_id.isdigit() and len(lead_id) <= 18):
        raise NotFound
    return int(lead_id)


def from_talks(found: tuple[KommoMessage, ...]) -> tuple[Message, ...]:
    """Kommo's messages as ours, in order, within our limits: the newest when there are too many."""
    messages = in_order(fold_duplicates(_message(item) for item in found if OUTSIDE_ID.fullmatch(item.id)))
    kept: list[Message] = []
    characters = 0
    for message in reversed(messages[-MAX_MESSAGES:]):
        characters += len(message.said)
        if characters > MAX_CHARACTERS:
            break
        kept.append(message)
    return tuple(reversed(kept))


def _message(item: KommoMessage) -> Message:
    return Message(
        id=item.id,
        author=Author(item.author),
        author_name=clean_text(item.author_name)[:128] if item.author_name else None,
        at=item.at,
        kind=Kind(item.kind),
        text=clean_text(item.text),
        channel=item.channel,
    )
