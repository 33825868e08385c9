"""bin/demo --once --voice: a recording becomes a note, from outside, by exit code, stdout and stderr.

The run that everybody waits for stands in test_once.py, whose services are started already.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from launch.paths import ROOT
from tests.launch.test_once import once

VOICES = ROOT / "sandbox" / "data" / "voice"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("voice") / "data"


@pytest.mark.full
def test_a_call_is_told_by_speakers_and_the_numbers_are_given_on_request(data: Path):
    done = once(data, "--voice", VOICES / "call-pt.m4a", "--call", "--json", "--language", "pt")
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert (said["transcription"]["kind"], said["transcription"]["state"]) == ("call", "done")
    assert said["transcription"]["charged_s"] > said["transcription"]["seconds"]
    assert {line.split(":")[0] for line in said["notes"][0].splitlines()[2:-1]} == {"Interlocutor 1", "Interlocutor 2"}


@pytest.mark.full
def test_where_nobody_speaks_stdout_stays_empty_and_it_is_free(data: Path):
    done = once(data, "--voice", VOICES / "noise.ogg")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Nobody speaks" in done.stderr


@pytest.mark.full
def test_a_recording_that_the_sandbox_does_not_know_is_said_to_be_one(data: Path, tmp_path: Path):
    path = tmp_path / "own.m4a"
    path.write_bytes((VOICES / "es-o-05-m1.m4a").read_bytes() + b"\0" * 8)
    done = once(data, "--voice", path)
    assert done.returncode == 0, done.stderr
    assert "understands no speech" in done.stderr
    assert "DEEPGRAM_API_KEY" in done.stderr


@pytest.mark.full
def test_a_key_that_deepgram_refuses_ends_the_run_at_once(
    data: Path, sandbox_ready: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DEEPGRAM_API_KEY", "not-the-key")
    monkeypatch.setenv("DEEPGRAM_BASE_URL", sandbox_ready["deepgram"]["base_url"])
    done = once(data, "--voice", VOICES / "es-o-05-m1.m4a")
    assert (done.returncode, done.stdout) == (1, "")
    assert "voice_account" in done.stderr.splitlines()[-1]
    assert "not-the-key" not in done.stderr


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "There is no file "),
        (b"", " is empty."),
        (b"<!doctype html><title>A page</title>" * 20, " is no recording, whatever its name says"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 400, " is no recording, whatever its name says"),
    ],
    ids=["missing", "empty", "html", "png"],
)
def test_a_file_that_is_no_recording_is_the_inputs_fault(data: Path, tmp_path: Path, content: bytes | None, what: str):
    path = tmp_path / "voice.ogg"
    if content is not None:
        path.write_bytes(content)
    done = once(data, "--voice", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert what in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--voice", VOICES), "is a folder"),
        (("--voice", "a.ogg", "--me", "Ana"), "--voice is a run of its own"),
        (("--json",), "--json and --call belong to a recording"),
    ],
    ids=["folder", "with a chat", "json alone"],
)
def test_a_wrong_use_is_the_inputs_fault(data: Path, arguments: tuple[str | Path, ...], what: str):
    done = once(data, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert what in done.stderr
