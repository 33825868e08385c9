"""Deepgram's answer → our Transcript. Pure.

The SDK's models are lenient: every field may be missing or of another type, so nothing is taken on trust here.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from transcription.errors import VoiceUnexpected
from transcription.languages import tag_of
from transcription.transcript import Passage, Transcript, Word

#: A pause that ends an utterance; Deepgram's own default for `utt_split`.
PAUSE_S = 0.8
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, repr=False)
class _Heard:
    """One word of the answer."""

    word: Word
    start: float
    end: float
    speaker: int | None
    language: str


def read_reply(reply: Any, *, known_language: str, is_multichannel: bool, duration_s: float) -> Transcript:
    """The answer to one recording; without any passage where nobody speaks.

    `known_language` is the one that was asked for, empty if Deepgram was to find out. `duration_s` is as we measured
    it, for an answer that does not say. Raises VoiceUnexpected for what is no answer.
    """
    results = _field(reply, "results")
    channels = _list(results, "channels")
    if not channels:
        raise VoiceUnexpected
    heard = [_heard(channel) for channel in channels]
    passages = tuple(_by_channel(heard) if is_multichannel else _by_speaker(heard[0]))
    metadata = _field(reply, "metadata")
    duration = _number(_field(metadata, "duration"))
    request_id = _field(metadata, "request_id")
    return Transcript(
        passages=passages,
        language=known_language or (_language(channels, heard) if passages else ""),
        confidence=_confidence(word for words in heard for word in words),
        billed_s=(duration_s if duration is None else duration) * (len(channels) if is_multichannel else 1),
        request_id=request_id if isinstance(request_id, str) and _REQUEST_ID.fullmatch(request_id) else "",
    )


def _heard(channel: Any) -> list[_Heard]:
    """The words of a channel's best alternative; where it lists none, those of its text."""
    alternatives = _list(channel, "alternatives")
    best = alternatives[0] if alternatives else None
    confidence = _share(_field(best, "confidence"), 0.0)
    words: list[_Heard] = []
    at = 0.0
    for each in _list(best, "words"):
        text = _text(_field(each, "punctuated_word")) or _text(_field(each, "word"))
        if not text:
            continue
        start = _number(_field(each, "start"))
        start = at if start is None else start
        at = max(start, _number(_field(each, "end")) or 0.0)
        speaker = _field(each, "speaker")
        words.append(
            _Heard(
                Word(text, _share(_field(each, "confidence"), confidence)),
                start,
                at,
                speaker if isinstance(speaker, int) and speaker >= 0 else None,
                tag_of(_field(each, "language")),
            )
        )
    if words:
        return words
    return [_Heard(Word(text, confidence), 0.0, 0.0, None, "") for text in _text(_field(best, "transcript")).split()]


def _by_speaker(words: Sequence[_Heard]) -> Iterable[Passage]:
    """Passages as the speakers change, numbered in the order in which they first speak."""
    numbers: dict[int, int] = {}
    turns: list[tuple[int, Word]] = []
    number = 0
    for each in words:
        if each.speaker is not None:  # A word that nobody is named for belongs to who speaks.
            number = numbers.setdefault(each.speaker, len(numbers))
        turns.append((number, each.word))
    return _passages(turns, are_apart=len(numbers) > 1)


def _by_channel(heard: Sequence[Sequence[_Heard]]) -> Iterable[Passage]:
    """Passages in the order in which they begin, each a channel's words up to a pause; the speaker is the channel.

    Deepgram would cut them, too (`utterances`), by sending every word twice: 16 MB more of memory for an hour.
    """
    utterances: list[tuple[float, int, list[_Heard]]] = []
    for channel, words in enumerate(heard):
        current: list[_Heard] = []
        for word in words:
            if current and word.start - current[-1].end >= PAUSE_S:
                utterances.append((current[0].start, channel, current))
                current = []
            current.append(word)
        if current:
            utterances.append((current[0].start, channel, current))
    utterances.sort(key=lambda each: each[:2])
    turns = [(channel, each.word) for _, channel, words in utterances for each in words]
    return _passages(turns, are_apart=len({channel for channel, _ in turns}) > 1)


def _passages(turns: Iterable[tuple[int, Word]], *, are_apart: bool) -> Iterable[Passage]:
    if not are_apart:
        turns = [(0, word) for _, word in turns]
    for number, group in groupby(turns, key=lambda turn: turn[0]):
        yield Passage(number if are_apart else None, tuple(word for _, word in group))


def _language(channels: Sequence[Any], heard: Sequence[Sequence[_Heard]]) -> str:
    """The language found: of the channel that says most, else of most words, else the first one listed."""
    most = max(range(len(channels)), key=lambda index: len(heard[index]))
    if detected := tag_of(_field(channels[most], "detected_language")):
        return detected
    spoken = Counter(word.language for words in heard for word in words if word.language)
    if spoken:
        return spoken.most_common(1)[0][0]
    alternatives = _list(channels[most], "alternatives")
    listed = _list(alternatives[0], "languages") if alternatives else []
    return tag_of(listed[0]) if listed else ""


def _confidence(words: Iterable[_Heard]) -> float:
    """The mean of the words' confidence, long words counting for more: they carry more of what is said."""
    total = weight = 0.0
    for each in words:
        length = len(each.word.text)
        total += each.word.confidence * length
        weight += length
    return total / weight if weight else 0.0


def _field(thing: Any, name: str) -> Any:
    return getattr(thing, name, None)


def _list(thing: Any, name: str) -> list[Any]:
    value = _field(thing, name)
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    """A duration or a time: finite and not below 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return float(value)


def _share(value: Any, otherwise: float) -> float:
    number = _number(value)
    return otherwise if number is None else min(1.0, number)
