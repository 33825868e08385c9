"""Who is asking: a widget's bearer token → its account and user."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import cast

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.models import Account, WidgetSession
from convailens.lib.errors import NotAuthenticated


@dataclass(frozen=True, slots=True)
class WidgetUser:
    """A user of Kommo with an open session; `is_admin` is None where Kommo's token did not say."""

    account: Account
    user_id: int
    is_admin: bool | None
    session_id: uuid.UUID

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def pk(self) -> str:
        """What DRF and logs may know this user by."""
        return str(self.session_id)


def asker(request: Request) -> WidgetUser:
    """Who is asking: the session's user, which is no user of Django's."""
    return cast(WidgetUser, request.user)


def digest_of(token: str) -> str:
    """A session's token as it is stored: 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


class WidgetSessionAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`. Raises NotAuthenticated (`session_expired`, `session_ended`, `session_unknown`)."""

    def authenticate(self, request: Request) -> tuple[WidgetUser, WidgetSession] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2 or len(parts[1]) > 128:
            raise NotAuthenticated("session_unknown")
        digest = digest_of(parts[1].decode("latin-1"))
        session = WidgetSession.objects.select_related("account").filter(token_digest=digest).first()
        if session is None:
            raise NotAuthenticated("session_unknown")
        account: Account = session.account
        # A session outlives neither its replacement nor the connection it was opened under.
        if session.ended_at is not None or account.status == Account.Status.DISCONNECTED:
            raise NotAuthenticated("session_ended")
        if session.expires_at <= timezone.now():
            raise NotAuthenticated("session_expired")
        return WidgetUser(account, session.user_id, session.is_admin, session.id), session

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="convailens"'
