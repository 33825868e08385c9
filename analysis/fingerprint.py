"""The fingerprint of a conversation and a set-up: equal when a new reading could only repeat the stored one.

Keyed with the account's own random key, so that nobody who sees a stored fingerprint can try guessed chats against it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Sequence
from decimal import Decimal

from analysis.conversation import LeadCard, Message

_LAYOUT = "convailens.fingerprint.1"  # Raised when the serialisation below changes.


def fingerprint(
    key: bytes,
    messages: Sequence[Message],
    lead: LeadCard,
    *,
    output_language: str,
    rubric_version: str,
    prompt_version: str,
    model_profile: str,
) -> str:
    """HMAC-SHA256, 64 hex digits, of what a reading depends on; `messages` in the order they are read.

    Covered: author kinds, times in whole UTC seconds, texts and transcripts, stage, price, currency, output language,
    rubric, prompt, model profile. Left out on purpose: ids, names and the source, so that a pasted chat and the same
    chat read from Kommo are one.
    """
    if not key:
        raise ValueError("a fingerprint needs the account's key")
    covered = [
        _LAYOUT,
        [
            [
                message.author.value,
                None if message.at is None else math.floor(message.at.timestamp()),
                message.text,
                message.transcript,
            ]
            for message in messages
        ],
        [lead.stage, _plain(lead.price), lead.currency],
        [output_language, rubric_version, prompt_version, model_profile],
    ]
    # JSON keeps every border between fields visible, and its ASCII form writes any string there is.
    document = json.dumps(covered, ensure_ascii=True, separators=(",", ":"))
    return hmac.new(key, document.encode("ascii"), hashlib.sha256).hexdigest()


def _plain(price: Decimal | None) -> str | None:
    """One form for each amount, so that 4900 and 4900.00 are the same price; huge exponents stay short."""
    if price is None or not price.is_finite():
        return None if price is None else str(price)
    sign, digits, exponent = price.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    stripped = text.rstrip("0")
    if not stripped:
        return "0"
    assert isinstance(exponent, int)  # noqa: S101  A finite Decimal's exponent is a number; mypy cannot know.
    return f"{'-' if sign else ''}{stripped}e{exponent + len(text) - len(stripped)}"
