"""Audio made for tests of the emulated Deepgram, and what is said in it."""

from __future__ import annotations

import contextlib
import io
import math
import ssl
import struct
import warnings
import wave
from collections.abc import AsyncIterator, Iterator
from typing import Any

import av
import httpx
import numpy as np
from deepgram import AsyncDeepgramClient, DeepgramClient
from deepgram.environment import DeepgramClientEnvironment

from tests.sandbox.process import DeepgramSandbox

with warnings.catch_warnings():
    # Deepgram's SDK imports a name that its own websockets library calls old.
    warnings.simplefilter("ignore", DeprecationWarning)
    import deepgram.listen.v1.client  # noqa: F401
    from deepgram.listen.v1.media.client import AsyncMediaClient, MediaClient

#: Only http is spoken here; a context without the certificates of the world is made in no time.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
SAID = "Hola, ¿cuánto cuesta el plan anual? Lo necesito para el viernes."


def tone(seconds: float = 1.0, *, levels: tuple[float, ...] = (0.3,), rate: int = 8000) -> bytes:
    """WAV with a channel for each level: 220 Hz, of full scale as loud as the level."""
    into = io.BytesIO()
    with wave.open(into, "wb") as file:
        file.setnchannels(len(levels))
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = (math.sin(2 * math.pi * 220 * n / rate) for n in range(int(seconds * rate)))
        file.writeframes(b"".join(struct.pack("<h", int(s * level * 32767)) for s in samples for level in levels))
    return into.getvalue()


def encoded(container: str, codec: str, seconds: float = 1.0, *, level: float = 0.3) -> bytes:
    """The same in another container: ("ogg", "libopus"), ("mp3", "libmp3lame"), ("mp4", "aac"), …"""
    rate = 48000
    into = io.BytesIO()
    with av.open(into, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout="mono")
        samples = (np.sin(2 * np.pi * 220 * np.arange(int(seconds * rate)) / rate) * level * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            output.mux(packet)
    return into.getvalue()


def words(text: str = SAID, *, start: float = 0.1, speaker: int = 0, channel: int = 0) -> list[dict[str, Any]]:
    """The words of a text, one each 0.4 s, as the index has them."""
    return [
        {
            "word": written.strip("¿?.,!").lower(),
            "punctuated_word": written,
            "start": round(start + 0.4 * n, 2),
            "end": round(start + 0.4 * n + 0.35, 2),
            "confidence": 0.97,
            "speaker": speaker,
            "channel": channel,
        }
        for n, written in enumerate(text.split())
    ]


def entry(seconds: float = 5.0, **changes: Any) -> dict[str, Any]:
    """What the index says of a Spanish voice message."""
    return {"kind": "message", "seconds": seconds, "channels": 1, "language": "es", "words": words()} | changes


def _environment(service: DeepgramSandbox) -> DeepgramClientEnvironment:
    elsewhere = "ws://127.0.0.1:9"
    return DeepgramClientEnvironment(
        base=service.base_url, production=elsewhere, agent=elsewhere, agent_rest="http://127.0.0.1:9"
    )


@contextlib.contextmanager
def sdk(service: DeepgramSandbox, api_key: str | None = None) -> Iterator[MediaClient]:
    """Deepgram's own client: pointed here by address and key alone; its connections end with the block."""
    with httpx.Client(timeout=20, verify=PLAIN) as http:
        yield DeepgramClient(
            api_key=api_key or service.api_key, environment=_environment(service), max_retries=0, httpx_client=http
        ).listen.v1.media


@contextlib.asynccontextmanager
async def async_sdk(service: DeepgramSandbox) -> AsyncIterator[AsyncMediaClient]:
    async with httpx.AsyncClient(timeout=20, verify=PLAIN) as http:
        yield AsyncDeepgramClient(
            api_key=service.api_key, environment=_environment(service), max_retries=0, httpx_client=http
        ).listen.v1.media


def ask(service: DeepgramSandbox, audio: bytes, **wanted: Any) -> dict[str, Any]:
    """The whole answer to a request by bytes."""
    headers = {"Authorization": f"Token {service.api_key}"}
    answer = service.http.post("/v1/listen", content=audio, params=wanted, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def heard(service: DeepgramSandbox, audio: bytes, **wanted: Any) -> dict[str, Any]:
    """The one alternative of the one channel."""
    [channel] = ask(service, audio, **wanted)["results"]["channels"]
    [alternative] = channel["alternatives"]
    return alternative
