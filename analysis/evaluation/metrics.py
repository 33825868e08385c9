"""Pure: the figures of an evaluation. Numbers in, numbers out; each is defined in docs/evaluation.md."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2_000
SEED = 20_260_409
Z_95 = 1.959963984540054  # The normal distribution's 97.5 % point.


# Ranking: does a chat that was won stand above one that was lost?


def auc(won: Sequence[float], lost: Sequence[float]) -> float | None:
    """The chance that a won chat scores higher than a lost one, ties counting half; None without both."""
    if not won or not lost:
        return None
    return float(_wins(won, lost).mean())


def auc_interval(
    won: Sequence[float], lost: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[float, float] | None:
    """The 95 % interval of the AUC: percentile bootstrap, won and lost resampled apart. None without both."""
    if not won or not lost:
        return None
    wins = _wins(won, lost)
    dice = np.random.default_rng(seed)
    # How often each chat is drawn is all that matters: counts times matrix times counts gives each resample's mean.
    of_won = dice.multinomial(len(won), np.full(len(won), 1 / len(won)), size=resamples) / len(won)
    of_lost = dice.multinomial(len(lost), np.full(len(lost), 1 / len(lost)), size=resamples) / len(lost)
    values = ((of_won @ wins) * of_lost).sum(axis=1)
    low, high = np.percentile(values, [2.5, 97.5])
    # Sums of fractions may leave [0, 1] by a rounding error.
    return float(np.clip(low, 0, 1)), float(np.clip(high, 0, 1))


def _wins(won: Sequence[float], lost: Sequence[float]) -> NDArray[np.float64]:
    high, low = np.asarray(won, dtype=float)[:, None], np.asarray(lost, dtype=float)[None, :]
    return np.where(high > low, 1.0, np.where(high == low, 0.5, 0.0))


def roc(won: Sequence[float], lost: Sequence[float]) -> list[tuple[float, float]]:
    """The ROC curve from (0, 0) to (1, 1): share of lost and of won at or above each score, from the highest down."""
    if not won or not lost:
        return []
    points = [(0.0, 0.0)]
    for cut in sorted({*won, *lost}, reverse=True):
        points.append((sum(value >= cut for value in lost) / len(lost), sum(value >= cut for value in won) / len(won)))
    return points


# Shares


def wilson(hits: int, n: int) -> tuple[float, float] | None:
    """The 95 % interval of a share (Wilson 1927): it stays within 0 and 1 and holds for few cases. None for none."""
    if not n:
        return None
    share, z2 = hits / n, Z_95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z_95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def ratio(part: float, whole: float) -> float | None:
    """part / whole; None when there is no whole."""
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Bin:
    """Chats with a score from `low` to below `high` (100 belongs to the last): how many, and how many were won."""

    low: int
    high: int
    n: int
    n_won: int
    mean_score: float | None


def calibration(won: Sequence[float], lost: Sequence[float], *, bins: int = 5) -> list[Bin]:
    """Scores 0 to 100 in bins of equal width, each with the number of chats and of won ones among them."""
    width = 100 // bins
    result = []
    for index in range(bins):
        low, high = index * width, (index + 1) * width
        top = math.inf if index == bins - 1 else high
        inside_won = [value for value in won if low <= value < top]
        inside = inside_won + [value for value in lost if low <= value < top]
        result.append(Bin(low, high, len(inside), len(inside_won), ratio(sum(inside), len(inside))))
    return result


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The percentile with linear interpolation between neighbours; None for no values."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


# Levels


@dataclass(frozen=True, slots=True)
class Agreement:
    """How read levels agree with true ones. `mae` and `within_1` only where both name a level (`n_both`).

    `null_agreement` is the share of chats where both name a level or neither does; `table[true][read]` counts, with
    the levels 0 to 3 and then "not said".
    """

    n: int
    n_both: int
    mae: float | None
    within_1: float | None
    null_agreement: float | None
    table: tuple[tuple[int, ...], ...]


def agreement(pairs: Sequence[tuple[int | None, int | None]]) -> Agreement:
    """Compare pairs of (read, true) levels, None meaning that the chat does not say."""
    differences = [abs(read - true) for read, true in pairs if read is not None and true is not None]
    table = [[0] * 5 for _ in range(5)]
    for read, true in pairs:
        table[4 if true is None else true][4 if read is None else read] += 1
    return Agreement(
        n=len(pairs),
        n_both=len(differences),
        mae=ratio(sum(differences), len(differences)),
        within_1=ratio(sum(difference <= 1 for difference in differences), len(differences)),
        null_agreement=ratio(sum((read is None) == (true is None) for read, true in pairs), len(pairs)),
        table=tuple(map(tuple, table)),
    )


# Places: objections and open questions


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to before `end` of a message."""

    message: str
    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether both hold at least one character in common."""
        return self.message == other.message and max(self.start, other.start) < min(self.end, other.end)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in a chat: its kind (None where there are no kinds) and the places that show it."""

    kind: str | None
    spans: tuple[Span, ...]

    def meets(self, other: Finding) -> bool:
        """Whether both are of one kind and share a place."""
        return self.kind == other.kind and any(mine.overlaps(theirs) for mine in self.spans for theirs in other.spans)


@dataclass(frozen=True, slots=True)
class Hits:
    """True ones that were found, found ones that are not true, true ones that were missed."""

    found: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: Hits) -> Hits:
        return Hits(self.found + other.found, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float | None:
        return ratio(self.found, self.found + self.wrong)

    @property
    def recall(self) -> float | None:
        return ratio(self.found, self.found + self.missed)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both: 0 when nothing right was found; None when nothing was there and nothing shown."""
        return ratio(2 * self.found, 2 * self.found + self.wrong + self.missed)


def compare(read: Iterable[Finding], true: Iterable[Finding]) -> Hits:
    """Count a chat's findings. A true one shown at several places counts once: repeating it neither helps nor hurts."""
    shown, there = list(read), list(true)
    found = sum(any(finding.meets(truth) for finding in shown) for truth in there)
    wrong = sum(not any(finding.meets(truth) for truth in there) for finding in shown)
    return Hits(found, wrong, len(there) - found)
