"""Reads sample chats from a folder, and keeps what the pipeline may see apart from the truth about them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.conversation import ConversationDocument, read_conversation_document
from analysis.evaluation.metrics import Finding, Span
from analysis.scoring import DEFAULT_RUBRIC
from convailens.lib.errors import InvalidInput

OUTCOMES = ("won", "lost", "open")
TEMPERATURES = ("cold", "warm", "hot")
SENTIMENTS = ("positive", "neutral", "negative", "mixed")
LANGUAGES = ("en", "es", "pt")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class BadSample(ValueError):
    """A folder or file that cannot be evaluated. Its text names the file and the field, never what the file says."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about a chat; read by the evaluator only."""

    outcome: str
    temperature: str
    sentiment: str
    levels: Mapping[str, int | None]
    objections: tuple[Finding, ...]
    open_questions: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Sample:
    """A chat: `document` is the file without its truth."""

    id: str
    language: str
    document: Mapping[str, Any]
    truth: Truth

    def conversation(self) -> ConversationDocument:
        """The chat as the pipeline takes it. Raises InvalidInput, as `load_samples` made sure it does not."""
        return read_conversation_document(self.document)


def load_samples(folder: Path, *, limit: int | None = None) -> list[Sample]:
    """The chats of a folder's `*.json` files by name, the first `limit` of them. Raises BadSample."""
    if not folder.is_dir():
        raise BadSample(f"{folder}: there is no such folder.")
    paths = sorted(path for path in folder.glob("*.json") if path.is_file())
    if not paths:
        raise BadSample(f"{folder}: no chats (*.json) in this folder; folders inside it are not searched.")
    samples: dict[str, Sample] = {}
    for path in paths[:limit]:
        sample = _read_sample(path)
        if sample.id in samples:
            raise BadSample(f"{path}: another chat has the same id.")
        samples[sample.id] = sample
    return list(samples.values())


def read_json(path: Path) -> Any:
    """A file's JSON. Raises BadSample with the line of the fault."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise BadSample(f"{path}: not JSON (line {error.lineno}).") from None
    except RecursionError:
        raise BadSample(f"{path}: not JSON (nested too deeply).") from None
    except UnicodeDecodeError:
        raise BadSample(f"{path}: not UTF-8 text.") from None
    except OSError as error:
        raise BadSample(f"{path}: cannot be read ({error.strerror}).") from None


def _read_sample(path: Path) -> Sample:
    raw = read_json(path)
    if not isinstance(raw, dict):
        raise BadSample(f"{path}: not a chat file (see FORMAT.md).")
    seen = {name: value for name, value in raw.items() if name != "truth"}
    sample_id = raw.get("id", path.stem)
    if not isinstance(sample_id, str) or not _ID.fullmatch(sample_id):
        raise BadSample(f"{path}: id is not an id.")
    if seen.get("language") not in LANGUAGES:
        raise BadSample(f"{path}: language is one of {', '.join(LANGUAGES)}.")
    try:
        conversation = read_conversation_document(seen)
    except InvalidInput as error:
        raise BadSample(f"{path}: not a chat file ({next(filter(None, error.fields), error.code)}).") from None
    ids = frozenset(message.id for message in conversation.messages)
    return Sample(sample_id, seen["language"], seen, _Truth(path, ids).read(raw.get("truth")))


class _Truth:
    """Reads `truth`, naming the file and the field at fault."""

    def __init__(self, path: Path, message_ids: frozenset[str]) -> None:
        self._path, self._ids = path, message_ids

    def read(self, raw: object) -> Truth:
        truth = self._object(raw, "truth")
        criteria = self._object(truth.get("criteria"), "truth.criteria")
        return Truth(
            outcome=self._one_of(truth, "outcome", OUTCOMES),
            temperature=self._one_of(truth, "temperature", TEMPERATURES),
            sentiment=self._one_of(truth, "sentiment", SENTIMENTS),
            levels={name: self._level(criteria, name) for name in DEFAULT_RUBRIC.names},
            objections=self._findings(truth, "objections", has_kind=True),
            open_questions=self._findings(truth, "open_questions", has_kind=False),
        )

    def _fault(self, where: str) -> BadSample:
        return BadSample(f"{self._path}: {where} is missing or malformed.")

    def _object(self, raw: object, where: str) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise self._fault(where)
        return raw

    def _one_of(self, truth: Mapping[str, Any], name: str, values: Sequence[str]) -> str:
        value = truth.get(name)
        if not isinstance(value, str) or value not in values:
            raise self._fault(f"truth.{name}")
        return value

    def _level(self, criteria: Mapping[str, Any], name: str) -> int | None:
        where = f"truth.criteria.{name}"
        rating = self._object(criteria.get(name), where)
        level = rating.get("level", "missing")
        if level is None or (type(level) is int and 0 <= level <= 3):
            return level
        raise self._fault(f"{where}.level")

    def _findings(self, truth: Mapping[str, Any], name: str, *, has_kind: bool) -> tuple[Finding, ...]:
        raw = truth.get(name)
        if not isinstance(raw, list):
            raise self._fault(f"truth.{name}")
        return tuple(self._finding(item, f"truth.{name}[{index}]", has_kind) for index, item in enumerate(raw))

    def _finding(self, raw: object, where: str, has_kind: bool) -> Finding:
        item = self._object(raw, where)
        kind = item.get("kind") if has_kind else None
        places = item.get("evidence")
        if (has_kind and not isinstance(kind, str)) or not isinstance(places, list):
            raise self._fault(where)
        return Finding(kind, tuple(self._span(place, f"{where}.evidence") for place in places))

    def _span(self, raw: object, where: str) -> Span:
        place = self._object(raw, where)
        message, start, end = place.get("message"), place.get("start"), place.get("end")
        if message not in self._ids or type(start) is not int or type(end) is not int:
            raise self._fault(where)
        return Span(message, start, end)
