"""The lead score: from ratings to one number, by our code and documented weights (docs/scoring.md).

The model rates criteria; it never names a score. The same ratings always give the same score: all arithmetic is exact
(fractions) and rounded once, half up, at the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from analysis.evidence import Pointer

MAX_LEVEL = 3
PRIOR = 40  # What a lead is taken for while its chat says nothing: contract "Score".
KNOWN_ENOUGH = Fraction(40, 100)  # Of all weight; below it there is too little to score.
UNVERIFIED_WORTH = Fraction(1, 2)  # Of a criterion's weight, when no quote stands behind its level.
WARM_FROM = 40
HOT_FROM = 70

Temperature = Literal["cold", "warm", "hot"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is rated: `weight` is its part of the whole, in points."""

    name: str
    meaning: str
    weight: int


@dataclass(frozen=True, slots=True)
class Rubric:
    """The criteria an account scores by. Raises ValueError for no criteria, two of one name, or weights below 1."""

    version: str
    criteria: tuple[Criterion, ...]

    def __post_init__(self) -> None:
        names = [criterion.name for criterion in self.criteria]
        if not names or len(set(names)) != len(names):
            raise ValueError("a rubric has at least one criterion, each under its own name")
        if any(criterion.weight < 1 for criterion in self.criteria):
            raise ValueError("a criterion weighs at least 1")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(criterion.name for criterion in self.criteria)

    @property
    def total_weight(self) -> int:
        return sum(criterion.weight for criterion in self.criteria)


DEFAULT_RUBRIC = Rubric(
    version="default-1",
    criteria=(
        Criterion("need", "A problem or wish that this business solves, told in the client's own words.", 20),
        Criterion("budget", "The client can and will pay about this price.", 20),
        Criterion("authority", "The client decides alone, or whoever decides takes part.", 15),
        Criterion("timeline", "The client wants it soon, and a date or an occasion makes that real.", 15),
        Criterion("engagement", "The client answers, asks back, gives details and comes back unasked.", 15),
        Criterion(
            "commitment", "The client agreed to a concrete next step (visit, call, deposit, papers) or took it.", 15
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Rating:
    """What was read of one criterion: level 0 to 3, or None when the chat does not say."""

    level: int | None
    verified: bool = False
    evidence: tuple[Pointer, ...] = ()

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= MAX_LEVEL:
            raise ValueError("a level is 0 to 3, or None")

    def as_json(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "verified": self.verified,
            "evidence": [pointer.as_json() for pointer in self.evidence],
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Rating:
        """The rating that `as_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(raw["level"], raw["verified"], tuple(Pointer.from_json(item) for item in raw["evidence"]))


@dataclass(frozen=True, slots=True)
class Score:
    """`value` 0 to 100, or None when too little is known; `shrunk` is the same number, always there, to rank chats by.

    `known_share` is the part of all weight that is known, 0 to 1.
    """

    value: int | None
    shrunk: int
    known_share: float
    temperature: Temperature | None


def score(ratings: Mapping[str, Rating], rubric: Rubric = DEFAULT_RUBRIC, prior: int = PRIOR) -> Score:
    """Score a chat by its ratings; criteria without a rating are not known, ratings of other names do not count.

    known share × weighted mean of level/3 × 100, plus the rest × prior. An unverified rating has half its weight, in
    the mean and in the known share.
    """
    known = Fraction(0)
    worth = Fraction(0)
    for criterion in rubric.criteria:
        rating = ratings.get(criterion.name)
        if rating is None or rating.level is None:
            continue
        weight = Fraction(criterion.weight) * (1 if rating.verified else UNVERIFIED_WORTH)
        known += weight
        worth += weight * Fraction(rating.level * 100, MAX_LEVEL)
    known_share = known / rubric.total_weight
    # known share × (worth / known) is worth / total: no division by a known weight of nothing.
    shrunk = _half_up(worth / rubric.total_weight + (1 - known_share) * prior)
    value = shrunk if known_share >= KNOWN_ENOUGH else None
    return Score(value, shrunk, float(known_share), None if value is None else temperature(value))


def temperature(value: int) -> Temperature:
    """The band of a score: cold below 40, hot from 70."""
    if value < WARM_FROM:
        return "cold"
    return "hot" if value >= HOT_FROM else "warm"


def compare(
    *,
    previous: Mapping[str, Rating],
    current: Mapping[str, Rating],
    previous_score: int | None,
    current_score: int | None,
    since: str,
) -> dict[str, Any]:
    """What changed since the last analysis: `{score, since, criteria}`, from the two stored ratings.

    `score` is the difference in points, None when one of the two has none; `since` is the earlier analysis's time (ISO
    8601), handed through. `criteria` names those whose level changed, `{"need": {"from": 1, "to": 2}}` (None: the chat
    did not say); a criterion that only one of two rubrics knows is left out.
    """
    changed = {
        name: {"from": previous[name].level, "to": rating.level}
        for name, rating in current.items()
        if name in previous and previous[name].level != rating.level
    }
    known = previous_score is not None and current_score is not None
    difference = current_score - previous_score if known else None  # type: ignore[operator]
    return {"score": difference, "since": since, "criteria": changed}


def _half_up(number: Fraction) -> int:
    return math.floor(number + Fraction(1, 2))
