"""Audio made on the spot for rules of misbehaviour: hours of speech, silence, noise. Kept once made, for it is small.

Ogg is made by repeating packets of Opus, without decoding: an hour takes a quarter of a second and some 6 MB.
"""

from __future__ import annotations

import io
import random
import struct
from array import array
from collections.abc import Iterator
from functools import lru_cache

import av

from sandbox.shelf import sample_named, samples

RATE = 16_000
BITRATE = 16_000
WAV_RATE = 8_000
# kind of params → what is repeated, and for how many seconds unless told.
MADE = {
    "hour": ("speech", 3600.0),
    "speech": ("speech", 14.0),
    "silence": ("silence", 10.0),
    "hour_silence": ("silence", 3600.0),
    "noise": ("noise", 10.0),
    "hour_noise": ("noise", 3600.0),
}
HOUR_WAV = "hour_wav"


@lru_cache(maxsize=16)
def made(kind: str, seconds: float | None = None, file: str | None = None) -> bytes:
    """Ogg/Opus of one of MADE; `file` names the sample that is repeated instead of the first spoken one.

    Raises KeyError for an unknown kind.
    """
    source, usual = MADE[kind]
    return _repeated(_source(source, file), usual if seconds is None else seconds)


def wav(seconds: float = 3600.0) -> tuple[int, Iterator[bytes]]:
    """8 kHz, 16 bit, mono: its whole length in bytes, and its pieces. Nothing of it is held but some seconds."""
    spoken = _decoded(_source("speech", None))
    size = int(seconds * WAV_RATE) * 2
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, WAV_RATE, WAV_RATE * 2, 2, 16)
    header = struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size)

    def pieces() -> Iterator[bytes]:
        yield header
        left = size
        while left > 0:
            yield spoken[:left]
            left -= len(spoken)

    return len(header) + size, pieces()


def _source(what: str, file: str | None) -> bytes:
    if file is not None and (named := sample_named(file)):
        return named.path.read_bytes()
    if what == "speech":
        spoken = next((one for one in samples() if one.kind == "message" and one.format == "ogg"), None)
        return spoken.path.read_bytes() if spoken else _encoded(_babble())
    return _encoded(_noise(seconds=3) if what == "noise" else bytes(RATE * 2))


def _noise(seconds: int) -> bytes:
    return array("h", ((byte - 128) * 16 for byte in random.Random(7).randbytes(RATE * seconds))).tobytes()


def _babble() -> bytes:
    """Where no sample is at hand: a buzz with the pace of syllables."""
    return array(
        "h", (((n * 130 % RATE) * 12_000 // RATE - 6_000) * (n // 2_000 % 3 > 0) for n in range(RATE * 5))
    ).tobytes()


def _encoded(pcm: bytes) -> bytes:
    out = io.BytesIO()
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
    frame.sample_rate = RATE
    frame.planes[0].update(pcm)
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, options={"b": str(BITRATE), "frame_duration": "60"})
        stream.layout = "mono"
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def _repeated(source: bytes, seconds: float) -> bytes:
    """`source` over and over (or a part of it), packet by packet."""
    out = io.BytesIO()
    with av.open(io.BytesIO(source), "r") as given:
        stream = given.streams.audio[0]
        packets = [
            (bytes(packet), packet.duration) for packet in given.demux(stream) if packet.size and packet.duration
        ]
        if not packets or stream.time_base is None:
            raise ValueError("there is no sound in the sample")
        with av.open(out, "w", format="ogg") as container:
            target = container.add_stream_from_template(stream)
            at, end, n = 0, int(seconds / stream.time_base), 0
            while at < end:
                content, duration = packets[n % len(packets)]
                packet = av.Packet(content)
                packet.stream, packet.time_base = target, stream.time_base
                packet.pts = packet.dts = at
                packet.duration = duration
                container.mux(packet)
                at, n = at + duration, n + 1
    return out.getvalue()


def _decoded(source: bytes) -> bytes:
    """As 8 kHz, 16 bit, mono."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=WAV_RATE)
    with av.open(io.BytesIO(source), "r") as given:
        frames = [made for frame in given.decode(audio=0) for made in resampler.resample(frame)]
    frames += resampler.resample(None)
    return b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)
