"""The one-time token's check, as a table: pure, at a time that is handed in."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from accounts.kommo.widget_token import TokenRefused, read_widget_token

SECRET = "s" * 64
CLIENT = "5f0c2a34-7d1e-4b7b-9a51-3c1d6e0a8f42"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REDIRECT = "https://lens.example:8443/oauth/kommo/callback"
CLAIMS = {
    "iss": "https://acme.kommo.com",
    "aud": "https://lens.example",
    "jti": "0b7c7a4e-6d7c-4a52-9a67-1f0d5c5f0c11",
    "iat": int(NOW.timestamp()) - 5,
    "nbf": int(NOW.timestamp()) - 5,
    "exp": int(NOW.timestamp()) + 1795,
    "account_id": 32001001,
    "user_id": 9001002,
    "subdomain": "acme",
    "client_uuid": CLIENT,
}


def read(token, now=NOW):
    return read_widget_token(token, client_secret=SECRET, client_id=CLIENT, redirect_uri=REDIRECT, now=now)


def signed(key=SECRET, alg="HS256", headers=None, drop=(), **claims):
    content = {name: value for name, value in (CLAIMS | claims).items() if name not in drop}
    return jwt.encode(content, key, algorithm=alg, headers=headers)


def forged(header, claims=CLAIMS, signature=b""):
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_a_good_token_says_who_is_asking():
    found = read(signed())
    assert (found.kommo_account_id, found.user_id, found.subdomain) == (32001001, 9001002, "acme")
    assert found.jti == CLAIMS["jti"]
    assert found.is_admin is None
    assert found.issued_at == NOW - timedelta(seconds=5)
    assert found.expires_at == NOW + timedelta(seconds=1795)


@pytest.mark.parametrize("said", [True, False])
def test_the_right_of_an_administrator_is_read_where_it_is_said(said):
    assert read(signed(is_admin=said)).is_admin is said


@pytest.mark.parametrize("said", ["true", 1, None, "yes"])
def test_anything_but_a_boolean_says_nothing_of_rights(said):
    assert read(signed(is_admin=said)).is_admin is None


def test_clocks_may_differ_by_a_minute():
    assert read(signed(), NOW + timedelta(seconds=1795 + 60))
    assert read(signed(), NOW - timedelta(seconds=65))


@pytest.mark.parametrize("audience", ["https://lens.example", "https://lens.example:8443", "https://lens.example/"])
def test_the_audience_is_our_origin_with_or_without_its_port(audience):
    assert read(signed(aud=audience))


@pytest.mark.parametrize("domain", ["kommo.com", "amocrm.com", "amocrm.ru"])
def test_the_issuer_may_be_any_of_kommos_domains(domain):
    assert read(signed(iss=f"https://acme.{domain}")).subdomain == "acme"


now = int(NOW.timestamp())
public = (
    rsa.generate_private_key(65537, 2048)
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param("", "length", id="empty"),
        pytest.param("a" * 5000, "length", id="huge"),
        pytest.param(signed(note="x" * 4096), "length", id="huge but signed"),
        pytest.param("not a token", "unreadable", id="no token"),
        pytest.param("a.b.c", "unreadable", id="three letters"),
        pytest.param(signed(key="t" * 64), "signature", id="wrong key"),
        pytest.param(signed()[:-3], "signature", id="cut signature"),
        pytest.param(forged({"alg": "none", "typ": "JWT"}), "algorithm", id="alg none"),
        pytest.param(forged({"alg": "None"}), "algorithm", id="alg None"),
        pytest.param(forged({"alg": "HS256"}), "signature", id="no signature"),
        pytest.param(forged({"typ": "JWT"}), "algorithm", id="no alg"),
        pytest.param(signed(alg="HS512"), "algorithm", id="HS512"),
        pytest.param(signed(alg="HS384"), "algorithm", id="HS384"),
        pytest.param(signed(rsa.generate_private_key(65537, 2048), alg="RS256"), "algorithm", id="RS256"),
        pytest.param(forged({"alg": "RS256", "jwk": {"kty": "oct", "k": "AA"}}), "algorithm", id="key in the header"),
        pytest.param(signed(exp=now - 61), "expired", id="expired"),
        pytest.param(signed(nbf=now + 61), "early", id="not yet valid"),
        pytest.param(signed(iat=now + 61), "early", id="issued in the future"),
        pytest.param(signed(exp=1e300), "claims", id="end beyond time"),
        pytest.param(signed(exp=str(now + 60)), "claims", id="end as text"),
        pytest.param(signed(iat=True), "claims", id="begin as boolean"),
        pytest.param(signed(aud="https://other.example"), "audience", id="other audience"),
        pytest.param(signed(aud="http://lens.example"), "audience", id="audience without TLS"),
        pytest.param(signed(aud="https://lens.example.evil.com"), "audience", id="longer audience"),
        pytest.param(signed(aud=["https://lens.example", "https://other.example"]), "audience", id="two audiences"),
        pytest.param(signed(client_uuid="another"), "client", id="other integration"),
        pytest.param(signed(drop=["client_uuid"]), "client", id="no integration"),
        pytest.param(signed(iss="https://other.kommo.com"), "issuer", id="other account's issuer"),
        pytest.param(signed(iss="https://acme.evil.com"), "issuer", id="foreign issuer"),
        pytest.param(signed(iss="https://acme.kommo.com.evil.com"), "issuer", id="longer issuer"),
        pytest.param(signed(iss="http://acme.kommo.com"), "issuer", id="issuer without TLS"),
        pytest.param(signed(iss="https://acme.kommo.com@evil.com"), "issuer", id="issuer with a user"),
        pytest.param(signed(iss="https://acme.kommo.com:8080"), "issuer", id="issuer with a port"),
        pytest.param(signed(iss="https://acme.kommo.com:port"), "issuer", id="issuer with no port"),
        pytest.param(signed(iss="https://[acme.kommo.com"), "issuer", id="issuer that is no address"),
        pytest.param(signed(account_id="32001001"), "claims", id="account as text"),
        pytest.param(signed(account_id=True), "claims", id="account as boolean"),
        pytest.param(signed(account_id=0), "claims", id="account nought"),
        pytest.param(signed(user_id=-1), "claims", id="negative user"),
        pytest.param(signed(user_id=2**63), "claims", id="user too large"),
        pytest.param(signed(jti="x" * 65), "claims", id="long jti"),
        pytest.param(signed(jti="a story about a client"), "claims", id="jti as text"),
        *(
            pytest.param(signed(drop=[name]), reason, id=f"without {name}")
            for name, reason in [
                *((name, "claims") for name in ("iss", "aud", "jti", "iat", "nbf", "exp")),
                *((name, "claims") for name in ("account_id", "user_id", "subdomain")),
            ]
        ),
    ],
)
def test_a_token_with_a_fault_is_refused(token, reason):
    with pytest.raises(TokenRefused) as refusal:
        read(token)
    assert refusal.value.reason == reason
    assert refusal.value.code == ("token_expired" if reason == "expired" else "token_invalid")
    assert str(refusal.value) == refusal.value.code


def test_a_public_key_is_no_key_for_an_hmac():
    # The classic confusion: a token signed by HMAC with the bytes of a public key. Our key is the secret alone.
    import hashlib
    import hmac

    head = forged({"alg": "HS256"}).rsplit(".", 1)[0]
    mac = base64.urlsafe_b64encode(hmac.new(public, head.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    with pytest.raises(TokenRefused) as refusal:
        read(f"{head}.{mac}")
    assert refusal.value.reason == "signature"
