"""bin/demo --once: the whole main job from outside, by its exit code and stdout."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from launch.paths import ROOT
from tests.launch.people import processes_of

VOICES = ROOT / "sandbox" / "data" / "voice"
CHAT = ROOT / "sandbox" / "data" / "conversations" / "open" / "es-o-03.json"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("once") / "data"


def once(data: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    done = subprocess.run(
        [ROOT / "bin" / "demo", "--once", *arguments],
        env=environment | {"CONVAILENS_DATA": str(data)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert processes_of(data) == []
    return done


def test_without_a_file_the_sandboxs_lead_is_read_by_the_talks_api(data: Path):
    done = once(data)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["state"] == "done"
    assert result["source"] == "talks"
    assert 0 <= result["score"] <= 100
    assert result["summary"] in done.stderr.replace("\n", " ")


def test_a_chat_in_a_file_is_read_as_the_card_and_never_served_from_an_earlier_run(data: Path):
    results = []
    for _ in range(2):
        done = once(data, "--conversation", CHAT, "--language", "pt")
        assert done.returncode == 0, done.stderr
        results.append(json.loads(done.stdout))
    ids = {message["id"] for message in json.loads(CHAT.read_text())["messages"]}
    for result in results:
        assert (result["source"], result["reused"], result["output_language"]) == ("card", False, "pt")
        assert result["usage"]["charged"] == 1
        assert result["suggested_reply"]
        used = [p["message"] for criterion in result["criteria"].values() for p in criterion["evidence"]]
        assert used
        assert set(used) <= ids
    assert results[0]["score"] == results[1]["score"]
    levels = [{name: c["level"] for name, c in result["criteria"].items()} for result in results]
    assert levels[0] == levels[1]


@pytest.mark.full
def test_an_exported_chat_is_read_as_pasted(data: Path, tmp_path: Path):
    path = tmp_path / "WhatsApp Chat with Gordon.txt"
    path.write_text(
        "13/03/2026, 11:06 - Gordon P: Is this the implants place on Otley Rd?\n"
        "13/03/2026, 11:07 - Shabnam: Yes it is, how can I help?\n"
        "13/03/2026, 11:09 - Gordon P: How much for two implants, I need them before June\n",
        encoding="utf-8",
    )
    done = once(data, "--conversation", path, "--me", "Shabnam")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["source"], result["messages_seen"]) == ("pasted", 3)


def said_in(name: str) -> str:
    index = json.loads((VOICES / "index.json").read_text())["recordings"]
    return next(str(item["text"]) for item in index if item["file"] == name)


def words_of(note: str) -> list[str]:
    """What a note says, without its heading, markers and marks of doubt."""
    return " ".join(note.replace("⟨?⟩", "").splitlines()[2:-1]).split()


def test_the_note_is_printed_as_it_stands_in_kommo_and_nothing_else(data: Path):
    done = once(data, "--voice", VOICES / "pt-o-05-m1.ogg", "--language", "pt")
    assert done.returncode == 0, done.stderr
    heading, marker, *_, last = done.stdout.splitlines()
    assert heading.startswith("Mensagem de voz · ")
    assert marker == last
    assert marker.startswith("[CL:")
    assert words_of(done.stdout) == said_in("pt-o-05-m1.ogg").split()
    told = [line.strip() for line in done.stderr.splitlines()]
    assert told[:3] == ["starting", "connecting", "accepted"]
    assert "understands no speech" not in done.stderr


@pytest.mark.full
def test_a_run_that_fails_says_why_in_one_line_and_ends_with_1(data: Path, tmp_path: Path):
    path = tmp_path / "short.txt"
    path.write_text(
        "13/03/2026, 11:06 - G: hi\n13/03/2026, 11:07 - S: hello, how can I help you today?\n", encoding="utf-8"
    )
    done = once(data, "--conversation", path, "--me", "S")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.strip().splitlines()[-1].startswith("The run failed (too_short, request ")
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_named_without_its_password(data: Path):
    environment = os.environ | {"CONVAILENS_DATA": str(data), "DATABASE_URL": "postgres://me:hidden@127.0.0.1:9/none"}
    done = subprocess.run(
        [ROOT / "bin" / "demo", "--once"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "The database that DATABASE_URL names does not answer: " in done.stderr
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr
