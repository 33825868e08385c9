"""What the emulated service hears: the words of a known recording as the language asked for makes them, or a sentence
that says that a recording is not known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from sandbox.deepgram_query import DETECTABLE, Wanted, base_of
from sandbox.deepgram_samples import Recording, Word

#: Said of audio that is not among the samples.
UNKNOWN = {
    "en": "This recording is not one of the samples of the sandbox, so its words are not known.",
    "es": "Esta grabación no es una de las muestras del sandbox, así que no se conocen sus palabras.",
    "pt": "Esta gravação não é uma das amostras do sandbox, por isso não se conhecem as suas palavras.",
}
#: It is repeated about as often as this.
REPEATED_EACH_S = 30.0
_UNKNOWN_CONFIDENCE = 0.9
#: What a model of the wrong language hears in speech it does not know: words of its own, by length.
_MISHEARD = {
    "en": "a of in the our say can come oil mass bear ask those grand elbow mercy candle garner pretend ginger",
    "es": "a de en los son por mar casa bien copa tres viste fuera metal tarde cielos domingo parientes",
    "pt": "a de em uns sou por mar casa bem copa três viste fora metal tarde navios domingo parentes",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """The words, and in which language they are. `confidence` is that of the language."""

    words: tuple[Word, ...]
    language: str
    confidence: float


def hear(recording: Recording, wanted: Wanted) -> Heard:
    """The words of a known recording: right in its language, nonsense of low confidence in a wrong one."""
    spoken = base_of(recording.language or "en")
    if wanted.detect:
        among = wanted.detect_among or tuple(DETECTABLE)
        listening, certain = (spoken, 0.98) if spoken in among else ((*wanted.detect_among, "en")[0], 0.41)
    elif wanted.is_multi:
        # Before nova-3 only two languages could be mixed.
        can = wanted.model.startswith("nova-3") or spoken in ("en", "es")
        listening, certain = (spoken, 0.98) if can else ("en", 0.41)
    else:
        listening, certain = base_of(wanted.language or "en"), 1.0
    if listening == spoken:
        return Heard(recording.words, spoken, certain)
    return Heard(tuple(_misheard(word, listening) for word in recording.words), listening, certain)


def say_unknown(seconds: float, loud: tuple[bool, ...], wanted: Wanted) -> Heard:
    """The sentence about a recording that is not known, for each channel in which something is."""
    if wanted.detect:
        named = wanted.detect_among
    elif wanted.is_multi:
        named = tuple(base_of(hint) for hint in wanted.hints)
    else:
        named = (base_of(wanted.language),)
    language = next((tag for tag in named if tag in UNKNOWN), "en")
    times = max(1, round(seconds / REPEATED_EACH_S))
    said = UNKNOWN[language].split() * times
    step = seconds / len(said)
    words = tuple(
        Word(
            plain=written.strip(".,").lower(),
            written=written,
            start=round(step * n, 3),
            end=round(step * (n + 0.9), 3),
            confidence=_UNKNOWN_CONFIDENCE,
            channel=channel,
        )
        for n, written in enumerate(said)
        for channel, is_loud in enumerate(loud)
        if is_loud
    )
    return Heard(words, language, 0.5)


def _misheard(word: Word, language: str) -> Word:
    """Another word of about the same length, the same each time, and doubtful."""
    known = _MISHEARD.get(language, _MISHEARD["en"]).split()
    dice = hashlib.sha256(word.plain.encode()).digest()
    near = sorted(known, key=lambda other: (abs(len(other) - len(word.plain)), other))[:5]
    heard = near[dice[0] % len(near)]
    return replace(word, plain=heard, written=heard, confidence=round(0.2 + dice[1] / 1024, 3))
