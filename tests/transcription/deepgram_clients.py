"""A recording for tests of our Deepgram client, what is said in it, and clients to try it with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from transcription.deepgram import Deepgram

AUDIO = b"OggS" + b"a recording in pieces " * 400
SAID = "Hola, ¿cuánto cuesta el plan Kestrel?"


@dataclass
class Recording:
    """As the audio door hands one over."""

    chunks: tuple[bytes, ...]

    @property
    def size(self):
        return sum(map(len, self.chunks))


RECORDING = Recording((AUDIO[:1000], AUDIO[1000:5000], AUDIO[5000:]))


def words(text, *, start=0.1, speaker=0, channel=0, confidence=0.97):
    return [
        {
            "word": word.strip("¿?.,!").lower(),
            "punctuated_word": word,
            "start": round(start + 0.4 * n, 2),
            "end": round(start + 0.4 * n + 0.35, 2),
            "confidence": confidence,
            "speaker": speaker,
            "channel": channel,
        }
        for n, word in enumerate(text.split())
    ]


def said(transcript):
    return [(passage.speaker, " ".join(word.text for word in passage.words)) for passage in transcript.passages]


@contextlib.contextmanager
def clients() -> Iterator:
    """A function that transcribes, by a client of our own for each set of settings: making one takes 40 ms."""
    made = {}

    def transcribe(service, recording=RECORDING, *, language="", is_call=False, channels=1, duration_s=5.0, **changes):
        settings = {
            "api_key": service.api_key,
            "base_url": service.base_url,
            "model": "nova-3",
            "default_language": "multi",
            "hints": ("en", "es", "pt"),
            "timeout_s": 20,
        } | changes
        key = tuple(settings.items())
        deepgram = made.get(key) or made.setdefault(key, Deepgram(**settings))
        return deepgram.transcribe(
            recording, duration_s=duration_s, language=language, is_call=is_call, channels=channels
        )

    yield transcribe
    for deepgram in made.values():
        deepgram.close()
