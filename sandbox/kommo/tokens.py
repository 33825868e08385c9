"""Access, refresh and long-lived tokens, and the widget's one-time token.

Tokens carry what they stand for, signed with a key that is the same in every run: so a demo that restarts the sandbox
keeps its connection. What was spent lives in memory; what was revoked is told by epochs (see `Account`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sandbox.kommo.world import CLIENT_ID, CLIENT_SECRET, Account, User, World

# Real access tokens are signed by a key that nobody but Kommo has; ours is derived, to be the same in every run.
SIGNING_KEY = hashlib.sha256(b"the emulated Kommo signs with this" + CLIENT_SECRET.encode()).hexdigest()
BASE_SCOPES = ["crm", "files", "notifications", "push_notifications"]
# League's encrypted refresh tokens begin like this.
REFRESH_PREFIX = "def50200"
LONG_LIVED_S = 5 * 365 * 86_400
WIDGET_TOKEN_S = 1800


class BadToken(Exception):
    """A token that is not accepted; `hint` is what league/oauth2-server would say."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Grant:
    """Whom a token lets act."""

    account: Account
    user: User
    jti: str


def access_token(world: World, account: Account, user: User, *, lifetime_s: int | None = None) -> str:
    """A JWT with the claims of Kommo's, valid for `lifetime_s` seconds (default: as set in the world)."""
    now = int(time.time())
    scopes = [*BASE_SCOPES, "list_external_messages"] if account.has_scope else BASE_SCOPES
    claims = {
        "aud": CLIENT_ID,
        "jti": uuid.uuid4().hex,
        "iat": now,
        "nbf": now,
        "exp": now + (world.timing.access_token_s if lifetime_s is None else lifetime_s),
        "sub": str(user.id),
        "grant_type": "",
        "account_id": account.id,
        "base_domain": "kommo.com",
        "api_domain": account.domain,
        "scopes": scopes,
        "user_flags": 0,
        "hash_uuid": str(uuid.uuid4()),
        "sandbox_epochs": [account.grant_epoch, account.access_epoch],
    }
    return jwt.encode(claims, SIGNING_KEY, algorithm="HS256")


def long_lived_token(world: World, account: Account) -> str:
    admin = next(user for user in account.users.values() if user.is_admin)
    return access_token(world, account, admin, lifetime_s=LONG_LIVED_S)


def read_access_token(world: World, token: str) -> Grant:
    """Raises BadToken."""
    try:
        claims = jwt.decode(token, SIGNING_KEY, algorithms=["HS256"], audience=CLIENT_ID)
    except jwt.ExpiredSignatureError:
        raise BadToken("Token has expired") from None
    except jwt.InvalidTokenError:
        raise BadToken("Token is not valid") from None
    account = world.accounts.get(claims["account_id"])
    user = account.users.get(int(claims["sub"])) if account else None
    if account is None or user is None:
        raise BadToken("Token is not valid")
    granted, issued = claims["sandbox_epochs"]
    if granted < account.grant_epoch:
        raise BadToken("Token has been revoked")
    lasting = claims["exp"] - claims["iat"] >= LONG_LIVED_S
    if issued < account.access_epoch and not lasting:
        raise BadToken("Token has expired")
    return Grant(account, user, claims["jti"])


def refresh_token(world: World, account: Account, user: User) -> str:
    content = {
        "jti": uuid.uuid4().hex,
        "account": account.id,
        "user": user.id,
        "exp": time.time() + world.timing.refresh_token_s,
        "epochs": [account.grant_epoch, account.refresh_epoch],
    }
    raw = json.dumps(content).encode()
    return REFRESH_PREFIX + (_mac(raw) + raw).hex()


def read_refresh_token(world: World, token: object) -> Grant:
    """Raises BadToken. Does not spend it."""
    try:
        packed = bytes.fromhex(str(token).removeprefix(REFRESH_PREFIX))
    except ValueError:
        raise BadToken("Cannot decrypt the refresh token") from None
    mac, raw = packed[:32], packed[32:]
    if not str(token).startswith(REFRESH_PREFIX) or not hmac.compare_digest(mac, _mac(raw)):
        raise BadToken("Cannot decrypt the refresh token")
    content = json.loads(raw)
    account = world.accounts.get(content["account"])
    user = account.users.get(content["user"]) if account else None
    if account is None or user is None:
        raise BadToken("Invalid refresh token")
    granted, issued = content["epochs"]
    if granted < account.grant_epoch or content["jti"] in world.spent_refresh:
        raise BadToken("Token has been revoked")
    if issued < account.refresh_epoch or content["exp"] < time.time():
        raise BadToken("Token has expired")
    return Grant(account, user, content["jti"])


def _mac(raw: bytes) -> bytes:
    return hmac.digest(SIGNING_KEY.encode(), b"refresh" + raw, "sha256")


def widget_token(world: World, account: Account, user: User, overrides: dict[str, Any]) -> str:
    """The token a widget's request carries: HS256 keyed with the client secret, 30 minutes.

    `overrides` replace claims; besides, `alg` and `key` choose how it is signed ("none": not at all) and `drop` lists
    claims to leave out. `exp_in`, `nbf_in`, `iat_in` are seconds from now.
    """
    now = int(time.time())
    redirect = urlsplit(world.redirect_uri)
    claims: dict[str, Any] = {
        "iss": f"https://{account.subdomain}.kommo.com",
        "aud": f"{redirect.scheme}://{redirect.hostname}",
        "jti": str(uuid.uuid4()),
        "iat": now,
        "nbf": now,
        "exp": now + WIDGET_TOKEN_S,
        "account_id": account.id,
        "user_id": user.id,
        "subdomain": account.subdomain,
        "client_uuid": CLIENT_ID,
    }
    given = dict(overrides)
    algorithm, key = given.pop("alg", "HS256"), given.pop("key", CLIENT_SECRET)
    dropped = given.pop("drop", [])
    for name in ("exp", "nbf", "iat"):
        if f"{name}_in" in given:
            claims[name] = now + int(given.pop(f"{name}_in"))
    claims |= given
    for name in dropped:
        claims.pop(name, None)
    if algorithm == "none":
        return jwt.encode(claims, "", algorithm="none")
    if algorithm.startswith(("RS", "PS")):
        return jwt.encode(claims, rsa.generate_private_key(65537, 2048), algorithm=algorithm)
    if algorithm.startswith("ES"):
        return jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), algorithm=algorithm)
    return jwt.encode(claims, key, algorithm=algorithm)


def disable_signature(client_uuid: str, account_id: int) -> str:
    """Lower-case hex HMAC-SHA256 keyed with the client secret, over "{client_uuid}|{account_id}"."""
    return hmac.new(CLIENT_SECRET.encode(), f"{client_uuid}|{account_id}".encode(), hashlib.sha256).hexdigest()
