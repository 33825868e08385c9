"""One version of the policy in one language, ready to be drawn."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.policy.processors import PROCESSORS, Processor, on_page
from accounts.policy.versions import VERSIONS, Version

SUPPORT_EMAIL = "support@convailens.com"
_TEXT = Path(__file__).parent / "text"
#: Django's own names of the months; it knows Brazil's Portuguese by another code.
_DATES = {"en": ("en", "j F Y"), "es": ("es", r"j \d\e F \d\e Y"), "pt": ("pt-br", r"j \d\e F \d\e Y")}


@lru_cache(maxsize=32)
def table(name: int | str, language: str) -> dict[str, Any]:
    """The words of a version, or those around all of them (`common`). Raises FileNotFoundError for others."""
    words: dict[str, Any] = json.loads((_TEXT / f"{name}.{language}.json").read_text("utf-8"))
    return words


def policy_page(version: Version, language: str, today: date) -> dict[str, Any]:
    """What the template draws. Texts are ours; what is filled in comes of settings, and is escaped."""
    words, common = table(version.number, language), table("common", language)
    return {
        "version": version.number,
        "title": common["title"],
        "heading": common["version"].format(number=version.number),
        "dates": _dates(version, common, language, today),
        "words": common,
        "latest": None if version is VERSIONS[-1] else VERSIONS[-1].number,
        "intro": _filled(words["intro"]),
        "sections": [
            {
                "id": section["id"],
                "title": section["title"],
                "text": _all_filled(section["text"]),
                "list": _all_filled(section["list"]),
                "more": _all_filled(section["more"]),
            }
            for section in words["sections"]
        ],
        "processors": [
            _processor(processor, version, words["processors"][processor.key], common)
            for processor in PROCESSORS
            if processor.since <= version.number
        ],
        "versions": [_past(other, common, language, today) for other in reversed(VERSIONS)],
    }


def _filled(text: str) -> SafeString:
    mail = format_html('<a href="mailto:{0}">{0}</a>', SUPPORT_EMAIL)
    return format_html(text, email=mail, entity=settings.LEGAL_ENTITY, grace=settings.GRACE_PERIOD_DAYS)


def _all_filled(texts: Iterable[str]) -> list[SafeString]:
    return [_filled(text) for text in texts]


def _processor(processor: Processor, version: Version, told: dict[str, str], common: dict[str, Any]) -> dict[str, Any]:
    places = [common["places"][code] for code in on_page(processor.regions, version.number)]
    facts = (
        ("purpose", told["purpose"]),
        ("data", told["data"]),
        ("models", ", ".join(on_page(processor.models, version.number))),
        ("endpoints", ", ".join(on_page(processor.endpoints, version.number))),
        ("regions", ", ".join(places)),
    )
    return {"name": processor.name, "facts": [(common[name], value) for name, value in facts if value]}


def _past(version: Version, common: dict[str, Any], language: str, today: date) -> dict[str, Any]:
    return {
        "number": version.number,
        "heading": common["version"].format(number=version.number),
        "dates": _dates(version, common, language, today),
        "changes": _all_filled(table(version.number, language)["changes"]),
    }


def _dates(version: Version, common: dict[str, Any], language: str, today: date) -> str:
    in_force = common["since" if version.effective_on <= today else "from"]
    published = common["published"].format(date=_day(version.published_on, language))
    return f"{published}, {in_force.format(date=_day(version.effective_on, language))}"


def _day(day: date, language: str) -> str:
    code, pattern = _DATES[language]
    with translation.override(code):
        said = format_date(day, pattern)
    return said if language == "en" else said.lower()
