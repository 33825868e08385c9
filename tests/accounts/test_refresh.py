"""The refresh of a grant: once for all who need it, and never lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts import tasks
from accounts.errors import ClientRefused, NotConnected, ReconnectNeeded
from accounts.kommo.client import KommoClient
from accounts.models import Account, KommoGrant
from accounts.use_cases.refresh_expiring_grants import expiring_accounts, refresh_if_expiring
from accounts.use_cases.refresh_grant import current_access, refresh_grant
from convailens.lib.errors import ServiceError
from tests.sandbox.process import ROOT


def refreshes(kommo):
    return kommo.counters().get("oauth.token", {"count": 0})["count"]


def pair_of(account):
    grant = KommoGrant.objects.get(account=account)
    return grant.access_token, grant.refresh_token, grant.version


@pytest.mark.django_db(transaction=True)
def test_twenty_calls_with_an_expired_token_make_one_refresh(acme, boss, lead_id, kommo):
    kommo.switch("expire-access-tokens", account="acme")

    def one(_):
        try:
            return KommoClient(acme).lead_as(boss.user_id, lead_id).id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(one, range(20)))
    assert found == [lead_id] * 20
    assert refreshes(kommo) == 1
    assert KommoGrant.objects.get(account=acme).version == 2


@pytest.mark.django_db(transaction=True)
def test_while_kommo_is_slow_one_thread_of_a_process_holds_a_connection_and_the_others_none(acme, kommo):
    kommo.switch("expire-access-tokens", account="acme")
    kommo.switch("misbehaviour", match="oauth.token", kind="slow", params={"seconds": 1})
    connection.close()

    def one(_):
        try:
            return KommoClient(acme).account_info().id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(one, n) for n in range(20)]
        time.sleep(0.6)
        stats = connection.pool.get_stats()
        assert {future.result() for future in waiting} == {acme.kommo_account_id}
    assert stats["pool_size"] - stats["pool_available"] == 1
    assert refreshes(kommo) == 1


PROCESS = """
import sys, django
django.setup()
from accounts.kommo.client import KommoClient
from accounts.models import Account
from concurrent.futures import ThreadPoolExecutor
account = Account.objects.get(id=sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(lambda _: KommoClient(account).account_info().id == account.kommo_account_id, range(10))))
"""


@pytest.mark.django_db(transaction=True)
def test_two_processes_with_an_expired_token_make_one_refresh(acme, kommo):
    kommo.switch("expire-access-tokens", account="acme")
    options = connection.get_connection_params()
    where = {name: options.get(name) or "" for name in ("user", "host", "port", "password")}
    password = f":{where['password']}" if where["password"] else ""
    url = f"postgres://{where['user']}{password}@{where['host']}:{where['port']}/{options['dbname']}"
    env = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "convailens.settings",
        "CONVAILENS_DEMO": "1",
        "KOMMO_CLIENT_ID": kommo.ready["client_id"],
        "KOMMO_CLIENT_SECRET": kommo.ready["client_secret"],
        "KOMMO_REDIRECT_URI": kommo.ready["redirect_uri"],
        "SANDBOX_ORIGINS": kommo.base_url,
        "KOMMO_REQUESTS_PER_SECOND": "1000",
    }
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", PROCESS, str(acme.id)]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        for _ in range(2)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0].strip() for process in running]
    assert answers == ["10"] * 2
    assert refreshes(kommo) == 1
    assert kommo.counters()["oauth.token"]["by_status"] == {"200": 1}


def test_a_token_about_to_end_is_refreshed_before_it_is_used(acme, kommo):
    KommoGrant.objects.update(access_expires_at=timezone.now() + timedelta(seconds=30))
    access = current_access(account_id=acme.id)
    assert access.version == 2
    assert access.token == pair_of(acme)[0]
    assert refreshes(kommo) == 1


def test_who_comes_late_gets_the_winners_pair_without_a_call(acme, kommo):
    first = refresh_grant(account_id=acme.id, seen_version=1)
    second = refresh_grant(account_id=acme.id, seen_version=1)
    assert (first.token, first.version) == (second.token, second.version)
    assert refreshes(kommo) == 1


@pytest.mark.django_db(transaction=True)
def test_the_new_pair_is_committed_before_it_is_used(acme):
    # Inside another transaction it could not be; this is refused rather than risked.
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        refresh_grant(account_id=acme.id, seen_version=1)
    assert KommoGrant.objects.get(account=acme).version == 1


@pytest.mark.parametrize(
    ("kind", "params"),
    [("status", {"code": 503}), ("cut_off", {"after_bytes": 0}), ("not_json", {}), ("status", {"code": 429})],
)
def test_a_failed_refresh_leaves_the_old_pair_and_can_be_repeated(acme, kommo, clean_redis, kind, params):
    before = pair_of(acme)
    # `cut_off` lets the token be spent and the answer be lost; the others do not reach the token.
    spends = kind == "cut_off"
    kommo.switch("misbehaviour", match="oauth.token", kind=kind, params=params, times=1)
    with pytest.raises(ServiceError) as fault:
        refresh_grant(account_id=acme.id, seen_version=1)
    assert fault.value.code in {"kommo_unavailable", "not_json"}
    assert pair_of(acme) == before
    assert Account.objects.get(id=acme.id).status == Account.Status.CONNECTED
    if spends:
        with pytest.raises(ReconnectNeeded):
            refresh_grant(account_id=acme.id, seen_version=1)
    else:
        assert refresh_grant(account_id=acme.id, seen_version=1).version == 2


def test_a_spent_refresh_token_marks_the_account_and_no_storm_follows(acme, kommo):
    kommo.exchange(refresh_token=pair_of(acme)[1])
    for _ in range(5):
        with pytest.raises(ReconnectNeeded) as refusal:
            refresh_grant(account_id=acme.id, seen_version=1)
    assert refusal.value.code == "reconnect_needed"
    assert Account.objects.get(id=acme.id).status == Account.Status.RECONNECT_NEEDED
    assert refreshes(kommo) == 2  # The one of this test, and one of ours.


def test_an_expired_refresh_token_marks_the_account(acme, kommo):
    kommo.switch("expire-refresh-tokens", account="acme")
    with pytest.raises(ReconnectNeeded):
        refresh_grant(account_id=acme.id, seen_version=1)
    assert Account.objects.get(id=acme.id).status == Account.Status.RECONNECT_NEEDED


def test_our_own_wrong_secret_marks_no_account(acme, kommo, settings):
    settings.KOMMO_CLIENT_SECRET = "wrong"
    before = pair_of(acme)
    with pytest.raises(ClientRefused):
        refresh_grant(account_id=acme.id, seen_version=1)
    assert pair_of(acme) == before
    assert Account.objects.get(id=acme.id).status == Account.Status.CONNECTED


@pytest.mark.parametrize("status", [401, 404])
def test_a_refresh_follows_a_renamed_account(acme, kommo, status):
    new = kommo.switch("rename", account="acme", status=status)
    access = refresh_grant(account_id=acme.id, seen_version=1)
    assert access.base_url == f"http://{new['domain']}"
    assert Account.objects.get(id=acme.id).host == new["domain"]


def test_an_account_without_a_grant_is_not_connected(acme):
    KommoGrant.objects.all().delete()
    with pytest.raises(NotConnected):
        current_access(account_id=acme.id)


def test_only_grants_that_would_expire_unused_are_refreshed_by_the_daily_job(acme, stranger, kommo):
    now = timezone.now()
    assert expiring_accounts(now=now) == []
    KommoGrant.objects.filter(account=acme).update(refresh_expires_at=now + timedelta(days=29))
    assert expiring_accounts(now=now) == [acme.id]
    assert refresh_if_expiring(account_id=acme.id, now=now)
    assert expiring_accounts(now=now) == []
    assert not refresh_if_expiring(account_id=acme.id, now=now)
    assert not refresh_if_expiring(account_id=stranger.account.id, now=now)
    assert refreshes(kommo) == 1
    assert KommoGrant.objects.get(account=acme).refresh_expires_at > now + timedelta(days=89)


@pytest.mark.django_db(transaction=True)
def test_the_daily_job_queues_one_job_for_each_grant_with_its_id_alone(acme, stranger):
    KommoGrant.objects.filter(account=acme).update(refresh_expires_at=timezone.now() + timedelta(days=2))
    for _ in range(2):
        tasks.refresh_expiring_grants(timestamp=0)
    from procrastinate.contrib.django.models import ProcrastinateJob

    jobs = ProcrastinateJob.objects.filter(task_name__contains="refresh_grant")
    assert [job.args for job in jobs] == [{"account_id": str(acme.id)}]
    tasks.refresh_grant(account_id=str(acme.id))
    assert KommoGrant.objects.get(account=acme).version == 2


def test_a_disconnected_account_is_left_alone_by_the_daily_job(acme):
    now = timezone.now()
    KommoGrant.objects.update(refresh_expires_at=now)
    Account.objects.filter(id=acme.id).update(status="reconnect_needed")
    assert expiring_accounts(now=now) == []
