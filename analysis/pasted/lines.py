"""The lines that begin a message, in each form in which chats are exported or copied.

Every expression is anchored and bounded, so that a line costs no more than its length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Form = Literal["android", "ios", "web", "telegram", "plain"]

MAX_NAME = 128

_BLANK = "[ \u00a0\u202f]"
_DATE = r"(?P<a>\d{1,4})(?P<separator>[./-])(?P<b>\d{1,2})(?P=separator)(?P<c>\d{1,4})"
_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?"
    rf"(?:{_BLANK}?(?P<half>[AaPp])\.?{_BLANK}?[Mm]\b\.?)?"
)
_BETWEEN = rf"(?:,{_BLANK}?|{_BLANK})(?:(?:às|a las){_BLANK})?"
_HEADS: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("android", re.compile(rf"\u200e?{_DATE}{_BETWEEN}{_TIME}{_BLANK}[-–]{_BLANK}?(?P<rest>.*)", re.DOTALL)),
    ("ios", re.compile(rf"\u200e?\[{_DATE}{_BETWEEN}{_TIME}\]{_BLANK}?(?P<rest>.*)", re.DOTALL)),
    ("web", re.compile(rf"\u200e?\[{_TIME},{_BLANK}?{_DATE}\]{_BLANK}?(?P<rest>.*)", re.DOTALL)),
)
_TELEGRAM_HEAD = re.compile(rf"\[{_DATE}{_BETWEEN}{_TIME}\]:?")


@dataclass(frozen=True, slots=True)
class Head:
    """How a message begins: three numbers of a date whose order is yet to be told, a wall time, and the rest."""

    form: Form
    date: tuple[int, int, int]
    is_year_first: bool
    separator: str
    hour: int
    minute: int
    second: int
    shape: tuple[object, ...]  # Equal for all lines that one program wrote.
    rest: str
    sender: str | None = None  # Telegram names it in the line itself; else it is in `rest`.


def read_head(line: str) -> Head | None:
    """The beginning of a message, or None for any other line."""
    if line.lstrip("\u200e")[:1].isdecimal() or line.lstrip("\u200e")[:1] == "[":
        for form, pattern in _HEADS:
            if match := pattern.match(line):
                return _head(form, match, match["rest"], None)
    if line.rstrip().endswith(("]", "]:")):
        sender, comma, dated = line.rpartition(", [")
        if comma and 0 < len(sender) <= MAX_NAME and (match := _TELEGRAM_HEAD.fullmatch("[" + dated.rstrip())):
            return _head("telegram", match, "", sender)
    return None


def _head(form: Form, match: re.Match[str], rest: str, sender: str | None) -> Head | None:
    a, b, c = int(match["a"]), int(match["b"]), int(match["c"])
    is_year_first = len(match["a"]) == 4
    year, day = (match["a"], match["c"]) if is_year_first else (match["c"], match["a"])
    if len(year) not in (2, 4) or len(day) > 2:
        return None
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    half = (match["half"] or "").lower()
    if half and hour > 12:
        half = ""  # "14:05 PM": some phones write both.
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    day_and_month = (b, c) if is_year_first else (a, b)
    if not (1 <= min(day_and_month) <= 12 and max(day_and_month) <= 31):
        return None
    if not is_year_first and c < 100:
        c += 2000
    shape = (form, match["separator"], len(year), is_year_first, match["second"] is None, match["half"] is None)
    return Head(form, (a, b, c), is_year_first, match["separator"], hour, minute, second, shape, rest, sender)
