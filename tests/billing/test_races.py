"""What happens when many do it at once: real threads and processes on real rows."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from billing import eraser
from billing.models import Reservation, Resource, UsageEntry, UsagePeriod
from billing.usage import usage_of
from billing.use_cases.check_ledger import check_ledger
from billing.use_cases.release_expired import release_expired_reservations
from billing.use_cases.reserve_usage import reserve_usage
from billing.use_cases.settle_usage import release_usage, settle_usage
from convailens.lib.errors import NotFound, QuotaExceeded
from tests.billing.conftest import new_account
from tests.web import database_url

pytestmark = pytest.mark.django_db(transaction=True)
A = Resource.ANALYSES
PROCESSES = 4


@pytest.fixture
def crowd():
    """Start processes of `tests.billing.crowd` on the test database; gives the function that starts one."""
    started = []
    address = database_url()

    def start(*arguments, code=None):
        command = [sys.executable, "-m", "tests.billing.crowd", *map(str, arguments)]
        process = subprocess.Popen(
            command if code is None else [sys.executable, "-c", code, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ
            | {
                "DATABASE_URL": address,
                "DATABASE_POOL": "60",
                "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
            },
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def at_once(*calls):
    """Run the calls in threads that start together; what each returned or raised, in order."""
    results, start = [None] * len(calls), threading.Barrier(len(calls))

    def run(number):
        try:
            start.wait()
            results[number] = calls[number]()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def wait_until_ready(*processes):
    for process in processes:
        assert process.stdout.readline() == "ready\n"


def run_crowd(processes):
    wait_until_ready(*processes)
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = Counter()
    for process in processes:
        outcomes.update(json.loads(process.stdout.read()))
        assert process.wait(timeout=60) == 0
    return outcomes


def test_of_200_parallel_reservations_with_50_left_exactly_50_are_made(acme, stranger, allow, crowd):
    allow(analyses_per_month=50)
    outcomes = run_crowd([crowd(acme.pk, 50, 1) for _ in range(PROCESSES)])
    assert outcomes == {"reserved": 50, "refused": 150}
    period = UsagePeriod.objects.get()  # 200 first calls of a month made one row.
    assert (period.account_id, period.reserved, period.used) == (acme.pk, 50, 0)
    assert UsageEntry.objects.for_account(acme).count() == Reservation.objects.for_account(acme).count() == 50
    assert usage_of(stranger, A).left == 50
    assert check_ledger().is_sound


def test_under_a_storm_of_closings_the_quota_is_neither_exceeded_nor_leaks(acme, allow, crowd):
    allow(analyses_per_month=40)
    outcomes = run_crowd([crowd(acme.pk, 8, 6, "--settle-or-release") for _ in range(PROCESSES)])
    assert outcomes.total() - outcomes["settle_usage"] - outcomes["release_usage"] == PROCESSES * 8 * 6
    assert outcomes["settle_usage"] <= 40
    assert outcomes["settle_usage"] + outcomes["release_usage"] == outcomes["reserved"]
    usage = usage_of(acme, A)
    assert (usage.reserved, usage.used) == (0, outcomes["settle_usage"])
    assert check_ledger().is_sound


def test_the_same_reservation_made_by_many_at_once_holds_once(acme):
    wanted = uuid.uuid4()
    results = at_once(*[lambda: reserve_usage(account=acme, resource=A, reservation=wanted)] * 10)
    assert [held.pk for held in results] == [wanted] * 10
    assert usage_of(acme, A).reserved == 1
    assert check_ledger().is_sound


def test_of_a_settling_and_a_release_at_once_one_wins(acme):
    wins = Counter()
    for _ in range(20):
        held = reserve_usage(account=acme, resource=A)
        settled, released, swept = at_once(
            lambda held=held: settle_usage(reservation=held.pk),
            lambda held=held: release_usage(reservation=held.pk),
            lambda: release_expired_reservations(now=timezone.now() + timedelta(days=1)),
        )
        assert sorted([settled, released, bool(swept)]) == [False, False, True]
        wins["settled"] += settled
    usage = usage_of(acme, A)
    assert (usage.used, usage.reserved) == (wins["settled"], 0)
    assert check_ledger().is_sound


def test_a_lease_renewed_meanwhile_is_not_swept(acme):
    held = reserve_usage(account=acme, resource=A, lease_s=0)
    swept = []
    with transaction.atomic():
        reserve_usage(account=acme, resource=A, reservation=held.pk, lease_s=900)

        def sweep():
            swept.append(release_expired_reservations())
            connections.close_all()

        thread = threading.Thread(target=sweep)
        thread.start()  # It has found the row expired, and waits for us.
        wait_until_something_is_blocked()
    thread.join()
    assert swept == [0]
    assert Reservation.objects.get().state == "reserved"


def wait_until_something_is_blocked():
    """Until another session of this database waits for a lock; fails after 10 s."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    pytest.fail("Nothing waits for a lock.")


DIE_AFTER_RESERVING = """
import sys, time, django
django.setup()
from accounts.models import Account
from billing.models import Resource
from billing.use_cases.reserve_usage import reserve_usage
account = Account.objects.get(pk=sys.argv[1])
reserve_usage(account=account, resource=Resource.ANALYSES, lease_s=1)
print("ready", flush=True)
time.sleep(60)
"""
DIE_WHILE_SETTLING = """
import sys, time, uuid, django
django.setup()
from django.db import transaction
from billing.use_cases.settle_usage import settle_usage
with transaction.atomic():
    assert settle_usage(reservation=uuid.UUID(sys.argv[1]))
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_process_killed_after_reserving_loses_its_unit_to_the_sweep(acme, allow, crowd):
    allow(analyses_per_month=1)
    process = crowd(acme.pk, code=DIE_AFTER_RESERVING)
    wait_until_ready(process)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=10) == -signal.SIGKILL
    with pytest.raises(QuotaExceeded):
        reserve_usage(account=acme, resource=A)
    assert release_expired_reservations(now=timezone.now() + timedelta(seconds=1)) == 1
    assert check_ledger().is_sound
    assert settle_usage(reservation=reserve_usage(account=acme, resource=A).pk)


def test_a_process_killed_while_settling_has_charged_nothing(acme, crowd):
    held = reserve_usage(account=acme, resource=A)
    process = crowd(held.pk, code=DIE_WHILE_SETTLING)
    wait_until_ready(process)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=10) == -signal.SIGKILL
    assert settle_usage(reservation=held.pk) is True  # Waits until Postgres has noticed, then is the first.
    assert usage_of(acme, A).used == 1
    assert check_ledger().is_sound


def test_erasing_beside_reserving_and_settling_deadlocks_nobody_and_leaves_a_closed_ledger(stranger):
    reserve_usage(account=stranger, resource=A)
    for _ in range(5):
        account = new_account("passing")
        held = [reserve_usage(account=account, resource=A) for _ in range(6)]

        def erase(account=account):
            with transaction.atomic():
                rows = eraser.erase(account)
                account.__class__.objects.filter(pk=account.pk).delete()
            return rows

        results = at_once(
            *[lambda one=one: settle_usage(reservation=one.pk) for one in held],
            *[lambda account=account: reserve_usage(account=account, resource=A)] * 4,
            erase,
        )
        assert all(isinstance(result, bool | int | Reservation | NotFound) for result in results), results
        assert not Reservation.objects.for_account(account).exists()
        assert not UsagePeriod.objects.for_account(account).exists()
        kinds = Counter(UsageEntry.objects.for_account(account).values_list("kind", flat=True))
        assert kinds["reserve"] == kinds["settle"] + kinds["release"] >= 6
        assert kinds["settle"] == sum(result is True for result in results[:6])
    assert check_ledger().is_sound
    assert usage_of(stranger, A).reserved == 1
