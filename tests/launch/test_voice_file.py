"""A file that is given as a recording: refused in one line before anything is started, or known for what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings

from launch import voice_file
from launch.input_file import Unusable
from launch.paths import ROOT

VOICES = ROOT / "sandbox" / "data" / "voice"
SAMPLES = json.loads((VOICES / "index.json").read_text())["recordings"]

REFUSED = {
    "page.ogg": (b"<!doctype html><html><body>Not found</body></html>", "is no recording, whatever its name says: Ogg"),
    "chat.zip": (b"PK\x03\x04....", "is no recording"),
    "photo.m4a": (b"\0\0\0\x18ftypheic\0\0\0\0", "is no recording"),
    "video.ogg": (b"OggS\0\2" + b"\0" * 20 + b"\1\x1e\x80theora", "is no recording"),
    "empty.mp3": (b"", "is empty"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_recording_is_refused_in_one_line_that_names_it(tmp_path: Path, name: str):
    content, reason = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Unusable, match=reason) as refusal:
        voice_file.read(str(path))
    assert refusal.value.code == 2
    assert refusal.value.message.startswith(str(path))
    assert "\n" not in refusal.value.message


def test_what_the_service_would_not_fetch_is_too_large_here(tmp_path: Path):
    assert settings.AUDIO_MAX_BYTES == voice_file.LARGEST_BYTES
    path = tmp_path / "large.wav"
    with path.open("wb") as file:
        file.truncate(voice_file.LARGEST_BYTES + 1)
    with pytest.raises(Unusable, match="too large: at most 40 MB"):
        voice_file.read(str(path))


def test_the_samples_are_known_by_their_bytes_whatever_their_names(tmp_path: Path):
    assert SAMPLES
    for sample in SAMPLES:
        path = tmp_path / "without-an-ending"
        path.write_bytes((VOICES / sample["file"]).read_bytes())
        found = voice_file.read(str(path))
        assert (found.format, found.sha256) == (sample["format"], sample["sha256"])
