"""A process that was frozen past its lease: another has taken its run over, and what it brings late is dropped."""

from __future__ import annotations

import contextlib
import signal
import uuid
from collections.abc import Callable

import pytest

from analysis.models import Analysis
from analysis.use_cases.sweep_runs import sweep_runs
from billing.models import UsageEntry, UsagePeriod
from tests.analysis.test_analyse import last
from tests.failures.steps import (
    Stream,
    assert_books,
    click,
    locked,
    long_chats,
    wait_for_leases_to_end,
    wait_until,
    waiting_for_locks,
)
from tests.web import running_web

LEASE_S = 2.0


@pytest.fixture(scope="module")
def sleeper(sandbox_ready, django_db_setup, tmp_path_factory):
    """A web process with short leases, for all tests of this file."""
    log_file = tmp_path_factory.mktemp("sleeper") / "log.jsonl"
    with running_web(sandbox_ready, log_file, LEASE_S=str(LEASE_S), LEASE_RENEWAL_S="0.5") as web:
        yield web


@pytest.fixture
def frozen(sleeper, committed, kommo, openai):
    """The same, to be frozen; it goes on at the end, whatever became of the test."""
    yield sleeper
    sleeper.process.send_signal(signal.SIGCONT)


def test_a_frozen_attempt_stores_and_charges_nothing_after_another_took_over(frozen, web, rep, lead_id, openai):
    key = uuid.uuid4()
    openai.misbehave("stall", seconds=1, after_chunks=12)
    with frozen.analysing(rep, lead_id, key=key) as response:
        late = Stream(response)
        late.read_until("summary")
        frozen.process.send_signal(signal.SIGSTOP)
        wait_for_leases_to_end(key)
        result = last(web.analyse(rep, lead_id, key=key))
        before = Analysis.objects.values().get()
        assert (before["state"], before["attempt"], before["charged"]) == ("done", 2, 1)
        frozen.process.send_signal(signal.SIGCONT)
        name, document = late.end()
    wait_until(lambda: frozen.events("analysis.fenced"))
    assert Analysis.objects.values().get() == before
    assert openai.calls == 2
    assert_books(used=1)
    assert UsageEntry.objects.count() == 2
    # Who listened to the late attempt is told what stands, not that nothing was charged.
    assert (name, document["id"], document["score"]) == ("result", result["id"], result["score"])


@pytest.mark.full
def test_a_frozen_attempt_stores_and_charges_nothing_after_the_sweep(frozen, rep, lead_id, openai, settings):
    settings.LEASE_S = 0.1
    key = uuid.uuid4()
    openai.misbehave("stall", seconds=1, after_chunks=12)
    with frozen.analysing(rep, lead_id, key=key) as response:
        late = Stream(response)
        late.read_until("summary")
        frozen.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: sweep_runs() == 1)
        assert_books(used=0)
        frozen.process.send_signal(signal.SIGCONT)
        name, problem = late.end()
    assert (name, problem["code"], problem["charged"]) == ("problem", "interrupted", False)
    run = Analysis.objects.get()
    assert (run.state, run.outcome, run.charged, run.summary) == ("failed", "interrupted", 0, None)
    assert_books(used=0)


@pytest.mark.full
def test_a_process_that_slept_and_was_not_missed_goes_on(frozen, rep, lead_id, openai):
    key = uuid.uuid4()
    openai.misbehave("stall", seconds=1, after_chunks=12)
    with frozen.analysing(rep, lead_id, key=key) as response:
        late = Stream(response)
        late.read_until("summary")
        frozen.process.send_signal(signal.SIGSTOP)
        wait_for_leases_to_end(key)
        frozen.process.send_signal(signal.SIGCONT)
        assert late.end()[0] == "result"
    run = Analysis.objects.get()
    assert (run.state, run.attempt, run.charged) == ("done", 1, 1)
    assert_books(used=1)


@pytest.mark.full
def test_a_lease_is_kept_while_a_run_lives_long(frozen, web, rep, lead_id, openai):
    key = uuid.uuid4()
    openai.misbehave("stall", seconds=1.7 * LEASE_S, after_chunks=12)
    with frozen.analysing(rep, lead_id, key=key) as response:
        stream = Stream(response)
        stream.read_until("summary")
        assert stream.end()[0] == "result"
    assert Analysis.objects.get().attempt == 1
    assert_books(used=1)


@pytest.mark.full
def test_leases_are_kept_again_after_a_time_without_a_free_thread(another_web, rep, kommo, openai):
    # One thread and no queue: the keeper of leases is refused while a run waits in it for a lock.
    web = another_web(RUN_DATABASE_THREADS="1", RUN_QUEUE="0", LEASE_RENEWAL_S="1")
    lead_ids = long_chats(kommo, rep)
    openai.misbehave("stall", times=None, seconds=60, after_chunks=12)
    with contextlib.ExitStack() as sockets:

        def started(lead_id: int, is_there: Callable[[], bool]) -> uuid.UUID:
            """Click until it is there: a run that meets the keeper in the one thread is refused, too."""
            while True:
                key = uuid.uuid4()
                sockets.enter_context(click(web, rep, lead_id, key))
                refused = Analysis.objects.filter(key=key, state="failed")
                wait_until(lambda refused=refused: is_there() or refused.exists())
                if is_there():
                    return key

        key = started(lead_ids[0], lambda: Analysis.objects.filter(reservation__isnull=False).exists())
        with locked(f"SELECT 1 FROM {UsagePeriod._meta.db_table} FOR UPDATE"):
            started(lead_ids[1], lambda: waiting_for_locks() == 1)
            wait_until(lambda: web.events("leases.not_renewed"))
        before = Analysis.objects.get(key=key).lease_until
        wait_until(lambda: Analysis.objects.get(key=key).lease_until > before)
        web.kill()
