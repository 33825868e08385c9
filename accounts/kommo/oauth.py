"""Kommo's OAuth 2.0: the authorise URL, the code's exchange, the refresh, and where a moved account lives now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from accounts.errors import ClientRefused, CodeRefused, GrantRevoked
from accounts.kommo.hosts import origin_of
from accounts.kommo.transport import call
from convailens.lib.errors import UnexpectedReply
from convailens.lib.http import Reply

REFRESH_LIFETIME = timedelta(days=90)  # Three months from issue.
_LABEL = re.compile(r"[A-Za-z0-9-]{1,63}")


@dataclass(frozen=True, slots=True, repr=False)
class TokenPair:
    """What the token endpoint gave, with the times until which it is good."""

    access_token: str
    refresh_token: str
    access_expires_at: datetime
    refresh_expires_at: datetime


@dataclass(frozen=True, slots=True)
class Address:
    """Where an account lives."""

    kommo_account_id: int
    subdomain: str
    host: str
    base_url: str


def authorise_url(state: str) -> str:
    """Kommo's consent page. `post_message` makes the redirect happen in the window that is opened: our own tab."""
    query = {"client_id": settings.KOMMO_CLIENT_ID, "state": state, "mode": "post_message"}
    return f"{settings.KOMMO_OAUTH_URL}?{urlencode(query)}"


def exchange_code(base_url: str, code: str, *, now: datetime, timeout_s: float = 10.0) -> TokenPair:
    """A code → tokens. Raises CodeRefused (`code_expired`, `code_refused`), ClientRefused, or a ServiceError."""
    reply = _token_call(base_url, {"grant_type": "authorization_code", "code": code}, timeout_s, trips_circuit=False)
    if reply.status == 200:
        return _pair(reply, now)
    said = _said(reply)
    if "client authentication" in said or "redirect uri" in said:
        raise ClientRefused
    if reply.status in (400, 401):
        raise CodeRefused("code_expired" if "expired" in said or "revoked" in said else None)
    raise UnexpectedReply("kommo_unexpected_reply")


def refresh(base_url: str, refresh_token: str, *, now: datetime, timeout_s: float = 8.0) -> TokenPair | None:
    """The next pair; None when this address does not know the account (it may have moved).

    Raises GrantRevoked (spent, expired or revoked for good), ClientRefused, or a ServiceError.
    """
    reply = _token_call(base_url, {"grant_type": "refresh_token", "refresh_token": refresh_token}, timeout_s)
    if reply.status == 200:
        return _pair(reply, now)
    said = _said(reply)
    if "client authentication" in said or "redirect uri" in said:
        raise ClientRefused
    if any(word in said for word in ("revoked", "expired", "decrypt", "invalid refresh")):
        raise GrantRevoked
    if reply.status in (401, 404):
        return None
    raise GrantRevoked if reply.status == 400 else UnexpectedReply("kommo_unexpected_reply")


def address_of(api_domain: str, refresh_token: str, *, timeout_s: float = 5.0) -> Address | None:
    """Where the account behind a refresh token lives now; None when Kommo does not say, or names a host not its own.

    The token is shown to allow-listed hosts only, and is not spent.
    """
    base_url = origin_of(api_domain, exempt=settings.SANDBOX_ORIGINS)
    if base_url is None:
        return None
    url = f"{base_url}/oauth2/account/current/subdomain"
    reply = call("GET", url, headers={"X-Refresh-Token": refresh_token}, timeout_s=timeout_s)
    if reply.status != 200:
        return None
    raw = _object(reply)
    account_id, subdomain, host = raw.get("id"), raw.get("subdomain"), raw.get("domain")
    if type(account_id) is not int or not isinstance(subdomain, str) or not isinstance(host, str):
        return None
    new_base_url = origin_of(host.lower(), exempt=settings.SANDBOX_ORIGINS)
    if new_base_url is None or not _LABEL.fullmatch(subdomain):
        return None
    return Address(account_id, subdomain.lower(), host.lower(), new_base_url)


def _token_call(base_url: str, grant: dict[str, str], timeout_s: float, *, trips_circuit: bool = True) -> Reply:
    body = {
        "client_id": settings.KOMMO_CLIENT_ID,
        "client_secret": settings.KOMMO_CLIENT_SECRET,
        "redirect_uri": settings.KOMMO_REDIRECT_URI,
        **grant,
    }
    url = f"{base_url}/oauth2/access_token"
    return call("POST", url, json_body=body, timeout_s=timeout_s, max_bytes=200_000, trips_circuit=trips_circuit)


def _pair(reply: Reply, now: datetime) -> TokenPair:
    raw = _object(reply)
    access, refreshing, seconds = raw.get("access_token"), raw.get("refresh_token"), raw.get("expires_in")
    if not isinstance(access, str) or not access or not isinstance(refreshing, str) or not refreshing:
        raise UnexpectedReply("kommo_unexpected_reply")
    if type(seconds) is not int or not 0 < seconds <= 10 * 365 * 86_400:
        raise UnexpectedReply("kommo_unexpected_reply")
    return TokenPair(access, refreshing, now + timedelta(seconds=seconds), now + REFRESH_LIFETIME)


def _object(reply: Reply) -> dict[str, Any]:
    raw = reply.json()
    if not isinstance(raw, dict):
        raise UnexpectedReply("kommo_unexpected_reply")
    return raw


def _said(reply: Reply) -> str:
    """The words of a refusal, to tell the cases apart; they go no further. Some refusals are pages, not JSON."""
    try:
        raw = reply.json()
    except UnexpectedReply:
        return ""
    if not isinstance(raw, dict):
        return ""
    return " ".join(str(raw.get(key, "")) for key in ("hint", "detail", "title")).lower()
