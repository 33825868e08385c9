"""What can be told of audio that nobody recorded for us: how long it is, its channels, and whether it is silent.

The container is named by its first bytes and by nothing else, so that a playlist or a script is never opened as one.
Decoding goes frame by frame; of no recording, however long, more than one frame is held.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO

import av
from av.error import FFmpegError

from sandbox.deepgram_errors import corrupt

#: Of full scale (-40 dB). Below it nobody speaks.
QUIET = 0.01
_RAW = {"linear16": "s16le", "mulaw": "mulaw"}


@dataclass(frozen=True, slots=True)
class Probe:
    """`loud` says of each channel whether anything is in it."""

    seconds: float
    loud: tuple[bool, ...]


def container_of(head: bytes) -> str | None:
    """FFmpeg's name of the container that begins so; None for any we do not know."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] == b"ftyp":
        return "mov"
    for magic, name in ((b"OggS", "ogg"), (b"fLaC", "flac"), (b"\x1aE\xdf\xa3", "matroska"), (b"#!AMR", "amr")):
        if head.startswith(magic):
            return name
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "aac"
    if head[:3] == b"ID3" or (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06):
        return "mp3"
    return None


def probe(file: IO[bytes], *, encoding: str = "", sample_rate: int = 0) -> Probe:
    """Read a file through. `encoding` says that it is header-less. Raises Fault for what is no audio."""
    file.seek(0)
    container = container_of(file.read(16))
    file.seek(0)
    if encoding:
        # A container under a raw encoding is noise; so are the encodings that this emulator cannot read.
        if container is not None or encoding not in _RAW:
            raise corrupt()
        options = {"sample_rate": str(sample_rate or 8000)}
        return _read(file, _RAW[encoding], options)
    if container is None:
        raise corrupt()
    return _read(file, container, {})


def _read(file: IO[bytes], container: str, options: dict[str, str]) -> Probe:
    try:
        with av.open(file, "r", format=container, options=options) as opened:
            if not opened.streams.audio:
                raise corrupt()
            stream = opened.streams.audio[0]
            levels = _Levels(stream.channels)
            end = 0.0
            for packet in opened.demux(stream):
                if packet.pts is not None and packet.time_base is not None:
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
                if not levels.are_known:
                    # Once every channel has spoken, the rest is only measured: an hour takes a second then.
                    for frame in packet.decode():
                        levels.add(frame)
    except (FFmpegError, struct.error):
        raise corrupt() from None
    if not levels.frames or end <= 0:
        raise corrupt()
    return Probe(round(end, 6), tuple(levels.loud))


class _Levels:
    """Which channels were heard so far."""

    def __init__(self, channels: int) -> None:
        self.loud = [False] * channels
        self.frames = 0
        self._resampler = av.AudioResampler(format="fltp")

    @property
    def are_known(self) -> bool:
        return all(self.loud)

    def add(self, frame: av.AudioFrame) -> None:
        self.frames += 1
        for planar in self._resampler.resample(frame):
            for channel, samples in enumerate(planar.to_ndarray()):
                if not self.loud[channel] and float(abs(samples).max(initial=0.0)) >= QUIET:
                    self.loud[channel] = True
