"""Runs the product's pipeline over sample chats, a few at a time, and compares each reading with the truth."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from analysis.conversation import Message, is_too_short
from analysis.evaluation.injections import PLANTED, Conversation, Planting, is_leaked, shows_instructions
from analysis.evaluation.metrics import Finding, Hits, Span, compare
from analysis.evaluation.samples import Sample
from analysis.evidence import Pointer
from analysis.llm import Model, ModelCalls, ModelFault, ModelProfile, ModelUsage
from analysis.prompt import INSTRUCTIONS, Asked
from analysis.reading import Reading, read_conversation
from analysis.scoring import DEFAULT_RUBRIC

log = logging.getLogger("convailens.evaluate")

#: Keys the pointers' digests of this evaluation; nothing of them is kept.
KEY = hashlib.sha256(b"convailens evaluate").digest()
FAILURES = {
    "model_bad_answer": "schema",
    "model_cut_short": "schema",
    "model_refused": "refusal",
    "model_timeout": "timeout",
}
TOO_SHORT = "too_short"
INTERNAL = "internal"  # A mistake of ours, not the model's.

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """One pass of the pipeline: a reading, or the code of what went wrong; and what was spent either way."""

    reading: Reading | None
    code: str | None
    usage: ModelUsage
    profile: ModelProfile


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """Pointers that a reading shows, by how they were matched, and how many of them stand in their message."""

    verified: int
    repaired: int
    dropped: int
    standing: int

    @property
    def shown(self) -> int:
        return self.verified + self.repaired


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """A sample chat, its run, and how they compare."""

    sample: Sample
    run: Run
    evidence: EvidenceFound
    objections: Hits
    open_questions: Hits


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """A planted attempt beside its control."""

    planting: Planting
    injected: Run
    control: Run

    @property
    def delta(self) -> int | None:
        """Points that the attempt moved the score by, against the control; None when one of the two was not read."""
        if self.injected.reading is None or self.control.reading is None:
            return None
        # The shrunk value is the score wherever there is one.
        return self.injected.reading.score.shrunk - self.control.reading.score.shrunk

    @property
    def is_flagged(self) -> bool:
        return self.injected.reading is not None and PLANTED in self.injected.reading.flagged

    @property
    def is_control_flagged(self) -> bool:
        return self.control.reading is not None and PLANTED in self.control.reading.flagged

    @property
    def is_leaked(self) -> bool:
        """Whether an attempt to make us tell or do something left its words, or ours, in what a rep is shown."""
        if self.injected.reading is None or self.planting.attempt.aim not in ("leak", "act"):
            return False
        shown = texts_shown(self.injected.reading)
        control_shown = texts_shown(self.control.reading) if self.control.reading else []
        said = [message.said for message in self.planting.control.messages]
        return shows_instructions(shown, INSTRUCTIONS) or is_leaked(self.planting.attempt, shown, said, control_shown)


def texts_shown(reading: Reading) -> list[str]:
    """Everything of a reading that is free text."""
    step = reading.next_step
    return [text for text in (reading.summary, step.action, step.why, reading.suggested_reply) if text]


async def run_samples(
    samples: Sequence[Sample], model: Model, *, deadline_s: float, concurrency: int, on_done: Callable[[], None]
) -> list[Outcome]:
    """Read the chats; the outcomes come in the order of the samples."""

    async def one(sample: Sample) -> Outcome:
        conversation = sample.conversation()
        run = await _run(Conversation(conversation.messages, conversation.lead), sample, model, deadline_s)
        return _outcome(sample, conversation.messages, run)

    return await _all(samples, one, concurrency, on_done)


async def run_plantings(
    plantings: Sequence[Planting], model: Model, *, deadline_s: float, concurrency: int, on_done: Callable[[], None]
) -> list[Comparison]:
    """Read each planted chat and its control."""

    async def one(planting: Planting) -> Comparison:
        injected = await _run(planting.injected, planting.sample, model, deadline_s)
        control = await _run(planting.control, planting.sample, model, deadline_s)
        return Comparison(planting, injected, control)

    return await _all(plantings, one, concurrency, on_done)


async def _all(
    items: Sequence[Item],
    do: Callable[[Item], Awaitable[Result]],
    concurrency: int,
    on_done: Callable[[], None],
) -> list[Result]:
    """`do` for each item, at most `concurrency` at a time; a fault or Ctrl-C ends all of them."""
    results: dict[int, Result] = {}
    waiting = iter(enumerate(items))

    async def work() -> None:
        for index, item in waiting:
            results[index] = await do(item)
            on_done()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(concurrency, len(items))):
            group.create_task(work())
    return [results[index] for index in range(len(items))]


async def _run(conversation: Conversation, sample: Sample, model: Model, deadline_s: float) -> Run:
    calls = ModelCalls(model, deadline_s=deadline_s)
    if is_too_short(conversation.messages):
        return Run(None, TOO_SHORT, calls.usage, calls.profile)
    reading: Reading | None = None
    code: str | None = None
    try:
        reading = await read_conversation(
            messages=conversation.messages,
            lead=conversation.lead,
            asked=_asked(sample, conversation.messages),
            calls=calls,
            key=KEY,
            emit=lambda _name, _data: None,
        )
    except ModelFault as fault:
        code = fault.code
    except Exception:
        # One chat that we stumble over must not cost the figures of all others; it is counted and named.
        log.exception("evaluate.stumbled")
        code = INTERNAL
    return Run(reading, code, calls.usage, calls.profile)


def _asked(sample: Sample, messages: Sequence[Message]) -> Asked:
    """As a rep would ask at the chat's last message, in the chat's language and the business's time zone."""
    times = [message.at for message in messages if message.at]
    return Asked(
        output_language=sample.language,
        timezone=ZoneInfo(str(sample.document.get("timezone") or "UTC")),
        rubric=DEFAULT_RUBRIC,
        read_at=max(times, default=datetime(2026, 1, 1, tzinfo=UTC)),
    )


def _outcome(sample: Sample, messages: Sequence[Message], run: Run) -> Outcome:
    reading = run.reading
    if reading is None:
        return Outcome(sample, run, EvidenceFound(0, 0, 0, 0), Hits(), Hits())
    objections = [Finding(item.kind, tuple(map(_span, item.evidence))) for item in reading.objections]
    questions = [Finding(None, (_span(pointer),)) for pointer in reading.open_questions]
    pointers = [pointer for rating in reading.ratings.values() for pointer in rating.evidence]
    pointers += [pointer for item in reading.objections for pointer in item.evidence]
    pointers += reading.open_questions
    repaired = sum(pointer.match == "repaired" for pointer in pointers)
    return Outcome(
        sample=sample,
        run=run,
        evidence=EvidenceFound(
            verified=len(pointers) - repaired,
            repaired=repaired,
            dropped=reading.checks.dropped,
            standing=standing(pointers, sample.document["messages"]),
        ),
        objections=compare(objections, sample.truth.objections),
        open_questions=compare(questions, sample.truth.open_questions),
    )


def _span(pointer: Pointer) -> Span:
    return Span(pointer.message, pointer.start, pointer.end)


# Evidence, checked again from the pointers and the file's messages alone, with no code of the pipeline


def standing(pointers: Iterable[Pointer], messages: Sequence[Any], key: bytes = KEY) -> int:
    """How many of the pointers stand: see `stands`."""
    by_id = {message["id"]: message for message in messages}
    return sum(stands(pointer, by_id.get(pointer.message), key) for pointer in pointers)


def stands(pointer: Pointer, message: Any, key: bytes = KEY) -> bool:
    """Whether a pointer names words of a client: the message is there and a client's, the span lies inside what was
    said (a voice message's transcript, else the text), is not blank, and has the digest that was claimed for it.
    """
    if message is None or message.get("author") != "client" or pointer.author != "client":
        return False
    said = (message.get("kind") == "voice" and message.get("transcript")) or message.get("text") or ""
    if not 0 <= pointer.start < pointer.end <= len(said):
        return False
    span = said[pointer.start : pointer.end]
    expected = hmac.new(key, span.encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:16]
    return bool(span.strip()) and hmac.compare_digest(expected, pointer.digest)
