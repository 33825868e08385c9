"""A transcript as it stands in Kommo: the texts of its notes, and what was said, read back from them. Pure.

A note is a heading, a marker line, the text, and the same marker line again:

    Voice message · Ana · 24 Nov 2026, 14:03 · 0:14 · Spanish
    [CL:9f3c01ab27de 1/1]
    Hola, quería preguntar por el precio⟨?⟩ del plan.
    [CL:9f3c01ab27de 1/1]

What is between the markers is the plain transcript (`plain_text`) plus marks in the brackets ⟨⟩, which the transcript
itself never holds. So reading takes every mark out again and gives exactly what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from transcription.cut import Cut, clean_line, cut_text, shorten
from transcription.language_names import language_name
from transcription.transcript import Passage, Transcript, Word

#: Of a whole note. Kommo documents no limit; contract.md sets this one.
MAX_CHARACTERS = 15_000
#: Deepgram's confidence is a calibrated probability ("understanding word confidence scores"): of the words below this,
#: at least two in five are wrong, so a reader should not rely on them.
DOUBTFUL_BELOW = 0.6
DOUBT = "⟨?⟩"
#: How a part of a long transcript ends when its line goes on in the next part, after a space or in the very word.
_GOES_ON = {Cut.SPACE: " ⟨…⟩", Cut.INSIDE: "⟨-⟩"}
_MAX_NAME = 80
_MARKER_LINE = re.compile(r"\[CL:(?P<marker>[0-9a-f]{12}) (?P<i>[1-9][0-9]{0,3})/(?P<n>[1-9][0-9]{0,3})\]")


@dataclass(frozen=True, slots=True, repr=False)
class Heading:
    """What the first line of a note says: whose words these are, when they were said, how long, in which language."""

    kind: str  # `message` or `call`.
    who: str | None
    at: datetime | None
    duration_s: float
    language: str  # A tag; empty where it is not known.
    zone: ZoneInfo
    note_language: str


def marker_of(id: UUID) -> str:
    """The marker of a transcription: 12 hexadecimal digits of its id.

    The last 12 are random in a UUID of version 4 and of version 7. Markers are looked for among one lead's notes: with
    1,000 transcriptions on a lead the odds that any two of them share one are 1,000² / 2 / 2⁴⁸, about 2 in a billion.
    """
    return id.hex[-12:]


def plain_text(transcript: Transcript, words: Mapping[str, str]) -> str:
    """What was said, as plain text: a line for each passage, the speaker's label before it."""
    return _written(transcript, words, doubt="")


def write_notes(transcript: Transcript, heading: Heading, words: Mapping[str, str], marker: str) -> tuple[str, ...]:
    """The texts of the transcript's notes, each at most 15,000 characters; `words` are the notes' own, by key."""
    text = _written(transcript, words, doubt=DOUBT)
    line = _heading_line(heading, words)
    whole = _note(line, text, marker, 1, 1)
    if len(whole) <= MAX_CHARACTERS:
        return (whole,)
    # How long a part may be depends on how many digits their number has, and that on how long a part may be.
    for digits in range(1, 5):
        widest = 10**digits - 1
        room = MAX_CHARACTERS - len(_note(_numbered(line, words, widest, widest), "", marker, widest, widest))
        parts = cut_text(text, room - max(map(len, _GOES_ON.values())), whole=(DOUBT,))
        if len(parts) <= widest:
            break
    return tuple(
        _note(_numbered(line, words, i, len(parts)), part + _GOES_ON.get(cut, ""), marker, i, len(parts))
        for i, (part, cut) in enumerate(parts, 1)
    )


def read_notes(texts: Iterable[str], marker: str) -> str | None:
    """The plain transcript again, whatever order its notes come in; None unless every part of it is among them.

    Line ends, spaces around lines and empty lines may have changed on the way through Kommo.
    """
    found: dict[int, dict[int, list[str]]] = {}
    for text in texts:
        lines = _lines(text)
        # The text may hold lines that look like markers: ours are the first and the last.
        places = [at for at, line in enumerate(lines) if _MARKER_LINE.fullmatch(line)]
        counted = count_of(text, marker)
        if counted and len(places) >= 2 and lines[places[0]] == lines[places[-1]]:
            i, n = counted
            found.setdefault(n, {}).setdefault(i, lines[places[0] + 1 : places[-1]])
    for n, parts in found.items():
        if len(parts) == n:
            return _joined([parts[i] for i in range(1, n + 1)])
    return None


def count_of(text: str, marker: str) -> tuple[int, int] | None:
    """Which part of how many a note's text is (1/1 for a whole one); None if it is not of this transcription."""
    for line in _lines(text):
        if match := _MARKER_LINE.fullmatch(line):
            i, n = int(match["i"]), int(match["n"])
            return (i, n) if match["marker"] == marker and i <= n else None
    return None


def _lines(text: str) -> list[str]:
    return [line for each in re.split(r"\r\n|\r|\n", text) if (line := each.strip())]


def _joined(parts: Iterable[list[str]]) -> str:
    """The parts' lines as one text, without marks."""
    text = ""
    for lines in parts:
        body = "\n".join(lines)
        for cut, mark in _GOES_ON.items():
            if body.endswith(mark.strip()):
                text += body.removesuffix(mark.strip()).rstrip() + cut.value
                break
        else:
            text += body + Cut.LINE.value
    return text.removesuffix(Cut.LINE.value).replace(DOUBT, "")


def _written(transcript: Transcript, words: Mapping[str, str], *, doubt: str) -> str:
    lines = (_passage(passage, words, doubt) for passage in transcript.passages)
    return "\n".join(line for line in lines if line)


def _passage(passage: Passage, words: Mapping[str, str], doubt: str) -> str:
    said = " ".join(filter(None, (_word(word, doubt) for word in passage.words)))
    if not said or passage.speaker is None:
        return said
    return clean_line(words["speaker"].format(n=passage.speaker + 1)) + ": " + said


def _word(word: Word, doubt: str) -> str:
    text = clean_line(word.text)
    return text + doubt if text and word.confidence < DOUBTFUL_BELOW else text


def _note(line: str, text: str, marker: str, i: int, n: int) -> str:
    around = f"[CL:{marker} {i}/{n}]"
    return "\n".join((line, around, text, around))


def _numbered(line: str, words: Mapping[str, str], i: int, n: int) -> str:
    return f"{line} · {words['part'].format(i=i, n=n)}"


def _heading_line(heading: Heading, words: Mapping[str, str]) -> str:
    who = shorten(clean_line(heading.who or ""), _MAX_NAME)
    when = ""
    if heading.at is not None:
        at = heading.at.astimezone(heading.zone)
        when = f"{at.day} {words['months'].split()[at.month - 1]} {at.year}, {at:%H:%M}"
    language = language_name(heading.language, heading.note_language) or words["unknown_language"]
    parts = (words["call" if heading.kind == "call" else "message"], who, when, _length(heading.duration_s), language)
    return " · ".join(filter(None, parts))


def _length(duration_s: float) -> str:
    """Minutes and seconds, with hours where there are any: 0:14, 1:02:05."""
    minutes, seconds = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
