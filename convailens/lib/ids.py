"""Ids from outside: stored and logged, so they must not be a place for text. And what stands for an id in Redis."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.conf import settings

from convailens.lib.errors import InvalidInput

OUTSIDE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Language, script, region of BCP 47. No variants or private parts: the tag is stored, and they would hold any word.
LANGUAGE_TAG = r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$"


def check_outside_id(value: Any, field: str) -> str:
    """An id from outside as text, or InvalidInput: ids are stored and logged, so they may not be a place for text."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not OUTSIDE_ID.fullmatch(text):
        raise InvalidInput(fields={field: ["invalid_id"]})
    return text


def keyed_digest(text: str) -> str:
    """What stands in Redis for an id or an address: tells two apart, and cannot be guessed back without our key."""
    return hashlib.blake2b(text.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=12).hexdigest()
