"""Many at once: a quota that is exact over several processes, and streams that hold neither connections nor threads."""

from __future__ import annotations

import contextlib
import logging
import re
import statistics
import time
import uuid
from collections import Counter

import pytest

from analysis.models import Analysis
from billing.models import Plan, Reservation, UsageEntry
from tests.analysis.test_analyse import MESSAGES
from tests.failures.steps import (
    assert_books,
    at_once,
    click,
    connections_named,
    read_raw,
    read_raw_until,
    threads_of,
    wait_until,
)

LEFT, ASKING, PROCESSES = 50, 200, 4
STREAMS = 200


def chat(n):
    """A conversation like no other, so that no run is shared."""
    return [*MESSAGES[:2], {**MESSAGES[2], "text": f"{MESSAGES[2]['text']} It is about order {n}."}]


@pytest.fixture
def streams():
    """Closes what a test left open, also when it failed."""
    with contextlib.ExitStack() as stack:
        yield stack


def allow(analyses_per_month):
    assert Plan.objects.filter(is_default=True).update(analyses_per_month=analyses_per_month) == 1


@pytest.mark.full
def test_of_200_parallel_requests_with_50_left_over_4_processes_exactly_50_run(another_web, web, rep, lead_id, openai):
    allow(LEFT)
    webs = [web, *at_once(*[lambda: another_web(DATABASE_POOL="8")] * (PROCESSES - 1))]
    sockets = [
        click(webs[n % PROCESSES], rep, lead_id, uuid.uuid4(), source="card", messages=chat(n)) for n in range(ASKING)
    ]
    answers = [read_raw(sock) for sock in sockets]
    assert Counter(answer.split(" ", 2)[1] for answer in answers) == {"200": ASKING}
    ends = Counter(re.findall(r"event: (\w+)", answer)[-1] for answer in answers)
    assert ends == {"result": LEFT, "problem": ASKING - LEFT}
    told = Counter(re.findall(r'"code": "(\w+)"', answer)[-1] for answer in answers if "event: problem" in answer)
    assert told == {"quota_used_up": ASKING - LEFT}
    assert all('"charged": false' in answer for answer in answers if "event: problem" in answer)
    found = Counter(Analysis.objects.values_list("state", "outcome", "charged"))
    assert found == {("done", "", 1): LEFT, ("failed", "quota_used_up", 0): ASKING - LEFT}
    assert openai.calls == LEFT
    assert Counter(UsageEntry.objects.values_list("kind", flat=True)) == {"reserve": LEFT, "settle": LEFT}
    assert_books(used=LEFT)
    for each in webs:
        assert len(each.events("analysis.done")) >= 1
        assert not each.events("analysis.crashed")


def test_200_open_streams_hold_few_connections_and_threads_and_others_are_served(
    another_web, rep, lead_id, openai, streams, record_property
):
    allow(10 * STREAMS)
    web = another_web(PGAPPNAME="open-streams", REQUEST_QUEUE=str(STREAMS))
    streams.callback(web.kill)
    pool_size = 8 + 4 + 8 + 4  # Requests, database, outgoing, install hooks: what the pool is made for.
    openai.misbehave("slow", times=None, seconds=40)
    sockets = [
        streams.enter_context(click(web, rep, lead_id, uuid.uuid4(), source="card", messages=chat(n)))
        for n in range(STREAMS)
    ]
    for sock in sockets:
        read_raw_until(sock, b"event: facts")
    wait_until(lambda: Reservation.objects.filter(state="reserved").count() == STREAMS)
    took_ms = []
    connections = []
    path = f"/api/v1/analyses/{Analysis.objects.first().id}"
    for _ in range(20):
        began = time.perf_counter()
        assert web.http.get("/health/ready").json()["status"] == "ready"
        assert web.get(rep, path).json()["state"] == "running"
        took_ms.append((time.perf_counter() - began) * 1000 / 2)
        connections.append(connections_named("open-streams"))
    threads = threads_of(web.process.pid)
    assert max(connections) <= pool_size
    assert statistics.median(took_ms) < 500
    # Three pools, the loop's own few, the database pool's workers: none for a stream.
    assert threads < 60
    assert Analysis.objects.filter(state="running").count() == STREAMS
    for name, value in (("connections", max(connections)), ("threads", threads), ("ms", statistics.median(took_ms))):
        record_property(name, round(value, 1))
    logging.getLogger(__name__).warning(
        "%d streams: %d connections, %d threads, %.1f ms a request",
        STREAMS,
        max(connections),
        threads,
        statistics.median(took_ms),
    )
