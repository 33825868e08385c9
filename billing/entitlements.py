"""Pure: a plan's allowance and what is used of it → what is allowed, and what to tell the user.

A period is a calendar month in UTC, the same for every account. An account's own time zone would let a changed setting
move units between months, and "renews on the 1st" is as easily said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypedDict

#: From this share of the allowance on, the widget warns.
WARN_AT_PERCENT = 80


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC: from `starts_at` up to, but without, `ends_at`."""

    starts_at: datetime
    ends_at: datetime


def month_of(at: datetime) -> Month:
    """The month that `at` lies in. Raises ValueError for a time without a zone, whose month is anybody's guess."""
    if at.utcoffset() is None:
        raise ValueError("A time without a zone has no month.")
    here = at.astimezone(UTC)
    years, month0 = divmod(here.month, 12)
    return Month(
        starts_at=datetime(here.year, here.month, 1, tzinfo=UTC),
        ends_at=datetime(here.year + years, month0 + 1, 1, tzinfo=UTC),
    )


class Notice(StrEnum):
    """What the widget says beside the meter; the words are the widget's, by this code."""

    NEARLY_USED_UP = "nearly_used_up"
    USED_UP = "used_up"


class UsageDocument(TypedDict):
    """`usage` as the API gives it."""

    limit: int
    used: int
    reserved: int
    left: int
    renews_at: str
    notice: str | None


@dataclass(frozen=True, slots=True)
class Usage:
    """One resource in one month, in its units (analyses, or seconds of voice)."""

    limit: int
    used: int
    reserved: int
    renews_at: datetime

    @property
    def left(self) -> int:
        """What may still be reserved; 0, never less, after a plan shrank below what is used."""
        return max(0, self.limit - self.used - self.reserved)

    @property
    def notice(self) -> Notice | None:
        """What is in flight counts as used: it is charged unless its run fails."""
        if self.left == 0:
            return Notice.USED_UP
        if (self.used + self.reserved) * 100 >= self.limit * WARN_AT_PERCENT:
            return Notice.NEARLY_USED_UP
        return None

    def allows(self, amount: int) -> bool:
        """Whether `amount` units could be reserved now: for showing a button, never instead of reserving."""
        return amount <= self.left

    def as_document(self) -> UsageDocument:
        """For the API: counts, the time of renewal (ISO 8601, UTC) and the notice."""
        return {
            "limit": self.limit,
            "used": self.used,
            "reserved": self.reserved,
            "left": self.left,
            "renews_at": self.renews_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "notice": self.notice,
        }
