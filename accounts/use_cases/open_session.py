"""Exchange Kommo's one-time token for a widget session of 30 minutes.

A token is good for one session. The same token again from the same browser is a page reload: it ends the earlier
session and opens a new one, five times at most. From another browser it is a replay and is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.authentication import digest_of
from accounts.errors import NotConnected, ReconnectNeeded
from accounts.kommo.client import KommoClient
from accounts.kommo.widget_token import LEEWAY_S, TokenRefused, WidgetIdentity, read_widget_token
from accounts.models import Account, AuditEntry, UsedWidgetToken, WidgetSession, record
from convailens.lib.errors import NotAllowed, NotFound

log = logging.getLogger("convailens.session")

SESSION = timedelta(minutes=30)
#: Kommo's signature is its yes to this user, and is believed as long as any other yes of Kommo's.
SIGNATURE_FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, repr=False)
class OpenedSession:
    """A session and its bearer token, which is told once and stored nowhere."""

    session: WidgetSession
    token: str


def open_session(*, token: str, origin: str, user_agent: str, now: datetime) -> OpenedSession:
    """Check the one-time token and open a session.

    Raises TokenRefused (`token_invalid`, `token_expired`, `token_replayed`), NotConnected, ReconnectNeeded,
    NotAllowed (`user_inactive`), or a ServiceError where Kommo had to be asked and did not answer.
    """
    try:
        identity = read_widget_token(
            token,
            client_secret=settings.KOMMO_CLIENT_SECRET,
            client_id=settings.KOMMO_CLIENT_ID,
            redirect_uri=settings.KOMMO_REDIRECT_URI,
            now=now,
        )
        account = _account(identity)
        browser = _browser_digest(account, origin, user_agent)
        used = UsedWidgetToken.objects.for_account(account).filter(jti=identity.jti).first()
        if used is not None and not _may_renew(used, browser):
            raise TokenRefused("replayed", "token_replayed")
        if used is not None or now - identity.issued_at > SIGNATURE_FRESH:
            _check_active(account, identity.user_id)
        return _open(account, identity, browser, now)
    except TokenRefused as error:
        log.warning("session.refused", extra={"reason": error.reason, "code": error.code})
        raise


def _account(identity: WidgetIdentity) -> Account:
    account = Account.objects.filter(kommo_account_id=identity.kommo_account_id).first()
    if account is None or account.status == Account.Status.DISCONNECTED:
        raise NotConnected
    if account.status == Account.Status.RECONNECT_NEEDED:
        raise ReconnectNeeded
    return account


def _browser_digest(account: Account, origin: str, user_agent: str) -> str:
    text = f"{origin}\n{user_agent}"
    return hmac.new(account.data_key_bytes, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _may_renew(used: UsedWidgetToken, browser: str) -> bool:
    is_same = hmac.compare_digest(used.browser_digest, browser)
    return is_same and used.renewals < UsedWidgetToken.MAX_RENEWALS


def _check_active(account: Account, user_id: int) -> None:
    """Ask Kommo whether the user is still one of the account's. Raises NotAllowed, or what the client raises."""
    try:
        is_active = KommoClient(account, timeout_s=5).user(user_id).is_active
    except NotFound:
        is_active = False
    if not is_active:
        raise NotAllowed("user_inactive", detail="Kommo says that this user is no longer active.")


@transaction.atomic
def _open(account: Account, identity: WidgetIdentity, browser: str, now: datetime) -> OpenedSession:
    token = secrets.token_urlsafe(32)
    session = WidgetSession.objects.create(
        account=account,
        user_id=identity.user_id,
        is_admin=identity.is_admin,
        token_digest=digest_of(token),
        created_at=now,
        expires_at=now + SESSION,
    )
    keep_until = identity.expires_at + timedelta(seconds=2 * LEEWAY_S)
    first = UsedWidgetToken(
        account=account, jti=identity.jti, browser_digest=browser, session=session, expires_at=keep_until
    )
    # The unique key decides who is first; whoever is not waits here for the row, and finds it used.
    UsedWidgetToken.objects.bulk_create([first], ignore_conflicts=True)
    used = UsedWidgetToken.objects.select_for_update().get(account=account, jti=identity.jti)
    if used.session_id != session.id:
        _renew(used, session, browser, now)
    log.info("session.opened", extra={"account_id": account.id, "session_id": session.id, "renewals": used.renewals})
    return OpenedSession(session, token)


def _renew(used: UsedWidgetToken, session: WidgetSession, browser: str, now: datetime) -> None:
    if not _may_renew(used, browser):
        raise TokenRefused("replayed", "token_replayed")
    WidgetSession.objects.filter(id=used.session_id, ended_at=None).update(ended_at=now)
    used.session, used.renewals = session, used.renewals + 1
    used.save(update_fields=["session", "renewals"])
    account = session.account
    record(
        "session.renewed",
        account=account,
        actor=AuditEntry.Actor.USER,
        actor_id=session.user_id,
        at=now,
        renewals=used.renewals,
    )
