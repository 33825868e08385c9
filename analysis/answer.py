"""The model's answer, validated: strict types, only the fields we use, every length bounded.

Compatible endpoints often ignore strict schemas, so nothing of an answer is believed before it has passed here.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from analysis.scoring import Rubric

MAX_SUMMARY = 1_500
MAX_STEP = 300
MAX_REPLY = 1_500
MAX_QUOTE = 1_000
MAX_PLACES = 20

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_NUMBER = Literal[0, 1, 2, 3]
Kind = TypeVar("Kind", bound="_Strict")


class BadAnswer(ValueError):
    """The answer is not what the schema says. Carries nothing of it."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True, frozen=True)


class Place(_Strict):
    """A claimed place: the number of a message and words said to stand in it."""

    message: int
    quote: str

    @field_validator("quote")
    @classmethod
    def _bound(cls, value: str) -> str:
        return value[:MAX_QUOTE]


class ClaimedRating(_Strict):
    """A criterion's level as the model claims it, with its evidence."""

    level: _NUMBER | None
    evidence: list[Place]


class ClaimedObjection(Place):
    """An objection as claimed."""

    kind: Literal["price", "trust", "timing", "competitor", "authority", "product", "logistics", "other"]


class ClaimedStep(_Strict):
    """The next step as written."""

    action: str
    why: str
    due: str | None


class Answer(_Strict):
    """The whole answer to the first call."""

    summary: str
    sentiment: Literal["positive", "neutral", "negative", "mixed"]
    criteria: dict[str, ClaimedRating]
    objections: list[ClaimedObjection]
    open_questions: list[Place]
    next_step: ClaimedStep
    suggested_reply: str


class Rewritten(_Strict):
    """The answer to a rewrite."""

    summary: str
    action: str
    why: str


class Reply(_Strict):
    """The answer to a request for a reply alone."""

    suggested_reply: str


def parse_answer(text: str, rubric: Rubric) -> Answer:
    """The analysis in `text`; raises BadAnswer when it breaks the schema or leaves a criterion out."""
    answer = _parse(Answer, text)
    if any(item.name not in answer.criteria for item in rubric.criteria) or not answer.summary.strip():
        raise BadAnswer
    return answer


def parse_rewritten(text: str) -> Rewritten:
    """The rewritten draft; raises BadAnswer."""
    return _parse(Rewritten, text)


def parse_reply(text: str) -> str:
    """The reply's text, tidied; raises BadAnswer when there is none."""
    reply = tidy(_parse(Reply, text).suggested_reply, MAX_REPLY)
    if not reply:
        raise BadAnswer
    return reply


def _parse(model: type[Kind], text: str) -> Kind:
    try:
        return model.model_validate_json(text)
    except (ValidationError, ValueError, RecursionError):
        raise BadAnswer from None


def tidy(text: str, limit: int) -> str:
    """Text as a person may be shown it: no control or direction characters, spaces single, at most `limit` characters.

    A longer text ends at its last whole sentence within the limit, or is cut with an ellipsis.
    """
    clean = re.sub(r"[ \t]+", " ", _CONTROL.sub("", text)).strip()
    if len(clean) <= limit:
        return clean
    head = clean[:limit]
    end = max(head.rfind(mark) for mark in (". ", "! ", "? ", "。"))
    return head[: end + 1] if end > limit // 2 else head.rstrip() + "…"


def due_date(value: str | None, *, today: date) -> date | None:
    """The day named by YYYY-MM-DD if it is one, not past and within a year; anything else is no day."""
    try:
        day = date.fromisoformat(value or "")
    except ValueError:
        return None
    return day if 0 <= (day - today).days <= 366 else None
