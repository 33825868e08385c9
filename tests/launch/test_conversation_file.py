"""A file that cannot be read as a chat: exit code 2 and one line, before anything is installed or started."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from launch import conversation_file
from launch.input_file import Unusable
from launch.paths import ROOT

MESSAGE = {
    "id": "m1",
    "author": "client",
    "author_name": "Ana",
    "at": None,
    "kind": "text",
    "text": "Is it still free?",
}
NESTED = "[" * 100_000 + "]" * 100_000

BAD = {
    "empty.json": (b"", "is empty"),
    "blank.txt": (b" \n\t\n", "is empty"),
    "broken.json": (b'{"messages": [', "not valid JSON, line 1"),
    "words.json": (b"hello", "not valid JSON"),
    "list.json": (b"[]", "expected an object"),
    "number.txt": (b"42", "expected an object"),
    "no-messages.json": (b"{}", "no list of `messages`"),
    "wrong-messages.json": (b'{"messages": {"a": 1}}', "no list of `messages`"),
    "nothing-said.json": (b'{"messages": []}', "without messages"),
    "future.json": (b'{"format": 2, "messages": [{}]}', "format 1"),
    "deep.json": (NESTED.encode(), "nested too deeply"),
    "digits.json": (b"9" * 5000, "not valid JSON"),
    "image.png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not text in UTF-8"),
    "nul.txt": (b"Ana: hi\0there", "binary"),
    "latin.txt": "Ana: mañana".encode("latin-1"),
    "export.zip": (b"PK\x03\x04....", "zip archive"),
    "large.txt": (b"a" * (4 * 1024 * 1024 + 1), "too large"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_chat_is_refused_in_one_line_that_names_it(tmp_path: Path, name: str):
    content, reason = BAD[name] if isinstance(BAD[name], tuple) else (BAD[name], "not text in UTF-8")
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Unusable) as refusal:
        conversation_file.read(str(path))
    assert refusal.value.code == 2
    assert reason in refusal.value.message
    assert str(path) in refusal.value.message
    assert "\n" not in refusal.value.message


def test_a_missing_file_a_folder_a_pipe_and_an_odd_name_are_refused(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    table = {
        "missing": "no file",
        "": "folder",
        "pipe": "not a regular file",
        "a\0b": "not a name",
        "x" * 300: "too long",
    }
    for name, reason in table.items():
        with pytest.raises(Unusable, match=reason):
            conversation_file.read(str(tmp_path / name) if name else str(tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_of_anothers_is_refused(tmp_path: Path):
    path = tmp_path / "secret.txt"
    path.write_text("Ana: hi")
    path.chmod(0)
    with pytest.raises(Unusable, match="may not be read"):
        conversation_file.read(str(path))


def chat(**changes: object) -> conversation_file.Conversation:
    return conversation_file.Conversation("chat.json", chat={"messages": [MESSAGE | changes]})


@pytest.mark.parametrize(
    ("changes", "place"),
    [({"id": "two words"}, "id"), ({"text": 5}, "text")],
)
def test_a_message_at_fault_is_named_by_its_place_and_never_quoted(changes: dict, place: str):
    with pytest.raises(Unusable) as refusal:
        conversation_file.check(chat(**changes), me=None, date_order=None)
    assert place in refusal.value.message
    assert "still free" not in refusal.value.message


def test_a_good_chat_passes(tmp_path: Path):
    conversation_file.check(chat(), me=None, date_order=None)
    path = tmp_path / "chat.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"messages": [MESSAGE]}).encode())
    assert conversation_file.read(str(path)).chat == {"messages": [MESSAGE]}


WHATSAPP = "[13/03/2026, 11:06:00] Ana: Is it still free?\n[13/03/2026, 11:07:10] Shabnam: Yes, it is\n"


def test_an_iphones_export_is_text_though_it_begins_like_a_json_list(tmp_path: Path):
    path = tmp_path / "_chat.txt"
    path.write_text(WHATSAPP, encoding="utf-8")
    assert conversation_file.read(str(path)).text == WHATSAPP


def test_who_is_the_rep_is_asked_with_the_names_to_choose_from():
    conversation = conversation_file.Conversation("_chat.txt", text=WHATSAPP)
    for me in (None, "Nobody"):
        with pytest.raises(Unusable, match=r"Ana, Shabnam\. Add --me NAME"):
            conversation_file.check(conversation, me=me, date_order=None)
    conversation_file.check(conversation, me="Shabnam", date_order=None)


def test_dates_that_could_be_read_both_ways_are_asked_about():
    text = "03/04/2026, 11:06 - Ana: Is it still free?\n03/04/2026, 11:07 - Shabnam: Yes, it is\n"
    conversation = conversation_file.Conversation("chat.txt", text=text)
    with pytest.raises(Unusable, match="--date-order dmy or --date-order mdy"):
        conversation_file.check(conversation, me="Shabnam", date_order=None)
    conversation_file.check(conversation, me="Shabnam", date_order="dmy")


def demo(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"CONVAILENS_DATA": str(data)}
    return subprocess.run(
        [ROOT / "bin" / "demo", *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--once", "--conversation", "/nowhere/chat.json"),
        ("--once", "--conversation", ""),
        ("--once", "--me", "Ana"),
        ("--once", "--language", "not a tag"),
        ("--conversation", "chat.json"),
        ("--bogus",),
        ("extra",),
    ],
)
def test_the_command_ends_with_2_and_starts_nothing(arguments: tuple[str, ...], tmp_path: Path):
    done = demo(*arguments, data=tmp_path / "data")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "throwaway").exists()


def test_a_question_about_the_chat_comes_before_anything_is_started(tmp_path: Path):
    path = tmp_path / "WhatsApp Chat with Ana.txt"
    path.write_text(WHATSAPP, encoding="utf-8")
    done = demo("--once", "--conversation", str(path), data=tmp_path / "data")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip().splitlines() == [
        f"{path}: who is the sales rep? The chat has: Ana, Shabnam. Add --me NAME with one of these."
    ]
    assert not (tmp_path / "data" / "throwaway").exists()
