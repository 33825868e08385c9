"""Disconnect an account, from our side or Kommo's: the tokens go at once, the results after the grace period."""

from __future__ import annotations

import hashlib
import hmac
import logging
from enum import StrEnum
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from accounts.errors import NotAdministrator, NotConnected, ReconnectNeeded
from accounts.kommo.client import KommoClient
from accounts.models import Account, AuditEntry, KommoGrant, WidgetSession, record
from convailens.lib.errors import NotAllowed, NotFound
from convailens.lib.ids import keyed_digest

log = logging.getLogger("convailens.accounts")


LOOK_EVERY_S = 60


class SignatureRefused(NotAllowed):
    """The hook's signature is not Kommo's."""

    code = "signature_refused"


class HookOutcome(StrEnum):
    """What a disable hook led to."""

    DISCONNECTED = "disconnected"
    UNCONFIRMED = "unconfirmed"  # unsigned, and Kommo still accepts our access
    UNKNOWN = "unknown"  # no account of ours, or one that is disconnected already


def disconnect_account(*, account_id: UUID, actor: AuditEntry.Actor, actor_id: int | None = None) -> bool:
    """Delete the grant, end the sessions, mark the account. False when it was disconnected already."""
    now = timezone.now()
    with transaction.atomic():
        changed = (
            Account.objects.filter(id=account_id)
            .exclude(status=Account.Status.DISCONNECTED)
            .update(status=Account.Status.DISCONNECTED, status_changed_at=now, disconnected_at=now)
        )
        # Whatever the state was: no token of a disconnected account may be left.
        KommoGrant.objects.filter(account_id=account_id).delete()
        ended = WidgetSession.objects.filter(account_id=account_id, ended_at=None).update(ended_at=now)
        if changed:
            account = Account.objects.get(id=account_id)
            record("account.disconnected", account=account, actor=actor, actor_id=actor_id, sessions=ended)
    if changed:
        log.info("account.disconnected", extra={"account_id": account_id, "source": actor.value, "count": ended})
    return bool(changed)


def disconnect_by_user(*, account: Account, user_id: int, is_admin: bool | None) -> bool:
    """The same, asked for by a user of the account. Raises NotAdministrator, or what asking Kommo raises.

    Kommo is asked for the rights as they are now. `is_admin`, what its token said when the session began, counts only
    where Kommo no longer answers us at all.
    """
    try:
        found = KommoClient(account).user(user_id)
        is_admin = found.is_admin and found.is_active
    except NotFound:
        raise NotAdministrator from None
    except ReconnectNeeded:
        if is_admin is None:
            raise
    if not is_admin:
        raise NotAdministrator
    return disconnect_account(account_id=account.id, actor=AuditEntry.Actor.USER, actor_id=user_id)


def disable_signature(*, client_id: str, kommo_account_id: int, client_secret: str) -> str:
    """How Kommo signs the hook: HMAC-SHA256 of "client id|account id" under the client secret, in lower-case hex."""
    text = f"{client_id}|{kommo_account_id}"
    return hmac.new(client_secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def apply_disable_hook(
    *, kommo_account_id: int, signature: str | None, client_id: str, client_secret: str
) -> HookOutcome:
    """Act on Kommo's word that an administrator disabled the integration.

    Raises SignatureRefused for a wrong signature: nothing is changed. Without one, anybody may have called, so Kommo
    is asked once whether our access is gone.
    """
    if signature is not None:
        right = disable_signature(client_id=client_id, kommo_account_id=kommo_account_id, client_secret=client_secret)
        if not hmac.compare_digest(right.encode(), signature.encode()):
            raise SignatureRefused
    account = Account.objects.filter(kommo_account_id=kommo_account_id).first()
    if account is None or account.status == Account.Status.DISCONNECTED:
        return HookOutcome.UNKNOWN
    if signature is None and not _is_gone(account):
        return HookOutcome.UNCONFIRMED
    disconnect_account(account_id=account.id, actor=AuditEntry.Actor.KOMMO)
    return HookOutcome.DISCONNECTED


def _is_gone(account: Account) -> bool:
    """Whether Kommo itself refuses our access now."""
    if account.status != Account.Status.CONNECTED:
        # It was refused before, which a stranger may know; that alone starts no grace period.
        return False
    if not cache.add("disable-look:" + keyed_digest(str(account.id)), 1, LOOK_EVERY_S):
        return False  # Anybody may call: one look a minute is enough for the one true hook.
    try:
        KommoClient(account, timeout_s=2.0, within_s=4.0).account_info()
    except (ReconnectNeeded, NotConnected):
        return True
    return False
