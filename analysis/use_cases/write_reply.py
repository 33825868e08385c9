"""A suggested reply for a stored result, written anew from the messages at hand: free, three times a result."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from analysis.answer import BadAnswer, parse_reply
from analysis.conversation import LeadCard, Message
from analysis.llm import ModelCalls, ModelFault
from analysis.models import Analysis
from analysis.outcomes import Failed
from analysis.prompt import Asked, reply_prompt
from analysis.reading import prepare
from analysis.scoring import DEFAULT_RUBRIC
from analysis.use_cases.run_analysis import look
from analysis.web_process import model
from analysis.wish import Wish
from convailens.lib import runs
from convailens.lib.errors import Conflict

log = logging.getLogger("convailens.analysis")

REPLIES_A_RESULT = 3


async def write_reply(*, wish: Wish, analysis: Analysis) -> tuple[str, int]:
    """The reply and how many are left. Raises Conflict (`replies_used_up`), Failed, or what Kommo's client raises."""
    gathered, _ = await look(wish)
    result_id = analysis.same_as_id or analysis.id
    database = runs.current().database
    left = await database.run(_take, result_id)
    try:
        text = await _ask(wish, gathered.messages, gathered.lead)
    except Exception as error:
        # Nothing was written, so nothing is counted. An asker who leaves while it is being written has had it.
        await asyncio.shield(asyncio.ensure_future(database.run(_give_back, result_id)))
        if isinstance(error, ModelFault):
            raise Failed(error.code) from None
        raise
    return text, left


async def _ask(wish: Wish, messages: Sequence[Message], lead: LeadCard) -> str:
    material = await asyncio.to_thread(prepare, messages, lead)
    asked = Asked(wish.output_language, wish.account.zone, DEFAULT_RUBRIC, timezone.now())
    calls = ModelCalls(model(), deadline_s=settings.ANALYSIS_DEADLINE_S)
    prompt = reply_prompt(material.fitted, lead, asked, material.flagged)
    text = await calls.ask(prompt, lambda _: None, lambda: None)
    try:
        return parse_reply(text)
    except BadAnswer:
        raise ModelFault("model_bad_answer") from None


def _take(result_id: UUID) -> int:
    rows = Analysis.objects.filter(id=result_id, replies_written__lt=REPLIES_A_RESULT)
    if not rows.update(replies_written=F("replies_written") + 1):
        raise Conflict("replies_used_up", detail="Three replies were written for this result; analyse again for more.")
    written = Analysis.objects.values_list("replies_written", flat=True).get(id=result_id)
    return REPLIES_A_RESULT - written


def _give_back(result_id: UUID) -> None:
    Analysis.objects.filter(id=result_id, replies_written__gt=0).update(replies_written=F("replies_written") - 1)
