"""Warns at start when what is configured is not what the policy page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from psycopg.conninfo import conninfo_to_dict

from accounts.policy import processors
from accounts.policy.processors import Processor, is_host_published, is_model_published, on_page
from accounts.policy.versions import LATEST

_HINT = "Publish a new version of the policy first (accounts/policy/), or configure what it names."
_UNNAMED = "ConvAI Lens"  # The default of LEGAL_ENTITY.
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
#: Supabase's pooler says its region in its name: aws-0-eu-central-1.pooler.supabase.com.
_POOLER = re.compile(r"aws-\d+-([a-z]{2})-[a-z0-9-]+\.pooler\.supabase\.com")


def _warning(number: int, what: str, hint: str = _HINT) -> CheckMessage:
    return Warning(what, hint=hint, id=f"convailens.W{number:03}")


@register(Tags.security)
def configuration_is_on_the_policy_page(**_: Any) -> list[CheckMessage]:
    """Models, addresses and the database's region that the latest published version does not name."""
    return [*_models(), *_addresses(), *_places()]


def _models() -> Iterator[CheckMessage]:
    for processor, name in (
        (processors.OPENAI, "OPENAI_MODEL"),
        (processors.OPENAI, "OPENAI_SUCCESSOR_MODEL"),
        (processors.DEEPGRAM, "DEEPGRAM_MODEL"),
    ):
        model = getattr(settings, name, "")
        if model and not is_model_published(processor, model, LATEST.number):
            yield _warning(1, f"{name} is {model}, which the policy page does not name.")


def _addresses() -> Iterator[CheckMessage]:
    addresses: list[tuple[Processor, str, str]] = [
        (processors.OPENAI, "OPENAI_BASE_URL", getattr(settings, "OPENAI_BASE_URL", "")),
        (processors.DEEPGRAM, "DEEPGRAM_BASE_URL", getattr(settings, "DEEPGRAM_BASE_URL", "")),
        (processors.UPSTASH, "REDIS_URL", settings.REDIS_URL),
    ]
    for processor, name, url in addresses:
        host = urlsplit(url).hostname or ""
        yield from _address(processor, name, host)
    yield from _address(processors.SUPABASE, "DATABASE_URL", _database_host())


def _database_host() -> str:
    return str(conninfo_to_dict(settings.DATABASE_URL).get("host", "")) if settings.DATABASE_URL else ""


def _address(processor: Processor, name: str, host: str) -> Iterator[CheckMessage]:
    if settings.DEMO and host in _LOOPBACK:  # The sandbox and the embedded services: nobody's data.
        return
    # The host and no more of the address: what stands before it may be a password.
    if host and not is_host_published(processor, host, LATEST.number):
        yield _warning(2, f"{name} leads to {host}, which the policy page does not name.")


def _places() -> Iterator[CheckMessage]:
    region = _POOLER.fullmatch(_database_host())
    if region and region.group(1) not in on_page(processors.SUPABASE.regions, LATEST.number):
        yield _warning(3, f"The database stands in a region ({region.group(1)}-…) that the policy page does not name.")


@register(Tags.security)
def the_policy_says_who_is_responsible(**_: Any) -> list[CheckMessage]:
    """A production's page has to name the legal entity that runs it."""
    if settings.DEMO or settings.LEGAL_ENTITY != _UNNAMED:
        return []
    return [_warning(4, "LEGAL_ENTITY is not set.", "The policy page names it: the company's name and address.")]
