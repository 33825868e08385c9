"""An account is erased while an analysis of it runs: the run ends for its reader, and stores nothing anywhere."""

from __future__ import annotations

import threading
import uuid

import psycopg
import pytest
from django.db import connection

from accounts.models import Account, ErasureReceipt
from accounts.use_cases.connect_account import Outcome, connect_account
from accounts.use_cases.erase_account import erase_account
from analysis.models import Analysis
from analysis.use_cases import lifecycle
from analysis.wish import Wish
from billing.models import Reservation, UsageEntry, UsagePeriod
from convailens.lib.errors import NotFound
from tests.dumps import naming, postgres_dump, redis_dump
from tests.failures.steps import Stream, locked, wait_until, waiting_for_locks
from tests.web import database_url


def everything_of(person, lead_id, *more):
    account = person.account
    return {
        str(account.pk),
        account.pk.hex,
        account.subdomain,
        str(account.kommo_account_id),
        str(person.user_id),
        str(lead_id),
        person.token,
        *more,
    }


def erase(account_id):
    erase_account(account_id=account_id, staff_id=1)
    connection.close()


@pytest.mark.parametrize("step", ["before the first byte", "in mid summary"])
def test_a_run_in_flight_ends_with_a_problem_and_leaves_nothing(web, rep, stranger, openai, lead_id, step):
    kept = stranger.account.pk
    if step == "in mid summary":
        openai.misbehave("stall", seconds=1.5, after_chunks=12)
    else:
        openai.misbehave("slow", seconds=1.5)
    with web.analysing(rep, lead_id) as response:
        stream = Stream(response)
        accepted = stream.read_until("accepted")
        stream.read_until("summary" if step == "in mid summary" else "facts")
        wait_until(lambda: Reservation.objects.for_account(rep.account).open().exists())
        receipt = erase_account(account_id=rep.account.pk, staff_id=1)
        name, data = stream.end()
    assert name == "problem"
    assert (data["code"], data["charged"]) == ("interrupted", False)
    assert not Analysis.objects.exists()
    assert not UsagePeriod.objects.exists()
    assert not Reservation.objects.exists()
    held = UsageEntry.objects.filter(subject=receipt.ledger_reference).values_list("kind", "held").order_by("id")
    assert list(held) == [("reserve", 1), ("release", -1)]
    needles = everything_of(rep, lead_id, accepted["id"], response.headers["X-Request-Id"])
    assert naming(postgres_dump(), needles) == set()
    assert naming(redis_dump(), needles) == set()
    assert Account.objects.get().pk == kept
    assert web.get(rep, f"/api/v1/analyses/{accepted['id']}").status_code == 401


def test_a_result_that_is_just_being_stored_is_waited_for_and_then_goes_too(web, rep, openai, lead_id):
    web.analyse(rep, lead_id)  # The month's row, so that there is one to lock.
    Analysis.objects.all().delete()
    openai.misbehave("stall", seconds=0.5, after_chunks=12)
    with web.analysing(rep, lead_id) as response:
        stream = Stream(response)
        stream.read_until("summary")
        with locked(f"SELECT 1 FROM {UsagePeriod._meta.db_table} FOR UPDATE") as let_go:
            wait_until(lambda: waiting_for_locks() == 1)  # It is settling, in the transaction that stores.
            erasing = threading.Thread(target=erase, args=(rep.account.pk,))
            erasing.start()
            wait_until(lambda: waiting_for_locks() == 2)
            let_go()
            erasing.join(30)
        stream.end()
    assert ErasureReceipt.objects.get().rows["analysis"] == 1
    assert not Analysis.objects.exists()
    assert naming(postgres_dump(), everything_of(rep, lead_id)) == set()


def test_a_click_in_the_moment_of_the_erasure_is_answered_and_leaves_no_row(committed, rep, lead_id):
    wish = Wish(rep.account, rep.user_id, str(lead_id), uuid.uuid4(), "auto", "en")
    erase_account(account_id=rep.account.pk, staff_id=1)
    with pytest.raises(NotFound):
        lifecycle.begin(wish)
    assert not Analysis.objects.exists()


def test_who_connects_while_the_account_is_erased_begins_anew(committed, acme, kommo):
    ended = []

    def connect():
        ended.append(connect_account(host=acme.host, code=kommo.code()))
        connection.close()

    with psycopg.connect(database_url()) as erasing:
        erasing.execute("SELECT 1 FROM accounts_account FOR UPDATE")
        thread = threading.Thread(target=connect)
        thread.start()
        wait_until(lambda: waiting_for_locks() == 1)
        # As an erasure does, while the other waits for its lock.
        erasing.execute("DELETE FROM accounts_kommogrant")
        erasing.execute("DELETE FROM accounts_account")
        erasing.commit()
        thread.join(30)
    assert ended[0].outcome == Outcome.CONNECTED
    assert Account.objects.get().pk != acme.pk
