"""System checks that refuse unsafe settings, in words, before anything is served (`manage.py check --deploy`)."""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

_SECRETS = (
    "SECRET_KEY",
    "KOMMO_CLIENT_ID",
    "KOMMO_CLIENT_SECRET",
    "OPENAI_API_KEY",
    "DEEPGRAM_API_KEY",
    "DATABASE_URL",
    "PUBLIC_URL",
)


def _error(number: int, what: str, hint: str) -> Error:
    return Error(what, hint=hint, id=f"convailens.E{number:03}")


@register(Tags.security)
def token_keys_are_usable(**_: Any) -> list[CheckMessage]:
    """Keys that cannot decrypt would lose every token, so they are checked at each start."""
    for key in settings.TOKEN_KEYS:
        try:
            Fernet(key.encode())
        except ValueError:
            return [_error(1, "TOKEN_KEYS holds a key that is not 32 url-safe base64 bytes.", "Make one: README.")]
    return [] if settings.TOKEN_KEYS else [_error(2, "TOKEN_KEYS is empty.", "Set one key, newest first.")]


@register(Tags.security)
def versions_are_readable(**_: Any) -> list[CheckMessage]:
    """MIN_WIDGET_VERSION must be a version, else every widget would be refused."""
    parts = settings.MIN_WIDGET_VERSION.split(".")
    if len(parts) == 3 and all(part.isdigit() for part in parts):
        return []
    return [_error(3, "MIN_WIDGET_VERSION is not of the form 1.2.3.", "Set it, or leave it unset.")]


@register(Tags.security)
def grace_period_is_one(**_: Any) -> list[CheckMessage]:
    """A negative number of days would erase accounts that were never disconnected so long."""
    if settings.GRACE_PERIOD_DAYS >= 0:
        return []
    return [_error(4, "GRACE_PERIOD_DAYS is negative.", "Give the days that the policy page promises; 30 is usual.")]


@register(Tags.security)
def voice_is_within_reason(**_: Any) -> list[CheckMessage]:
    """A recording is held in memory, and Deepgram is told its language: a wrong value would fail each of them."""
    problems: list[CheckMessage] = []
    if not re.fullmatch(r"multi|detect|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,4})*", settings.DEEPGRAM_LANGUAGE):
        problems.append(_error(5, "DEEPGRAM_LANGUAGE is no language.", "multi, detect, or a tag such as pt-BR."))
    if urlsplit(settings.DEEPGRAM_BASE_URL).path:
        problems.append(_error(6, "DEEPGRAM_BASE_URL has a path.", "Scheme and host alone; the client adds the rest."))
    if not 0 < settings.AUDIO_MAX_BYTES <= 256 * 1024 * 1024 or settings.AUDIO_MAX_S <= 0:
        problems.append(_error(7, "AUDIO_MAX_BYTES or AUDIO_MAX_S is out of reason.", "Up to 256 MB; see the docs."))
    return problems


@register(Tags.security)
def production_is_safe(**_: Any) -> list[CheckMessage]:
    """What the demo may do and production may not."""
    if settings.DEMO:
        if os.environ.get("RAILWAY_ENVIRONMENT_NAME"):
            return [_error(10, "CONVAILENS_DEMO is set on Railway.", "Unset it: it switches safety off.")]
        return []
    problems: list[CheckMessage] = [
        _error(11, f"{name} is not set.", "See docs/configuration.md.")
        for name in _SECRETS
        if not getattr(settings, name)
    ]
    if settings.SANDBOX_ORIGINS:
        problems.append(_error(12, "SANDBOX_ORIGINS is set.", "It exempts addresses from safety rules; unset it."))
    for name in ("PUBLIC_URL", "KOMMO_OAUTH_URL", "KOMMO_REDIRECT_URI", "OPENAI_BASE_URL", "DEEPGRAM_BASE_URL"):
        url = urlsplit(getattr(settings, name))
        if url.scheme != "https":
            problems.append(_error(13, f"{name} is not an https address.", "TLS is needed in and out."))
        if url.hostname in {"localhost", "127.0.0.1", "::1", "0.0.0.0"}:  # noqa: S104  (compared, not bound)
            problems.append(_error(14, f"{name} points to this machine.", "A sandbox address cannot serve production."))
    if not settings.REDIS_URL.startswith("rediss://"):
        problems.append(_error(15, "REDIS_URL does not use TLS.", "Use rediss://…"))
    options: Any = settings.DATABASES["default"]["OPTIONS"]
    if options.get("sslmode") not in {"require", "verify-ca", "verify-full"}:
        problems.append(_error(16, "DATABASE_URL does not ask for TLS.", "Add ?sslmode=verify-full (or require)."))
    if settings.LOG_LEVEL == "DEBUG":
        problems.append(_error(17, "LOG_LEVEL is DEBUG.", "Use INFO in production."))
    return problems
