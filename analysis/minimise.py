"""Minimising: what the model wrote about a chat, without the chat's own words and numbers, so that it may be stored.

Code decides, not the model's good will. A sentence is refused when it copies: 8 consecutive words or 50 characters of
any message, or a whole message of 4 words or more. What is left has its e-mail addresses and long numbers masked. The
comparison is folded (case, spaces, punctuation, quote marks, NFKC), and runs over sentence ends: neither a comma nor a
full stop in the middle of a copy hides it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from analysis.conversation import Message
from analysis.folding import fold, folded_text, is_invisible

RUN_OF_WORDS = 8
RUN_OF_CHARACTERS = 50
RUN_WITHOUT_SPACE = 30  # For scripts that write no spaces: about eight words of Thai or Khmer; and for links.
WHOLE_MESSAGE = 4  # Words from which a whole message may not be repeated.
LONG_NUMBER = 7  # Digits from which a number may be a phone, a card, a document.
MASK = "•••"

_SENTENCE_END = re.compile(r"(?:[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？]+|\n+)\s*")
#: Han and kana have no spaces, and a sign carries about as much as a short word: each counts as one.
_SIGN = re.compile("[\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_EMAIL = re.compile(r"[\w.+%'-]+\s?(?:@|[\[({]\s?(?:at|arroba)\s?[\])}])\s?[\w-]+(?:\s?\.\s?[\w-]+)*")
_MAX_BETWEEN_DIGITS = 3  # Signs between two digits of one number: "(11) - 2" is one, "11 and 2" are two.


@dataclass(frozen=True, slots=True, repr=False)
class Minimised:
    """Text fit to be stored, None when nothing of it is; and how many sentences were withheld."""

    text: str | None
    withheld_sentences: int

    def __repr__(self) -> str:
        return f"<Minimised {len(self.text or '')} characters, {self.withheld_sentences} withheld>"


class Sources:
    """What may not be copied, folded once for several texts: messages, and other strings (names, fields of the lead).

    Of the other strings runs are refused, but not the whole: a summary may name a client or a stage.
    """

    def __init__(self, messages: Iterable[Message], others: Iterable[str] = ()) -> None:
        self._wholes: set[tuple[str, ...]] = set()
        self._texts: list[str] = []
        self._words: tuple[list[list[str]], list[list[str]]] = ([], [])  # Without and with signs.
        for message in messages:
            for text in {message.text, message.transcript or ""}:
                self._add(text, is_whole=True)
        for text in others:
            self._add(text, is_whole=False)
        self._spaced = [" ".join(words) for words in self._words[0]]
        self._bare = [text.replace(" ", "") for text in self._spaced]

    def _add(self, text: str, *, is_whole: bool) -> None:
        folded = folded_text(text)
        if not folded:
            return
        self._texts.append(folded)
        words, words_and_signs = _words(folded, with_signs=False), _words(folded, with_signs=True)
        self._words[0].append(words)
        if words_and_signs != words:
            self._words[1].append(words_and_signs)
        if is_whole:
            for some in (words, words_and_signs):
                if WHOLE_MESSAGE <= len(some) < RUN_OF_WORDS:
                    self._wholes.add(tuple(some))

    def copied_places(self, folded: str) -> list[tuple[int, int]]:
        """The spans of a folded text that are copied. Time grows with the length of text and sources together."""
        places = self._copied_words(folded, with_signs=False)
        if self._words[1] or _SIGNS.search(folded):
            places += self._copied_words(folded, with_signs=True)
        return places + self._copied_characters(folded)

    def _copied_words(self, folded: str, *, with_signs: bool) -> list[tuple[int, int]]:
        tokens = _tokens(folded, with_signs=with_signs)
        words = [word for word, _, _ in tokens]
        runs: dict[str, list[int]] = {}
        for at in range(len(words) - RUN_OF_WORDS + 1):
            runs.setdefault(" ".join(words[at : at + RUN_OF_WORDS]), []).append(at)
        half = RUN_OF_WORDS // 2
        halves = {tuple(words[at : at + half]) for at in range(len(words) - half + 1)}
        hits: set[tuple[int, int]] = set()
        for theirs in self._words[with_signs] if runs else ():
            # Any run covers one whole block of half its size: without such a block there is nothing.
            if not any(tuple(theirs[at : at + half]) in halves for at in range(0, len(theirs) - half + 1, half)):
                continue
            for at in range(len(theirs) - RUN_OF_WORDS + 1):
                found = runs.pop(" ".join(theirs[at : at + RUN_OF_WORDS]), ())
                hits.update((start, start + RUN_OF_WORDS) for start in found)
        for size in {len(whole) for whole in self._wholes}:
            for at in range(len(words) - size + 1):
                if tuple(words[at : at + size]) in self._wholes:
                    hits.add((at, at + size))
        return [(tokens[start][1], tokens[end - 1][2]) for start, end in hits]

    def _copied_characters(self, folded: str) -> list[tuple[int, int]]:
        places = _Letters(folded).shared_with(self._texts)  # As folded, punctuation and all.
        places += _Letters(folded, joint=" ").shared_with(self._spaced)
        # Without spaces: for scripts that have none, and against s p a c e d copies.
        places += _Letters(folded, joint="").shared_with(self._bare)
        for match in re.finditer(rf"\S{{{RUN_WITHOUT_SPACE},}}", folded):
            token = _Letters(match.group(), size=RUN_WITHOUT_SPACE)
            places += [(match.start() + s, match.start() + e) for s, e in token.shared_with(self._texts)]
        return places


class _Letters:
    """A text as characters with the way back; `joint` stands for all between two words. Finds the runs it shares."""

    def __init__(self, text: str, *, joint: str | None = None, size: int = RUN_OF_CHARACTERS) -> None:
        self.size = size
        if joint is None:
            self.text, self.places = text, list(range(len(text)))
            return
        tokens = _tokens(text, with_signs=False)
        self.text = joint.join(word for word, _, _ in tokens)
        self.places = []
        for _, start, end in tokens:
            if self.places and joint:
                self.places.append(start)
            self.places.extend(range(start, end))

    def shared_with(self, texts: Iterable[str]) -> list[tuple[int, int]]:
        """The spans, in the text as it was given, of each window of `size` characters that stands in one of `texts`."""
        size, half = self.size, self.size // 2
        windows: dict[str, list[int]] = {}
        for at in range(len(self.text) - size + 1):
            windows.setdefault(self.text[at : at + size], []).append(at)
        if not windows:
            return []
        halves = {self.text[at : at + half] for at in range(len(self.text) - half + 1)}
        found: set[int] = set()
        for text in texts:
            if not any(text[at : at + half] in halves for at in range(0, len(text) - half + 1, half)):
                continue
            for at in range(len(text) - size + 1):
                found.update(windows.pop(text[at : at + size], ()))
            if not windows:
                break
        return [(self.places[at], self.places[at + size - 1] + 1) for at in found]


def minimise(text: str, messages: Sequence[Message] | Sources, others: Sequence[str] = ()) -> Minimised:
    """Leave out the sentences of a text that copy, mask its e-mails and long numbers.

    `others` are strings besides the messages (names, fields of the lead) of which no run may be copied. Dates written
    with digits only, such as 2026-03-12, are numbers of 7 digits or more and are masked with them.
    """
    sources = messages if isinstance(messages, Sources) else Sources(messages, others)
    withheld = 0
    while (
        True
    ):  # Each round drops a sentence or changes nothing: what a gap or a mask brings together is looked at anew.
        kept, refused = _refuse(text, sources)
        withheld += refused
        masked = mask(kept)
        if masked == text:
            break
        text = masked
    text = text.strip()
    return Minimised(text if any(map(str.isalnum, text)) else None, withheld)


def needs_rewrite(text: str, messages: Sequence[Message] | Sources, others: Sequence[str] = ()) -> bool:
    """True when a sentence of the text would be withheld, so that asking for other words is worth a call."""
    return minimise(text, messages, others).withheld_sentences > 0


def _refuse(text: str, sources: Sources) -> tuple[str, int]:
    """The text without the sentences that a copied span touches, and their number."""
    folded = fold(text)
    sentences = _sentences(text)
    starts = [start for start, _ in sentences]
    refused: set[int] = set()
    for place in sources.copied_places(folded.text):
        start, end = folded.span(*place)
        refused.update(range(bisect_right(starts, start) - 1, bisect_right(starts, end - 1)))
    return "".join(text[s:e] for i, (s, e) in enumerate(sentences) if i not in refused), len(refused)


def _sentences(text: str) -> list[tuple[int, int]]:
    """Spans that cover the whole text, each a sentence and the space behind it."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return list(zip([0, *ends[:-1]], ends, strict=True))


# Words


def _words(folded: str, *, with_signs: bool) -> list[str]:
    return _pattern(folded, with_signs).findall(folded)


def _tokens(folded: str, *, with_signs: bool) -> list[tuple[str, int, int]]:
    return [(match.group(), *match.span()) for match in _pattern(folded, with_signs).finditer(folded)]


_UNSPACED_WORD = rf"{_SIGN.pattern}|(?:(?!{_SIGN.pattern})[^\W_])+"
#: An emoji or another sign that is neither word nor punctuation counts as a word in one pass and as nothing in the
#: other, so that a copy is found whether it keeps such signs or not.
_SIGNS = re.compile(r"[^\w\s!-/:-@\[-`{-~¡-¿‐-⁞、-〿]+")
_PATTERNS = {
    (is_spaced, with_signs): re.compile(word + (f"|{_SIGNS.pattern}" if with_signs else ""))
    for is_spaced, word in ((True, r"[^\W_]+"), (False, _UNSPACED_WORD))
    for with_signs in (True, False)
}


def _pattern(folded: str, with_signs: bool) -> re.Pattern[str]:
    return _PATTERNS[_SIGN.search(folded) is None, with_signs]


# Masks


def mask(text: str) -> str:
    """The text with e-mail addresses and numbers of 7 digits or more, however separated, masked."""
    folded = fold(text)
    spans = [folded.span(*match.span()) for match in _EMAIL.finditer(folded.text)]
    spans += _long_numbers(text)
    if not spans:
        return text
    pieces: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start >= at:
            pieces += [text[at:start], MASK]
        at = max(at, end)
    pieces.append(text[at:])
    return "".join(pieces)


def _long_numbers(text: str) -> list[tuple[int, int]]:
    """Spans of numbers: digits of any script, at most 3 signs between two, with the letters grown onto them."""
    spans: list[tuple[int, int]] = []
    start = last = -1
    digits = between = 0
    for at, character in enumerate(text):
        if _is_digit(character):
            if not digits:
                start = at
            digits, last, between = digits + 1, at, 0
        elif digits and not _is_carried(character):
            between += 1
            if between > _MAX_BETWEEN_DIGITS or character.isalpha():
                if digits >= LONG_NUMBER:
                    spans.append(_with_letters(text, start, last + 1))
                digits = 0
    if digits >= LONG_NUMBER:
        spans.append(_with_letters(text, start, last + 1))
    return spans


@lru_cache(maxsize=4096)
def _is_digit(character: str) -> bool:
    return unicodedata.digit(character, None) is not None


@lru_cache(maxsize=4096)
def _is_carried(character: str) -> bool:
    """Marks and invisible characters belong to what they follow (the frame of a keycap digit)."""
    return is_invisible(character) or unicodedata.category(character).startswith("M")


def _with_letters(text: str, start: int, end: int) -> tuple[int, int]:
    """A document's number has letters at its ends: X1234567L."""
    while start and text[start - 1].isalpha():
        start -= 1
    while end < len(text) and (text[end].isalpha() or _is_carried(text[end])):
        end += 1
    return start, end
