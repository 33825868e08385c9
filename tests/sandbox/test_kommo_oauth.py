"""The emulated Kommo's OAuth: consent, codes, rotating refresh tokens, revocation, a renamed account."""

from __future__ import annotations

import asyncio

import httpx
import jwt
import pytest
from aioamocrm import AmoCRMClient, AuthError, OAuth2, RetryPolicy

from tests.sandbox.process import KommoSandbox


def client_of(kommo: KommoSandbox) -> AmoCRMClient:
    auth = OAuth2(kommo.ready["client_id"], kommo.ready["client_secret"], kommo.ready["redirect_uri"])
    return AmoCRMClient(base_url=kommo.base_url, auth=auth, rate_limit=None, retry=RetryPolicy(max_attempts=1))


def test_consent_answers_with_everything_the_callback_needs(kommo):
    page = kommo.http.get("/oauth", params={"client_id": kommo.ready["client_id"], "state": 'a"b<'})
    form = {"client_id": kommo.ready["client_id"], "state": "s1", "who": "acme:rep", "decision": "allow"}
    answer = kommo.http.post("/oauth", data=form)
    location = httpx.URL(answer.headers["location"])

    assert page.status_code == 200
    assert 'value="a&quot;b&lt;"' in page.text
    assert answer.status_code == 302
    assert str(location.copy_with(query=None)) == kommo.ready["redirect_uri"]
    assert dict(location.params) | {"code": ""} == {
        "code": "",
        "state": "s1",
        "referer": kommo.base_url.removeprefix("http://"),
        "client_id": kommo.ready["client_id"],
        "platform": "2",
    }


def test_a_refusal_comes_back_as_access_denied_without_a_code(kommo):
    query = {"client_id": kommo.ready["client_id"], "state": "s1", "decision": "deny"}
    location = httpx.URL(kommo.http.get("/oauth", params=query).headers["location"])
    expected = {"error": "access_denied", "client_id": kommo.ready["client_id"], "state": "s1"}
    assert dict(location.params) == expected


def test_an_unknown_integration_gets_no_consent_page(kommo):
    assert kommo.http.get("/oauth", params={"client_id": "someone-else", "decision": "allow"}).status_code == 404


def test_a_code_gives_tokens_once(kommo):
    code = kommo.code(account="stranger", user="rep")
    first, second = kommo.exchange(code=code), kommo.exchange(code=code)
    tokens = first.json()
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})

    assert first.status_code == 200
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 86_400)
    assert claims["account_id"] == kommo.accounts()["stranger"]["id"]
    assert claims["sub"] == str(kommo.user("rep", "stranger")["id"])
    assert claims["api_domain"] == kommo.base_url.removeprefix("http://")
    assert claims["exp"] - claims["iat"] == 86_400
    assert (second.status_code, second.json()["hint"]) == (400, "Authorization code has been revoked")


def test_a_code_dies_after_its_time(kommo):
    kommo.switch("settings", code_s=0)
    answer = kommo.exchange(code=kommo.code())
    assert (answer.status_code, answer.json()["hint"]) == (400, "Authorization code has expired")


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        ({"client_secret": "wrong"}, 401, "Client authentication failed"),
        ({"client_id": "wrong"}, 401, "Client authentication failed"),
        ({"redirect_uri": "http://127.0.0.1:8000/elsewhere"}, 400, "Invalid redirect uri"),
        ({"grant_type": "password"}, 400, "Unsupported grant type"),
    ],
)
def test_a_wrong_client_gets_nothing_and_the_code_stays_good(kommo, given, status, told):
    code = kommo.code()
    refused = kommo.exchange(code=code, **given)
    assert (refused.status_code, refused.json()["detail"]) == (status, told)
    assert kommo.exchange(code=code).status_code == 200


def test_garbage_is_not_a_code(kommo):
    answer = kommo.exchange(code="garbage")
    assert (answer.status_code, answer.json()["hint"]) == (400, "Cannot decrypt the authorization code")


def test_the_token_endpoint_takes_a_form_as_well(kommo):
    names = ("client_id", "client_secret", "redirect_uri")
    form = {name: kommo.ready[name] for name in names} | {"grant_type": "authorization_code", "code": kommo.code()}
    assert kommo.http.post("/oauth2/access_token", data=form).status_code == 200


def test_a_refresh_token_is_spent_by_its_first_use(kommo):
    tokens = kommo.exchange(code=kommo.code()).json()
    renewed = kommo.exchange(refresh_token=tokens["refresh_token"])
    again = kommo.exchange(refresh_token=tokens["refresh_token"])

    assert renewed.status_code == 200
    assert renewed.json()["refresh_token"] != tokens["refresh_token"]
    assert again.status_code == 401
    assert again.json() == {
        "hint": "Token has been revoked",
        "title": "Unauthorized",
        "type": "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
        "status": 401,
        "detail": "The refresh token is invalid.",
    }
    assert kommo.exchange(refresh_token=renewed.json()["refresh_token"]).status_code == 200


@pytest.mark.parametrize("token", ["garbage", "def50200", "def50200" + "00" * 80])
def test_a_made_up_refresh_token_cannot_be_decrypted(kommo, token):
    answer = kommo.exchange(refresh_token=token)
    assert (answer.status_code, answer.json()["hint"]) == (401, "Cannot decrypt the refresh token")


def test_expired_access_tokens_are_refused_and_new_ones_work(kommo):
    tokens = kommo.exchange(code=kommo.code()).json()
    kommo.switch("expire-access-tokens", account="acme")
    refused = kommo.get("account", token=tokens["access_token"])
    renewed = kommo.exchange(refresh_token=tokens["refresh_token"]).json()

    assert (refused.status_code, refused.json()["detail"]) == (401, "Invalid user name or password")
    assert refused.headers["content-type"] == "application/problem+json"
    assert kommo.get("account", token=renewed["access_token"]).status_code == 200
    assert kommo.get("account").status_code == 200  # the long-lived one lives on


def test_a_short_lifetime_runs_out_by_itself(kommo):
    kommo.switch("settings", access_token_s=-1)
    tokens = kommo.exchange(code=kommo.code()).json()
    assert kommo.get("account", token=tokens["access_token"]).status_code == 401


def test_expired_refresh_tokens_say_so(kommo):
    tokens = kommo.exchange(code=kommo.code()).json()
    kommo.switch("expire-refresh-tokens")
    answer = kommo.exchange(refresh_token=tokens["refresh_token"])
    assert (answer.status_code, answer.json()["hint"]) == (401, "Token has expired")


def test_revoking_one_account_leaves_the_other(kommo):
    ours, theirs = (kommo.exchange(code=kommo.code(account=name)).json() for name in ("acme", "stranger"))
    kommo.switch("revoke-tokens", account="acme")
    assert kommo.get("account", token=ours["access_token"]).status_code == 401
    assert kommo.exchange(refresh_token=ours["refresh_token"]).json()["hint"] == "Token has been revoked"
    assert kommo.get("account").status_code == 401
    assert kommo.get("account", token=theirs["access_token"]).status_code == 200


@pytest.mark.parametrize("credentials", ["", "Bearer", "Basic x", "Bearer x.y.z"])
def test_no_token_no_answer(kommo, credentials):
    answer = kommo.http.get("/api/v4/account", headers={"Authorization": credentials} if credentials else {})
    assert answer.status_code == 401
    assert answer.json()["type"] == "https://httpstatus.es/401"


@pytest.mark.parametrize("status", [401, 404])
def test_a_renamed_account_is_found_through_its_refresh_token(kommo, status):
    tokens = kommo.exchange(code=kommo.code()).json()
    moved = kommo.switch("rename", account="acme", subdomain="acme-new", status=status)
    at_the_old_address = kommo.exchange(refresh_token=tokens["refresh_token"])
    told = kommo.http.get("/oauth2/account/current/subdomain", headers={"X-Refresh-Token": tokens["refresh_token"]})

    assert at_the_old_address.status_code == status
    assert kommo.get("account", token=tokens["access_token"]).status_code == status
    assert told.json() == {
        "id": kommo.ready["account_id"],
        "subdomain": "acme-new",
        "domain": moved["domain"],
        "top_level_domain": "kommo.com",
    }
    port = httpx.URL(kommo.base_url).port
    assert moved["domain"] == f"localhost:{port}"
    answer = kommo.http.post(
        "/oauth2/access_token",
        headers={"Host": moved["domain"]},
        json={name: kommo.ready[name] for name in ("client_id", "client_secret", "redirect_uri")}
        | {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
    )
    assert answer.status_code == 200  # the refusals did not spend it


def test_aioamocrm_exchanges_refreshes_once_and_sees_a_spent_token(kommo):
    async def walk() -> tuple[int, str, str]:
        async with client_of(kommo) as amo:
            first = await amo.exchange_code(kommo.code())
            kommo.switch("expire-access-tokens")
            accounts = await asyncio.gather(*(amo.account.get() for _ in range(20)))
            async with client_of(kommo) as late:
                await late.auth.storage.save(first)
                with pytest.raises(AuthError) as refused:
                    await late.account.get()
            return accounts[0].id, str(refused.value), first.refresh_token

    account_id, refusal, _ = asyncio.run(walk())
    assert account_id == kommo.ready["account_id"]
    assert "Token has been revoked" in refusal
    # One code, one refresh for twenty calls, one refused.
    assert kommo.counters()["oauth.token"] == {"count": 3, "by_status": {"200": 2, "401": 1}}
