"""A conversation as we read it: messages in order, and the turns of them that a model is shown.

Pure: no clock, no settings, no Django. Everything here may hold what people wrote, so no `repr` shows text and no
error carries a value, only the path of the field at fault (`messages[3].id`) and a code.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from convailens.lib.errors import InvalidInput

MAX_MESSAGES = 2_000  # In one request: the contract's limits.
MAX_CHARACTERS = 1_000_000
MAX_TURN_CHARACTERS = 4_000  # Of one message in the prompt; pointers count in the whole message all the same.
OPENING = 5  # Messages from the start that stay in the prompt of a long chat: who came, and for what.
WORDS_TO_JUDGE = 3

_MAX_NAME = 128  # A name is a label; a longer one is a text in the wrong place, and is cut.
_MAX_FIELD_ERRORS = 20  # Enough to mend a client; a list of 2,000 would only be a large answer.
_EARLIEST_YEAR, _LATEST_YEAR = 2000, 2099  # No chat lies outside: such times come of broken clocks and wrong units.
_MAX_DURATION_S = 24 * 3600.0

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Neither can be stored or sent on: PostgreSQL refuses NUL, UTF-8 cannot write half a surrogate pair.
_UNSPEAKABLE = re.compile("[\x00\ud800-\udfff]")


class Author(StrEnum):
    """Who wrote a message; only a client's words prove anything about the client."""

    CLIENT = "client"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"


class Kind(StrEnum):
    """What a message is."""

    TEXT = "text"
    VOICE = "voice"
    IMAGE = "image"
    FILE = "file"
    STICKER = "sticker"
    LOCATION = "location"


#: What other sources call the same things (Kommo's talks among them).
_KIND_ALIASES = {
    "picture": Kind.IMAGE,
    "photo": Kind.IMAGE,
    "audio": Kind.VOICE,
    "video": Kind.FILE,
    "document": Kind.FILE,
    "contact": Kind.FILE,
}


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """One message: `at` is aware and UTC, `duration_s` in seconds; an unknown time is None."""

    id: str
    author: Author
    author_name: str | None
    at: datetime | None
    kind: Kind
    text: str
    transcript: str | None = None
    duration_s: float | None = None
    channel: str | None = None

    @property
    def said(self) -> str:
        """The text that is read and that pointers count in: a voice message's transcript if there is one."""
        if self.kind is Kind.VOICE and self.transcript:
            return self.transcript
        return self.text

    @property
    def is_call(self) -> bool:
        """Whether it is a phone call written down: both sides speak in it, so it is no one's message."""
        return self.kind is Kind.VOICE and self.author is Author.SYSTEM

    def __repr__(self) -> str:
        return f"<Message {self.id} {self.author} {self.kind} {len(self.said)} characters>"


@dataclass(frozen=True, slots=True, repr=False)
class LeadCard:
    """What is read of a lead besides its chat; `price` in major units. The lead's name is not among it."""

    stage: str | None = None
    price: Decimal | None = None
    currency: str | None = None

    def __repr__(self) -> str:
        known = [name for name in ("stage", "price", "currency") if getattr(self, name) is not None]
        return f"<LeadCard with {', '.join(known) or 'nothing'}>"


@dataclass(frozen=True, slots=True, repr=False)
class Turn:
    """A message as the model is shown it: `n` is its number in the prompt, from 1; `text` the start of `said`."""

    n: int
    message: Message
    text: str

    @property
    def is_cut(self) -> bool:
        return len(self.text) < len(self.message.said)

    def __repr__(self) -> str:
        return f"<Turn {self.n} of {self.message!r}{', cut' if self.is_cut else ''}>"


@dataclass(frozen=True, slots=True)
class Fitted:
    """The turns that fit a budget: `seen` of `total` messages.

    `gap_after` is the number of the turn after which messages are left out (0: before the first), None for no gap.
    """

    turns: tuple[Turn, ...]
    seen: int
    total: int
    gap_after: int | None

    @property
    def cut(self) -> int:
        """How many of the turns show only the start of their message."""
        return sum(turn.is_cut for turn in self.turns)


# Reading untrusted JSON


class _Fields:
    """Collects field errors by path and, of the values, nothing."""

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}
        self.characters = 0

    def add(self, path: str, code: str) -> None:
        if len(self.errors) < _MAX_FIELD_ERRORS:
            self.errors.setdefault(path, []).append(code)

    def text(self, raw: dict[str, Any], name: str, path: str) -> str | None:
        """A text or None; what cannot be stored or sent becomes U+FFFD, one for one, so that offsets stay true."""
        value = raw.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.add(f"{path}{name}", "not_a_string")
            return None
        self.characters += len(value)
        return clean_text(value)

    def label(self, raw: dict[str, Any], name: str, path: str) -> str | None:
        value = self.text(raw, name, path)
        return (value or "").strip()[:_MAX_NAME].rstrip() or None

    def raise_if_any(self) -> None:
        if self.errors:
            raise InvalidInput(fields=self.errors)


def clean_text(text: str) -> str:
    """The same text, of the same length, that PostgreSQL and UTF-8 can hold: NUL and lone surrogates become U+FFFD."""
    return _UNSPEAKABLE.sub("\ufffd", text)


def parse_messages(raw: object) -> tuple[Message, ...]:
    """Untrusted JSON in the shape of the sample chats' `messages` → messages, in the given order.

    Lenient where a source is merely odd: an unknown author is `system`, an unknown kind is text or file, a time or
    duration that cannot be is None, unknown fields are ignored. Messages with the same id are one message, told twice
    (overlapping pages, an edit): the last telling stands, in the place of the first.

    Raises InvalidInput: `too_many_messages`, `too_many_characters`, or `invalid_input` with the paths of the fields.
    """
    if not isinstance(raw, list):
        raise InvalidInput(fields={"messages": ["not_a_list"]})
    if len(raw) > MAX_MESSAGES:
        raise InvalidInput("too_many_messages", fields={"messages": ["too_many_messages"]})
    fields = _Fields()
    parsed = [_parse_message(item, f"messages[{index}]", fields) for index, item in enumerate(raw)]
    if fields.characters > MAX_CHARACTERS:
        raise InvalidInput("too_many_characters", fields={"messages": ["too_many_characters"]})
    fields.raise_if_any()
    return fold_duplicates(message for message in parsed if message is not None)


def _parse_message(raw: object, path: str, fields: _Fields) -> Message | None:
    if not isinstance(raw, dict):
        fields.add(path, "not_an_object")
        return None
    prefix = f"{path}."
    message_id = raw.get("id")
    if message_id is None:
        fields.add(f"{prefix}id", "required")
    elif not isinstance(message_id, str):
        fields.add(f"{prefix}id", "not_a_string")
    elif not _ID.fullmatch(message_id):
        fields.add(f"{prefix}id", "invalid_id")
    author = fields.text(raw, "author", prefix)
    name = fields.label(raw, "author_name", prefix)
    text = fields.text(raw, "text", prefix) or ""
    transcript = fields.text(raw, "transcript", prefix)
    kind = _parse_kind(fields.text(raw, "kind", prefix), has_text=bool(text.strip()), has_transcript=bool(transcript))
    channel = fields.label(raw, "channel", prefix)
    if not isinstance(message_id, str):
        return None
    return Message(
        id=message_id,
        author=_parse_author(author),
        author_name=name,
        at=parse_time(raw.get("at")),
        kind=kind,
        text=text,
        transcript=transcript if kind is Kind.VOICE else None,
        duration_s=_parse_duration(raw.get("duration_s")),
        channel=channel,
    )


def _parse_author(value: str | None) -> Author:
    try:
        return Author((value or "").strip().lower())
    except ValueError:
        return Author.SYSTEM  # It proves nothing about anyone: the safe reading of an author we do not know.


def _parse_kind(value: str | None, *, has_text: bool, has_transcript: bool) -> Kind:
    name = (value or "").strip().lower()
    try:
        return Kind(name)
    except ValueError:
        pass
    if name in _KIND_ALIASES:
        return _KIND_ALIASES[name]
    if has_transcript:
        return Kind.VOICE
    return Kind.TEXT if has_text or not name else Kind.FILE


def parse_time(value: object) -> datetime | None:
    """ISO 8601 (without an offset: UTC) or Unix seconds → an aware UTC time; None for anything else or absurd."""
    try:
        if isinstance(value, str):
            if len(value) > 40:
                return None
            at = datetime.fromisoformat(value.strip())
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            at = datetime.fromtimestamp(value, UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return at if _EARLIEST_YEAR <= at.year <= _LATEST_YEAR else None


def _parse_duration(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    # Compared before it is converted: an int of a thousand digits has no float. NaN fails the comparison.
    return float(value) if 0 <= value <= _MAX_DURATION_S else None


class ConversationDocument(NamedTuple):
    """What is read of a chat file; never its `truth`."""

    messages: tuple[Message, ...]
    lead: LeadCard
    language: str | None
    timezone: str | None
    agent_name: str | None


def read_conversation_document(document: object) -> ConversationDocument:
    """A decoded chat file in the format of the samples → its messages, in order, and what is known around them.

    Raises InvalidInput: `conversation_empty` for no messages, what `parse_messages` raises, or `invalid_input` with
    the paths of the fields at fault. `truth` is not looked at.
    """
    if not isinstance(document, dict):
        raise InvalidInput(fields={"": ["not_an_object"]})
    fields = _Fields()
    if document.get("format") != 1:
        fields.add("format", "unknown_format")
    lead = _part(document, "lead", fields)
    agent = _part(document, "agent", fields)
    timezone = fields.label(document, "timezone", "")
    if timezone is not None:
        try:
            ZoneInfo(timezone)
        except (KeyError, ValueError, OSError):  # Not found; not a name of that kind; the name of a folder.
            fields.add("timezone", "unknown_timezone")
    card = LeadCard(
        stage=fields.label(lead, "stage", "lead."),
        price=_parse_price(lead.get("price"), fields),
        currency=fields.label(lead, "currency", "lead."),
    )
    language = fields.label(document, "language", "")
    agent_name = fields.label(agent, "name", "agent.")
    if "messages" not in document:
        fields.add("messages", "required")
    fields.raise_if_any()
    messages = in_order(parse_messages(document["messages"]))
    if not messages:
        raise InvalidInput("conversation_empty")
    return ConversationDocument(messages, card, language, timezone, agent_name)


def _part(document: dict[str, Any], name: str, fields: _Fields) -> dict[str, Any]:
    part = document.get(name)
    if isinstance(part, dict):
        return part
    if part is not None:
        fields.add(name, "not_an_object")
    return {}


def _parse_price(value: object, fields: _Fields) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15:
        return Decimal(str(value)).quantize(Decimal("0.01"))
    fields.add("lead.price", "not_a_price")
    return None


# Order


def fold_duplicates(messages: Iterable[Message]) -> tuple[Message, ...]:
    """One message for each id: the last telling, in the place of the first."""
    by_id: dict[str, Message] = {}
    for message in messages:
        by_id[message.id] = message
    return tuple(by_id.values())


def in_order(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Oldest first, duplicates by id folded; equal times keep their order.

    A message without a time stays behind the one it followed: what is known of it is its neighbours.
    """
    keyed: list[tuple[datetime, Message]] = []
    latest = datetime.min.replace(tzinfo=UTC)
    for message in fold_duplicates(messages):
        if message.at is not None:
            latest = message.at
        keyed.append((latest, message))
    keyed.sort(key=lambda pair: pair[0])
    return tuple(message for _, message in keyed)


# Fitting a prompt


def fit(messages: Sequence[Message], *, budget_tokens: int, count_tokens: Callable[[str], int]) -> Fitted:
    """Choose the turns for a prompt: the newest messages back to where the budget ends, and the opening.

    `messages` are in order. The newest comes first in every sense: it is in whenever anything is, shortened if it must
    be. The opening (5 messages, at most a third of the budget) comes second, the rest from the newest back, without
    holes, so that there is one gap at most. A turn is counted as the JSON object it will be; `count_tokens` is called
    once for each message that is considered, and considering ends at the first that does not fit.
    """
    total = len(messages)
    if not total:
        return Fitted((), 0, 0, None)
    newest, newest_cost = _fit_newest(messages[-1], budget_tokens, count_tokens)
    if newest is None:
        return Fitted((), 0, total, gap_after=0)
    left = budget_tokens - newest_cost
    opening: list[str] = []
    opening_left = min(left, budget_tokens // 3)
    for message in messages[: min(OPENING, total - 1)]:
        text = message.said[:MAX_TURN_CHARACTERS]
        cost = _cost(message, text, count_tokens)
        if cost > opening_left:
            break
        opening.append(text)
        opening_left -= cost
        left -= cost
    recent = [newest]
    for message in reversed(messages[len(opening) : total - 1]):
        text = message.said[:MAX_TURN_CHARACTERS]
        cost = _cost(message, text, count_tokens)
        if cost > left:
            break
        recent.append(text)
        left -= cost
    recent.reverse()
    seen = len(opening) + len(recent)
    shown = list(zip(messages, opening, strict=False)) + list(zip(messages[total - len(recent) :], recent, strict=True))
    turns = tuple(Turn(n, message, text) for n, (message, text) in enumerate(shown, start=1))
    return Fitted(turns, seen, total, gap_after=len(opening) if seen < total else None)


def _fit_newest(
    message: Message, budget_tokens: int, count_tokens: Callable[[str], int]
) -> tuple[str, int] | tuple[None, int]:
    """The newest message's text, halved until it fits in the budget; (None, 0) where not even an empty turn fits."""
    text = message.said[:MAX_TURN_CHARACTERS]
    while True:
        cost = _cost(message, text, count_tokens)
        if cost <= budget_tokens:
            return text, cost
        if not text:
            return None, 0
        text = text[: len(text) // 2]


def _cost(message: Message, text: str, count_tokens: Callable[[str], int]) -> int:
    # The keys and the time weigh as much as a short message; 1 more is for the comma that joins two turns.
    turn = {"n": MAX_MESSAGES, "author": message.author, "at": "2026-03-10 11:06", "kind": message.kind, "text": text}
    return count_tokens(json.dumps(turn, ensure_ascii=False)) + 1


# Too short to judge

_URL = re.compile(r"(?:https?://|www\.)\S*", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[\s,;!?¡¿…、。，！？]+")
# Scripts written without spaces, with the letters that make a word on average, roughly: what matters is only that a
# sentence is no single word and a greeting no sentence.
_CHINESE_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_SOUTH_EAST_ASIAN = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_LETTERS_PER_WORD = ((_CHINESE_JAPANESE, 2), (_SOUTH_EAST_ASIAN, 4))


def count_words(text: str) -> int:
    """Words in a text: neither emoji nor punctuation nor links; an estimate for scripts without spaces."""
    words = 0
    for token in _BETWEEN_WORDS.split(_URL.sub(" ", text)):
        if not any(character.isalnum() for character in token):
            continue
        unspaced = sum(math.ceil(len(script.findall(token)) / letters) for script, letters in _LETTERS_PER_WORD)
        words += unspaced or 1
    return words


def is_too_short(messages: Iterable[Message]) -> bool:
    """Whether no client said anything of 3 words or more, in writing or in a transcript.

    A file's text is its name and a sticker has none: neither is something the client said.
    """
    return not any(
        message.author is Author.CLIENT
        and message.kind not in (Kind.FILE, Kind.STICKER)
        and count_words(message.said[:MAX_TURN_CHARACTERS]) >= WORDS_TO_JUDGE
        for message in messages
    )
