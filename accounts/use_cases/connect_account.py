"""Connect a Kommo account: its code becomes a grant, when an administrator gave it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.kommo.grantor import account_of_administrator
from accounts.kommo.hosts import origin_of
from accounts.kommo.oauth import TokenPair, exchange_code
from accounts.kommo.parsing import AccountInfo
from accounts.models import Account, AuditEntry, KommoGrant, record
from convailens.lib.errors import NotAllowed

log = logging.getLogger("convailens.accounts")


class HostRefused(NotAllowed):
    """The address that the account is said to have is not one of Kommo's."""

    code = "host_refused"


class Outcome(StrEnum):
    """What connecting has changed."""

    CONNECTED = "connected"
    RECONNECTED = "reconnected"
    ALREADY_CONNECTED = "already_connected"


@dataclass(frozen=True, slots=True)
class Connection:
    """The account, and what connecting it has changed."""

    account: Account
    outcome: Outcome


def connect_account(*, host: str, code: str, timeout_s: float = 10.0) -> Connection:
    """Exchange `code` at `host`, learn whose it is, store the grant. `timeout_s` bounds each of the three calls.

    Raises HostRefused before anything is sent, CodeRefused, NotAdministrator (nothing is kept), or a ServiceError.
    """
    host = host.lower()
    base_url = origin_of(host, exempt=settings.SANDBOX_ORIGINS)
    if base_url is None:
        raise HostRefused
    pair = exchange_code(base_url, code, now=timezone.now(), timeout_s=timeout_s)
    info = account_of_administrator(base_url, pair.access_token, timeout_s=timeout_s)
    try:
        connection = _store(host, info, pair)
    except Account.DoesNotExist:
        connection = _store(host, info, pair)  # It was erased while this waited for its lock: it begins anew.
    log.info("account.connected", extra={"account_id": connection.account.id, "outcome": connection.outcome.value})
    return connection


@transaction.atomic
def _store(host: str, info: AccountInfo, pair: TokenPair) -> Connection:
    known = {"subdomain": info.subdomain, "host": host, "timezone": info.timezone, "currency": info.currency}
    _, is_new = Account.objects.get_or_create(kommo_account_id=info.id, defaults=known)
    # From here on, one at a time for each account; a refresh that runs now ends first.
    account = Account.objects.select_for_update(no_key=True).get(kommo_account_id=info.id)
    outcome = Outcome.CONNECTED
    if not is_new:
        was_connected = account.status == Account.Status.CONNECTED
        outcome = Outcome.ALREADY_CONNECTED if was_connected else Outcome.RECONNECTED
    now = timezone.now()
    for name, value in known.items():
        setattr(account, name, value)
    if outcome is not Outcome.ALREADY_CONNECTED:
        account.status, account.status_changed_at = Account.Status.CONNECTED, now
        account.connected_at, account.disconnected_at = now, None
    account.save()
    _replace_grant(account, pair, info.current_user_id)
    record(f"account.{outcome.value}", account=account, actor=AuditEntry.Actor.USER, actor_id=info.current_user_id)
    return Connection(account, outcome)


def _replace_grant(account: Account, pair: TokenPair, granted_by: int) -> None:
    before = KommoGrant.objects.for_account(account).values_list("version", flat=True).first()
    KommoGrant.objects.update_or_create(
        account=account,
        defaults={
            "access_token": pair.access_token,
            "refresh_token": pair.refresh_token,
            "access_expires_at": pair.access_expires_at,
            "refresh_expires_at": pair.refresh_expires_at,
            "granted_by": granted_by,
            # Who still holds the pair before this one must see that it is not the newest.
            "version": (before or 0) + 1,
            "issued_at": timezone.now(),
        },
    )
