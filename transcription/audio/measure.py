"""What is to be known of a recording before anything is paid: how long it is, its channels, whether anybody speaks.

It is decoded from start to end, for what a header says of its length is not to be trusted, by a process of its own
(`listener`, which says why). That process has none of the bytes: it asks for them piece by piece, so that a long call
is in memory once.
"""

from __future__ import annotations

import json
import logging
import math
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from transcription.audio.kinds import HEAD, Kind, sniff, tag_size
from transcription.audio.recording import Audio, ChunkFile
from transcription.errors import AudioRefused, AudioUnavailable

#: Less is a click, a breath or a chord; a lone "sí" is 0.2 s and more (decision 0030). It stands low on purpose: what
#: is taken for speech and is none costs us one call that returns no words; what is speech and is not taken is lost.
HAS_SPEECH_S: Final = 0.1

_PROGRAM: Final = str(Path(__file__).with_name("listener.py"))
#: It takes no longer, once it is its turn. Its own limit is 120 s of processor time: a machine that has none is busy.
WAIT_S: Final = 240.0
_SLICE: Final = 65_536
_MAX_ANSWER: Final = 1_000
_REFUSALS: Final = frozenset({"audio_too_long", "audio_unreadable", "audio_wrong_type"})
_ASK: Final = struct.Struct("!QI")
# Each takes a processor and some 40 MB while it works.
_AT_ONCE = threading.BoundedSemaphore(2)

log = logging.getLogger("convailens.transcription")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found. `channels` counts different ones; `speech_s` is at least so much, counted up to a second."""

    duration_s: float
    channels: int
    speech_s: float
    format: str
    is_heard_out: bool = True  # False: speech was looked for as long as is reasonable, and the rest may hold some.

    @property
    def has_speech(self) -> bool:
        """Whether it is worth transcribing; what was not heard out may be."""
        return self.speech_s >= HAS_SPEECH_S or not self.is_heard_out


def measure(audio: Audio, *, max_s: float, within_s: float = WAIT_S) -> Measured:
    """Decode a recording of at most `max_s` seconds, `within_s` seconds long at most, and say what it is.

    Raises AudioRefused (`audio_wrong_type`, `audio_unreadable`, `audio_too_long`), or AudioUnavailable where the
    machine did not let us finish.
    """
    started = time.monotonic()
    file = audio.open()
    kind, start = _kind_of(file)
    with _AT_ONCE:
        found = _listened(file, start, audio.size - start, kind, max_s, within_s)
    measured = _measured_of(found, kind, max_s)
    log.info("audio.measured", extra={"bytes": audio.size, "duration_ms": round((time.monotonic() - started) * 1000)})
    return measured


def _kind_of(file: ChunkFile) -> tuple[Kind, int]:
    """What the file is and where its sound starts: tags before it (pictures, packed texts) are not looked into."""
    start = 0
    for _ in range(4):  # Some programs write one tag before another.
        head = _read_at(file, start, HEAD)
        if not (size := tag_size(head)):
            break
        start += size
    if (kind := sniff(_read_at(file, start, HEAD))) is None:
        raise AudioRefused("audio_wrong_type")
    return kind, start


def _listened(file: ChunkFile, start: int, size: int, kind: Kind, max_s: float, within_s: float) -> dict[str, Any]:
    """Start the listener, hand it the pieces it asks for, and take its answer."""
    ours, its = socket.socketpair()
    with ours:
        with its:
            process = subprocess.Popen(  # noqa: S603 -- Our own program; size, kind and limit are ours, too.
                [sys.executable, "-I", "-X", "utf8", _PROGRAM, str(size), kind.demuxer, repr(max_s)],
                stdin=its.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"OMP_NUM_THREADS": "1"},  # No secret of ours; and one thread is as quick as two.
            )
        try:
            return _answered(ours, file, start, size, time.monotonic() + min(WAIT_S, within_s))
        except (OSError, EOFError, ValueError) as failed:
            if isinstance(failed, TimeoutError):
                process.kill()
            ended = process.wait(timeout=10)
            log.warning("audio.listener.failed", extra={"status": ended})
            # Killed by a signal that no decoder raises: the machine's doing, not the recording's.
            if ended in (-signal.SIGKILL, -signal.SIGTERM):
                raise AudioUnavailable from None
            raise AudioRefused("audio_unreadable") from None
        finally:
            process.kill()
            process.wait()


def _answered(link: socket.socket, file: ChunkFile, start: int, size: int, deadline: float) -> dict[str, Any]:
    """Serve reads until the answer comes.

    Raises TimeoutError, EOFError (it ended without one) or ValueError (it does not speak as agreed).
    """
    while True:
        place, length = _ASK.unpack(_received(link, _ASK.size, deadline))
        if not length:
            break
        if length > _SLICE or place + length > size:
            raise ValueError
        link.sendall(_read_at(file, start + place, length))
    if place > _MAX_ANSWER:
        raise ValueError
    found = json.loads(_received(link, place, deadline))
    if not isinstance(found, dict):
        raise ValueError
    return found


def _measured_of(found: dict[str, Any], kind: Kind, max_s: float) -> Measured:
    """Read the answer of a process that may have been taken over, so as strictly as a stranger's."""
    if found.get("refused") in _REFUSALS:
        raise AudioRefused(found["refused"])
    match found:
        case {
            "seconds": float(seconds),
            "channels": 1 | 2 as channels,
            "speech_s": float(speech_s),
            "is_heard_out": bool(is_heard_out),
        } if math.isfinite(speech_s) and 0 < seconds <= max_s:
            return Measured(seconds, channels, speech_s, kind.format, is_heard_out)
        case _:
            raise AudioRefused("audio_unreadable")


def _received(link: socket.socket, length: int, deadline: float) -> bytes:
    received = b""
    while len(received) < length:
        link.settimeout(max(0.001, deadline - time.monotonic()))
        piece = link.recv(length - len(received))
        if not piece:
            raise EOFError
        received += piece
    return received


def _read_at(file: ChunkFile, place: int, length: int) -> bytes:
    file.seek(place)
    return file.read(length) or b""
