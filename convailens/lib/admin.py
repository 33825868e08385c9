"""What all apps' admin pages are made of: read-only pages, quick lists, and the panels of an account's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timesince import timesince, timeuntil
from django.utils.timezone import now
from unfold.admin import ModelAdmin


class EstimatingPaginator(Paginator):
    """Counts an unfiltered big table by Postgres's own estimate: an exact count would read all of it."""

    #: Below this an exact count is quick, and an estimate would look wrong.
    EXACT_BELOW = 50_000

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        if not rows.query.where:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
                    [connection.ops.quote_name(rows.model._meta.db_table)],
                )
                estimate: int = cursor.fetchone()[0]
            if estimate >= self.EXACT_BELOW:
                return estimate
        return rows.count()


class ReadOnlyAdmin(ModelAdmin):
    """Only for looking: nobody adds, changes or deletes here, that is the work of use cases."""

    actions = None
    list_per_page = 50
    list_select_related = False
    paginator = EstimatingPaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Link:
    """A word that leads somewhere within the admin."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Bar:
    """So much used of so much."""

    label: str
    used: int
    limit: int
    note: str = ""

    @property
    def percent(self) -> int:
        """How full it is, from 0 to 100; what may not be used at all counts as full."""
        return min(100, round(100 * self.used / self.limit)) if self.limit else 100


@dataclass(frozen=True, slots=True)
class Panel:
    """One box of an account's page. Apps give theirs by `ACCOUNT_PANELS`; values are shown as text, never as HTML."""

    title: str
    facts: Sequence[tuple[str, object]] = ()
    bars: Sequence[Bar] = ()
    headers: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    links: Sequence[Link] = ()
    warning: str = ""
    is_wide: bool = False


def when(moment: datetime | None) -> str:
    """A time as support reads it: the minute in UTC, and how far away that is."""
    if moment is None:
        return "–"
    at = now()
    if abs((at - moment).total_seconds()) < 60:
        return f"{moment:%Y-%m-%d %H:%M} UTC (now)"
    distance = f"{timesince(moment, at, depth=1)} ago" if moment <= at else f"in {timeuntil(moment, at, depth=1)}"
    return f"{moment:%Y-%m-%d %H:%M} UTC ({distance})".replace("\xa0", " ")
