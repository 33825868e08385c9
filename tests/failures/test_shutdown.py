"""SIGTERM with runs in flight: what can end ends, what cannot is recorded as interrupted, and nothing hangs."""

from __future__ import annotations

import json
import signal
import threading
import time
import uuid

import httpx
import pytest

from analysis.models import Analysis
from billing.models import UsagePeriod
from tests.failures.steps import Stream, assert_books, locked, long_chats, rules, wait_until, waiting_for_locks

DRAIN_S = 4.0


def is_refused(web):
    """Whether nobody listens for new connections any more."""
    try:
        httpx.get(f"{web.base_url}/health/live", trust_env=False, timeout=5)
    except httpx.ConnectError:
        return True
    except httpx.TransportError:
        return False  # Its connection was accepted a moment before the door was closed.
    return False


def start_json_run(web, person, lead_id, key):
    """A run that nobody listens to: the 202 form."""
    with web.analysing(person, lead_id, key=key, headers={"Accept": "application/json"}) as response:
        response.read()
    assert response.status_code == 202


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.full)])
def test_a_stop_lets_runs_end_and_records_those_that_take_too_long(another_web, rep, kommo, openai, workers):
    web = another_web(DRAIN_S=str(DRAIN_S), workers=str(workers))
    quick, unheard, endless, alone = (uuid.uuid4() for _ in range(4))
    lead_ids = iter(long_chats(kommo, rep))
    openai.misbehave("stall", seconds=60, after_chunks=12)
    with web.analysing(rep, next(lead_ids), key=endless) as slow_response:
        slow = Stream(slow_response)
        slow.read_until("summary")
        openai.misbehave("stall", seconds=60, after_chunks=12)
        start_json_run(web, rep, next(lead_ids), alone)
        wait_until(lambda: not rules(openai))
        openai.misbehave("stall", seconds=1.5, after_chunks=12, times=2)
        with web.analysing(rep, next(lead_ids), key=quick) as quick_response:
            stream = Stream(quick_response)
            stream.read_until("summary")
            start_json_run(web, rep, next(lead_ids), unheard)
            wait_until(lambda: not rules(openai))
            web.process.send_signal(signal.SIGTERM)
            told_at = time.monotonic()
            assert stream.end()[0] == "result"
        wait_until(lambda: is_refused(web))
        name, problem = slow.end()
    assert (name, problem["code"], problem["charged"]) == ("problem", "interrupted", False)
    assert web.process.wait(40) == 0
    assert DRAIN_S - 1 < time.monotonic() - told_at < DRAIN_S + 15
    found = {a.key: (a.state, a.outcome, a.charged) for a in Analysis.objects.all()}
    done, interrupted = ("done", "", 1), ("failed", "interrupted", 0)
    assert found == {quick: done, unheard: done, endless: interrupted, alone: interrupted}
    assert_books(used=2)
    assert "Traceback" not in web.log_file.read_text()


@pytest.mark.full
def test_an_idle_process_stops_at_once_with_code_0(another_web):
    web = another_web()
    web.process.send_signal(signal.SIGTERM)
    assert web.process.wait(15) == 0
    assert web.events("web.stopped")


@pytest.mark.full
def test_a_request_that_waits_for_its_result_gets_it_during_the_stop(another_web, rep, lead_id, openai):
    web = another_web(DRAIN_S=str(DRAIN_S))
    openai.misbehave("slow", seconds=1.5)
    answers = []

    def ask() -> None:
        headers = {"Accept": "application/json", "Prefer": "wait=20"}
        with web.analysing(rep, lead_id, headers=headers) as response:
            answers.append((response.status_code, json.loads(response.read())["state"]))

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(lambda: not rules(openai))
    web.process.send_signal(signal.SIGTERM)
    thread.join()
    assert answers == [(200, "done")]
    assert web.process.wait(20) == 0
    assert_books(used=1)


def test_a_result_that_is_being_stored_when_the_time_is_over_is_told_as_what_it_is(another_web, rep, kommo, openai):
    web = another_web(DRAIN_S="1")
    first, second = long_chats(kommo, rep)[:2]
    web.analyse(rep, first)  # A month's row that exists already.
    openai.misbehave("stall", seconds=1, after_chunks=12)
    with web.analysing(rep, second) as response:
        stream = Stream(response)
        stream.read_until("summary")
        with locked(f"SELECT 1 FROM {UsagePeriod._meta.db_table} FOR UPDATE"):
            wait_until(lambda: waiting_for_locks() == 1)
            web.process.send_signal(signal.SIGTERM)
            wait_until(lambda: web.events("runs.cancelled"))
        name, result = stream.end()
    assert (name, result["state"], result["usage"]["charged"]) == ("result", "done", 1)
    assert web.process.wait(20) == 0
    assert_books(used=2)
