"""The recordings of the sandbox: the samples that stand in `data/voice/`, and what lies on the emulated drive.

`data/voice/index.json` lists the samples: `{"recordings": [{file, format, seconds, channels, language, conversation,
message, kind, text, words, sha256}]}`. SANDBOX_VOICE_DIR names another folder.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

VOICE_DIR = Path(__file__).resolve().parent / "data" / "voice"
MEDIA_TYPES = {
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "m4a": "audio/mp4",
    "mp4": "audio/mp4",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
}
# What Kommo calls a voice message's file, by its format: WhatsApp's are converted, Telegram's are not.
DRIVE_NAMES = {"m4a": "data.m4a", "ogg": "voice.ogg"}


@dataclass(frozen=True, slots=True)
class Recording:
    """One sample: `conversation` and `message` are ids of sample chats; `kind` is message, call, silence or noise."""

    path: Path
    format: str
    seconds: float
    channels: int
    language: str | None
    conversation: str | None
    message: str | None
    kind: str

    @property
    def media_type(self) -> str:
        return media_type_of(self.path.name)

    @property
    def drive_name(self) -> str:
        return DRIVE_NAMES.get(self.format, f"data.{self.format}")


def media_type_of(file_name: str) -> str:
    return MEDIA_TYPES.get(file_name.rpartition(".")[2].lower(), "application/octet-stream")


def samples() -> tuple[Recording, ...]:
    """All samples, in the order of the index; none when there is no index. Read anew only when it has changed."""
    index = Path(os.environ.get("SANDBOX_VOICE_DIR") or VOICE_DIR) / "index.json"
    return _read(index, index.stat().st_mtime_ns) if index.is_file() else ()


@lru_cache(maxsize=4)
def _read(index: Path, _changed_at: int) -> tuple[Recording, ...]:
    listed: list[dict[str, Any]] = json.loads(index.read_text("utf-8"))["recordings"]
    return tuple(
        Recording(
            path=index.parent / one["file"],
            format=one["format"],
            seconds=one["seconds"],
            channels=one["channels"],
            language=one.get("language"),
            conversation=one.get("conversation"),
            message=one.get("message"),
            kind=one["kind"],
        )
        for one in listed
    )


def sample_of(conversation: str, message: str) -> Recording | None:
    """The recording of one voice message of a sample chat."""
    return next((one for one in samples() if (one.conversation, one.message) == (conversation, message)), None)


def sample_call(language: str, conversation: str) -> Recording | None:
    """A call in this language: the chat's own if there is one."""
    calls = [one for one in samples() if one.kind == "call" and one.language == language]
    return next((one for one in calls if one.conversation == conversation), calls[0] if calls else None)


def sample_named(file_name: str) -> Recording | None:
    return next((one for one in samples() if one.path.name == file_name), None)


@dataclass(frozen=True, slots=True)
class Stored:
    """One file of an account: where it is on the drive (`place`: three uuids, the second is `id`), and its bytes."""

    id: str
    place: str
    account_id: int
    file_name: str
    media_type: str
    content: bytes | Path

    def read(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


@dataclass(slots=True)
class Shelf:
    """What lies on the drive of all accounts: Kommo puts it there, the storage gives it out."""

    stored: dict[str, Stored] = field(default_factory=dict)

    def put(self, one: Stored) -> None:
        self.stored[one.id] = one

    def get(self, file_id: str) -> Stored | None:
        return self.stored.get(file_id)

    def clear(self) -> None:
        self.stored.clear()
