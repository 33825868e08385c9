"""Pure: check the widget's one-time token, say who is asking.

Kommo signs it with our client secret (HS256, 30 minutes). Checked are the algorithm, the signature, the audience (our
registered redirect URI's origin), the window of validity, that it was made for our integration, and that its issuer
is the account's own address. That it is used once is checked where it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt

from accounts.kommo.hosts import subdomain_of
from convailens.lib.errors import NotAuthenticated

LEEWAY_S = 60  # Clocks differ; a minute either way.
MAX_LENGTH = 4096  # Kommo's are some 500 characters.
# `verify_exp` and its kin are off: the window is checked below, against the time that is handed in.
_OPTIONS: dict[str, Any] = {
    "require": ["iss", "aud", "jti", "iat", "nbf", "exp"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_iss": False,
    "verify_aud": False,
}
_JTI = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class WidgetIdentity:
    """Who is asking, by Kommo's word: account and user numbers, and when the word was given and ends."""

    kommo_account_id: int
    user_id: int
    subdomain: str
    jti: str
    is_admin: bool | None
    issued_at: datetime
    expires_at: datetime


class TokenRefused(NotAuthenticated):
    """Kommo's one-time token was not accepted; reload the page for a new one."""

    code = "token_invalid"

    def __init__(self, reason: str, code: str | None = None) -> None:
        """`reason` says for the log which check failed; the asker learns only `code`."""
        super().__init__(code)
        self.reason = reason


def read_widget_token(
    token: str, *, client_secret: str, client_id: str, redirect_uri: str, now: datetime
) -> WidgetIdentity:
    """Check `token` at the time `now`. Raises TokenRefused (`token_invalid`, `token_expired`)."""
    if not token or len(token) > MAX_LENGTH:
        raise TokenRefused("length")
    try:
        claims = jwt.decode(token, client_secret, algorithms=["HS256"], options=_OPTIONS)  # type: ignore[arg-type]
    except jwt.InvalidAlgorithmError:
        raise TokenRefused("algorithm") from None
    except jwt.InvalidSignatureError:
        raise TokenRefused("signature") from None
    except jwt.MissingRequiredClaimError:
        raise TokenRefused("claims") from None
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise TokenRefused("unreadable") from None
    _check_audience(claims, redirect_uri)
    if claims.get("client_uuid") != client_id:
        raise TokenRefused("client")
    issued_at, not_before, expires_at = (_moment(claims, name) for name in ("iat", "nbf", "exp"))
    leeway = timedelta(seconds=LEEWAY_S)
    if now > expires_at + leeway:
        raise TokenRefused("expired", "token_expired")
    if now < not_before - leeway or now < issued_at - leeway:
        raise TokenRefused("early")
    return WidgetIdentity(
        kommo_account_id=_id(claims, "account_id"),
        user_id=_id(claims, "user_id"),
        subdomain=_subdomain(claims),
        jti=_jti(claims),
        is_admin=_is_admin(claims),
        issued_at=issued_at,
        expires_at=expires_at,
    )


def _check_audience(claims: Mapping[str, Any], redirect_uri: str) -> None:
    url = urlsplit(redirect_uri)
    # Kommo's own library leaves the port out; a token with it is as much for us.
    ours = {f"{url.scheme}://{url.hostname}", f"{url.scheme}://{url.netloc}"}
    said = claims["aud"]
    if not isinstance(said, str) or said.rstrip("/") not in ours:
        raise TokenRefused("audience")


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    if type(value) not in (int, float):
        raise TokenRefused("claims")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise TokenRefused("claims") from None


def _id(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or not 0 < value <= _MAX_ID:
        raise TokenRefused("claims")
    return value


def _jti(claims: Mapping[str, Any]) -> str:
    value = claims["jti"]
    if not isinstance(value, str) or not _JTI.fullmatch(value):
        raise TokenRefused("claims")
    return value


def _subdomain(claims: Mapping[str, Any]) -> str:
    issuer, said = claims["iss"], claims.get("subdomain")
    if not isinstance(issuer, str) or not isinstance(said, str):
        raise TokenRefused("claims")
    try:
        url = urlsplit(issuer)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise TokenRefused("issuer") from None
    rest = (url.path.rstrip("/"), url.query, url.fragment, url.username, port)
    if url.scheme != "https" or any(rest) or subdomain_of(host) != said.lower():
        raise TokenRefused("issuer")
    return said.lower()


def _is_admin(claims: Mapping[str, Any]) -> bool | None:
    value = claims.get("is_admin")
    return value if isinstance(value, bool) else None
