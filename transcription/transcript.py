"""What was said in a recording, in our words. In memory only: nothing here is ever stored or logged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Word:
    """One word as written, punctuation included; confidence from 0 to 1."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True, repr=False)
class Passage:
    """What one speaker says before another does. Speakers count from 0; None where they are not told apart."""

    speaker: int | None
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Transcript:
    """A whole recording. `billed_s` is what the service bills: its seconds times the channels."""

    passages: tuple[Passage, ...]
    language: str  # A language tag; empty where the service does not say.
    confidence: float
    billed_s: float
    request_id: str

    @property
    def is_empty(self) -> bool:
        """Whether nobody says anything."""
        return not any(passage.words for passage in self.passages)

    def __repr__(self) -> str:
        return f"<Transcript of {sum(len(passage.words) for passage in self.passages)} words>"
