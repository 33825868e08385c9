"""Evidence: which claimed quotes truly stand in the client's words, and where.

The model claims; this module checks. A quote is looked for in the message it names, and nowhere else: exactly; else
folded (analysis/folding.py); else at least 0.9 similar, snapped to whole words ("repaired"); else it is dropped. Only a
client's message proves anything about the client, and a message that speaks to the machine proves nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple, get_args

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from analysis.conversation import Author, Message, Turn
from analysis.folding import Folded, fold, is_invisible

Match = Literal["exact", "folded", "repaired"]

MIN_LETTERS = 3  # Letters and digits: with fewer, a "quote" stands in nearly every message and proves nothing.
SIMILAR_ENOUGH = 0.9
MAX_REPAIRED = 600  # Characters: a longer "quote" that is not verbatim is a retelling, and its repair would cost time.
MAX_CANDIDATES = 40  # Places at which one repair is tried.

_ENDS = re.compile(r"^[\s.…'\"“”‘’«»„`\[\](]+|[\s…'\"“”‘’«»„`\[\])]+$|\s*\.{3,}[\s'\"”’»]*$")

#: A repaired quote must keep these: with one more or fewer the sentence says something else. Denial, consent, condition
#: and doubt in English, Spanish and Portuguese, then amounts in words.
_KEPT = """
    no not nor never none nobody nothing neither without cannot cant can't dont don't doesnt doesn't didnt
    didn't wont won't wouldnt wouldn't couldnt couldn't shouldnt shouldn't isnt isn't arent aren't wasnt
    wasn't werent weren't havent haven't hasnt hasn't hadnt hadn't aint ain't hardly barely yes yeah if unless
    until maybe perhaps might may could would should but only
    nunca jamás jamas nada nadie ningún ningun ninguno ninguna ni sin tampoco sí si quizá quizás quiza quizas
    tal vez talvez acaso apenas casi pero sólo solo aunque salvo excepto poco
    não nao ñ n nem ninguém ninguem nenhum nenhuma jamais sem tampouco sim se caso senão senao mas só talvez
    quase pouco embora
    one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand
    million half double uno una dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta
    cuarenta cincuenta cien ciento mil millón millon millones medio media doble um uma dois duas três quatro
    sete oito nove dez onze doze vinte trinta quarenta cinquenta cem cento milhão milhao milhões meio meia
    dobro
"""
_KEPT_WORDS = frozenset(_KEPT.split())
_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)*")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where something was said: a span of `Message.said` in code points, and no words.

    `digest` is the keyed digest of the span, so that a pointer into a message that was edited since is noticed.
    """

    message: str
    start: int
    end: int
    author: str
    at: str | None
    digest: str
    match: Match

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Pointer:
        """The pointer that `as_json` wrote. Raises KeyError or ValueError for anything else."""
        if raw["match"] not in get_args(Match):
            raise ValueError("a pointer's match is exact, folded or repaired")
        return cls(**{name: raw[name] for name in cls.__slots__})


class Located(NamedTuple):
    """Where a quote stands in a text, in code points, and how it was found."""

    start: int
    end: int
    match: Match


class Claim(NamedTuple):
    """What the model claims: message number `n` of the prompt says `quote`."""

    n: int
    quote: str


@dataclass(frozen=True, slots=True)
class EvidenceCounts:
    """How many claimed quotes were found as they are (exactly or folded), repaired, or dropped."""

    verified: int = 0
    repaired: int = 0
    dropped: int = 0

    @property
    def shown(self) -> int:
        return self.verified + self.repaired

    def __add__(self, other: EvidenceCounts) -> EvidenceCounts:
        return EvidenceCounts(
            self.verified + other.verified, self.repaired + other.repaired, self.dropped + other.dropped
        )

    def as_json(self) -> dict[str, int]:
        return {
            "shown": self.shown,
            "verified": self.verified,
            "repaired": self.repaired,
            "dropped": self.dropped,
        }


# Finding a quote in one text


def locate(quote: str, said: str) -> Located | None:
    """Find where `said` holds `quote`, the best way there is; None when it does not.

    The span starts and ends between words. Time is bounded: linear in `said` for a verbatim quote, and at most
    MAX_CANDIDATES comparisons of MAX_REPAIRED characters for a repair.
    """
    quote = _ENDS.sub("", quote.strip()) if len(quote) <= 10_000 else quote.strip()
    if sum(map(str.isalnum, quote[:10_000])) < MIN_LETTERS or len(quote) > 2 * len(said) + 100:
        return None
    exact = _find_between_words(quote, said)
    if exact is not None:
        return Located(exact, exact + len(quote), "exact")
    folded_said = fold(said)
    folded_quote = fold(quote).text.strip()
    if sum(map(str.isalnum, folded_quote)) < MIN_LETTERS:
        return None
    at = _find_between_words(folded_quote, folded_said.text)
    if at is not None:
        return Located(*_trim(said, folded_said.span(at, at + len(folded_quote))), "folded")
    span = _repair(folded_quote, folded_said)
    return None if span is None else Located(*_trim(said, span), "repaired")


def _find_between_words(quote: str, text: str) -> int | None:
    """The first place where the quote stands without cutting a word in two. ("sí" does not stand in "así".)"""
    at = text.find(quote)
    for _ in range(1000):  # A quote that keeps cutting words is not worth more; the text may be hostile.
        if at < 0:
            return None
        if is_between_words(text, at) and is_between_words(text, at + len(quote)):
            return at
        at = text.find(quote, at + 1)
    return None


def is_between_words(text: str, at: int) -> bool:
    """True when no word reaches across this place. In scripts written without spaces every place is one."""
    if at <= 0 or at >= len(text):
        return True
    before, after = _holds_together(text[at - 1]), _holds_together(text[at])
    if before and after:
        return False
    if text[at - 1] in "'’" and after and at > 1 and _holds_together(text[at - 2]):
        return False  # Within "can't".
    return not (text[at] in "'’" and before and at + 1 < len(text) and _holds_together(text[at + 1]))


@lru_cache(maxsize=4096)
def _holds_together(character: str) -> bool:
    if not (character.isalnum() or unicodedata.category(character).startswith("M")):
        return False
    return character.isascii() or not _UNSPACED.match(character)


#: Thai, Lao, Burmese, Khmer, kana, Han (with extensions and compatibility forms).
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def _trim(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """The span without white space and invisible characters at its ends."""
    start, end = span
    while end - start > 1 and (text[start].isspace() or is_invisible(text[start])):
        start += 1
    while end - start > 1 and (text[end - 1].isspace() or is_invisible(text[end - 1])):
        end -= 1
    return start, end


def _repair(quote: str, said: Folded) -> tuple[int, int] | None:
    """The span of whole words most like the quote, at least 0.9, that keeps its denials, doubts and numbers."""
    edits = int(len(quote) * (1 - SIMILAR_ENOUGH) / SIMILAR_ENOUGH)
    if not edits or len(quote) > MAX_REPAIRED:
        return None  # In less than 10 characters one other letter is already too much.
    text = said.text
    best: tuple[float, int, int] | None = None
    for low, high in _candidates(quote, text, edits):
        window = text[low:high]
        aligned = fuzz.partial_ratio_alignment(quote, window, score_cutoff=100 * SIMILAR_ENOUGH - 15)
        if aligned is None:
            continue
        for start in _word_borders(text, low + aligned.dest_start, edits):
            for end in _word_borders(text, low + aligned.dest_end, edits):
                if end <= start:
                    continue
                likeness = Levenshtein.normalized_similarity(quote, text[start:end], score_cutoff=SIMILAR_ENOUGH)
                if likeness and (best is None or likeness > best[0]):
                    best = (likeness, start, end)
    if best is None:
        return None
    _, start, end = best
    while start < end and not text[start].isalnum():
        start += 1
    if start == end or _says(text[start:end]) != _says(quote):
        return None
    before = _WORD.findall(text[max(0, start - 30) : start])[-1:]
    if before and before[0] in _KEPT_WORDS and _WORD.findall(text[start:end])[:1] != _WORD.findall(quote)[:1]:
        return None  # The repair would be cut out from behind a denial: "vou pagar" of "não vou pagar".
    return said.span(start, end)


def _candidates(quote: str, text: str, edits: int) -> Iterator[tuple[int, int]]:
    """Windows of the text that may hold the quote with so many edits.

    Of `edits` + 1 pieces of the quote one must have come through unharmed (pigeonhole), near its own place.
    """
    size = max(1, len(quote) // (edits + 1))
    seen: set[int] = set()
    for offset in range(0, size * (edits + 1), size):
        piece = quote[offset : offset + size]
        at = text.find(piece)
        while at >= 0:
            low = max(0, at - offset - edits)
            if low // (edits + 1) not in seen:
                seen.add(low // (edits + 1))
                yield low, min(len(text), low + len(quote) + 3 * edits + 2)
                if len(seen) >= MAX_CANDIDATES:
                    return
            at = text.find(piece, at + 1)


def _word_borders(text: str, near: int, edits: int) -> list[int]:
    """The few places between words nearest to a place, no farther than the edits allow and then a word's end."""
    reach = min(edits + 2, 24)
    places = range(max(0, near - reach), min(len(text), near + reach) + 1)
    borders = [at for at in places if is_between_words(text, at)]
    return sorted(borders, key=lambda at: abs(at - near))[:8]


def _says(folded: str) -> tuple[Counter[str], list[str]]:
    """What a repair may not change: the words of denial, doubt and amount, and the numbers in their order."""
    return (
        Counter(word for word in _WORD.findall(folded) if word in _KEPT_WORDS),
        _NUMBER.findall(folded),
    )


# Checking claims


def digest(key: bytes, span: str) -> str:
    """The keyed digest of a span's text: HMAC-SHA256, its first 16 hex digits."""
    return hmac.new(key, span.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]


def verify(
    claims: Iterable[Claim | tuple[int, str]],
    turns: Iterable[Turn],
    *,
    flagged: Collection[str],
    key: bytes,
    only: Author | None = Author.CLIENT,
) -> tuple[tuple[Pointer, ...], EvidenceCounts]:
    """The claims that hold, as pointers, in the order claimed, each span once; and how many held.

    `flagged` are message ids that prove nothing; `only` is whose messages count (None: everyone's). A claim about a
    number that was not shown, or about text behind the cut of a long message, does not hold.
    """
    shown = {turn.n: turn for turn in turns}
    pointers: dict[tuple[str, int, int], Pointer] = {}
    verified = repaired = dropped = 0
    for n, quote in claims:
        pointer = _check(n, quote, shown, flagged, key, only)
        if pointer is None:
            dropped += 1
            continue
        place = (pointer.message, pointer.start, pointer.end)
        if place in pointers:
            continue
        pointers[place] = pointer
        if pointer.match == "repaired":
            repaired += 1
        else:
            verified += 1
    return tuple(pointers.values()), EvidenceCounts(verified, repaired, dropped)


def _check(
    n: object, quote: object, shown: Mapping[int, Turn], flagged: Collection[str], key: bytes, only: Author | None
) -> Pointer | None:
    if not isinstance(n, int) or isinstance(n, bool) or not isinstance(quote, str):
        return None
    turn = shown.get(n)
    if turn is None or turn.message.id in flagged or (only is not None and turn.message.author is not only):
        return None
    message = turn.message
    found = locate(quote, turn.text)
    if found is None:
        return None
    return Pointer(
        message=message.id,
        start=found.start,
        end=found.end,
        author=message.author.value,
        at=None if message.at is None else message.at.isoformat().replace("+00:00", "Z"),
        digest=digest(key, message.said[found.start : found.end]),
        match=found.match,
    )


def resolve(pointer: Pointer, message: Message, key: bytes) -> str | None:
    """The words a pointer points at; None when the message is another one or says something else by now."""
    if message.id != pointer.message or not 0 <= pointer.start < pointer.end <= len(message.said):
        return None
    span = message.said[pointer.start : pointer.end]
    return span if hmac.compare_digest(digest(key, span), pointer.digest) else None
