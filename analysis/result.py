"""A reading as it is stored, and a stored row as the API gives it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.conversation import Message
from analysis.facts import Facts
from analysis.llm import ModelProfile, ModelUsage
from analysis.models import Analysis, State
from analysis.outcomes import problem_of
from analysis.prompt import PROMPT_VERSION, Asked
from analysis.reading import Reading
from analysis.scoring import Rating, compare


def spent(usage: ModelUsage, profile: ModelProfile) -> dict[str, Any]:
    """What a run's calls used, also of one that failed."""
    return {
        "tokens_in": usage.tokens_in,
        "tokens_cached": usage.tokens_cached,
        "tokens_out": usage.tokens_out,
        "model_calls": usage.calls,
        "cost_usd": profile.cost_usd(usage),
    }


def columns(
    reading: Reading,
    *,
    messages: tuple[Message, ...],
    facts: Facts,
    asked: Asked,
    widget_version: str | None,
    previous: Analysis | None,
) -> dict[str, Any]:
    """The row's values for a reading: numbers, kinds and pointers, and the minimised texts."""
    times = [message.at for message in messages if message.at]
    return {
        "score": reading.score.value,
        "temperature": reading.score.temperature or "",
        "sentiment": reading.sentiment,
        "reading": {
            "shrunk": reading.score.shrunk,
            "known_share": round(reading.score.known_share, 4),
            "criteria": {name: rating.as_json() for name, rating in reading.ratings.items()},
            "objections": [
                {"kind": item.kind, "evidence": [pointer.as_json() for pointer in item.evidence]}
                for item in reading.objections
            ],
            "open_questions": [{"evidence": [pointer.as_json()]} for pointer in reading.open_questions],
            "checks": reading.checks.as_json(),
            "facts": facts.as_json(),
        },
        "flagged": list(reading.flagged),
        "change": _change(reading, previous),
        "summary": reading.summary,
        "summary_withheld": reading.summary_withheld,
        "next_action": reading.next_step.action,
        "next_why": reading.next_step.why,
        "next_due": reading.next_step.due,
        "messages_seen": reading.seen,
        "messages_total": reading.total,
        "last_message_at": max(times, default=None),
        "versions": {
            "prompt": PROMPT_VERSION,
            "rubric": asked.rubric.version,
            "model": reading.profile.name,
            "widget": widget_version,
        },
        "duration_ms": reading.duration_ms,
        **spent(reading.usage, reading.profile),
    }


def _change(reading: Reading, previous: Analysis | None) -> dict[str, Any] | None:
    """What changed since the last analysis of this lead, by the two ratings as stored; None for a first one."""
    if previous is None or previous.finished_at is None:
        return None
    return compare(
        previous={name: Rating.from_json(raw) for name, raw in previous.reading["criteria"].items()},
        current=reading.ratings,
        previous_score=previous.score,
        current_score=reading.score.value,
        since=_iso(previous.finished_at),
    )


def _iso(at: Any) -> str:
    return str(at.isoformat(timespec="seconds").replace("+00:00", "Z"))


def result_of(
    analysis: Analysis,
    *,
    usage: Mapping[str, Any],
    facts: Mapping[str, Any] | None = None,
    suggested_reply: str | None = None,
) -> dict[str, Any]:
    """The result document of a finished analysis; one that shares another's result shows that, under its own id."""
    shown = analysis.same_as or analysis
    reading = shown.reading
    return {
        "id": str(analysis.id),
        "state": analysis.state,
        "lead_id": analysis.lead_id,
        "source": shown.source,
        "reused": analysis.same_as is not None,
        "created_at": _iso(shown.created_at),
        "output_language": shown.output_language,
        "facts": facts if facts is not None else reading["facts"],
        "summary": shown.summary,
        "summary_withheld": shown.summary_withheld,
        "score": shown.score,
        "temperature": shown.temperature or None,
        "known_share": reading["known_share"],
        "criteria": reading["criteria"],
        "sentiment": shown.sentiment,
        "objections": reading["objections"],
        "open_questions": reading["open_questions"],
        "next_step": {
            "action": shown.next_action,
            "why": shown.next_why,
            "due": shown.next_due.isoformat() if shown.next_due else None,
        },
        "suggested_reply": suggested_reply,
        "change": shown.change,
        "flagged": shown.flagged,
        "messages_seen": shown.messages_seen,
        "messages_total": shown.messages_total,
        "usage": {"charged": analysis.charged, **usage},
        "versions": shown.versions,
    }


def state_of(analysis: Analysis, *, usage: Mapping[str, Any]) -> dict[str, Any]:
    """An analysis in whatever state: running, failed with its problem, or the whole result."""
    if analysis.state == State.DONE:
        return result_of(analysis, usage=usage)
    document: dict[str, Any] = {
        "id": str(analysis.id),
        "state": analysis.state,
        "lead_id": analysis.lead_id,
        "source": analysis.source or None,
    }
    if analysis.state == State.FAILED:
        document["problem"] = problem_of(analysis.outcome)
    return document
