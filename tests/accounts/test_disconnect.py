"""Disconnecting from either side: tokens go at once, and nobody else can cause it."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.eraser import erase
from accounts.models import Account, AuditEntry, KommoGrant, UsedWidgetToken, WidgetSession
from accounts.use_cases.disconnect_account import disable_signature, disconnect_account
from accounts.use_cases.purge_sessions import purge_sessions
from accounts.use_cases.refresh_grant import refresh_grant
from tests.factories import make_account, make_person, open_session


def ask(person):
    return Client().post("/api/v1/disconnect", headers=person.headers)


def is_as_before(account):
    return (
        Account.objects.get(id=account.id).status == Account.Status.CONNECTED
        and KommoGrant.objects.filter(account=account).exists()
        and WidgetSession.objects.filter(account=account, ended_at=None).exists()
        and not AuditEntry.objects.filter(action="account.disconnected").exists()
    )


def test_an_administrator_disconnects_and_the_tokens_are_gone_at_once(acme, boss, rep, stranger):
    answer = ask(boss)
    assert (answer.status_code, answer.json()) == (200, {"status": "disconnected"})
    account = Account.objects.get(id=acme.id)
    assert account.status == Account.Status.DISCONNECTED
    assert account.disconnected_at is not None
    assert not KommoGrant.objects.filter(account=acme).exists()
    assert not WidgetSession.objects.filter(account=acme, ended_at=None).exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.actor_id) == ("account.disconnected", "user", boss.user_id)
    assert entry.details == {"sessions": 2}
    assert ask(rep).status_code == 401
    # The stranger's account is as it was.
    assert is_as_before_but_for_the_audit(stranger.account)


def is_as_before_but_for_the_audit(account):
    return (
        Account.objects.get(id=account.id).status == Account.Status.CONNECTED
        and KommoGrant.objects.filter(account=account).exists()
        and WidgetSession.objects.filter(account=account, ended_at=None).exists()
    )


def test_a_rep_and_a_colleague_may_not_disconnect(acme, rep, colleague):
    for person in (rep, colleague):
        answer = ask(person)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_admin")
    assert is_as_before(acme)


@pytest.mark.parametrize(("user", "status"), [("admin", 200), ("rep", 403)])
def test_where_kommos_token_says_nothing_of_rights_kommo_is_asked(acme, kommo, user, status):
    token, _ = open_session(acme, kommo.user(user)["id"], is_admin=None)
    answer = Client().post("/api/v1/disconnect", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == status
    assert kommo.counters()["users.get"]["count"] == 1


def test_a_deactivated_administrator_may_not_disconnect(acme, kommo):
    token, _ = open_session(acme, kommo.user("admin")["id"], is_admin=None)
    other = kommo.user("rep")["id"]
    kommo.switch("users", user="rep", is_admin=True, is_active=False)
    token, _ = open_session(acme, other, is_admin=None)
    answer = Client().post("/api/v1/disconnect", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_admin")
    assert is_as_before(acme)


def test_a_user_number_that_kommo_does_not_know_may_not_disconnect(acme):
    token, _ = open_session(acme, 4, is_admin=None)
    answer = Client().post("/api/v1/disconnect", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_admin")


def test_disconnecting_twice_is_once(acme):
    assert disconnect_account(account_id=acme.id, actor=AuditEntry.Actor.SYSTEM)
    before = Account.objects.get(id=acme.id).disconnected_at
    assert not disconnect_account(account_id=acme.id, actor=AuditEntry.Actor.SYSTEM)
    assert Account.objects.get(id=acme.id).disconnected_at == before
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_refresh_in_flight_brings_no_token_back(acme, kommo):
    import threading

    from django.db import connections

    kommo.switch("misbehaviour", match="oauth.token", kind="slow", params={"seconds": 0.6})
    failed = []

    def refresh():
        try:
            refresh_grant(account_id=acme.id, seen_version=1)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    worker = threading.Thread(target=refresh)
    worker.start()
    import time

    time.sleep(0.25)
    disconnect_account(account_id=acme.id, actor=AuditEntry.Actor.STAFF, actor_id=1)
    worker.join()
    assert failed == []
    assert not KommoGrant.objects.exists()
    assert Account.objects.get(id=acme.id).status == Account.Status.DISCONNECTED


@pytest.fixture
def service(live_server, kommo):
    kommo.switch("settings", web_url=live_server.url)
    return live_server


@pytest.mark.parametrize("name", ["client_uuid", "client_id"])
def test_kommos_signed_hook_disconnects(service, kommo, name):
    acme = make_account(kommo)
    person = make_person(kommo, acme, "rep")
    told = kommo.switch("disable", account="acme", id_param=name)
    assert (told["status"], told["fault"]) == (200, None)
    assert Account.objects.get().status == Account.Status.DISCONNECTED
    assert not KommoGrant.objects.exists()
    assert ask(person).status_code == 401
    assert AuditEntry.objects.get().actor == "kommo"


@pytest.mark.parametrize("signature", ["0" * 64, "", "no signature at all", "é"])
def test_a_hook_with_a_wrong_signature_changes_nothing(acme, rep, kommo, signature):
    answer = hook(kommo, acme, signature=signature)
    assert answer.status_code == 403
    assert answer.json()["code"] == "signature_refused"
    assert is_as_before(acme)
    assert not kommo.counters()  # Nor is Kommo asked.


def hook(kommo, account, **given):
    query = {"account_id": account.kommo_account_id, "client_uuid": kommo.ready["client_id"]} | given
    return Client().get("/hooks/kommo/disabled", {k: v for k, v in query.items() if v is not None})


def test_a_signature_for_another_account_is_none_for_this_one(acme, rep, stranger, kommo):
    signature = disable_signature(
        client_id=kommo.ready["client_id"],
        kommo_account_id=stranger.account.kommo_account_id,
        client_secret=kommo.ready["client_secret"],
    )
    assert hook(kommo, acme, signature=signature).status_code == 403
    assert is_as_before(acme)


def test_an_unsigned_hook_is_believed_only_when_kommo_refuses_us(acme, rep, kommo):
    assert hook(kommo, acme).status_code == 200
    assert is_as_before(acme)
    kommo.switch("revoke-tokens", account="acme")
    assert hook(kommo, acme).status_code == 200
    assert is_as_before(acme)  # Kommo is looked at once a minute for such hooks: anybody may call them.
    cache.clear()
    assert hook(kommo, acme).status_code == 200
    assert Account.objects.get(id=acme.id).status == Account.Status.DISCONNECTED
    assert not KommoGrant.objects.filter(account=acme).exists()


def test_an_unsigned_hook_does_nothing_to_an_account_that_waits_to_be_reconnected(acme, kommo):
    Account.objects.update(status=Account.Status.RECONNECT_NEEDED)
    assert hook(kommo, acme).status_code == 200
    assert Account.objects.get().status == Account.Status.RECONNECT_NEEDED
    assert KommoGrant.objects.exists()


def test_an_unsigned_hook_does_nothing_while_kommo_does_not_answer(acme, rep, kommo):
    kommo.switch("misbehaviour", match="account.get", kind="status", params={"code": 503})
    assert hook(kommo, acme).status_code == 503
    assert is_as_before(acme)


@pytest.mark.parametrize(
    "changed",
    [
        {"client_uuid": "other"},
        {"client_uuid": None},
        {"account_id": "x"},
        {"account_id": "1" * 30},
        {"account_id": None},
    ],
    ids=str,
)
def test_a_hook_that_is_not_for_us_is_refused(acme, rep, kommo, changed):
    assert hook(kommo, acme, **changed).status_code == 403
    assert is_as_before(acme)


def test_the_answer_tells_nobody_which_accounts_are_ours(acme, kommo):
    known, unknown = hook(kommo, acme), hook(kommo, acme, account_id=123)
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_the_eraser_leaves_no_row_of_the_account_and_touches_no_other(acme, boss, stranger):
    UsedWidgetToken.objects.create(
        account=acme, jti="j", browser_digest="d", session=boss.session, expires_at=timezone.now()
    )
    disconnect_account(account_id=acme.id, actor=AuditEntry.Actor.SYSTEM)
    kept = KommoGrant.objects.values().get()
    assert erase(acme) == 4  # a used token, a session, a line of audit, the account; the grant was gone
    assert erase(acme) == 0
    assert [account.id for account in Account.objects.all()] == [stranger.account.id]
    assert KommoGrant.objects.values().get() == kept
    assert WidgetSession.objects.get().account_id == stranger.account.id
    assert not AuditEntry.objects.exists()
    assert not UsedWidgetToken.objects.exists()


def test_what_has_expired_is_purged_and_what_is_needed_stays(acme, boss):
    from datetime import timedelta

    now = timezone.now()
    _, old = open_session(acme, 5)
    WidgetSession.objects.filter(id=old.id).update(
        created_at=now - timedelta(days=9), expires_at=now - timedelta(days=8)
    )
    for name, expires_at in (("old", now - timedelta(seconds=1)), ("new", now + timedelta(minutes=1))):
        UsedWidgetToken.objects.create(
            account=acme, jti=name, browser_digest="d", session=boss.session, expires_at=expires_at
        )
    assert purge_sessions(now=now) == 2
    assert [session.id for session in WidgetSession.objects.all()] == [boss.session.id]
    assert [token.jti for token in UsedWidgetToken.objects.all()] == ["new"]
