"""The words of our pages in each language: one JSON table a language in `locale/`, with the same keys.

Plain tables instead of gettext catalogues: nothing has to be compiled, so nothing can be out of date.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_from_request

LANGUAGES: list[tuple[str, str]] = settings.LANGUAGES


@lru_cache(maxsize=8)
def texts(language: str) -> dict[str, Any]:
    """The table of a language. Raises FileNotFoundError for one we do not have."""
    table: dict[str, Any] = json.loads((settings.BASE_DIR / "locale" / f"{language}.json").read_text("utf-8"))
    return table


def language_of(request: HttpRequest) -> str:
    """`?lang=`, else what the browser prefers, else English."""
    asked = request.GET.get("lang", "")[:2].lower()
    if asked in dict(LANGUAGES):
        return asked
    return get_language_from_request(request)[:2]
