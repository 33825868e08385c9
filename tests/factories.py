"""Makes the cast and what belongs to them, straight in the database, with tokens that the sandbox accepts."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.authentication import WidgetUser, digest_of
from accounts.models import Account, KommoGrant, WidgetSession
from tests.sandbox.process import KommoSandbox
from transcription.models import Transcription


@dataclass(frozen=True)
class Person:
    """A user of a connected account with an open session."""

    account: Account
    user_id: int
    key: str
    is_admin: bool
    token: str = field(repr=False)
    session: WidgetSession = field(repr=False)
    lead_ids: tuple[int, ...] = field(default=(), repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What a request of this person carries."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def widget_user(self) -> WidgetUser:
        return WidgetUser(self.account, self.user_id, self.is_admin, self.session.id)


def make_account(kommo: KommoSandbox, key: str = "acme", **given: Any) -> Account:
    """A connected account of the sandbox (acme or stranger), with a grant of its administrator."""
    there = kommo.accounts()[key]
    account = Account.objects.create(
        **{
            "kommo_account_id": there["id"],
            "subdomain": there["subdomain"],
            "host": there["domain"],
            "timezone": there["timezone"],
            "currency": there["currency"],
        }
        | given
    )
    make_grant(kommo, account, key)
    return account


def make_grant(kommo: KommoSandbox, account: Account, key: str = "acme", user: str = "admin") -> KommoGrant:
    """A pair of tokens as the sandbox's token endpoint would have given it to `user`."""
    pair = kommo.switch("tokens", account=key, user=user)
    now = timezone.now()
    return KommoGrant.objects.create(
        account=account,
        access_token=pair["access_token"],
        refresh_token=pair["refresh_token"],
        access_expires_at=now + timedelta(seconds=pair["expires_in"]),
        refresh_expires_at=now + timedelta(days=90),
        granted_by=kommo.user(user, key)["id"],
    )


def open_session(
    account: Account, user_id: int, *, is_admin: bool | None = None, minutes: int = 30
) -> tuple[str, WidgetSession]:
    """A bearer token and its session, without Kommo's one-time token."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    session = WidgetSession.objects.create(
        account=account,
        user_id=user_id,
        is_admin=is_admin,
        token_digest=digest_of(token),
        created_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )
    return token, session


def make_person(kommo: KommoSandbox, account: Account, user: str, account_key: str = "acme") -> Person:
    """One of the sandbox's people (admin, rep, colleague) as a user with a session."""
    there = kommo.user(user, account_key)
    token, session = open_session(account, there["id"], is_admin=there["is_admin"])
    return Person(account, there["id"], user, there["is_admin"], token, session, tuple(there["lead_ids"]))


def make_transcription(account: Account, **given: Any) -> Transcription:
    """A transcription whose note stands, as the worker leaves it; `given` makes it another."""
    now = timezone.now()
    done = {
        "lead_id": 7001,
        "kind": "message",
        "source_id": str(uuid.uuid4()),
        "audio_key": secrets.token_hex(32),
        "requested_by": 42,
        "request_id": uuid.uuid4().hex[:16],
        "state": "done",
        "step": "",
        "attempt": 1,
        "tries": 1,
        "paid_calls": 1,
        "duration_ms": 13_940,
        "billed_ms": 13_940,
        "charged_s": 14,
        "language": "es",
        "confidence": 0.93,
        "note_tried_at": now,
        "note_ids": [88_123_456],
        "finished_at": now,
    }
    return Transcription.objects.create(account=account, **done | given)
