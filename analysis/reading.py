"""From a conversation to a reading of it: the model's one call and everything our code does with its answer.

Both the product's runs and `manage.py evaluate` come through here. Nothing here touches a database, Kommo or money.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import jiter

from analysis.answer import (
    MAX_REPLY,
    MAX_STEP,
    MAX_SUMMARY,
    Answer,
    BadAnswer,
    due_date,
    parse_answer,
    parse_rewritten,
    tidy,
)
from analysis.conversation import Author, Fitted, LeadCard, Message, fit, in_order
from analysis.evidence import EvidenceCounts, Pointer, verify
from analysis.llm import ModelCalls, ModelFault, ModelProfile, ModelUsage, Prompt
from analysis.machine_speech import flag
from analysis.minimise import Sources, minimise
from analysis.prompt import INSTRUCTIONS, Asked, analysis_prompt, repair_prompt, rewrite_prompt
from analysis.rating import carry_everything, rate
from analysis.scoring import Rating, Score, score
from analysis.tokens import count_tokens

log = logging.getLogger("convailens.model")

PROMPT_BUDGET_TOKENS = 12_000
DELTA_EVERY_S = 0.05

Emit = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Objection:
    """What the client holds against buying: its kind and where it was said."""

    kind: str
    evidence: tuple[Pointer, ...]


@dataclass(frozen=True, slots=True, repr=False)
class NextStep:
    """What to do now. Either text may be withheld (None)."""

    action: str | None
    why: str | None
    due: date | None


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """Everything a run yields. Only `suggested_reply` is not stored."""

    summary: str | None
    summary_withheld: bool
    sentiment: str
    ratings: Mapping[str, Rating]
    objections: tuple[Objection, ...]
    open_questions: tuple[Pointer, ...]
    next_step: NextStep
    suggested_reply: str | None
    score: Score
    flagged: tuple[str, ...]
    seen: int
    total: int
    checks: EvidenceCounts
    profile: ModelProfile
    usage: ModelUsage
    duration_ms: int


@dataclass(frozen=True, slots=True, repr=False)
class _Material:
    """What the model may be shown, and what its words are checked against."""

    messages: tuple[Message, ...]
    fitted: Fitted
    flagged: frozenset[str]
    sources: Sources


def prepare(messages: Sequence[Message], lead: LeadCard) -> _Material:
    """Order, flag and fit the messages. Takes up to a second for the largest request: not for the event loop."""
    ordered = in_order(messages)
    fitted = fit(ordered, budget_tokens=PROMPT_BUDGET_TOKENS, count_tokens=count_tokens)
    shown = [turn.message for turn in fitted.turns]  # What is not shown can order nothing, and proves nothing.
    labels = {label for label in (lead.stage, *(message.author_name for message in ordered)) if label}
    return _Material(ordered, fitted, frozenset(flag(shown)), Sources(ordered, (INSTRUCTIONS, *sorted(labels))))


async def read_conversation(
    *,
    messages: Sequence[Message],
    lead: LeadCard,
    asked: Asked,
    calls: ModelCalls,
    key: bytes,
    emit: Emit,
) -> Reading:
    """Read the conversation: events `summary`, `summary_reset` and `ratings` to `emit`, the reading as the answer.

    `key` keys the pointers' digests. Raises ModelFault with its outcome code; `calls.usage` then tells what was spent.
    """
    began = time.monotonic()
    material = await asyncio.to_thread(prepare, messages, lead)
    prompt = analysis_prompt(material.fitted, lead, asked, material.flagged)
    answer = await _answer(prompt, calls, asked, emit)
    ratings, checks = await asyncio.to_thread(_rate, answer, material, asked, key)
    if suspects := carry_everything(ratings):
        material = replace(material, flagged=material.flagged | suspects)
        answer = await _without(material, answer, lead, asked, calls, emit)
        ratings, checks = await asyncio.to_thread(_rate, answer, material, asked, key)
    emit("ratings", {"criteria": {name: rating.as_json() for name, rating in ratings.items()}})
    objections, open_questions, more_checks = await asyncio.to_thread(_places, answer, material, key)
    summary, step = await _own_words(answer, material, lead, asked, calls)
    return Reading(
        summary=summary,
        summary_withheld=summary is None,
        sentiment=answer.sentiment,
        ratings=ratings,
        objections=objections,
        open_questions=open_questions,
        next_step=step,
        suggested_reply=tidy(answer.suggested_reply, MAX_REPLY) or None,
        score=score(ratings, asked.rubric),
        flagged=tuple(message.id for message in material.messages if message.id in material.flagged),
        seen=material.fitted.seen,
        total=material.fitted.total,
        checks=checks + more_checks,
        profile=calls.profile,
        usage=calls.usage,
        duration_ms=round((time.monotonic() - began) * 1000),
    )


async def _answer(prompt: Prompt, calls: ModelCalls, asked: Asked, emit: Emit) -> Answer:
    """A valid answer, after at most one repair."""
    summary = _SummaryStream(emit)
    text = await calls.ask(prompt, summary.take, summary.restart)
    summary.flush()
    try:
        return parse_answer(text, asked.rubric)
    except BadAnswer:
        if not calls.spend_repeat():
            raise ModelFault("model_bad_answer") from None
    summary.restart()
    text = await calls.ask(repair_prompt(prompt, text), summary.take, summary.restart)
    summary.flush()
    try:
        return parse_answer(text, asked.rubric)
    except BadAnswer:
        raise ModelFault("model_bad_answer") from None


async def _without(
    material: _Material, first: Answer, lead: LeadCard, asked: Asked, calls: ModelCalls, emit: Emit
) -> Answer:
    """A second reading, without the message that the first one took orders from.

    Where there is no call left for it, or it fails, the first answer stands: what rests on that message is void.
    """
    if not calls.spend_repeat():
        return first
    log.warning("model.took_orders", extra={"model": calls.profile.name, "flagged": len(material.flagged)})
    emit("summary_reset", {})
    try:
        return await _answer(analysis_prompt(material.fitted, lead, asked, material.flagged), calls, asked, emit)
    except ModelFault:
        return first


def _rate(answer: Answer, material: _Material, asked: Asked, key: bytes) -> tuple[Mapping[str, Rating], EvidenceCounts]:
    claimed = {
        name: (rating.level, [(place.message, place.quote) for place in rating.evidence])
        for name, rating in answer.criteria.items()
    }
    return rate(claimed, material.fitted.turns, names=asked.rubric.names, flagged=material.flagged, key=key)


def _places(
    answer: Answer, material: _Material, key: bytes
) -> tuple[tuple[Objection, ...], tuple[Pointer, ...], EvidenceCounts]:
    """Objections and open questions that stand where they are said to stand; the others are dropped."""
    turns, flagged = material.fitted.turns, material.flagged
    counts = EvidenceCounts()
    objections: dict[tuple[str, str, int], Objection] = {}
    for claim in answer.objections[:20]:
        found, some = verify([(claim.message, claim.quote)], turns, flagged=flagged, key=key)
        counts += some
        for pointer in found:
            objections.setdefault((claim.kind, pointer.message, pointer.start), Objection(claim.kind, (pointer,)))
    questions, some = verify(
        [(place.message, place.quote) for place in answer.open_questions[:20]],
        turns,
        flagged=flagged,
        key=key,
        only=Author.CLIENT,
    )
    return tuple(objections.values()), questions, counts + some


async def _own_words(
    answer: Answer, material: _Material, lead: LeadCard, asked: Asked, calls: ModelCalls
) -> tuple[str | None, NextStep]:
    """Summary and next step without the messages' words: as written, or rewritten once, or without those sentences."""

    def clean(summary: str, action: str, why: str) -> tuple[list[str | None], int]:
        limits = (MAX_SUMMARY, MAX_STEP, MAX_STEP)
        texts = [tidy(text, limit) for text, limit in zip((summary, action, why), limits, strict=True)]
        results = [minimise(text, material.sources) for text in texts]
        return [result.text for result in results], sum(result.withheld_sentences for result in results)

    step = answer.next_step
    (summary, action, why), withheld = await asyncio.to_thread(clean, answer.summary, step.action, step.why)
    if withheld and calls.spend_repeat():
        ask = rewrite_prompt(
            material.fitted,
            lead,
            asked,
            material.flagged,
            summary=answer.summary[:MAX_SUMMARY],
            action=step.action[:MAX_STEP],
            why=step.why[:MAX_STEP],
        )
        try:
            again = parse_rewritten(await calls.ask(ask, lambda _: None, lambda: None))
        except (BadAnswer, ModelFault):
            pass  # The reading stands without the rewrite; the refused sentences are left out.
        else:
            texts, still = await asyncio.to_thread(clean, again.summary, again.action, again.why)
            if still < withheld:
                summary, action, why = texts
    today = asked.read_at.astimezone(asked.timezone).date()
    return summary, NextStep(action, why, due_date(step.due, today=today))


class _SummaryStream:
    """Turns the pieces of a JSON answer into `summary` deltas, while the summary is being written and no longer."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._clear()

    def _clear(self) -> None:
        self._json = ""
        self._sent = 0
        self._summary = ""
        self._is_closed = False
        self._last = 0.0

    def take(self, piece: str) -> None:
        """The next piece of the answer."""
        if self._is_closed:
            return
        self._json += piece
        if len(self._json) > 8 * MAX_SUMMARY:
            self._is_closed = True
            return
        try:
            partial = jiter.from_json(self._json.encode(), partial_mode="trailing-strings")
        except (ValueError, UnicodeEncodeError):
            return  # Mid-escape, or no JSON: the whole text is validated later.
        summary = partial.get("summary") if isinstance(partial, dict) else None
        if not isinstance(summary, str):
            return
        self._summary = tidy(summary, MAX_SUMMARY)
        self._is_closed = len(partial) > 1
        if self._is_closed or time.monotonic() - self._last >= DELTA_EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Send what has not been sent yet."""
        if len(self._summary) > self._sent:
            self._emit("summary", {"delta": self._summary[self._sent :]})
            self._sent = len(self._summary)
            self._last = time.monotonic()

    def restart(self) -> None:
        """A new attempt writes the text anew."""
        if self._sent:
            self._emit("summary_reset", {})
        self._clear()
