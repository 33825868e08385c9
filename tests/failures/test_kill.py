"""kill -9 of the web process at every step of a run: taken over or swept, one result at most, one charge at most."""

from __future__ import annotations

import contextlib
import uuid

import httpx
import pytest

from analysis.models import Analysis
from analysis.use_cases.sweep_runs import sweep_runs
from billing.models import UsageEntry, UsagePeriod
from tests.analysis.test_analyse import last, names
from tests.failures.steps import (
    Stream,
    assert_books,
    kommo_misbehaves,
    locked,
    long_chats,
    rules,
    wait_for_leases_to_end,
    wait_until,
    waiting_for_locks,
)

LEASE_S = 2.0
SHORT_LEASE = {"LEASE_S": str(LEASE_S), "LEASE_RENEWAL_S": "0.5"}
STEPS = ["in mid summary", "before the first byte", "storing", "reserving", "reading talks", "asking for the lead"]


@pytest.fixture
def killed_at_each_step(another_web, rep, kommo, openai):
    """One process that was killed with six runs in it, each at another step; `{step: (key, lead_id)}`."""
    web = another_web(**SHORT_LEASE)
    lead_ids = long_chats(kommo, rep)
    asked = {step: (uuid.uuid4(), lead_id) for step, lead_id in zip(STEPS, lead_ids, strict=False)}
    # A month's row that exists already, so that there is a row to lock.
    assert last(web.analyse(rep, lead_ids[len(STEPS)]))["state"] == "done"
    with contextlib.ExitStack() as streams:

        def start(step: str) -> Stream:
            key, lead_id = asked[step]
            return Stream(streams.enter_context(web.analysing(rep, lead_id, key=key)))

        openai.misbehave("stall", seconds=60, after_chunks=12)
        start("in mid summary").read_until("summary")
        openai.misbehave("slow", seconds=60)
        start("before the first byte").read_until("facts")
        wait_until(lambda: not rules(openai))
        openai.misbehave("stall", seconds=1.5, after_chunks=12)
        storing = start("storing")
        storing.read_until("summary")
        # Settling and reserving both need this row, in the midst of their transactions.
        with locked(f"SELECT 1 FROM {UsagePeriod._meta.db_table} FOR UPDATE") as let_go:
            storing.read_until("ratings")
            wait_until(lambda: waiting_for_locks() == 1)
            start("reserving").read_until("facts")
            wait_until(lambda: waiting_for_locks() == 2)
            kommo_misbehaves(kommo, "talks.messages", "slow", seconds=9)
            start("reading talks").read_until("accepted")
            wait_until(lambda: not rules(kommo))
            kommo_misbehaves(kommo, "leads.get", "slow", seconds=9)
            start("asking for the lead").read_until("accepted")
            wait_until(lambda: not rules(kommo))
            web.kill()
            let_go()
        wait_until(lambda: waiting_for_locks() == 0)
    runs = Analysis.objects.filter(key__in=[key for key, _ in asked.values()])
    assert {run.state for run in runs} == {"running"}
    assert len(runs) == len(STEPS)
    held = {step: runs.get(key=key).reservation is not None for step, (key, _) in asked.items()}
    assert held == {step: n < 3 for n, step in enumerate(STEPS)}
    wait_for_leases_to_end(*(key for key, _ in asked.values()))
    return asked


def test_after_a_kill_the_same_request_takes_each_run_over(web, killed_at_each_step, rep, openai):
    assert_books(used=1, reserved=3)
    calls = openai.calls
    for n, (step, (key, lead_id)) in enumerate(killed_at_each_step.items(), start=1):
        events = web.analyse(rep, lead_id, key=key)
        assert names(events) == ["accepted", "facts", "summary", "ratings", "result"], (step, last(events))
        run = Analysis.objects.get(key=key)
        assert (run.state, run.attempt, run.charged, last(events)["id"]) == ("done", 2, 1, str(run.id)), step
        assert UsageEntry.objects.filter(reservation=run.reservation).count() == 2, step
        assert openai.calls == calls + n, step
    # One unit each and none twice: what the dead process had reserved was kept.
    assert_books(used=1 + len(STEPS))
    assert UsageEntry.objects.filter(kind="reserve").count() == 1 + len(STEPS)
    assert sweep_runs() == 0
    again = last(web.analyse(rep, lead_id, key=key))
    assert (again["state"], openai.calls) == ("done", calls + len(STEPS))


@pytest.mark.full
def test_after_a_kill_the_sweep_ends_each_run_and_releases_its_unit(web, killed_at_each_step, rep, openai, settings):
    settings.LEASE_S = LEASE_S
    keys = [key for key, _ in killed_at_each_step.values()]
    swept = 0

    def sweep() -> bool:
        nonlocal swept
        swept += sweep_runs()
        return swept == len(STEPS)

    wait_until(sweep)
    runs = Analysis.objects.filter(key__in=keys)
    assert {(run.state, run.outcome, run.charged, run.attempt) for run in runs} == {("failed", "interrupted", 0, 1)}
    assert all(run.summary is None and run.reservation is None and run.finished_at for run in runs)
    assert_books(used=1)
    assert UsageEntry.objects.filter(kind="release").count() == 3
    assert sweep_runs() == 0
    # The same key may run again, from the start.
    key, lead_id = killed_at_each_step["in mid summary"]
    assert web.get(rep, f"/api/v1/analyses/by-key/{key}").json()["state"] == "failed"
    assert last(web.analyse(rep, lead_id, key=key))["usage"]["charged"] == 1
    assert_books(used=2)


@pytest.mark.full
def test_who_follows_from_another_process_takes_over_when_the_leader_dies(another_web, web, rep, boss, lead_id, openai):
    leading = another_web(**SHORT_LEASE)
    key, following_key = uuid.uuid4(), uuid.uuid4()
    openai.misbehave("stall", seconds=60, after_chunks=12)
    with leading.analysing(rep, lead_id, key=key) as leaders_response:
        leader = Stream(leaders_response)
        leader.read_until("summary")
        with web.analysing(boss, lead_id, key=following_key) as response:
            follower = Stream(response)
            follower.read_until("facts")
            wait_until(lambda: Analysis.objects.filter(key=following_key, same_as__isnull=False).exists())
            leading.kill()
            with pytest.raises(httpx.TransportError):
                leader.end()
            name, result = follower.end()
    assert (name, result["reused"], result["usage"]["charged"]) == ("result", False, 1)
    assert names(follower.events) == ["accepted", "facts", "summary_reset", "summary", "ratings", "result"]
    assert openai.calls == 2
    dead = Analysis.objects.get(key=key)
    assert (dead.state, dead.outcome, dead.charged) == ("failed", "interrupted", 0)
    assert_books(used=1)


def test_a_repeated_request_waits_for_a_living_run_and_takes_it_over_when_it_dies(
    another_web, web, rep, lead_id, openai
):
    running = another_web(**SHORT_LEASE)
    key = uuid.uuid4()
    openai.misbehave("stall", seconds=60, after_chunks=12)
    with running.analysing(rep, lead_id, key=key) as first_response:
        Stream(first_response).read_until("summary")
        with web.analysing(rep, lead_id, key=key) as response:
            repeated = Stream(response)
            repeated.read_until("facts")
            assert Analysis.objects.get().attempt == 1
            running.kill()
            name, result = repeated.end()
    assert (name, result["usage"]["charged"], Analysis.objects.get().attempt) == ("result", 1, 2)
    assert openai.calls == 2
    assert_books(used=1)
    assert UsageEntry.objects.count() == 2
