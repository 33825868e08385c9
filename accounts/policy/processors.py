"""The companies that process data for us: the one register that the policy pages show and the checks compare with.

Whatever is added here appears on the page of the version it names and later ones; whatever is configured and not here
is warned about (`accounts/policy/checks.py`). A new company, model, address or place needs a new version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A fact that stands on the policy page since a version."""

    value: str
    since: int = 1


@dataclass(frozen=True, slots=True)
class Processor:
    """A company: models it runs for us, hosts we reach it at, and where it processes (`us`, `eu`).

    What it does and which data it gets is told in the words of each version, under `key`.
    """

    key: str
    name: str
    regions: tuple[Published, ...]
    models: tuple[Published, ...] = ()
    endpoints: tuple[Published, ...] = ()
    since: int = 1


_US, _EU = Published("us"), Published("eu")
OPENAI = Processor(
    "openai",
    "OpenAI",
    regions=(_US,),
    models=(Published("gpt-4o-mini"), Published("gpt-6-luna", since=2)),
    endpoints=(Published("api.openai.com"),),
)
DEEPGRAM = Processor(
    "deepgram", "Deepgram", regions=(_US,), models=(Published("nova-3"),), endpoints=(Published("api.deepgram.com"),)
)
LEMON_SQUEEZY = Processor(
    "lemon-squeezy", "Lemon Squeezy", regions=(_US,), endpoints=(Published("api.lemonsqueezy.com"),)
)
SUPABASE = Processor(
    "supabase", "Supabase", regions=(_EU,), endpoints=(Published("supabase.com"), Published("supabase.co"))
)
UPSTASH = Processor("upstash", "Upstash", regions=(_EU,), endpoints=(Published("upstash.io"),))
RAILWAY = Processor("railway", "Railway", regions=(_EU,))
PROCESSORS = (OPENAI, DEEPGRAM, LEMON_SQUEEZY, SUPABASE, UPSTASH, RAILWAY)


def on_page(facts: Iterable[Published], version: int) -> list[str]:
    """What of these facts the page of a version shows."""
    return [fact.value for fact in facts if fact.since <= version]


def is_model_published(processor: Processor, model: str, version: int) -> bool:
    """Whether the page names this model; a dated snapshot (`gpt-4o-mini-2024-07-18`) is its model."""
    return any(model == name or model.startswith(f"{name}-20") for name in on_page(processor.models, version))


def is_host_published(processor: Processor, host: str, version: int) -> bool:
    """Whether the page names this host, or a domain it is in."""
    return any(host == name or host.endswith(f".{name}") for name in on_page(processor.endpoints, version))
