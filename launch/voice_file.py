"""The file given to `bin/demo --once --voice`: a recording, told from its first bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from launch.input_file import Unusable, bytes_of
from transcription.audio.kinds import HEAD, sniff  # Of the standard library alone.

#: As AUDIO_MAX_BYTES has it where nobody sets it.
LARGEST_BYTES = 40 * 1024 * 1024
_KINDS = "Ogg (Opus), M4A, MP3, AAC, WAV, FLAC, WebM or AMR"


@dataclass(frozen=True, repr=False)
class VoiceFile:
    """A recording's bytes; `format` is the usual ending of such files."""

    name: str
    content: bytes
    format: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def read(name: str) -> VoiceFile:
    """Read the file. Raises Unusable, with one line that says what is wrong with it."""
    content = bytes_of(name, at_most=LARGEST_BYTES)
    if not content:
        raise Unusable(f"{name} is empty.")
    kind = sniff(content[:HEAD])
    if kind is None:
        raise Unusable(f"{name} is no recording, whatever its name says: {_KINDS} is expected.")
    return VoiceFile(name, content, kind.format)
