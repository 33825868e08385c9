"""A WhatsApp "export chat" file or copied lines → messages.

Pure. Forms: the exports of Android and iOS, copies from WhatsApp Web and Telegram Desktop, and plain "Ana: text".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from analysis.conversation import MAX_CHARACTERS, MAX_MESSAGES, Author, Kind, Message, clean_text
from analysis.pasted.dates import DateOrder, out_of_line, tell_order, to_utc
from analysis.pasted.lines import MAX_NAME, Form, Head, read_head
from analysis.pasted.senders import Senders, find_me, fold, is_bot, plain_names, split_plain
from analysis.pasted.words import clean_name, read_body
from convailens.lib.errors import InvalidInput

__all__ = ["MOST_PARTICIPANTS", "DateOrder", "Form", "Pasted", "parse_pasted"]

MOST_PARTICIPANTS = 50  # To choose from; more would be no choice.


@dataclass(frozen=True, slots=True, repr=False)
class Pasted:
    """What was read: messages in the order of the text, ids p1, p2, …, times aware and UTC.

    `participants` are the names in the order they come, `me` is the agent's among them, None where the agent
    wrote nothing. `date_order` is None where the
    dates needed none. `skipped_lines` counts what stands before the first message.
    """

    messages: tuple[Message, ...]
    participants: tuple[str, ...]
    me: str | None
    form: Form
    date_order: DateOrder | None
    skipped_lines: int

    def __repr__(self) -> str:
        return f"<Pasted {self.form}: {len(self.messages)} messages, {len(self.participants)} participants>"


@dataclass(slots=True)
class _Entry:
    """A message before its people are known: `sender` None for a line of the program's."""

    sender: str | None
    at: datetime | None
    lines: list[str]


def parse_pasted(text: str, *, me: str | None, timezone: ZoneInfo, date_order: DateOrder | None = None) -> Pasted:
    """Read an exported or copied chat; `me` is the agent's name in it, everybody else is a client (or a bot).

    Wall times are those of `timezone`. Lines that the program wrote are `system`; a message its author deleted stays
    theirs, with the words that stand for it. A line that looks like a message's beginning but is of another form than
    the chat's first, or lies out of the order of time and names nobody else, belongs to the message above it.

    Raises InvalidInput: `pasted_empty`; `pasted_unreadable`; `date_order_unclear` (extra `readings`);
    `who_are_you` (extra `participants`: names, for the asker only); `too_many_characters`; `too_many_messages`.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput("too_many_characters", fields={"pasted.text": ["too_many_characters"]})
    me = (me or "").strip() or None
    lines = clean_text(text).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not any(line.strip() for line in lines):
        raise InvalidInput("pasted_empty", detail="There is no text.", fields={"pasted.text": ["empty"]})

    heads = [read_head(line) for line in lines]
    shape = _shape_of_the_chat(lines, heads)
    if shape is None:
        order = None
        form: Form = "plain"
        entries, skipped = _plain_entries(lines, me)
    else:
        chosen = {n: head for n, head in enumerate(heads) if head and head.shape == shape}
        form = next(iter(chosen.values())).form
        order, entries, skipped = _dated_entries(lines, chosen, me, timezone, date_order)
    if not entries:
        raise InvalidInput(
            "pasted_unreadable",
            detail="The text is neither an exported chat nor lines with a name and a colon.",
            fields={"pasted.text": ["unreadable"]},
        )
    if len(entries) > MAX_MESSAGES:
        raise InvalidInput("too_many_messages", fields={"pasted.text": ["too_many_messages"]})
    return _with_people(entries, me=me, form=form, order=order, skipped=skipped)


def _shape_of_the_chat(lines: Sequence[str], heads: Sequence[Head | None]) -> tuple[object, ...] | None:
    """The shape of the first line, or of most lines where something stands before the first message."""
    first = next((head for line, head in zip(lines, heads, strict=True) if line.strip()), None)
    if first:
        return first.shape
    counts = Counter(head.shape for head in heads if head)
    return counts.most_common(1)[0][0] if counts else None


def _dated_entries(
    lines: Sequence[str],
    heads: dict[int, Head],
    me: str | None,
    timezone: ZoneInfo,
    told: DateOrder | None,
) -> tuple[DateOrder | None, list[_Entry], int]:
    in_turn = list(heads.values())
    order = tell_order(in_turn, told)
    times = to_utc(in_turn, order, timezone)
    senders = Senders((head.rest for head in in_turn if head.sender is None), me)
    split = [(head.sender, "") if head.sender else senders.split(head.rest) for head in in_turn]
    counts = Counter(name for name, _ in split)
    # The first line, names that come again and the agent's show the line of time; a date that somebody typed before a
    # word and a colon does not.
    agent = fold(me) if me else None
    trusted = [
        place == 0 or (name is not None and (counts[name] > 1 or fold(name) == agent))
        for place, (name, _) in enumerate(split)
    ]
    doubtful = out_of_line(times, trusted)
    known = {name for place, (name, _) in enumerate(split) if place not in doubtful}
    begins = {
        line: place
        for place, line in enumerate(heads)
        if place == 0 or place not in doubtful or (split[place][0] is not None and split[place][0] in known)
    }
    entries: list[_Entry] = []
    skipped = 0
    for number, line in enumerate(lines):
        place = begins.get(number)
        if place is not None:
            name, rest = split[place]
            entries.append(_Entry(name, times[place], [] if in_turn[place].sender else [rest]))
        elif entries:
            entries[-1].lines.append(line)
        else:
            skipped += bool(line.strip())
    needs_order = any(not head.is_year_first for head in in_turn)
    return (order if needs_order else None), entries, skipped


def _plain_entries(lines: Sequence[str], me: str | None) -> tuple[list[_Entry], int]:
    split = [split_plain(line) for line in lines]
    names = plain_names([pair for line, pair in zip(lines, split, strict=True) if line.strip()], me)
    entries: list[_Entry] = []
    skipped = 0
    for line, pair in zip(lines, split, strict=True):
        if pair and pair[0] in names:
            entries.append(_Entry(pair[0], None, [pair[1]]))
        elif entries:
            entries[-1].lines.append(line)
        else:
            skipped += bool(line.strip())
    return entries, skipped


def _with_people(
    entries: Sequence[_Entry], *, me: str | None, form: Form, order: DateOrder | None, skipped: int
) -> Pasted:
    read = []
    participants: dict[str, None] = {}
    for entry in entries:
        name = clean_name(entry.sender)[:MAX_NAME] if entry.sender else None
        body = read_body("\n".join(entry.lines), is_android=form == "android", is_ios=form == "ios")
        is_system = name is None or body.is_system
        if name and not is_system:
            participants[name] = None
        read.append((entry.at, name, body, is_system))
    people = [name for name in participants if not is_bot(name)]
    agent = find_me(me, people)
    # Where one person wrote, and it is not the named agent, the agent has not answered yet.
    if agent is None and not (me is not None and len(people) == 1):
        raise InvalidInput(
            "who_are_you",
            detail="Say which of the participants is the agent.",
            fields={"pasted.me": ["required" if me is None else "unknown"]},
            participants=people[:MOST_PARTICIPANTS],
        )
    messages = []
    for number, (at, name, body, is_system) in enumerate(read, start=1):
        if is_system or name is None:
            author = Author.SYSTEM
        elif name == agent:
            author = Author.AGENT
        else:
            author = Author.BOT if is_bot(name) else Author.CLIENT
        messages.append(
            Message(
                id=f"p{number}",
                author=author,
                author_name=None if author is Author.SYSTEM else name,
                at=at,
                kind=Kind.TEXT if author is Author.SYSTEM else body.kind,
                text=body.text,
            )
        )
    return Pasted(tuple(messages), tuple(participants), agent, form, order, skipped)
