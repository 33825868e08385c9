"""What a user asked for, held in memory while its run lasts. It carries the conversation, so its repr shows none."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.models import Account
from analysis.conversation import Message


@dataclass(frozen=True, slots=True)
class Wish:
    """One request to analyse a lead's conversation."""

    account: Account
    user_id: int
    lead_id: str
    key: UUID
    source: str  # auto, card or pasted
    output_language: str
    digest: str = ""
    request_id: str = ""
    widget_version: str | None = None
    messages: tuple[Message, ...] = field(default=(), repr=False)


def body_digest(account: Account, user_id: int, body: Mapping[str, Any]) -> str:
    """A digest of the request, keyed with the account's random key: tells a reused key, tells nothing of the text."""
    text = json.dumps([user_id, body], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hmac.new(account.data_key_bytes, text.encode(), hashlib.sha256).hexdigest()
