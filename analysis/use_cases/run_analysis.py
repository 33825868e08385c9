"""One run, from the right to the lead to the stored result. It belongs to no request and is never left "running".

1 may this user see the lead? messages   gather.py (Kommo, as the user)
2 facts                                  facts.py
3 stored already, or running elsewhere?  fingerprint.py, lifecycle.claim
4 reserve one unit                       billing
5 prompt → model → evidence → score      reading.py
6 minimised, stored, settled             lifecycle.store
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.errors import ReconnectNeeded
from accounts.kommo.client import KommoClient
from analysis import live
from analysis.conversation import is_too_short
from analysis.facts import Facts, WorkingHours, compute_facts
from analysis.fingerprint import fingerprint
from analysis.gather import Gathered, gather
from analysis.live import LiveRun
from analysis.llm import ModelCalls, ModelFault
from analysis.models import Analysis, State
from analysis.outcomes import Failed, problem_of
from analysis.prompt import PROMPT_VERSION, Asked
from analysis.reading import Reading, read_conversation
from analysis.result import columns, result_of, spent
from analysis.scoring import DEFAULT_RUBRIC
from analysis.use_cases import lifecycle
from analysis.use_cases.lifecycle import Fenced
from analysis.web_process import model
from analysis.wish import Wish
from billing.models import Resource
from billing.usage import usage_of
from convailens.lib import runs
from convailens.lib.errors import ConvAILensError, NotFound, Overloaded, ServiceError
from convailens.lib.log import request_id_var
from convailens.lib.sse import Channel

log = logging.getLogger("convailens.analysis")

FOLLOW_EVERY_S = 0.4
KOMMO_WITHIN_S = 25.0  # For the lead and all its talks: a slow Kommo must not hold the few threads for minutes.


class _Run:
    """What the steps of one attempt share."""

    def __init__(self, wish: Wish, run: LiveRun) -> None:
        self.wish = wish
        self.run = run
        self.say = run.channel.say
        self.calls: ModelCalls | None = None
        self.facts: dict[str, Any] = {}
        self.asked = Asked(wish.output_language, wish.account.zone, DEFAULT_RUBRIC, timezone.now())

    @property
    def spent(self) -> Mapping[str, Any]:
        """What the model's calls have cost so far."""
        return spent(self.calls.usage, self.calls.profile) if self.calls else {}


async def run_analysis(wish: Wish, run: LiveRun) -> None:
    """Do one attempt to its end: result or problem on the channel, row done or failed. Raises only when cancelled."""
    request_id_var.set(wish.request_id or None)  # Of the click: for the run's log lines and problems.
    with live.registered(run):
        steps = _Run(wish, run)
        try:
            await _read(steps)
        except asyncio.CancelledError:
            # Shutdown after the drain: the row must not stay "running", so this is awaited in spite of it.
            await _fail(steps, "interrupted")
            raise
        except Fenced:
            log.warning("analysis.fenced", extra={"analysis_id": run.analysis_id, "attempt": run.attempt})
            await _watch(wish, run.analysis_id, run.channel, steps.facts)
        except Exception as error:
            outcome, extra = _outcome_of(error)
            await _fail(steps, outcome, **extra)


def _outcome_of(error: Exception) -> tuple[str, Mapping[str, Any]]:
    """The named outcome of whatever ended a run, and what the asker is told beside it."""
    if isinstance(error, Failed):
        return error.code, {key: value for key, value in error.extra.items() if key != "charged"}
    if isinstance(error, ModelFault):
        return error.code, {"retry_after_s": error.retry_after_s} if error.retry_after_s else {}
    if isinstance(error, NotFound):
        return "not_found", {}
    if isinstance(error, ReconnectNeeded):
        return "disconnected", {}
    if isinstance(error, ServiceError):
        return "kommo_unavailable", {"retry_after_s": error.retry_after_s} if error.retry_after_s else {}
    if isinstance(error, ConvAILensError) and error.code in {"not_connected", "reconnect_needed"}:
        return "disconnected", {}
    if isinstance(error, Overloaded):
        return "interrupted", {"retry_after_s": error.retry_after_s}
    log.error("analysis.crashed", exc_info=error)
    return "interrupted", {}


async def _fail(steps: _Run, outcome: str, **extra: Any) -> None:
    run = steps.run
    try:
        moved = await asyncio.shield(
            asyncio.ensure_future(runs.current().database.run(lifecycle.fail, run, outcome, steps.spent))
        )
    except Exception:
        # Whatever it was (the pool, the database, its driver), the asker is told. The lease ends by itself and the
        # sweep records the interruption: nothing is charged meanwhile.
        log.exception("analysis.fail_not_stored", extra={"analysis_id": run.analysis_id})
        run.channel.say("problem", problem_of(outcome, **extra))
        return
    log.info(
        "analysis.failed",
        extra={"analysis_id": run.analysis_id, "attempt": run.attempt, "outcome": outcome, "rows": int(moved)},
    )
    if moved:
        run.channel.say("problem", problem_of(outcome, **extra))
    else:
        # Stored in the very moment it was stopped, or another attempt's by now: the row tells the truth of it.
        await _watch(steps.wish, run.analysis_id, run.channel, steps.facts)


async def _read(steps: _Run) -> None:
    """The steps in order; each may end the run by raising."""
    wish, run = steps.wish, steps.run
    gathered, facts = await look(wish)
    steps.facts = facts.as_json()
    steps.say("facts", steps.facts | {"source": gathered.source})
    if await asyncio.to_thread(is_too_short, gathered.messages):
        raise Failed("too_short")
    print_ = await asyncio.to_thread(
        fingerprint,
        wish.account.data_key_bytes,
        gathered.messages,
        gathered.lead,
        output_language=wish.output_language,
        rubric_version=steps.asked.rubric.version,
        prompt_version=PROMPT_VERSION,
        model_profile=model().profile.name,
    )
    database = runs.current().database
    while True:
        claim = await database.run(lifecycle.claim, wish, run, print_, gathered.source)
        if claim.stored:
            await database.run(lifecycle.serve, run, claim.stored, gathered.source)
            return await _say_result(steps, facts)
        if claim.running is None:
            break
        if await _follow(steps, claim.running, facts, gathered.source):
            return
    await database.run(lifecycle.reserve, wish, run)
    reading = await _ask(steps, gathered)
    await database.run(_store, steps, reading, gathered, facts)
    log.info("analysis.done", extra={"analysis_id": run.analysis_id, "attempt": run.attempt} | _numbers(reading))
    await _say_result(steps, facts, reading.suggested_reply)


async def collect(wish: Wish, *, needs_all: bool = True) -> Gathered:
    """The lead and its messages as this user may see them."""
    return await runs.current().outgoing.run(
        gather,
        KommoClient(wish.account, within_s=KOMMO_WITHIN_S),
        user_id=wish.user_id,
        lead_id=wish.lead_id,
        source=wish.source,
        given=wish.messages,
        needs_all=needs_all,
    )


async def look(wish: Wish, *, needs_all: bool = True) -> tuple[Gathered, Facts]:
    """The lead and its messages as this user may see them, and the facts that need no model."""
    gathered = await collect(wish, needs_all=needs_all)
    hours = wish.account.working_hours
    facts = await asyncio.to_thread(
        compute_facts,
        gathered.messages,
        now=timezone.now(),
        timezone=wish.account.zone,
        working_hours=WorkingHours(hours.days, hours.start, hours.end),
    )
    return gathered, facts


async def _ask(steps: _Run, gathered: Gathered) -> Reading:
    steps.calls = ModelCalls(model(), deadline_s=settings.ANALYSIS_DEADLINE_S)
    return await read_conversation(
        messages=gathered.messages,
        lead=gathered.lead,
        asked=steps.asked,
        calls=steps.calls,
        key=steps.wish.account.data_key_bytes,
        emit=steps.say,
    )


def _store(steps: _Run, reading: Reading, gathered: Gathered, facts: Facts) -> None:
    wish, run = steps.wish, steps.run
    previous = (
        Analysis.objects.for_account(wish.account)
        .results()
        .filter(lead_id=wish.lead_id)
        .order_by("-created_at")
        .first()
    )
    values = columns(
        reading,
        messages=gathered.messages,
        facts=facts,
        asked=steps.asked,
        widget_version=wish.widget_version,
        previous=previous,
    )
    lifecycle.store(wish, run, values)


async def _follow(steps: _Run, other: UUID, facts: Facts, source: str) -> bool:
    """Share another's run of the same conversation: its words as they come when it is in this process, then its
    result. False when it died and this run should claim the conversation itself."""
    database = runs.current().database
    await database.run(lifecycle.follow, steps.run, other)
    if leader := live.find(other):
        async for event, data in leader.channel.replay():
            if event in {"summary", "summary_reset", "ratings"}:
                steps.say(event, data)
    while True:
        leading = await database.run(lifecycle.load, steps.wish.account, other)
        if leading.state == State.DONE:
            await database.run(lifecycle.serve, steps.run, leading.same_as or leading, source)
            await _say_result(steps, facts)
            return True
        if leading.state == State.FAILED and leading.outcome != "interrupted":
            raise Failed(leading.outcome)
        if leading.state == State.FAILED or leading.lease_until < timezone.now():
            steps.say("summary_reset", {})
            return False
        await asyncio.sleep(FOLLOW_EVERY_S)


async def attend(wish: Wish, run_before: Analysis, channel_of: LiveRun) -> None:
    """Answer a repeated request whose run is done or is another process': facts, then the result when it is there.

    A run whose process dies meanwhile is taken over here, since this request brings the text.
    """
    request_id_var.set(wish.request_id or None)
    channel = channel_of.channel
    try:
        gathered, facts = await look(wish)
        channel.say("facts", facts.as_json() | {"source": gathered.source})
    except Exception as error:
        outcome, extra = _outcome_of(error)
        channel.say("problem", problem_of(outcome, **extra))
    except asyncio.CancelledError:
        channel.say("problem", problem_of("interrupted"))
        raise
    else:
        await _watch(wish, run_before.id, channel, facts.as_json())
    finally:
        channel.close()


async def _watch(wish: Wish, analysis_id: UUID, channel: Channel, facts: Mapping[str, Any]) -> None:
    """Say what becomes of a run that another attempt or process has; do it here when that one dies too."""
    database = runs.current().database
    try:
        while True:
            analysis = await database.run(lifecycle.load, wish.account, analysis_id)
            if analysis.state == State.DONE:
                usage = await database.run(_usage, wish)
                return channel.say("result", result_of(analysis, usage=usage, facts=facts))
            if analysis.state == State.FAILED:
                return channel.say("problem", problem_of(analysis.outcome))
            if analysis.lease_until < timezone.now():
                taken = await database.run(lifecycle.take, analysis, wish.request_id)
                if taken is not None:
                    taken.channel = channel
                    return await run_analysis(wish, taken)
            await asyncio.sleep(FOLLOW_EVERY_S)
    except NotFound:
        # The row went with its account, which was erased meanwhile; this user has seen the lead a moment ago.
        channel.say("problem", problem_of("interrupted"))
    except Exception as error:
        outcome, extra = _outcome_of(error)
        channel.say("problem", problem_of(outcome, **extra))


def _usage(wish: Wish) -> dict[str, Any]:
    return {**usage_of(wish.account, Resource.ANALYSES).as_document()}


async def _say_result(steps: _Run, facts: Facts, suggested_reply: str | None = None) -> None:
    database = runs.current().database
    analysis = await database.run(lifecycle.load, steps.wish.account, steps.run.analysis_id)
    usage = await database.run(_usage, steps.wish)
    document = result_of(analysis, usage=usage, facts=facts.as_json(), suggested_reply=suggested_reply)
    steps.say("result", document)


def _numbers(reading: Reading) -> dict[str, Any]:
    return {
        "duration_ms": reading.duration_ms,
        "messages": reading.total,
        "flagged": len(reading.flagged),
        "model": reading.profile.name,
        "tokens_in": reading.usage.tokens_in,
        "tokens_out": reading.usage.tokens_out,
    }
