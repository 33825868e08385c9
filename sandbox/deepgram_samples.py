"""The recordings that the emulated Deepgram knows by heart, recognised by their bytes: `data/voice/index.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

KINDS = ("message", "call", "silence", "noise")


@dataclass(frozen=True, slots=True)
class Word:
    """One word as the service hears it: times in seconds, `written` with its capitals and marks."""

    plain: str
    written: str
    start: float
    end: float
    confidence: float
    speaker: int = 0
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Recording:
    """What is in an audio file; no words for silence and noise."""

    file: str
    kind: str
    seconds: float
    channels: int
    language: str
    words: tuple[Word, ...]


class BadRecording(ValueError):
    """An entry that is none; the message says which field, and holds no value."""


def read_entry(entry: dict[str, Any]) -> tuple[str, Recording]:
    """The sha256 and the recording of one entry of the index. Raises BadRecording."""
    try:
        kind, seconds, channels = entry["kind"], float(entry["seconds"]), int(entry.get("channels", 1))
        words = tuple(_word(word) for word in entry.get("words", ()))
        language = str(entry.get("language") or "")
        sha256 = str(entry["sha256"]).lower()
    except KeyError as missing:
        raise BadRecording(f"an entry without {missing.args[0]}") from None
    except (TypeError, ValueError, AttributeError):
        raise BadRecording("an entry whose numbers or words are of the wrong shape") from None
    if kind not in KINDS or seconds <= 0 or channels < 1 or len(sha256) != 64:
        raise BadRecording(f"kind is one of {', '.join(KINDS)}; seconds and channels are above 0; sha256 has 64 digits")
    if kind in ("silence", "noise"):
        words = ()
    if words and not language:
        raise BadRecording("words without a language")
    return sha256, Recording(str(entry.get("file", "")), kind, seconds, channels, language, words)


def _word(entry: dict[str, Any]) -> Word:
    return Word(
        plain=str(entry["word"]),
        written=str(entry.get("punctuated_word") or entry["word"]),
        start=float(entry["start"]),
        end=float(entry["end"]),
        confidence=float(entry["confidence"]),
        speaker=int(entry.get("speaker") or 0),
        channel=int(entry.get("channel") or 0),
    )


def read_index(folder: Path) -> dict[str, Recording]:
    """The recordings of a folder by sha256; none where it has no index. Raises BadRecording."""
    path = folder / "index.json"
    return dict(_read(path, path.stat().st_mtime_ns)) if path.exists() else {}


@lru_cache(maxsize=2)
def _read(path: Path, _changed_at: int) -> dict[str, Recording]:
    # Kept until the file changes: tests ask for it at every reset.
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["recordings"]
    return dict(map(read_entry, entries))
