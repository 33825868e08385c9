"""However large, slow, empty, wrong or long a recording is: little memory, bounded time, the right outcome.

Memory is the peak of the process that fetches and measures over what it holds idle, and the listener's peak with it:
all its pages for what the bar names, and its own alone for the largest file of all (the others are those of Python and
FFmpeg, which all listeners of the machine share: decision 0030).
"""

from __future__ import annotations

import io
import json
import random
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import av
import pytest

from tests.transcription.audio_host import NOTE, VOICE, Handler, Host, running_host

ROOT = Path(__file__).parents[2]
MOST_KB = 64 * 1024
HOUR = 3600
MB = 1_000_000


def give_500_mb_announced(request: Handler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(500 * MB))
    request.end_headers()
    pour(request, 500 * MB)


def give_500_mb(request: Handler) -> None:
    request.send_response(200)
    request.end_headers()
    pour(request, 500 * MB)


def give_500_mb_of_html(request: Handler) -> None:
    request.send_response(200)
    request.end_headers()
    request.wfile.write(b"<!DOCTYPE html>")
    pour(request, 500 * MB)


def pour(request: Handler, size: int) -> None:
    request.wfile.write(NOTE)
    for _ in range(size // MB):
        request.wfile.write(bytes(MB))


def drip(request: Handler) -> None:
    """A byte at a time, for ever."""
    request.send_response(200)
    request.end_headers()
    for byte in NOTE * 1000:
        request.wfile.write(bytes([byte]))
        time.sleep(0.005)


def nothing(request: Handler) -> None:
    request.give(b"")


def html(request: Handler) -> None:
    request.give(b"<!DOCTYPE html>" * 1000)


def wav_of_40_mb(request: Handler) -> None:
    """Twenty minutes of a call in stereo: the same faint noise on both sides."""
    chance = random.Random(1)
    second = b"".join(struct.pack("<hh", sample, sample) for sample in (chance.randint(-4, 4) for _ in range(8_000)))
    size = (40 * 1024 * 1024 - 44) // len(second) * len(second)
    form = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 2, 8_000, 32_000, 4, 16)
    request.send_response(200)
    request.send_header("Content-Length", str(size + 44))
    request.end_headers()
    request.wfile.write(b"RIFF" + struct.pack("<I", size + 36) + form + b"data" + struct.pack("<I", size))
    for _ in range(size // len(second)):
        request.wfile.write(second)


@cache
def _hour_of(file: str) -> bytes:
    """An hour of one sample, over and over: its packets copied, nothing encoded."""
    target = io.BytesIO()
    with av.open(str(VOICE / file)) as source, av.open(target, "w", format="ogg") as copy:
        stream = copy.add_stream_from_template(source.streams.audio[0])
        packets = [(bytes(packet), packet.duration) for packet in source.demux(audio=0) if packet.size]
        base = source.streams.audio[0].time_base
        at = 0
        while at * base < HOUR:
            for body, duration in packets:
                packet = av.Packet(body)
                packet.stream, packet.time_base, packet.pts, packet.dts = stream, base, at, at
                packet.duration = duration
                at += duration
                copy.mux(packet)
    return target.getvalue()


def hour_of_speech(request: Handler) -> None:
    request.give(_hour_of("en-o-06-m8.ogg"))


def hour_of_silence(request: Handler) -> None:
    request.give(_hour_of("silence.ogg"))


def hour_of_noise(request: Handler) -> None:
    request.give(_hour_of("noise.ogg"))


ANSWERS = (
    *(give_500_mb_announced, give_500_mb, give_500_mb_of_html, drip, nothing, html, wav_of_40_mb),
    *(hour_of_speech, hour_of_silence, hour_of_noise),
)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with running_host() as host:
        host.answers["/short"] = lambda request: request.give(NOTE)
        host.answers |= {f"/{answer.__name__}": answer for answer in ANSWERS}
        yield host


def eaten(host: Host, *paths: str, timeout_s: float) -> list[dict[str, Any]]:
    """What a process of its own finds at these paths and what each cost it."""
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.failures.audio_eater",
            host.origin,
            str(timeout_s),
            *(f"/{path}" for path in paths),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_what_is_too_much_too_slow_nothing_or_no_sound_costs_little_and_is_told(host: Host) -> None:
    expected = {
        "give_500_mb_announced": "audio_too_large",
        "give_500_mb": "audio_too_large",
        "give_500_mb_of_html": "audio_wrong_type",
        "drip": "audio_too_slow",
        "nothing": "audio_empty",
        "html": "audio_wrong_type",
    }
    found = dict(zip(expected, eaten(host, *expected, timeout_s=2), strict=True))
    assert {path: one["code"] for path, one in found.items()} == expected
    assert {path: one["grown_kb"] for path, one in found.items() if one["grown_kb"] > MOST_KB} == {}
    assert found["give_500_mb"]["grown_kb"] > 30_000  # It had come that far: the measure measures.
    assert all(one["grown_kb"] < 8_000 for path, one in found.items() if path != "give_500_mb")
    assert {one["listener_kb"] for one in found.values()} == {0}  # Nothing of it got as far as a decoder.
    assert max(one["took_s"] for one in found.values()) < 4


def test_a_recording_of_the_largest_size_is_in_memory_once(host: Host) -> None:
    (found,) = eaten(host, "wav_of_40_mb", timeout_s=20)
    assert (found["code"], found["has_speech"]) == (None, False)
    assert found["bytes"] > 41 * MB
    assert found["seconds"] == (found["bytes"] - 44) / 32_000
    assert found["grown_kb"] + found["listeners_own_kb"] < MOST_KB
    assert found["listeners_own_kb"] > 5_000  # It was seen.


@pytest.mark.full
@pytest.mark.timeout(300)
def test_an_hour_is_measured_in_little_memory_and_bounded_time(host: Host) -> None:
    paths = ("hour_of_speech", "hour_of_silence", "hour_of_noise")
    found = dict(zip(paths, eaten(host, *paths, timeout_s=20), strict=True))
    for one in found.values():
        assert one["code"] is None
        assert one["seconds"] == pytest.approx(HOUR, abs=30)
        assert one["grown_kb"] + one["listener_kb"] < MOST_KB
    assert found["hour_of_speech"]["has_speech"]
    assert not found["hour_of_silence"]["has_speech"]
    assert found["hour_of_noise"]["has_speech"]  # Not heard out, so not left out.
    assert found["hour_of_silence"]["took_s"] < 60
    assert found["hour_of_noise"]["took_s"] < 200
