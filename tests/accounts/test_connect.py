"""Connecting in a browser, the refusals, and Kommo's install hook: against the sandbox over HTTP."""

from __future__ import annotations

import time
import uuid
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from django.core import signing
from django.test import Client

from accounts import connect_views
from accounts.kommo.limiter import take_slot
from accounts.models import Account, AuditEntry, KommoGrant
from tests.factories import make_account, make_grant


@pytest.fixture
def browser(db, kommo):
    return Client()


def begin(browser, language="en"):
    """The start page's button; returns the address of Kommo's consent page."""
    answer = browser.get("/connect", {"go": "1", "lang": language})
    assert answer.status_code == 302
    return answer["Location"]


def consent(address, *, account="acme", user="admin", decision="allow"):
    """Kommo's consent page, answered; returns the query that Kommo redirects back with."""
    answer = httpx.get(
        address, params=httpx.URL(address).params.merge({"account": account, "user": user, "decision": decision})
    )
    assert answer.status_code == 302
    return dict(parse_qs(urlsplit(answer.headers["location"]).query, strict_parsing=True))


def come_back(browser, query, **changed):
    query = {name: values[0] for name, values in query.items()} | changed
    return browser.get("/oauth/kommo/callback", {name: value for name, value in query.items() if value is not None})


def outcome(answer):
    return answer.context["page"]


def exchanges(kommo):
    return kommo.counters().get("oauth.token", {"count": 0})["count"]


def nothing_is_kept():
    return not Account.objects.exists() and not KommoGrant.objects.exists() and not AuditEntry.objects.exists()


def test_the_button_leads_to_kommos_consent_page_with_a_state_and_no_secret(browser, kommo):
    url = urlsplit(begin(browser))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{kommo.base_url}/oauth"
    query = parse_qs(url.query)
    assert set(query) == {"client_id", "state", "mode"}
    assert query["client_id"] == [kommo.ready["client_id"]]


def test_an_administrator_connects_an_account(browser, kommo):
    answer = come_back(browser, consent(begin(browser)))
    assert (answer.status_code, outcome(answer)) == (200, "connected")
    account = Account.objects.get()
    assert (account.kommo_account_id, account.subdomain, account.status) == (32_001_001, "acme", "connected")
    assert (account.timezone, account.currency) == ("Europe/London", "GBP")
    assert account.base_url == kommo.base_url
    grant = KommoGrant.objects.get(account=account)
    assert grant.granted_by == kommo.user("admin")["id"]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.account, entry.actor_id) == ("account.connected", account, grant.granted_by)


def test_tokens_are_encrypted_at_rest(browser, kommo, django_db_blocker):
    from django.db import connection

    come_back(browser, consent(begin(browser)))
    grant = KommoGrant.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM accounts_kommogrant")
        stored = cursor.fetchone()
        cursor.execute("SELECT data_key FROM accounts_account")
        stored += cursor.fetchone()
    assert all(value.startswith("gAAAA") for value in stored)
    for secret in (grant.access_token, grant.refresh_token, Account.objects.get().data_key):
        assert secret not in "".join(stored)
    with pytest.raises(TypeError):
        KommoGrant.objects.filter(access_token="x").exists()


@pytest.mark.parametrize("user", ["rep", "colleague"])
def test_a_grant_of_someone_who_is_no_administrator_is_refused_and_nothing_kept(browser, kommo, user):
    answer = come_back(browser, consent(begin(browser), user=user))
    assert (answer.status_code, outcome(answer)) == (403, "not_admin")
    assert nothing_is_kept()


def test_someone_who_is_no_administrator_changes_nothing_of_a_connected_account(browser, acme, kommo):
    before = KommoGrant.objects.values().get()
    answer = come_back(browser, consent(begin(browser), user="rep"))
    assert outcome(answer) == "not_admin"
    assert KommoGrant.objects.values().get() == before
    assert not AuditEntry.objects.exists()


def test_an_account_that_is_connected_already_gets_a_new_grant_and_keeps_itself(browser, acme, kommo):
    before = KommoGrant.objects.get()
    answer = come_back(browser, consent(begin(browser)))
    assert outcome(answer) == "already_connected"
    after = KommoGrant.objects.get()
    assert (after.pk, after.version) == (before.pk, 2)
    assert after.access_token != before.access_token
    assert Account.objects.get().data_key == acme.data_key


@pytest.mark.parametrize("status", ["disconnected", "reconnect_needed"])
def test_reconnecting_within_the_grace_period_keeps_the_account(browser, kommo, status):
    acme = make_account(kommo)
    ended = acme.created_at if status == "disconnected" else None
    Account.objects.update(status=status, disconnected_at=ended)
    KommoGrant.objects.all().delete()
    answer = come_back(browser, consent(begin(browser)))
    assert outcome(answer) == "reconnected"
    again = Account.objects.get()
    assert (again.id, again.data_key, again.ledger_reference) == (acme.id, acme.data_key, acme.ledger_reference)
    assert (again.status, again.disconnected_at) == ("connected", None)
    assert KommoGrant.objects.filter(account=again).count() == 1


def test_refusing_on_kommos_page_is_understood(browser, kommo):
    answer = come_back(browser, consent(begin(browser), decision="deny"))
    assert (answer.status_code, outcome(answer)) == (403, "refused")
    assert exchanges(kommo) == 0
    assert nothing_is_kept()


def test_a_code_is_good_once(browser, kommo):
    query = consent(begin(browser))
    kommo.exchange(code=query["code"][0])
    answer = come_back(browser, query)
    assert (answer.status_code, outcome(answer)) == (400, "expired")
    assert nothing_is_kept()


def test_an_expired_code_says_so(browser, kommo):
    kommo.switch("settings", code_s=0)
    answer = come_back(browser, consent(begin(browser)))
    assert outcome(answer) == "expired"
    assert nothing_is_kept()


REFUSALS = {
    "no state and no widget": {"state": None},
    "state of nobody": {"state": "made-up"},
    "state signed by another": {"state": signing.dumps("x", key="another key", salt="convailens.connect")},
    "foreign host": {"referer": "evil.example"},
    "host that only begins like Kommo's": {"referer": "acme.kommo.com.evil.example"},
    "host with a user": {"referer": "acme.kommo.com@evil.example"},
    "host with a port": {"referer": "acme.kommo.com:8443"},
    "host with a path": {"referer": "acme.kommo.com/../x"},
    "host that is an address": {"referer": "http://127.0.0.1"},
    "host inside the machine": {"referer": "localhost"},
    "host of two labels before": {"referer": "a.b.kommo.com"},
    "Kommo's bare domain": {"referer": "kommo.com"},
    "host with a line break": {"referer": "acme.kommo.com\n"},
    "host in other letters": {"referer": "acmе.kommo.com"},
    "no host": {"referer": None},
    "no code": {"code": None},
    "huge code": {"code": "c" * 9000},
    "another integration": {"client_id": "00000000-0000-0000-0000-000000000000"},
}


@pytest.mark.parametrize("changed", REFUSALS.values(), ids=REFUSALS)
def test_a_callback_with_a_fault_sends_no_secret_anywhere(browser, kommo, changed):
    answer = come_back(browser, consent(begin(browser)), **changed)
    assert (answer.status_code, outcome(answer)) == (400, "mismatch")
    assert exchanges(kommo) == 0
    assert nothing_is_kept()


def test_without_the_sandbox_exemption_only_kommos_hosts_get_the_secret(browser, kommo, settings):
    query = consent(begin(browser))
    settings.SANDBOX_ORIGINS = []
    answer = come_back(browser, query)
    assert outcome(answer) == "mismatch"
    assert exchanges(kommo) == 0


def test_a_state_is_good_in_the_browser_that_began_and_nowhere_else(browser, kommo):
    answer = come_back(Client(), consent(begin(browser)))
    assert outcome(answer) == "mismatch"
    assert exchanges(kommo) == 0
    assert nothing_is_kept()


def test_a_state_is_good_once(browser, kommo):
    first = consent(begin(browser))
    come_back(browser, first)
    second = consent(begin(browser))
    before = exchanges(kommo)
    assert outcome(come_back(browser, second, state=first["state"][0])) == "mismatch"
    assert exchanges(kommo) == before


def test_a_state_is_good_for_twenty_minutes(browser, kommo, monkeypatch):
    query = consent(begin(browser))
    monkeypatch.setattr(time, "time", lambda real=time.time: real() + 20 * 60 + 2)
    assert outcome(come_back(browser, query)) == "mismatch"
    assert exchanges(kommo) == 0


def test_two_tabs_may_connect_at_once(browser, kommo):
    first, second = begin(browser), begin(browser)
    assert outcome(come_back(browser, consent(first))) == "connected"
    assert outcome(come_back(browser, consent(second, account="stranger"))) == "connected"
    assert Account.objects.count() == 2


@pytest.mark.parametrize(
    ("match", "kind", "params"),
    [
        ("oauth.token", "status", {"code": 503}),
        ("oauth.token", "status", {"code": 429, "body": "html"}),
        ("oauth.token", "status", {"code": 404, "body": "html"}),
        ("oauth.token", "not_json", {}),
        ("oauth.token", "cut_off", {}),
        ("account.get", "status", {"code": 500}),
        ("account.get", "not_json", {"body": "garbage"}),
        ("users.get", "status", {"code": 503}),
        ("users.get", "cut_off", {}),
    ],
)
def test_a_kommo_that_fails_midway_leaves_nothing_and_is_said_to_have_failed(browser, kommo, match, kind, params):
    query = consent(begin(browser))
    kommo.switch("misbehaviour", match=match, kind=kind, params=params)
    answer = come_back(browser, query)
    assert (answer.status_code, outcome(answer)) == (502, "failed")
    assert nothing_is_kept()


def test_our_own_wrong_secret_is_told_apart_from_a_bad_code(browser, kommo, settings):
    query = consent(begin(browser))
    settings.KOMMO_CLIENT_SECRET = "wrong"
    assert outcome(come_back(browser, query)) == "failed"


def test_too_many_calls_from_one_address_are_slowed_down(browser, kommo, monkeypatch):
    monkeypatch.setattr(connect_views, "CALLS_A_MINUTE", 1)
    come_back(browser, consent(begin(browser)), referer="evil.example")
    answer = browser.get("/connect", {"go": "1"})
    assert (answer.status_code, outcome(answer)) == (429, "busy")


@pytest.fixture
def service(live_server, kommo):
    """Our service as a server of its own, where the sandbox sends its hooks."""
    kommo.switch("settings", web_url=live_server.url)
    return live_server


def redirect_of(kommo, settings):
    settings.KOMMO_REDIRECT_URI = kommo.http.get("/_sandbox/settings").json()["redirect_uri"]


def test_the_install_hook_connects_without_a_browser(service, kommo, settings):
    redirect_of(kommo, settings)
    told = kommo.switch("install-hook", account="acme", user="admin")
    assert (told["status"], told["fault"]) == (200, None)
    assert Account.objects.get().status == "connected"
    assert KommoGrant.objects.count() == 1


def test_an_install_hook_of_someone_who_is_no_administrator_keeps_nothing(service, kommo, settings):
    redirect_of(kommo, settings)
    assert kommo.switch("install-hook", user="rep")["status"] == 403
    assert nothing_is_kept()


@pytest.mark.parametrize("operation", ["oauth.token", "account.get"])
def test_the_install_hook_is_answered_in_time_while_kommo_hangs_and_the_install_is_not_lost(
    service, kommo, settings, operation
):
    redirect_of(kommo, settings)
    kommo.switch("misbehaviour", match=operation, kind="slow", params={"seconds": 4})
    told = kommo.switch("install-hook")
    assert (told["status"], told["fault"]) == (202, None)
    assert told["ms"] < 3000
    deadline = time.monotonic() + 10
    while not KommoGrant.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert Account.objects.get().status == "connected"


@pytest.mark.parametrize(
    "changed", [{"referer": "evil.example"}, {"client_id": "other"}, {"code": None}, {"from_widget": "0"}], ids=str
)
def test_an_install_hook_with_a_fault_sends_no_secret(db, kommo, changed):
    query = {"code": kommo.code(), "referer": kommo.base_url[7:], "client_id": kommo.ready["client_id"]}
    query |= {"from_widget": "1"} | changed
    query = {name: value for name, value in query.items() if value is not None}
    answer = Client().get(f"/oauth/kommo/callback?{urlencode(query)}")
    assert answer.status_code in {400, 403}
    assert exchanges(kommo) == 0
    assert nothing_is_kept()


@pytest.mark.parametrize("params", [{"code": 429, "retry_after": 300}, {"code": 403, "body": "html"}], ids=str)
def test_a_host_that_nobody_has_proven_cannot_stop_kommo_for_everybody(db, kommo, params):
    kommo.switch("misbehaviour", match="oauth.token", kind="status", times=1, params=params)
    query = {"code": "x", "referer": kommo.base_url[7:], "client_id": kommo.ready["client_id"], "from_widget": "1"}
    Client().get(f"/oauth/kommo/callback?{urlencode(query)}")
    assert exchanges(kommo) == 1
    take_slot(uuid.uuid4(), is_interactive=True)  # Raises where the circuit is open.


def test_a_grant_for_one_account_leaves_another_as_it_is(browser, stranger, kommo):
    before = KommoGrant.objects.values().get()
    assert outcome(come_back(browser, consent(begin(browser)))) == "connected"
    assert KommoGrant.objects.filter(account=stranger.account).values().get() == before


def test_only_reading_methods_are_taken(browser):
    for path in ("/connect", "/oauth/kommo/callback", "/hooks/kommo/disabled"):
        assert browser.post(path).status_code == 405


def test_a_grant_made_twice_is_one(db, kommo):
    from django.db import IntegrityError, transaction

    acme = make_account(kommo)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_grant(kommo, acme)
