"""How long a recording is, its channels and whether anybody speaks: samples, made ones, damaged ones, hostile ones."""

from __future__ import annotations

import json
import os
import random
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.transcription.audio_host import VOICE
from tests.transcription.audio_listeners import listeners_of
from transcription.audio.measure import HAS_SPEECH_S, Measured, measure
from transcription.audio.recording import Audio
from transcription.errors import AudioRefused

SAMPLES = {sample["file"]: sample for sample in json.loads((VOICE / "index.json").read_text())["recordings"]}
RATE = 8_000


def measured(body: bytes, max_s: float = 5400) -> Measured:
    pieces = tuple(body[place : place + 50_000] for place in range(0, len(body), 50_000))
    return measure(Audio(pieces, "https://storage.googleapis.com/a"), max_s=max_s)


def wav(*channels: list[int], rate: int = RATE, extra: bytes = b"", length: int | None = None) -> bytes:
    """A WAV file of 16 bits; `length` is what its header claims to hold."""
    samples = [sample for together in zip(*channels, strict=True) for sample in together]
    data = struct.pack(f"<{len(samples)}h", *samples)
    count = len(channels)
    form = struct.pack("<HHIIHH", 1, count, rate, rate * 2 * count, 2 * count, 16)
    claimed = len(data) if length is None else length
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + extra + b"data" + struct.pack("<I", claimed) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def pcm_of(file: str) -> list[int]:
    """A sample's sound at 8,000 Hz, for putting together what no sample is."""
    import av

    resampler = av.AudioResampler("s16", "mono", RATE)
    with av.open(str(VOICE / file)) as container:
        frames = [block for frame in container.decode(audio=0) for block in resampler.resample(frame)]
    frames += resampler.resample(None)
    samples: list[int] = []
    for frame in frames:
        samples += struct.unpack(f"<{frame.samples}h", bytes(frame.planes[0])[: frame.samples * 2])
    return samples


SPEECH = "en-o-06-m8.ogg"


@pytest.mark.parametrize("file", ["es-o-05-m1.m4a", "en-o-06-m3.ogg", "call-es.mp3"])
def test_a_sample_is_as_long_as_it_is_and_holds_speech(file: str) -> None:
    found = measured((VOICE / file).read_bytes())
    assert found.duration_s == pytest.approx(SAMPLES[file]["seconds"], abs=0.1)
    assert found.channels == SAMPLES[file]["channels"]
    assert found.format == SAMPLES[file]["format"]
    assert found.speech_s >= 1.0
    assert found.has_speech


@pytest.mark.full
@pytest.mark.parametrize("file", sorted(SAMPLES))
def test_every_sample_is_told_apart(file: str) -> None:
    sample = SAMPLES[file]
    found = measured((VOICE / file).read_bytes())
    assert found.duration_s == pytest.approx(sample["seconds"], abs=0.1)
    assert (found.channels, found.format) == (sample["channels"], sample["format"])
    assert found.has_speech == (sample["kind"] in ("message", "call"))


@pytest.mark.full
@pytest.mark.parametrize("file", sorted(SAMPLES))
def test_every_sample_is_told_apart_as_a_bad_line_or_a_quiet_voice_brings_it(file: str) -> None:
    samples = pcm_of(file)  # Narrow as a telephone: nothing above 4 kHz is left.
    chance = random.Random(file)
    loudness = (sum(sample * sample for sample in samples) / len(samples)) ** 0.5
    noisy = [round(sample + chance.gauss(0, loudness * 10 ** (-5 / 20))) for sample in samples]  # +5 dB over the noise.
    for heard in (
        samples,
        [round(sample * 10 ** (-20 / 20)) for sample in samples],
        [round(sample * 10 ** (-30 / 20)) for sample in samples],
        [max(-32768, min(32767, sample)) for sample in noisy],
    ):
        assert measured(wav(heard)).has_speech == (SAMPLES[file]["kind"] in ("message", "call"))


@pytest.mark.parametrize("file", [file for file, sample in SAMPLES.items() if sample["kind"] in ("silence", "noise")])
def test_silence_noise_and_music_hold_no_speech(file: str) -> None:
    found = measured((VOICE / file).read_bytes())
    assert not found.has_speech
    assert found.speech_s < HAS_SPEECH_S


def test_a_single_word_is_speech_also_when_it_is_faint_or_late() -> None:
    word = pcm_of(SPEECH)[RATE : RATE * 3 // 2]
    for before_s, loudness in ((0, 0.01), (20, 1.0)):
        samples = [0] * (before_s * RATE) + [round(sample * loudness) for sample in word] + [0] * RATE
        found = measured(wav(samples))
        assert found.has_speech, (before_s, loudness)
        assert found.duration_s == before_s + 1.5


def test_channels_count_when_they_are_different() -> None:
    speech, other = pcm_of(SPEECH)[: RATE * 4], pcm_of("es-o-05-m1.m4a")[: RATE * 4]
    chance = random.Random(1)
    room = [max(-32768, min(32767, sample + chance.randint(-200, 200))) for sample in speech]
    silence = [0] * len(speech)
    found = [measured(wav(speech, right)).channels for right in (other, speech, room, silence)]
    assert found == [2, 1, 1, 1]


def test_speech_is_heard_on_either_channel_and_where_both_would_cancel_each_other_out() -> None:
    speech = pcm_of(SPEECH)[: RATE * 3]
    silence = [0] * len(speech)
    for left, right in ((silence, speech), (speech, [-sample for sample in speech])):
        assert measured(wav(left, right)).has_speech


def test_the_length_is_what_was_decoded_not_what_a_header_says() -> None:
    assert measured(wav([1000, -1000] * RATE, length=RATE * 2 * 3600)).duration_s == 2.0


def test_a_recording_over_the_limit_is_refused_and_one_at_the_limit_is_not() -> None:
    assert measured(wav([0] * RATE * 3), max_s=3).duration_s == 3
    with pytest.raises(AudioRefused, match="audio_too_long"):
        measured(wav([0] * (RATE * 3 + 1)), max_s=3)


def test_a_tag_with_a_picture_before_the_sound_is_passed_over() -> None:
    sound = (VOICE / "call-es.mp3").read_bytes()
    tag = b"ID3\4\0\0" + bytes([0, 4, 0, 0]) + bytes(65_536)
    assert measured(tag + tag + sound).duration_s == pytest.approx(SAMPLES["call-es.mp3"]["seconds"], abs=0.1)


def test_a_damaged_end_leaves_what_was_before_it() -> None:
    file = "call-es.mp3"
    body = (VOICE / file).read_bytes()
    found = measured(body[: len(body) // 2] + b"\xa5" * 3_000)
    assert found.duration_s == pytest.approx(SAMPLES[file]["seconds"] / 2, rel=0.2)
    assert found.has_speech


@pytest.mark.parametrize(
    "body",
    [
        b"OggS\0\2" + bytes(20) + b"\1\x13OpusHead" + bytes(500),
        b"\0\0\0\x1cftypM4A \0\0\0\0M4A isom" + bytes(500),
        (VOICE / "es-o-05-m1.m4a").read_bytes()[:300],
        b"\xff\xfb\x90\x64" + bytes(5_000),
        b"fLaC\0\0\0\x22" + b"\xff" * 5_000,
        b"\x1aE\xdf\xa3" + b"\xff" * 5_000,
        b"#!AMR\n",
        b"RIFF\x24\0\0\0WAVEfmt " + bytes(100),
        wav([0] * RATE, rate=1),
        wav(*([[0] * RATE] * 9)),
    ],
    ids=["Ogg", "M4A", "M4A without its end", "MP3", "FLAC", "WebM", "AMR", "WAV", "a sample a second", "9 channels"],
)
def test_damaged_recordings_are_unreadable(body: bytes) -> None:
    with pytest.raises(AudioRefused, match="audio_unreadable"):
        measured(body)


def test_what_is_no_sound_behind_its_first_bytes_is_a_wrong_type() -> None:
    with pytest.raises(AudioRefused, match="audio_wrong_type"):
        measured(b"<html>")
    with pytest.raises(AudioRefused, match="audio_wrong_type"):
        measured(b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + b"<html>")


def _box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def _table(name: bytes, layout: str, *numbers: int) -> bytes:
    return _box(name, bytes(4), struct.pack(layout, *numbers))


def table_bomb() -> bytes:
    """An M4A of 600 bytes that announces fifty million blocks: FFmpeg makes a table of them, of 1.8 GB."""
    count = 50_000_000
    setup = bytes([3, 25, 0, 1, 0, 4, 17, 0x40, 0x15, *bytes(11), 5, 2, 0x15, 0x88, 6, 1, 2])
    sound = _box(
        b"mp4a",
        bytes(6),
        b"\0\1",
        bytes(8),
        struct.pack(">HHHHI", 1, 16, 0, 0, RATE << 16),
        _box(b"esds", bytes(4), setup),
    )
    tables = _box(
        b"stbl",
        _box(b"stsd", bytes(4), struct.pack(">I", 1), sound),
        _table(b"stts", ">III", 1, count, 1024),
        _table(b"stsc", ">IIII", 1, 1, count, 1),
        _table(b"stsz", ">II", 1, count),
        _table(b"stco", ">II", 1, 40),
    )
    media = _box(
        b"mdia",
        _table(b"mdhd", ">IIIIHH", 0, 0, RATE, 1000, 0, 0),
        _box(b"hdlr", bytes(4), struct.pack(">I4sIII", 0, b"soun", 0, 0, 0), b"\0"),
        _box(b"minf", _box(b"smhd", bytes(8)), tables),
    )
    track = _box(b"trak", _box(b"tkhd", struct.pack(">IIIIII", 7, 0, 0, 1, 0, 1000), bytes(60)), media)
    movie = _box(b"moov", _box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, 1000), bytes(80)), track)
    return _box(b"ftyp", b"M4A \0\0\0\0M4A ") + movie + _box(b"mdat", bytes(64))


def packed_bomb() -> bytes:
    """A WAV whose tag unpacks to 80 MB."""
    picture = zlib.compress(b"\0image/png\0\3\0" + bytes(80_000_000), 1)

    def size(number: int) -> bytes:
        return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))

    frame = b"APIC" + size(len(picture) + 4) + b"\0\x09" + size(80_000_013) + picture
    tag = b"ID3\4\0\0" + size(len(frame)) + frame
    tag += bytes(len(tag) % 2)
    return wav([0] * RATE, extra=b"id3 " + struct.pack("<I", len(tag)) + tag)


def test_recordings_made_to_eat_memory_do_not_get_it() -> None:
    """Measured on decoders without a limit: 1.8 GB for the first; for the second twice what its tag unpacks to."""
    assert measured(packed_bomb()).duration_s == 1.0
    peak = subprocess.run(
        [sys.executable, "-c", _PEAK_OF_CHILDREN],
        input=table_bomb(),
        capture_output=True,
        check=True,
        cwd=VOICE.parents[2],
    )
    assert int(peak.stdout) < 120_000  # KB; the listener alone takes 45,000.


_PEAK_OF_CHILDREN = """
import resource, sys
from transcription.audio.measure import measure
from transcription.audio.recording import Audio
try:
    measure(Audio((sys.stdin.buffer.read(),), "https://a/b"), max_s=60)
except Exception as refused:
    assert str(refused) == "audio_unreadable", refused
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_the_listener_holds_nothing_of_ours_and_can_open_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", "s3cret")
    seen: list[Any] = []

    def look() -> None:
        while not seen:
            for child in listeners_of():
                try:
                    limits = Path(f"/proc/{child}/limits").read_text()
                    environment = Path(f"/proc/{child}/environ").read_bytes()
                    files = {os.readlink(file) for file in Path(f"/proc/{child}/fd").iterdir()}
                except OSError:
                    continue
                if "Max open files            0 " in limits and environment:
                    seen.append((limits, environment, files))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    measured(wav([0] * RATE * 300))
    looking.join(1)
    limits, environment, files = seen[0]
    assert environment == b"OMP_NUM_THREADS=1\0"
    assert "Max file size             0 " in limits
    assert "Max core file size        0 " in limits
    assert {file.partition(":")[0] for file in files} == {"socket", "/dev/null"}


def test_sound_that_is_not_heard_out_may_be_speech() -> None:
    assert Measured(3600.0, 1, 0.0, "ogg", is_heard_out=False).has_speech
    assert not Measured(3600.0, 1, 0.0, "ogg").has_speech
