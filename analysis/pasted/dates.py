"""Which number of a date is the day: told by the numbers, else by the order of the messages, else asked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from analysis.pasted.lines import Head
from convailens.lib.errors import InvalidInput

DateOrder = Literal["dmy", "mdy"]
_ORDERS: tuple[DateOrder, DateOrder] = ("dmy", "mdy")


def tell_order(heads: Sequence[Head], told: DateOrder | None) -> DateOrder:
    """The order of day and month in `heads`, all of one shape.

    A number over 12 is a day, whatever anybody says; dots are never written month first. Then `told` counts, then that
    messages follow each other. Raises InvalidInput `date_order_unclear`, with both readings of the first date as
    `readings`, where both are possible.
    """
    dates = [head.date for head in heads if not head.is_year_first]
    if not dates or heads[0].separator == ".":
        return "dmy"
    day_first = sum(a > 12 for a, _, _ in dates)
    month_first = sum(b > 12 for _, b, _ in dates)
    if day_first != month_first:
        return "dmy" if day_first > month_first else "mdy"
    if told:
        return told
    readings = {order: [_day(numbers, order) for numbers in dates] for order in _ORDERS}
    if readings["dmy"] == readings["mdy"]:
        return "dmy"
    falls = {order: sum(later < earlier for earlier, later in pairwise(_known(readings[order]))) for order in _ORDERS}
    if falls["dmy"] != falls["mdy"]:
        return min(_ORDERS, key=lambda order: falls[order])
    raise InvalidInput(
        "date_order_unclear",
        detail="Day and month of the dates cannot be told apart; say which comes first.",
        fields={"date_order": ["required"]},
        readings={order: _known(readings[order])[0].isoformat() for order in _ORDERS},
    )


def _known(days: Sequence[date | None]) -> list[date]:
    return [day for day in days if day is not None]


def _day(numbers: tuple[int, int, int], order: DateOrder) -> date | None:
    a, b, year = numbers
    day, month = (a, b) if order == "dmy" else (b, a)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def to_utc(heads: Sequence[Head], order: DateOrder, timezone: ZoneInfo) -> list[datetime | None]:
    """The times of `heads`, aware and UTC; None for a day that does not exist.

    In the hour that a change of the clocks repeats, the second one is meant where the first would go back in time.
    """
    times: list[datetime | None] = []
    latest: datetime | None = None
    for head in heads:
        day = _day_of(head, order)
        if day is None or not 2000 <= day.year <= 2099:
            times.append(None)
            continue
        local = datetime.combine(day, time(head.hour, head.minute, head.second), timezone)
        at = local.astimezone(UTC)
        if latest is not None and at < latest:
            second = local.replace(fold=1).astimezone(UTC)
            at = second if second >= latest else at
        times.append(at)
        latest = at
    return times


def _day_of(head: Head, order: DateOrder) -> date | None:
    if head.is_year_first:
        year, month, day = head.date
        return _day((day, month, year), "dmy")
    return _day(head.date, order)


def out_of_line(times: Sequence[datetime | None], trusted: Sequence[bool]) -> set[int]:
    """The positions of times that do not fit the others: typed dates among them, most likely.

    The line is the longest sequence of trusted times that never goes back; any other time fits if it lies between
    those of the line before and after it.
    """
    line = _longest_rise(times, [position for position, is_trusted in enumerate(trusted) if is_trusted])
    doubtful = set(range(len(times))) - set(line)
    floor: datetime | None = None
    ahead = 0
    for position, at in enumerate(times):
        if ahead < len(line) and line[ahead] == position:
            floor = at
            ahead += 1
            continue
        ceiling = times[line[ahead]] if ahead < len(line) else None
        if at and (floor is None or floor <= at) and (ceiling is None or at <= ceiling):
            doubtful.discard(position)
    return doubtful


def _longest_rise(times: Sequence[datetime | None], positions: Sequence[int]) -> list[int]:
    """The longest part of `positions` whose times never go back (patience sorting: each in the logarithm)."""
    tails: list[datetime] = []
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for position in positions:
        at = times[position]
        if at is None:
            continue
        length = bisect_right(tails, at)
        before[position] = ends[length - 1] if length else None
        tails[length : length + 1] = [at]
        ends[length : length + 1] = [position]
    rise: list[int] = []
    step = ends[-1] if ends else None
    while step is not None:
        rise.append(step)
        step = before[step]
    return rise[::-1]
