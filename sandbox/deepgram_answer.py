"""The body of an answer, in the shape of Deepgram's pre-recorded API."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.deepgram_errors import current_id
from sandbox.deepgram_query import Wanted
from sandbox.deepgram_samples import Word
from sandbox.deepgram_words import Heard

JSON = dict[str, Any]

_MODEL_IDS = uuid.UUID("5f0d6a3e-4c1b-4f0e-9d53-2f1b7c9a0d11")
_PARAGRAPH_AFTER_S = 2.0


def transcription(heard: Heard, wanted: Wanted, *, seconds: float, channels: int, sha256: str) -> JSON:
    """The whole body. `channels` are the recording's; without `multichannel` they are heard as one."""
    is_split = "multichannel" in wanted.flags
    groups = [[word for word in heard.words if word.channel == n] for n in range(channels)] if is_split else []
    if not is_split:
        groups = [_merged(heard.words)]
    results: JSON = {"channels": [_channel(words, heard, wanted) for words in groups]}
    if "utterances" in wanted.flags:
        found = [u for n, words in enumerate(groups) for u in _utterances(words, n, heard, wanted)]
        results["utterances"] = sorted(found, key=lambda utterance: utterance["start"])
    return {"metadata": _metadata(wanted, seconds, len(groups), sha256), "results": results}


def _metadata(wanted: Wanted, seconds: float, channels: int, sha256: str) -> JSON:
    family = wanted.model if wanted.model.startswith("nova-") else "base"
    model_id = str(uuid.uuid5(_MODEL_IDS, wanted.model))
    name = {"nova-3": "general-nova-3", "nova-2": "2-general-nova"}.get(wanted.model, wanted.model)
    arch = "-".join(family.split("-")[:2])
    found: JSON = {
        "transaction_key": "deprecated",
        "request_id": current_id(),
        "sha256": sha256,
        "created": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "duration": seconds,
        "channels": channels,
        "models": [model_id],
        "model_info": {model_id: {"name": name, "version": "2026-10-23.0", "arch": arch}},
    }
    if wanted.is_diarized:
        diarizer = "v1" if wanted.diarize_model in ("", "v1") else "v2"
        found["diarize_info"] = {"model_uuid": str(uuid.uuid5(_MODEL_IDS, diarizer)), "arch": diarizer}
    if wanted.tags:
        found["tags"] = list(wanted.tags)
    if wanted.extra:
        found["extra"] = dict(pair.partition(":")[::2] for pair in wanted.extra)
    return found


def _merged(words: Iterable[Word]) -> list[Word]:
    return sorted(words, key=lambda word: (word.start, word.channel))


def _channel(words: Sequence[Word], heard: Heard, wanted: Wanted) -> JSON:
    alternative: JSON = {
        "transcript": _text(words, wanted),
        "confidence": _confidence(words),
        "words": [_word(word, heard, wanted) for word in words],
    }
    if wanted.is_multi:
        alternative["languages"] = [heard.language] if words else []
        if wanted.model.startswith("nova-3"):
            alternative["languages_hinted"] = list(wanted.hints)
    if words and wanted.flags & {"smart_format", "paragraphs"}:
        alternative["paragraphs"] = _paragraphs(words, wanted)
    channel: JSON = {"alternatives": [alternative]}
    if wanted.detect:
        channel["detected_language"] = heard.language
        channel["language_confidence"] = heard.confidence
    return channel


def _word(word: Word, heard: Heard, wanted: Wanted) -> JSON:
    found: JSON = {"word": word.plain, "start": word.start, "end": word.end, "confidence": word.confidence}
    if wanted.is_multi:
        found["language"] = heard.language
    if wanted.is_diarized:
        found["speaker"] = word.speaker
        if wanted.diarize_model in ("", "v1"):
            found["speaker_confidence"] = 0.9
    if wanted.is_punctuated:
        found["punctuated_word"] = word.written
    return found


def _text(words: Iterable[Word], wanted: Wanted) -> str:
    return " ".join(word.written if wanted.is_punctuated else word.plain for word in words)


def _confidence(words: Sequence[Word]) -> float:
    return round(sum(word.confidence for word in words) / len(words), 6) if words else 0.0


def _utterances(words: Sequence[Word], channel: int, heard: Heard, wanted: Wanted) -> list[JSON]:
    found = []
    for part in _split(words, wanted, gap_s=wanted.utt_split):
        utterance: JSON = {
            "start": part[0].start,
            "end": part[-1].end,
            "confidence": _confidence(part),
            "channel": channel,
            "transcript": _text(part, wanted),
            "words": [_word(word, heard, wanted) for word in part],
            "id": str(uuid.uuid4()),
        }
        if wanted.is_diarized:
            utterance["speaker"] = part[0].speaker
        if wanted.is_multi:
            utterance["languages"] = [heard.language]
        found.append(utterance)
    return found


def _paragraphs(words: Sequence[Word], wanted: Wanted) -> JSON:
    paragraphs, texts = [], []
    for part in _split(words, wanted, gap_s=_PARAGRAPH_AFTER_S):
        sentences = [
            {"text": _text(sentence, wanted), "start": sentence[0].start, "end": sentence[-1].end}
            for sentence in _sentences(part)
        ]
        paragraph: JSON = {
            "sentences": sentences,
            "num_words": len(part),
            "start": part[0].start,
            "end": part[-1].end,
        }
        text = " ".join(str(sentence["text"]) for sentence in sentences)
        if wanted.is_diarized:
            paragraph["speaker"] = part[0].speaker
            text = f"Speaker {part[0].speaker}: {text}"
        paragraphs.append(paragraph)
        texts.append(text)
    # The leading line break is Deepgram's.
    return {"transcript": "\n" + "\n\n".join(texts), "paragraphs": paragraphs}


def _split(words: Sequence[Word], wanted: Wanted, *, gap_s: float) -> list[list[Word]]:
    """The words in runs, without a longer silence in them and, where speakers are told apart, of one speaker."""
    runs: list[list[Word]] = []
    for word in words:
        last = runs[-1][-1] if runs else None
        if last is None or word.start - last.end >= gap_s or (wanted.is_diarized and word.speaker != last.speaker):
            runs.append([])
        runs[-1].append(word)
    return runs


def _sentences(words: Sequence[Word]) -> list[list[Word]]:
    found: list[list[Word]] = [[]]
    for word in words:
        found[-1].append(word)
        if word.written.endswith((".", "?", "!", "…")):
            found.append([])
    return [sentence for sentence in found if sentence]
