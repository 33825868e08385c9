"""Keep an account's access to Kommo: read the pair, refresh it once for all who need it, follow a moved account.

A refresh token may be spent once. So the refresh holds the account's row lock over its one network call (the only
place where a transaction spans one), re-reads the pair after it has the lock, and commits the new pair before anyone
uses it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.errors import ClientRefused, GrantRevoked, NotConnected, ReconnectNeeded
from accounts.kommo import oauth
from accounts.kommo.oauth import Address, TokenPair
from accounts.kommo.parsing import claims_of
from accounts.kommo.transport import give_back_connection
from accounts.models import Account, AuditEntry, KommoGrant, record
from convailens.lib.errors import ServiceError, ServiceUnavailable
from convailens.lib.ids import keyed_digest

log = logging.getLogger("convailens.kommo")

EARLY = timedelta(seconds=60)  # A token that ends within this would end on its way.
LOCK_WAIT_MS = 15_000  # Above the refresh's own time: who waits gets the winner's pair.
TURN_WAIT_S = 25.0  # Above the longest refresh of one thread: the lock's wait, the call, and a look for a new address.
LOOKUP_EVERY_S = 600  # A "not here" of an address is looked into this often.


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """A token that may be used now, where, and the version of the pair it belongs to."""

    token: str
    base_url: str
    version: int


def current_access(*, account_id: UUID, now: datetime | None = None) -> Access:
    """The account's access, refreshed first when it is about to end.

    Raises NotConnected, ReconnectNeeded, or a ServiceError of the refresh.
    """
    grant = _usable(_grant_of(account_id))
    if grant.access_expires_at - EARLY <= (now or timezone.now()):
        return refresh_grant(account_id=account_id, seen_version=grant.version)
    return _access(grant)


def refresh_grant(*, account_id: UUID, seen_version: int) -> Access:
    """Spend the refresh token, unless another has done so since the caller read version `seen_version`.

    Raises NotConnected, ReconnectNeeded (Kommo revoked the grant; the account is marked), or a ServiceError, after
    which the old pair stands and may be tried again.
    """
    try:
        with _turn(account_id):
            return _refresh_under_lock(account_id, seen_version)
    except GrantRevoked:
        return _after_revoked(account_id, seen_version)
    except ClientRefused:
        # Our own id or secret is wrong: no account is at fault, so none is marked.
        log.critical("kommo.client_refused", extra={"account_id": account_id})
        raise
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != "55P03":  # lock_not_available
            raise
        log.warning("kommo.token.lock_timeout", extra={"account_id": account_id})
        raise ServiceUnavailable("kommo_unavailable") from None


#: Threads of one process queue here, without a database connection; only the first of each process waits for the row.
_turns = tuple(threading.Lock() for _ in range(64))


@contextmanager
def _turn(account_id: UUID) -> Iterator[None]:
    give_back_connection()
    lock = _turns[account_id.int % len(_turns)]
    if not lock.acquire(timeout=TURN_WAIT_S):
        raise ServiceUnavailable("kommo_unavailable")
    try:
        yield
    finally:
        lock.release()


def _refresh_under_lock(account_id: UUID, seen_version: int) -> Access:
    # `durable`: nothing outer may delay the commit, for the pair must stand before it is used.
    with transaction.atomic(durable=True):
        grant = _usable(_locked(account_id))
        if grant.version != seen_version:
            return _access(grant)
        pair, address = _next_pair(grant)
        if address is not None:
            _move(grant.account, address)
        _store(grant, pair)
    log.info("kommo.token.refreshed", extra={"account_id": account_id})
    return _access(grant)


def _locked(account_id: UUID) -> KommoGrant | None:
    """The grant, with its account's row locked against whoever else would refresh, connect or disconnect it.

    The lock leaves the row's key alone, so that usage and results of the account can be written meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_WAIT_MS}ms"])
    account = Account.objects.select_for_update(no_key=True).filter(id=account_id).first()
    return None if account is None else _grant_of(account_id)


def _grant_of(account_id: UUID) -> KommoGrant | None:
    grants = KommoGrant.objects.select_related("account")
    found: KommoGrant | None = grants.filter(account_id=account_id).first()
    return found


def _usable(grant: KommoGrant | None) -> KommoGrant:
    if grant is None:
        raise NotConnected
    if grant.account.status == Account.Status.RECONNECT_NEEDED:
        # Kommo has said no; asking again with every click would only earn us a block.
        raise ReconnectNeeded
    return grant


def _next_pair(grant: KommoGrant) -> tuple[TokenPair, Address | None]:
    """The refresh call, at the account's new address if it has moved. Raises GrantRevoked or a ServiceError."""
    pair = oauth.refresh(grant.account.base_url, grant.refresh_token, now=timezone.now())
    if pair is not None:
        return pair, None
    address = _moved_to(grant)
    if address is None:
        raise GrantRevoked
    pair = oauth.refresh(address.base_url, grant.refresh_token, now=timezone.now())
    if pair is None:
        raise GrantRevoked
    return pair, address


def _moved_to(grant: KommoGrant) -> Address | None:
    """Where Kommo says the account lives now, when that is another address of the same account."""
    api_domain = claims_of(grant.access_token).api_domain
    if api_domain is None:
        return None
    address = oauth.address_of(api_domain, grant.refresh_token)
    if address is None or address.kommo_account_id != grant.account.kommo_account_id:
        return None
    return None if address.host == grant.account.host else address


def _move(account: Account, address: Address) -> None:
    account.subdomain, account.host = address.subdomain, address.host
    account.save(update_fields=["subdomain", "host"])
    record("account.moved", account=account, actor=AuditEntry.Actor.SYSTEM)
    log.info("kommo.account.moved", extra={"account_id": account.id})


def _store(grant: KommoGrant, pair: TokenPair) -> None:
    grant.access_token, grant.refresh_token = pair.access_token, pair.refresh_token
    grant.access_expires_at, grant.refresh_expires_at = pair.access_expires_at, pair.refresh_expires_at
    grant.version += 1
    grant.issued_at = timezone.now()
    grant.save()


def _after_revoked(account_id: UUID, seen_version: int) -> Access:
    """Read the store once more: had another process won, its pair is good. Else mark the account. Raises."""
    with transaction.atomic():
        grant = _usable(_locked(account_id))
        if grant.version != seen_version:
            return _access(grant)
        _mark(grant.account)
    raise ReconnectNeeded


def mark_reconnect_needed(*, account_id: UUID, seen_version: int) -> None:
    """Record that Kommo accepts neither token of version `seen_version`; a newer pair leaves the account as it is."""
    with transaction.atomic():
        grant = _locked(account_id)
        if grant is not None and grant.version == seen_version:
            _mark(grant.account)


def _mark(account: Account) -> None:
    moved = Account.objects.filter(id=account.id, status=Account.Status.CONNECTED).update(
        status=Account.Status.RECONNECT_NEEDED, status_changed_at=timezone.now()
    )
    if moved:
        record("account.reconnect_needed", account=account, actor=AuditEntry.Actor.SYSTEM)
        log.warning("kommo.reconnect_needed", extra={"account_id": account.id})


def follow_move(*, account_id: UUID) -> bool:
    """Ask Kommo whether the account has another address now, at most every ten minutes; True when it was followed."""
    if not cache.add("kommo-moved:" + keyed_digest(str(account_id)), 1, LOOKUP_EVERY_S):
        return False
    grant = _usable(_grant_of(account_id))
    try:
        address = _moved_to(grant)
    except ServiceError:
        return False  # The answer that led here stands; the next look is in ten minutes.
    if address is None:
        return False
    with transaction.atomic():
        _move(grant.account, address)
    return True


def _access(grant: KommoGrant) -> Access:
    return Access(grant.access_token, grant.account.base_url, grant.version)
