"""Facts about a conversation, computed without any model: at once, free, and the same each time.

Pure: the clock, the time zone and the working hours come in. Facts hold counts, times and codes, never words.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from analysis.conversation import MAX_TURN_CHARACTERS, Author, Kind, Message, count_words, in_order
from analysis.language import detect_languages

_PEOPLE = (Author.CLIENT, Author.AGENT, Author.BOT)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When replies are expected, in local time: `days` with Monday as 0; an `end` not after `start` is next morning."""

    days: frozenset[int] = frozenset(range(5))
    start: time = time(9)
    end: time = time(18)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a panel shows before any analysis. Times are aware and UTC, spans in seconds; None: not known.

    `last_author` and `last_at` speak of the last message of a person or a bot, `first_at` of the first; the lines that
    the system writes into a chat are only counted. `reply_median_s` and `reply_last_s` are in working time.
    """

    last_author: Author | None
    first_at: datetime | None
    last_at: datetime | None
    silence_s: int | None
    replies: int
    reply_median_s: int | None
    reply_last_s: int | None
    client_questions: int
    counts: dict[str, int]
    voice_without_transcript: int
    languages: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The facts as the API gives them."""
        return {
            "last_author": self.last_author.value if self.last_author else None,
            "first_at": _iso(self.first_at),
            "last_at": _iso(self.last_at),
            "silence_s": self.silence_s,
            "replies": {"count": self.replies, "median_s": self.reply_median_s, "last_s": self.reply_last_s},
            "client_questions": self.client_questions,
            "messages": {**self.counts, "total": sum(self.counts.values())},
            "voice_without_transcript": self.voice_without_transcript,
            "languages": list(self.languages),
        }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def compute_facts(
    messages: Iterable[Message], *, now: datetime, timezone: ZoneInfo, working_hours: WorkingHours
) -> Facts:
    """The facts of a chat at `now` (aware). The messages may come in any order.

    A clock that ran ahead makes no negative silence: it counts as 0.
    """
    ordered = in_order(messages)
    spoken = [message for message in ordered if message.author in _PEOPLE]
    last = spoken[-1] if spoken else None
    last_at = last.at if last else None
    times = [message.at for message in spoken if message.at]
    replies = reply_times(ordered, timezone=timezone, working_hours=working_hours)
    counts = Counter(message.author for message in ordered)
    return Facts(
        last_author=last.author if last else None,
        first_at=min(times, default=None),
        last_at=last_at,
        silence_s=max(0, int((now - last_at).total_seconds())) if last_at else None,
        replies=len(replies),
        reply_median_s=int(statistics.median(replies)) if replies else None,
        reply_last_s=int(replies[-1]) if replies else None,
        client_questions=_questions_since_reply(ordered),
        counts={author.value: counts[author] for author in Author},
        voice_without_transcript=sum(m.kind is Kind.VOICE and m.transcript is None for m in ordered),
        languages=detect_languages(
            m.said for m in ordered if m.author is Author.CLIENT and m.kind in (Kind.TEXT, Kind.VOICE, Kind.IMAGE)
        ),
    )


# Reply times


def reply_times(messages: Sequence[Message], *, timezone: ZoneInfo, working_hours: WorkingHours) -> tuple[float, ...]:
    """How long the client waited for each reply of the agent, in seconds of working time, oldest first.

    `messages` are in order. A wait runs from the first message the agent has not answered to the agent's next one, so
    a burst of messages is one wait. A bot's lines are no reply, the system's neither. A reaction (a sticker, emoji
    alone) does not begin a wait: nobody is expected to answer it. A wait whose begin or end has no time is not
    measured. A night message answered at night was answered within no working time: 0.
    """
    waits: list[float] = []
    waiting: Message | None = None
    for message in messages:
        if message.author is Author.CLIENT:
            if waiting is None and not _is_reaction(message):
                waiting = message
        elif message.author is Author.AGENT and waiting is not None:
            if waiting.at is not None and message.at is not None:
                waits.append(working_seconds(waiting.at, message.at, timezone=timezone, working_hours=working_hours))
            waiting = None
    return tuple(waits)


def _is_reaction(message: Message) -> bool:
    if message.kind is Kind.STICKER:
        return True
    return message.kind is Kind.TEXT and "?" not in message.text and not count_words(message.text)


def working_seconds(start: datetime, end: datetime, *, timezone: ZoneInfo, working_hours: WorkingHours) -> float:
    """The seconds between two aware times that lie within working hours.

    Each day's hours are taken as local wall time and measured in real time, so a change of the clocks within them
    makes that day an hour shorter or longer.
    """
    total = 0.0
    # Subtracting two times of one zone would compare wall clocks; in UTC the difference is real time.
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    # From the day before: hours over midnight begin then.
    day = start.astimezone(timezone).date() - timedelta(days=1)
    last_day = end.astimezone(timezone).date()
    while day <= last_day:
        if day.weekday() in working_hours.days:
            closes_on = day if working_hours.end > working_hours.start else day + timedelta(days=1)
            opens = _utc(day, working_hours.start, timezone)
            closes = _utc(closes_on, working_hours.end, timezone)
            total += max(0.0, (min(end, closes) - max(start, opens)).total_seconds())
        day += timedelta(days=1)
    return total


def _utc(day: date, at: time, timezone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, timezone).astimezone(UTC)


# Questions


def _questions_since_reply(messages: Sequence[Message]) -> int:
    questions = 0
    for message in reversed(messages):
        if message.author is Author.AGENT:
            break
        if message.author is Author.CLIENT and message.kind not in (Kind.FILE, Kind.LOCATION):
            questions += count_questions(message.said[:MAX_TURN_CHARACTERS])
    return questions


_SENTENCE = re.compile(r"[^.!?؟？…\n]+[.!?؟？…]*|\n")
_MARKS = "?؟？"
# What may stand before the question itself: a greeting, a connective.
_LEAD_IN = re.compile(
    r"(?:(?:and|so|but|ok|okay|also|btw|hi|hello|hey|sorry|y|e|o|pero|mas|entonces|então|entao|disculpe|perdón|perdon"
    r"|hola|buenas|buenos días|buen día|buenas tardes|oi|olá|bom dia|boa tarde|boa noite|otra|outra|tipo|una consulta"
    r"|uma dúvida)\b[\s,:;-]*){1,4}",
    re.IGNORECASE,
)
# Questions that people write without a mark, where the words leave no doubt: an asking word with what is asked.
_OBVIOUS = re.compile(
    r"(?:"
    # English
    r"how (?:much|many|long|far|soon|big|old|often|do|does|can|could|would|about|is|are)\b"
    r"|what(?:'?s| is| are| does| do| time| about| kind| size| colou?rs?| happens)\b"
    r"|when (?:is|are|can|could|do|does|will|would)\b|where (?:is|are|can|do|does)\b|where'?s\b"
    r"|who (?:is|does|do|pays|will)\b|which (?:one|is|are|do|would)\b|why (?:is|are|do|does|did|not)\b"
    r"|(?:can|could|would|will|do|does|did|are|have) (?:you|u|ya)\b|(?:can|could|may|should) (?:i|we)\b"
    r"|is (?:there|it|this|that) |are (?:there|they) |does (?:it|this|that) "
    # Spanish
    r"|(?:cuánt[oa]s?|cuándo|dónde|cómo|cuál(?:es)?|quién(?:es)?|a cuánto|de cuánto|por qué|a qué|en qué|con qué)\b"
    r"|qué (?!bueno|bien|lindo|linda|lástima|pena|rico|rica|raro|caro|cara|lejos|mal|maravilla|alegría|susto"
    r"|risa|suerte)\w"
    r"|cuant[oa]s? (?:cuesta|cuestan|sale|salen|vale|valen|es|son|me|cobra|cobran|sería|seria|demora|tarda|por)\b"
    r"|como (?:hago|puedo|funciona|se (?:paga|hace)|sería|seria|pago)\b|donde (?:queda|quedan|están|estan|puedo)\b"
    r"|cual (?:es|sería|seria)\b|que (?:precio|incluye|costo|horario|horarios|medidas?|marca|colores|talles?|valor)\b"
    # Portuguese
    r"|quanto (?:custa|custam|fica|ficam|sai|tá|ta|está|seria|tempo|demora|é|vocês|vcs)\b|quantos? (?:dias|metros)\b"
    r"|qual (?:é|e|o|a|seria|valor|prazo|horário)\b|quais\b|onde (?:fica|ficam|é|vocês|vcs|posso)\b"
    r"|quando (?:é|vocês|vcs|posso|começa|fica pronto)\b|como (?:faço|funciona|seria|é que|que faz)\b|tem como\b"
    r"|(?:vocês|vcs|vc|você) (?:fazem|faz|têm|tem|aceitam|aceita|entregam|entrega|atendem|trabalham|consegue)\b"
    r"|será que\b|dá pra\b|da pra\b"
    r")",
    re.IGNORECASE,
)


def count_questions(text: str) -> int:
    """How many questions a text asks, in English, Spanish or Portuguese.

    A sentence with words that ends in a question mark ("??" is one mark), or opens with "¿", or, without either,
    begins like an obvious question. Marks within links are none.
    """
    return sum(_is_question(sentence) for sentence in _SENTENCE.findall(_without_links(text)))


def _is_question(sentence: str) -> bool:
    if not any(character.isalnum() for character in sentence):
        return False
    body = sentence.rstrip(_MARKS + "!.… ")
    ending = sentence[len(body) :]
    if any(mark in ending for mark in _MARKS) or "¿" in sentence:
        return True
    if "!" in ending:
        return False  # "Qué rico!", "How nice of you!": an exclamation begins alike.
    start = body.lstrip(" \t-–—*•¡\"'«“(")[:200]
    lead_in = _LEAD_IN.match(start)
    return bool(_OBVIOUS.match(start) or (lead_in and _OBVIOUS.match(start, lead_in.end())))


def _without_links(text: str) -> str:
    if "?" not in text and "://" not in text:
        return text
    return re.sub(r"\S+", _without_link, text)


def _without_link(match: re.Match[str]) -> str:
    token = match.group()
    question = token.find("?")
    # A query string: something follows its mark. A mark at a link's end was most likely meant as one.
    is_link = "://" in token or token.lower().startswith("www.")
    is_bare_link = 0 < question < len(token) - 1 and "=" in token[question:] and ("." in token or "/" in token)
    if not (is_link or is_bare_link):
        return token
    return "link?" if token.endswith("?") else "link"
