"""How the reader's tables are applied: folding that keeps offsets, whose words count, the exact words of a match."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sandbox.models.document import Line

# A quote is at most this long; a longer sentence is shown around the words that matched.
QUOTE_LENGTH = 160

# Words of somebody else within a message: quotes of three words or more, code, JSON, pasted chats, forwards, tags.
_BORROWED = re.compile(
    r"```.*?(?:```|\Z)"
    r'|"[^"\n]*"|“[^”\n]*”|«[^»\n]*»'
    r"|\{[^{}]*\}"
    r"|^[ \t]*[^\W\d_][\w .]{0,30}\(\d{1,2}:\d{2}[^)\n]*\):[^\n]*$"
    r"|^[ \t]*\[?\d{1,2}[/:.]\d{2}[^\n\]]{0,20}\]?[ \t]*[^\n:]{1,30}:[^\n]*$"
    r"|^(?:↪️?|>)[^\n]*(?:\n[^\n]+)*"
    r"|<(\w{1,30})>.*?</\1>",
    re.DOTALL | re.MULTILINE,
)
_QUOTE_MARKS = '"“«'
_QUOTED_WORDS = 3  # A quote of fewer is a word the client stresses.
# Longer messages are read so far; prompts cut them earlier.
READ_LENGTH = 8_000
_SENTENCE_END = re.compile(r"[.!?…\n]+\s*|;\s+")
# Tables break a long pattern between two alternatives.
_LINE_BREAK = r"\|?\s*\n\s*\|?"
_WORD = re.compile(r"\w+(?:'\w+)?")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case without accents, one code point for each of the text's, so that offsets hold in both."""
    return "".join(_fold_char(char) for char in text)


def _fold_char(char: str) -> str:
    if char.isascii():
        return char.lower()
    if char in "’‘´`":
        return "'"
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


@lru_cache(maxsize=4096)
def own_words(text: str) -> str:
    """The folded text with words that are quoted, pasted or forwarded blanked out, offsets kept."""
    folded = fold(text[:READ_LENGTH])
    for match in _BORROWED.finditer(text[:READ_LENGTH]):
        start, end = match.span()
        if match[0][0] in _QUOTE_MARKS and len(_WORD.findall(match[0])) < _QUOTED_WORDS:
            continue
        folded = folded[:start] + " " * (end - start) + folded[end:]
    return folded


def words(text: str) -> list[str]:
    return _WORD.findall(fold(text[:READ_LENGTH]))


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of one message, exactly as they stand there."""

    n: int
    text: str

    def as_pointer(self) -> dict[str, object]:
        return {"message": self.n, "quote": self.text}


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched in one message. `place` is the message's place among all lines."""

    place: int
    level: int
    quote: Quote


@dataclass(frozen=True, slots=True)
class Table:
    """One language's rules. Patterns are written for folded text (lower case, no accents)."""

    code: str
    common: frozenset[str]  # frequent small words that tell the language
    levels: Mapping[str, Mapping[int, str]]  # criterion → level → pattern of the client's words
    objections: Mapping[str, str]
    good: str
    bad: str
    question: str  # how a question starts when nobody types a question mark
    accept: str  # a short yes
    decline: str  # the client ends it, or went elsewhere
    stall: str  # "I will think about it"
    offer: str  # the agent proposes a time, a deposit, a contract
    paid: str  # the agent says that money or papers arrived
    nudge: str  # the client still waits for an answer


@lru_cache(maxsize=512)
def pattern(source: str) -> re.Pattern[str]:
    """A table's alternatives as one expression, each at the start of a word."""
    return re.compile(rf"(?<!\w)(?:{re.sub(_LINE_BREAK, '|', source)})", re.DOTALL)


def search(source: str, line: Line) -> re.Match[str] | None:
    return pattern(source).search(own_words(line.text)) if source and line.text else None


def quote_at(line: Line, start: int, end: int) -> Quote:
    """The sentence around a match, cut to QUOTE_LENGTH at spaces; always an exact part of the message."""
    text = line.text
    left, right = 0, len(text)
    for stop in _SENTENCE_END.finditer(text):
        if stop.end() <= start:
            left = stop.end()
        elif stop.start() >= end - 1 and stop.end() > end - 1:
            right = min(right, stop.end())
            break
    if right - left > QUOTE_LENGTH:
        left = max(left, start - QUOTE_LENGTH // 3)
        right = min(right, max(end, left + QUOTE_LENGTH))
        while left < start and left > 0 and not text[left - 1].isspace():
            left += 1
        while right < len(text) and right > end and not text[right].isspace():
            right -= 1
    piece = text[left:right]
    return Quote(line.n, piece.strip() or text[start:end])


def hits(tables: Sequence[Table], criterion: str, lines: Sequence[Line]) -> list[Hit]:
    """Every match of a criterion's rules in the client's messages, in order; the strongest rule of a message counts."""
    found = []
    for place, line in enumerate(lines):
        if line.author != "client" or not line.text:
            continue
        best: Hit | None = None
        for table in tables:
            for level, source in table.levels.get(criterion, {}).items():
                match = search(source, line)
                if match and (best is None or _rank(level) > _rank(best.level)):
                    best = Hit(place, level, quote_at(line, match.start(), match.end()))
        if best:
            found.append(best)
    return found


def _rank(level: int) -> int:
    """Which rule wins within one message: a clear no, then strength."""
    return 4 if level == 0 else level


def any_match(tables: Iterable[Table], name: str, line: Line) -> re.Match[str] | None:
    """The first match of one of the single patterns (good, bad, accept, …) of any table."""
    for table in tables:
        match = search(getattr(table, name), line)
        if match:
            return match
    return None


def count_matches(tables: Iterable[Table], name: str, line: Line) -> int:
    text = own_words(line.text)
    return sum(len(pattern(getattr(table, name)).findall(text)) for table in tables if getattr(table, name))
