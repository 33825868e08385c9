"""The sample recordings are what their index says, and every voice message of the sample chats can be heard."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import av
import pytest

DATA = Path(__file__).resolve().parents[2] / "sandbox" / "data"
VOICE = DATA / "voice"
RECORDINGS: list[dict[str, Any]] = json.loads((VOICE / "index.json").read_text(encoding="utf-8"))["recordings"]
SPOKEN = [r for r in RECORDINGS if r["kind"] in ("message", "call")]
UNSPOKEN = [r for r in RECORDINGS if r["kind"] in ("silence", "noise")]


def _name(recording: dict[str, Any]) -> str:
    return str(recording["file"])


def _voice_messages() -> dict[tuple[str, str], tuple[str, str]]:
    """(chat, message) → (the chat's language, what is said), for every voice message of the sample chats."""
    found = {}
    for path in sorted((DATA / "conversations" / "open").glob("*.json")):
        chat = json.loads(path.read_text(encoding="utf-8"))
        for message in chat["messages"]:
            if message["kind"] == "voice":
                found[chat["id"], message["id"]] = (chat["language"], " ".join(message["transcript"].split()))
    return found


def test_the_index_names_every_file_once_and_they_stay_small() -> None:
    named = [r["file"] for r in RECORDINGS]
    lying_there = {p.name for p in VOICE.iterdir()} - {"index.json", "README.md"}
    assert sorted(named) == sorted(lying_there)
    assert sum((VOICE / name).stat().st_size for name in named) < 2_500_000


@pytest.mark.parametrize("recording", RECORDINGS, ids=_name)
def test_a_file_has_the_bytes_and_the_sound_that_its_entry_says(recording: dict[str, Any]) -> None:
    path = VOICE / recording["file"]
    assert path.suffix == f".{recording['format']}"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == recording["sha256"]
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        frames = [(frame.samples, frame.sample_rate) for frame in container.decode(stream)]
        assert stream.codec_context.channels == recording["channels"]
    assert sum(samples / rate for samples, rate in frames) == pytest.approx(recording["seconds"], abs=0.1)


def test_every_voice_message_of_the_chats_has_one_recording_that_says_it() -> None:
    spoken = [r for r in RECORDINGS if r["kind"] == "message"]
    by_message = {(r["conversation"], r["message"]): (r["language"], r["text"]) for r in spoken}
    assert by_message == _voice_messages()
    assert len(by_message) == len(spoken)


@pytest.mark.parametrize("recording", SPOKEN, ids=_name)
def test_the_words_are_the_text_one_after_another_in_the_recordings_time(recording: dict[str, Any]) -> None:
    words = recording["words"]
    assert " ".join(w["punctuated_word"] for w in words) == recording["text"]
    times = [t for w in words for t in (w["start"], w["end"])]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= recording["seconds"]
    for word in words:
        assert word["start"] < word["end"]
        assert word["word"] in word["punctuated_word"].lower()
        assert word["word"].strip(".,;:!?¿¡") == word["word"] != ""
        assert 0 < word["confidence"] < 1
        assert word["channel"] < recording["channels"]


def test_a_call_has_two_speakers_and_a_stereo_one_gives_each_a_channel() -> None:
    calls = [r for r in RECORDINGS if r["kind"] == "call"]
    assert {r["language"] for r in calls} == {"en", "es", "pt"}
    assert {r["channels"] for r in calls} == {1, 2}
    for call in calls:
        assert {w["speaker"] for w in call["words"]} == {0, 1}
        voices = {(w["speaker"], w["channel"]) for w in call["words"]}
        assert voices == ({(0, 0), (1, 0)} if call["channels"] == 1 else {(0, 0), (1, 1)})


def test_some_recordings_have_a_doubtful_word_and_most_have_none() -> None:
    doubtful = [sum(w["confidence"] < 0.6 for w in r["words"]) for r in SPOKEN]
    assert set(doubtful) == {0, 1, 2}
    assert len(SPOKEN) / 4 < sum(map(bool, doubtful)) < len(SPOKEN) / 2


def test_nothing_is_said_in_silence_noise_and_music() -> None:
    assert {r["file"] for r in UNSPOKEN} == {"silence.ogg", "noise.ogg", "music.ogg"}
    assert all(r["text"] == "" and r["words"] == [] and r["language"] is None for r in UNSPOKEN)
