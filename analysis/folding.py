"""Folding: the same words written in another way become the same characters, with the way back kept.

One folding serves evidence (where did the client say this?) and minimising (is this sentence copied?), so both agree
on what "the same" means: letter case, runs of white space, kinds of quote marks and dashes, compatibility forms (NFKC:
`ﬁ`, `½`, full-width letters), composed and decomposed accents, and characters that show nothing.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

#: Marks that follow a letter are normalised together with it. Nobody writes more than a few; without a limit a message
#: of nothing but marks would cost the square of its length (canonical ordering sorts them).
_MAX_CLUSTER = 32

_QUOTES = dict.fromkeys("'\"`´‘’‚‛“”„‟«»‹›′″‵‶〝〞〟「」『』＂＇ʼʹʺˈ", "'")
_DASHES = dict.fromkeys("-‐‑‒–—―−﹘﹣－⁃", "-")
_ALIKE = {**_QUOTES, **_DASHES}
_ALIKE_TABLE = str.maketrans(_ALIKE)

#: All format characters (Unicode category Cf), the variation selectors and the blank letters.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)

#: Runs of letters and signs that fold to their lower case, one for one: most of most messages, done at once.
_PLAIN = re.compile(r"[!#-&(-,./0-9:;<=>?@A-Z\[\\\]^_a-z{|}~À-ÖØ-Þà-öø-ÿ]+")
_SPACES = re.compile(r"[ \t\n\r\f\v]+")


@dataclass(frozen=True, slots=True, repr=False)
class Folded:
    """Folded text and, for each of its characters, the span of the original it came from (in code points)."""

    text: str
    starts: array[int]
    ends: array[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the folded characters `start` to `end` (at least one) came from: a span of the original."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError("a span of folded text holds at least one character and lies inside it")
        return self.starts[start], self.ends[end - 1]

    def __repr__(self) -> str:
        return f"<Folded {len(self.text)} characters>"


def fold(text: str) -> Folded:
    """Fold a text; white space at its ends stays as one space each. Time grows with the length of the text."""
    pieces: list[str] = []
    starts: array[int] = array("l")
    ends: array[int] = array("l")
    in_space = False
    for start, end, folded, is_plain in _clusters(text):
        if in_space and folded.startswith(" "):
            ends[-1] = end
            folded = folded[1:]  # What is left of it is a mark that stands on a space.
        if not folded:
            continue
        in_space = folded.endswith(" ")
        pieces.append(folded)
        if is_plain:
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            for _ in folded:
                starts.append(start)
                ends.append(end)
    return Folded("".join(pieces), starts, ends)


def folded_text(text: str) -> str:
    """What `fold` gives, stripped and without the way back: several times as fast."""
    text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = text.translate(_ALIKE_TABLE)  # Before NFKC, which takes some of the quote marks apart.
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(_INVISIBLE.sub("", text.lower()).translate(_ALIKE_TABLE).split())


def is_invisible(character: str) -> bool:
    """True for what shows nothing and means nothing between letters: zero-width, direction and format marks."""
    return _INVISIBLE.match(character) is not None


def _clusters(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Cut a text into pieces that fold alone: (start, end, folded, each character became one character).

    `folded` is "" for what shows nothing and one space for white space.
    """
    at, length = 0, len(text)
    while at < length:
        plain = _PLAIN.match(text, at)
        if plain:
            end = plain.end()
            if end < length and not text[end].isascii() and _joins(text[end]):
                end -= 1  # The last letter belongs to the mark that follows.
            if end > at:
                yield at, end, text[at:end].lower(), True
                at = end
                continue
        space = _SPACES.match(text, at)
        if space:
            yield at, space.end(), " ", False
            at = space.end()
            continue
        end = at + 1
        while end < length and end - at < _MAX_CLUSTER and not text[end].isascii() and _joins(text[end]):
            end += 1
        yield at, end, _fold_cluster(text[at:end]), False
        at = end


@lru_cache(maxsize=4096)
def _joins(character: str) -> bool:
    """True when a character is normalised together with the one before: marks, and the later parts of Hangul."""
    if unicodedata.category(character).startswith("M") or unicodedata.combining(character):
        return True
    return "\u1161" <= character <= "\u11ff" or character in "ﾞﾟ゙゚"


@lru_cache(maxsize=16384)
def _fold_cluster(cluster: str) -> str:
    seen = "".join(_ALIKE.get(c, c) for c in cluster if not is_invisible(c))
    normal = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    folded = "".join(_ALIKE.get(c, c) for c in normal if not is_invisible(c))
    if not folded or folded.isspace():
        return " " if folded else ""
    return re.sub(r"\s+", " ", folded)
