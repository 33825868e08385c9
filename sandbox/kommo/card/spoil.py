"""The card page's "misbehave" panel: ready-made rules for each service, named for what a rep would live through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.deepgram import KINDS as DEEPGRAM_KINDS
from sandbox.kommo.gate import KINDS as KOMMO_KINDS
from sandbox.kommo.notes import KINDS as NOTE_KINDS
from sandbox.misbehave import Rule, Rules
from sandbox.openai_spoil import KINDS as OPENAI_KINDS

SERVICES = ("openai", "deepgram", "kommo")
OWN_KINDS = {"openai": OPENAI_KINDS, "deepgram": DEEPGRAM_KINDS, "kommo": KOMMO_KINDS | NOTE_KINDS}


@dataclass(frozen=True, slots=True)
class Preset:
    service: str
    label: str
    kind: str
    match: str = "*"
    params: dict[str, Any] = field(default_factory=dict)


CHAT = "chat_completions"
PRESETS = {
    "openai-rate-limit": Preset("openai", "429, too many requests", "rate_limit", CHAT, {"retry_after_ms": 20_000}),
    "openai-no-credit": Preset("openai", "429, no credit left", "insufficient_quota", CHAT),
    "openai-overloaded": Preset("openai", "503, overloaded", "overloaded", CHAT),
    "openai-server-error": Preset("openai", "500, server error", "server_error", CHAT),
    "openai-slow": Preset("openai", "Slow to begin (8 s)", "slow", CHAT, {"seconds": 8}),
    "openai-stall": Preset("openai", "Stops for 10 s half-way", "stall", CHAT, {"seconds": 10, "after_chunks": 20}),
    "openai-drop": Preset("openai", "Connection cut half-way", "drop", CHAT, {"after_chunks": 30}),
    "openai-refusal": Preset("openai", "The model declines", "refusal", CHAT),
    "openai-filter": Preset("openai", "Cut by the content filter", "content_filter", CHAT, {"tokens": 40}),
    "openai-not-json": Preset("openai", "An answer that is not JSON", "invalid_json", CHAT),
    "openai-key": Preset("openai", "401, key not accepted", "unauthorized", CHAT),
    "deepgram-rate-limit": Preset(
        "deepgram", "429, too many requests", "status", params={"code": 429, "retry_after": 20}
    ),
    "deepgram-no-credit": Preset("deepgram", "402, no credit left", "status", params={"code": 402}),
    "deepgram-unavailable": Preset("deepgram", "503, does not answer", "status", params={"code": 503}),
    "deepgram-slow": Preset("deepgram", "Slow to answer (8 s)", "slow", params={"seconds": 8}),
    "deepgram-silence": Preset("deepgram", "Hears nobody", "silence"),
    "deepgram-unreadable": Preset("deepgram", "400, cannot read it", "status", params={"code": 400}),
    "kommo-no-notes": Preset("kommo", "403, writes no notes", "status", "notes.add", {"code": 403}),
    "kommo-lost-note": Preset("kommo", "A note's answer is lost", "lost_answer", "notes.add"),
    "kommo-no-file": Preset("kommo", "404, recording gone", "status", "drive.download", {"code": 404}),
    "kommo-rate-limit": Preset("kommo", "429, too many requests", "status", params={"code": 429, "retry_after": 20}),
    "kommo-unavailable": Preset("kommo", "503, maintenance page", "status", params={"code": 503, "body": "html"}),
    "kommo-slow": Preset("kommo", "Slow to answer (6 s)", "slow", params={"seconds": 6}),
    "kommo-cut": Preset("kommo", "Connection cut in an answer", "cut_off", "talks.*"),
    "kommo-not-json": Preset("kommo", "Answers that are not JSON", "not_json"),
    "kommo-unauthorised": Preset("kommo", "401, access revoked", "status", params={"code": 401}),
}


def listed(rules: Rules) -> dict[str, Any]:
    """`{presets: [{id, service, label}], rules: […]}` of all services."""
    return {
        "presets": [{"id": key, "service": one.service, "label": one.label} for key, one in PRESETS.items()],
        "rules": [rule.as_json() for service in SERVICES for rule in rules.of(service)],
    }


def apply(rules: Rules, preset: Preset, times: int | None) -> Rule:
    """Set the preset's rule for the next `times` requests, or until cleared. Raises BadRule."""
    return rules.add(
        service=preset.service,
        kind=preset.kind,
        match=preset.match,
        times=times,
        params=dict(preset.params),
        own_kinds=OWN_KINDS[preset.service],
    )


def clear(rules: Rules) -> int:
    return sum(rules.clear(service) for service in SERVICES)
