"""Which versions of the policy there are, and since when.

The register is code, since a version comes with its words (`text/{number}.{language}.json`) and both are released
together. `record_versions` writes it into the database after each migration, for what has to refer to a version by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps


@dataclass(frozen=True, slots=True)
class Version:
    """One version: published on a day, in force from a day. Neither changes once it is published."""

    number: int
    published_on: date
    effective_on: date


VERSIONS = (
    Version(1, published_on=date(2026, 4, 9), effective_on=date(2026, 4, 9)),
    # It tells more of what was done already and changes nothing to anybody's disadvantage: in force at once.
    Version(2, published_on=date(2026, 11, 24), effective_on=date(2026, 11, 24)),
)
LATEST = VERSIONS[-1]


def version_of(number: int) -> Version | None:
    """The version with that number, if there is one."""
    return next((version for version in VERSIONS if version.number == number), None)


def record_versions(*, apps: Apps = installed_apps, using: str, **_: Any) -> None:
    """Make the rows of the register, after each `migrate` and each `flush`."""
    try:
        rows = apps.get_model("accounts", "PolicyVersion").objects.using(using)
    except LookupError:  # Migrated back to before the table was made.
        return
    for version in VERSIONS:
        dates = {"published_on": version.published_on, "effective_on": version.effective_on}
        rows.update_or_create(number=version.number, defaults=dates)
