"""What the reader's rules find in a chat: levels with the words behind them, objections, open questions, mood, the end.

Rules, no language model: tables of words (words_en, words_es, words_pt) and a few orderings (a later no outweighs an
earlier yes, silence after the agent's messages outweighs warm words). They read text as text: nothing that a message
asks of a machine is done. The tables were written by hand by somebody who had read the sample chats and open
injections, and who saw figures of `evaluate` on them between changes: figures on those are in-sample, and flatter it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from sandbox.models.document import AGENT, CLIENT, Document, Line
from sandbox.models.signals import (
    READ_LENGTH,
    Hit,
    Quote,
    Table,
    any_match,
    count_matches,
    fold,
    hits,
    own_words,
    pattern,
    quote_at,
    search,
    words,
)
from sandbox.models.words_en import TABLE as EN
from sandbox.models.words_es import TABLE as ES
from sandbox.models.words_pt import TABLE as PT

TABLES = {"en": EN, "es": ES, "pt": PT}
_DISTINCT = {
    code: table.common - frozenset().union(*(other.common for other in TABLES.values() if other is not table))
    for code, table in TABLES.items()
}
CRITERIA = ("need", "budget", "authority", "timeline", "engagement", "commitment")
# The client is taken as gone when the agent wrote last and this long passed after the client's last message.
SILENCE = timedelta(days=4)
BY_THEMSELVES = timedelta(hours=20)
MOST_OBJECTIONS = 5
_TAGS = ("right", "no", "ne", "verdad", "vdd", "ok", "eh", "sim", "yes", "hein", "you know")


@dataclass(frozen=True, slots=True)
class Rating:
    level: int | None
    evidence: tuple[Quote, ...] = ()


@dataclass(slots=True)
class Reading:
    """What the answer is made of. `stand` is the end: paid, agreed, lost, silent, waiting, undecided or open."""

    client_language: str
    ratings: dict[str, Rating]
    objections: list[tuple[str, Quote]]
    questions: list[Quote]
    sentiment: str
    stand: str
    mean: float = 0.0
    facts: dict[str, int] = field(default_factory=dict)


def read(document: Document) -> Reading:
    lines = document.lines
    tables = tables_for(lines, document.language)
    said = [line for line in lines if line.author == CLIENT and line.text.strip()]
    declined = _declined(lines, tables)
    silent = _is_silent(lines)
    ratings = _ratings(lines, said, tables, declined=declined, silent=silent)
    questions = [] if declined is not None else open_questions(lines, tables)
    known = [rating.level for rating in ratings.values() if rating.level is not None]
    return Reading(
        client_language=tables[0].code,
        ratings=ratings,
        objections=_objections(lines, tables),
        questions=questions,
        sentiment=_sentiment(said, tables, declined is not None),
        stand=_stand(ratings, declined is not None, silent, bool(questions), lines, tables),
        mean=sum(known) / len(known) / 3 if known else 0.4,
        facts={"client": len(said), "agent": sum(line.author == AGENT for line in lines)},
    )


def tables_for(lines: Sequence[Line], asked: str = "") -> tuple[Table, ...]:
    """The tables to read with: the client's main language first, then each that is mixed in (a quarter as frequent).

    `asked`, the language of the answer, decides where no word tells.
    """
    counts = _language_counts([line for line in lines if line.author == CLIENT])
    if not any(counts.values()):
        counts = _language_counts(lines)
    order = sorted(TABLES, key=lambda code: (-counts[code], not asked.lower().startswith(code)))
    top = counts[order[0]]
    return tuple(
        TABLES[code] for code in order if code == order[0] or (top and counts[code] * 4 >= top and code != "en")
    )


def _language_counts(lines: Sequence[Line]) -> dict[str, int]:
    """How many words of each language stand there that neither of the others has among its frequent ones."""
    told = [word for line in lines for word in words(line.text)]
    return {code: sum(word in own for word in told) for code, own in _DISTINCT.items()}


def _ratings(
    lines: Sequence[Line], said: Sequence[Line], tables: Sequence[Table], *, declined: int | None, silent: bool
) -> dict[str, Rating]:
    if not said:
        return dict.fromkeys(CRITERIA, Rating(None))
    found = {name: hits(tables, name, lines) for name in ("need", "budget", "authority", "timeline", "commitment")}
    found["commitment"] = sorted(found["commitment"] + _agreements(lines, tables), key=lambda hit: hit.place)
    if declined is not None:
        quote = _whole(lines[declined])
        found["commitment"] = [h for h in found["commitment"] if h.place < declined] + [Hit(declined, 0, quote)]
    ratings = {name: _settle(events) for name, events in found.items()}
    paid = ratings["commitment"].level == 3
    if ratings["need"].level is None or (ratings["need"].level == 0 and paid):
        asks = next((line for line in said if is_question(line, tables)), None)
        ratings["need"] = Rating(2, (_whole(asks),)) if asks else Rating(1, (_whole(said[0]),))
    if paid and (ratings["authority"].level or 0) < 2:
        ratings["authority"] = Rating(2, ratings["commitment"].evidence)
    if paid and (ratings["budget"].level or 0) < 2:
        ratings["budget"] = Rating(3, ratings["commitment"].evidence)
    ratings["engagement"] = _engagement(lines, said, tables, ended=declined is not None, silent=silent)
    if (silent or declined is not None) and not paid:
        for name, most in (("commitment", 1), ("need", 2), ("timeline", 1), ("budget", 2)):
            ratings[name] = _at_most(ratings[name], most)
    if ratings["need"].level == 0:
        # Whoever wants nothing here may still chat: a seller, a wrong number.
        for name in ("engagement", "timeline"):
            ratings[name] = _at_most(ratings[name], 1)
    return {name: ratings[name] for name in CRITERIA}


def _at_most(rating: Rating, most: int) -> Rating:
    return rating if rating.level is None else Rating(min(rating.level, most), rating.evidence)


def _settle(events: Sequence[Hit]) -> Rating:
    """One level from a criterion's matches: a no stands unless something clear came later; a later doubt costs one."""
    if not events:
        return Rating(None)
    last_no = max((hit.place for hit in events if hit.level == 0), default=-1)
    after = [hit for hit in events if hit.level > 0 and hit.place > last_no]
    best = max(after, key=lambda hit: (hit.level, hit.place), default=None)
    if last_no >= 0 and (best is None or best.level < 2):
        return Rating(0, tuple(hit.quote for hit in events if hit.place == last_no and hit.level == 0))
    assert best is not None  # noqa: S101 (no refusal was found, so something positive was)
    doubts = [hit for hit in after if hit.level == 1 and hit.place > best.place]
    second = [h.quote for h in after if h.level == best.level and h.place != best.place][-1:]
    if best.level > 1 and doubts and not (best.level == 3 and len(doubts) == 1):
        return Rating(best.level - 1, (best.quote, doubts[-1].quote))
    return Rating(best.level, (best.quote, *second))


def _agreements(lines: Sequence[Line], tables: Sequence[Table]) -> list[Hit]:
    """The client's yes to what the agent offered just before, and what was sent before the agent says it arrived."""
    found = []
    for place, line in enumerate(lines):
        if line.author == CLIENT and line.text:
            before = next((other for other in reversed(lines[:place]) if other.author in (AGENT, CLIENT)), None)
            accept = any_match(tables, "accept", line)
            if (
                accept
                and accept.start() <= 25
                and before is not None
                and before.author == AGENT
                and any_match(tables, "offer", before)
                and not any_match(tables, "stall", line)
                and not any_match(tables, "decline", line)
            ):
                found.append(Hit(place, 2, quote_at(line, accept.start(), accept.end())))
        elif line.author == AGENT and any_match(tables, "paid", line):
            client = [p for p in range(max(place - 4, 0), place) if lines[p].author == CLIENT]
            texts = [p for p in client if lines[p].text.strip()]
            sent_proof = any(lines[p].kind in ("image", "file") for p in client)
            if texts and sent_proof:
                found.append(Hit(texts[-1], 3, _whole(lines[texts[-1]])))
            elif texts:
                found.append(Hit(texts[-1], 2, _whole(lines[texts[-1]])))
    return found


def _declined(lines: Sequence[Line], tables: Sequence[Table]) -> int | None:
    """Where the client ended it, unless the client came back with a question or a yes later on."""
    last = next(
        (
            p
            for p in range(len(lines) - 1, -1, -1)
            if lines[p].author == CLIENT and any_match(tables, "decline", lines[p])
        ),
        None,
    )
    if last is None:
        return None
    later = [line for line in lines[last + 1 :] if line.author == CLIENT and line.text]
    came_back = any(is_question(line, tables) or any_match(tables, "accept", line) for line in later)
    return None if came_back else last


def _is_silent(lines: Sequence[Line]) -> bool:
    """Two or more of the agent's messages stand at the end over days, or one that waited long."""
    spoken = [line for line in lines if line.author in (CLIENT, AGENT)]
    tail: list[Line] = []
    for line in reversed(spoken):
        if line.author != AGENT:
            last_client = line
            break
        tail.append(line)
    else:
        return False
    if not tail:
        return False
    first, last = tail[-1].at, tail[0].at
    if first is None or last is None or last_client.at is None:
        return len(tail) >= 3
    return (last - last_client.at) >= SILENCE and len(tail) >= 2


def _engagement(
    lines: Sequence[Line], said: Sequence[Line], tables: Sequence[Table], *, ended: bool, silent: bool
) -> Rating:
    asked = [line for line in said if is_question(line, tables)]
    detailed = [line for line in said if len(words(line.text)) >= 10]
    media = sum(line.author == CLIENT and line.kind in ("image", "file", "voice", "location") for line in lines)
    came_back = 0
    for before, line in pairwise(lines):
        if line.author == CLIENT and before.at and line.at and line.at - before.at >= BY_THEMSELVES:
            came_back += before.author != AGENT or before.at.date() != line.at.date()
    points = min(len(asked), 3) + min(len(detailed), 3) + min(media, 2) + 2 * min(came_back, 1) + (len(said) >= 6)
    level = 3 if points >= 6 else 2 if points >= 3 else 1
    if ended or silent:
        level = min(level, 1)
    show = (detailed or asked or list(said))[-1]
    return Rating(level, (_whole(show),))


def open_questions(lines: Sequence[Line], tables: Sequence[Table]) -> list[Quote]:
    """The client's questions after the agent's last message, and earlier ones that the client still waits for."""
    last_agent = max((p for p, line in enumerate(lines) if line.author == AGENT), default=-1)
    found: dict[int, Quote] = {}
    for place in range(last_agent + 1, len(lines)):
        line = lines[place]
        if line.author == CLIENT:
            for start, end in _question_spans(line, tables):
                found.setdefault(line.n, quote_at(line, start, end))
    for place, line in enumerate(lines):
        if line.author == CLIENT and any_match(tables, "nudge", line):
            earlier = _asked_before(lines, place, tables)
            answered = any(o.author == AGENT and _shares(o, earlier) for o in lines[place + 1 :]) if earlier else True
            if earlier is not None and not answered:
                spans = _question_spans(earlier, tables)
                found.setdefault(earlier.n, quote_at(earlier, *spans[0]))
    found.update(_passed_over(lines, tables))
    return [found[n] for n in sorted(found)]


def _passed_over(lines: Sequence[Line], tables: Sequence[Table]) -> dict[int, Quote]:
    """Questions in the client's last two turns of several, where the agent's words pick up one and never the other."""
    found: dict[int, Quote] = {}
    turns: list[list[int]] = []
    for place, line in enumerate(lines):
        if line.author == CLIENT and line.text:
            if not turns or turns[-1][-1] != place - 1:
                turns.append([])
            turns[-1].append(place)
    for turn in turns[-2:]:
        asked = [p for p in turn if _question_spans(lines[p], tables)]
        replies = [line for line in lines[turn[-1] + 1 :] if line.author == AGENT]
        picked = [p for p in asked if any(_shares(reply, lines[p]) for reply in replies)]
        if len(asked) >= 2 and replies and picked:
            for p in asked:
                if p not in picked and len(_stems(lines[p])) >= 2:
                    found[lines[p].n] = quote_at(lines[p], *_question_spans(lines[p], tables)[0])
    return found


def _asked_before(lines: Sequence[Line], place: int, tables: Sequence[Table]) -> Line | None:
    asked = [line for line in lines[:place] if line.author == CLIENT and _question_spans(line, tables)]
    return next((line for line in reversed(asked) if _shares(lines[place], line)), None)


def _stems(line: Line) -> set[str]:
    return {word[:5] for word in words(line.text) if len(word) >= 5}


def _shares(one: Line, other: Line) -> bool:
    return bool(_stems(one) & _stems(other))


def is_question(line: Line, tables: Sequence[Table]) -> bool:
    return bool(_question_spans(line, tables))


def _question_spans(line: Line, tables: Sequence[Table]) -> list[tuple[int, int]]:
    """Where questions stand: sentences with a question mark of two words or more, or that start as questions do."""
    text = own_words(line.text)
    spans = []
    start = 0
    for i, char in enumerate(text):
        if char == "?" and (i + 1 == len(text) or text[i + 1] not in "?!"):
            sentence = text[start : i + 1]
            told = words(sentence)
            if len(told) >= 2 and not (len(told) <= 2 and told[-1] in _TAGS):
                lead = len(sentence) - len(sentence.lstrip(" ¿¡"))
                spans.append((start + lead, i + 1))
        if char in ".!?\n…":
            start = i + 1
    if not spans and "?" not in text:
        for table in tables:
            stripped = text.lstrip()
            match = _starts_as_question(table, stripped)
            if match and len(words(stripped)) >= 2:
                offset = len(text) - len(stripped)
                spans.append((offset, offset + match))
                break
    return spans


def _starts_as_question(table: Table, text: str) -> int:
    match = pattern(table.question).match(text)
    return match.end() if match else 0


def _objections(lines: Sequence[Line], tables: Sequence[Table]) -> list[tuple[str, Quote]]:
    """The last message of each kind of objection, in the chat's order."""
    found: dict[str, tuple[int, Quote]] = {}
    for place, line in enumerate(lines):
        if line.author != CLIENT or not line.text:
            continue
        for table in tables:
            for kind, source in table.objections.items():
                match = search(source, line)
                if match:
                    found[kind] = (place, quote_at(line, *match.span()))
    ordered = sorted(found.items(), key=lambda item: item[1][0])
    return [(kind, quote) for kind, (_, quote) in ordered][-MOST_OBJECTIONS:]


def _sentiment(said: Sequence[Line], tables: Sequence[Table], declined: bool) -> str:
    good = bad = 0
    for i, line in enumerate(said):
        weight = 2 if i * 3 >= len(said) * 2 else 1  # how it ends counts more
        good += weight * count_matches(tables, "good", line)
        bad += weight * count_matches(tables, "bad", line)
    bad += 2 * declined
    if good >= 2 and bad >= 2 and good < 3 * bad and bad < 3 * good:
        return "mixed"
    if good > bad and good >= 2:
        return "positive"
    if bad > good and bad >= 2:
        return "negative"
    return "neutral"


def _stand(
    ratings: dict[str, Rating],
    declined: bool,
    silent: bool,
    waiting: bool,
    lines: Sequence[Line],
    tables: Sequence[Table],
) -> str:
    commitment = ratings["commitment"].level
    if declined:
        return "lost"
    if commitment == 3:
        return "paid"
    if silent:
        return "silent"
    if waiting:
        return "waiting"
    if commitment == 2:
        return "agreed"
    last = [line for line in lines if line.author == CLIENT and line.text][-3:]
    return "undecided" if any(any_match(tables, "stall", line) for line in last) else "open"


def _whole(line: Line) -> Quote:
    """The message's first sentence that says something, or the message."""
    text = line.text
    at = next((i for i, char in enumerate(fold(text[:READ_LENGTH])) if char.isalnum()), 0)
    return quote_at(line, at, min(at + 1, len(text)))
