"""Clients that leave at any moment, and two that come at the same one: the run is done, stored and paid for once."""

from __future__ import annotations

import select
import uuid

import pytest

from accounts.models import WidgetSession
from analysis.models import Analysis
from tests.analysis.test_analyse import last, names
from tests.failures.steps import (
    PATIENCE_S,
    Stream,
    assert_books,
    at_once,
    click,
    hang_up,
    kommo_misbehaves,
    locked,
    long_chats,
    raw_request,
    read_raw,
    read_raw_until,
    rules,
    wait_until,
    waiting_for_locks,
)

SESSIONS_HELD = f"LOCK TABLE {WidgetSession._meta.db_table} IN ACCESS EXCLUSIVE MODE"


def get_by_key(web, person, key):
    return web.get(person, f"/api/v1/analyses/by-key/{key}")


def done_by_key(web, person, key):
    answer = get_by_key(web, person, key)
    return answer.status_code == 200 and answer.json()["state"] == "done" and answer.json()


def test_who_leaves_before_or_during_the_view_finds_the_result_later(another_web, rep, kommo, openai):
    web = another_web(REQUEST_THREADS="1", REQUEST_QUEUE="4")
    during, before = uuid.uuid4(), uuid.uuid4()
    with locked(SESSIONS_HELD):
        in_the_view = click(web, rep, long_chats(kommo, rep)[0], during)
        wait_until(lambda: waiting_for_locks() == 1)
        waiting = click(web, rep, long_chats(kommo, rep)[1], before)
        # The one thread is taken: a preflight, which needs none, shows that the second was read before it.
        preflight = ["Host: 127.0.0.1", "Origin: https://acme.kommo.com", "Access-Control-Request-Method: POST", ""]
        other = raw_request(web, "\r\n".join(["OPTIONS /api/v1/analyses HTTP/1.1", *preflight]))
        read_raw_until(other, b"200 OK")
        for sock in (in_the_view, waiting, other):
            hang_up(sock)
        assert waiting_for_locks() == 1
    for key in (during, before):
        found = wait_until(lambda key=key: done_by_key(web, rep, key))
        assert (found["usage"]["charged"], bool(found["summary"])) == (1, True)
    assert openai.calls == 2
    assert_books(used=2)
    assert not web.events("run.crashed") + web.events("process.uncaught") + web.events("analysis.crashed")


def test_who_leaves_after_accepted_or_in_mid_summary_finds_the_result_later(web, rep, kommo, openai):
    accepted, summary = uuid.uuid4(), uuid.uuid4()
    kommo_misbehaves(kommo, "leads.get", "slow", seconds=0.7)
    first = click(web, rep, long_chats(kommo, rep)[0], accepted)
    assert b"event: facts" not in read_raw_until(first, b"event: accepted")
    hang_up(first)
    wait_until(lambda: not rules(kommo))
    assert get_by_key(web, rep, accepted).json()["state"] == "running"
    assert wait_until(lambda: done_by_key(web, rep, accepted))["usage"]["charged"] == 1
    openai.misbehave("stall", seconds=0.7, after_chunks=12)
    second = click(web, rep, long_chats(kommo, rep)[1], summary)
    assert b"event: ratings" not in read_raw_until(second, b"event: summary")
    hang_up(second)
    assert Analysis.objects.get(key=summary).state == "running"
    assert wait_until(lambda: done_by_key(web, rep, summary))["usage"]["charged"] == 1
    assert openai.calls == 2
    assert_books(used=2)


def test_who_leaves_within_the_body_has_asked_for_nothing(web, rep, openai):
    body = b'{"lead_id": '
    head = [f"Authorization: Bearer {rep.token}", f"Idempotency-Key: {uuid.uuid4()}", "Content-Length: 100"]
    sock = raw_request(web, "\r\n".join(["POST /api/v1/analyses HTTP/1.1", "Host: 127.0.0.1", *head, ""]), body)
    hang_up(sock)
    assert web.http.get("/health/live").status_code == 200
    assert (Analysis.objects.count(), openai.calls) == (0, 0)


def test_who_comes_back_during_the_run_hears_it_from_the_start(web, rep, lead_id, openai):
    key = uuid.uuid4()
    openai.misbehave("stall", seconds=1, after_chunks=12)
    sock = click(web, rep, lead_id, key)
    read_raw_until(sock, b"event: summary")
    hang_up(sock)
    events = web.analyse(rep, lead_id, key=key)
    assert names(events) == ["accepted", "facts", "summary", "ratings", "result"]
    assert last(events)["suggested_reply"]
    assert (openai.calls, Analysis.objects.get().attempt) == (1, 1)
    assert_books(used=1)


def test_two_people_who_click_at_once_on_one_lead_share_one_run(web, rep, boss, kommo, openai):
    for n, lead_id in enumerate(long_chats(kommo, rep)[:3], start=1):
        openai.misbehave("slow", seconds=0.5)
        both = at_once(lambda lead=lead_id: web.analyse(rep, lead), lambda lead=lead_id: web.analyse(boss, lead))
        assert openai.calls == n
        ends = [last(events) for events in both]
        assert sorted(end["reused"] for end in ends) == [False, True]
        assert sorted(end["usage"]["charged"] for end in ends) == [0, 1]
        assert ends[0]["id"] != ends[1]["id"]
        assert (ends[0]["score"], ends[0]["summary"]) == (ends[1]["score"], ends[1]["summary"])
        for events in both:
            # In one process the second hears the words as they come, too.
            assert names(events) == ["accepted", "facts", "summary", "ratings", "result"]
        assert_books(used=n)


def test_a_second_click_on_another_process_sees_facts_and_then_the_stored_result(
    another_web, web, rep, boss, lead_id, kommo, openai
):
    other = another_web()
    openai.misbehave("stall", seconds=1.5, after_chunks=12)
    with web.analysing(rep, lead_id) as response:
        first = Stream(response)
        first.read_until("summary")
        with other.analysing(boss, lead_id) as second_response:
            second = Stream(second_response)
            second.read_until("facts")
            assert Analysis.objects.filter(state="running").count() == 2
            name, served = second.end()
        result = first.end()[1]
    assert names(second.events) == ["accepted", "facts", "result"]
    assert (name, served["reused"], served["usage"]["charged"]) == ("result", True, 0)
    assert (served["score"], served["summary"]) == (result["score"], result["summary"])
    assert (result["suggested_reply"] is not None, served["suggested_reply"]) == (True, None)
    assert openai.calls == 1
    assert_books(used=1)
    # And truly at once, each on its own process.
    both = at_once(
        lambda: web.analyse(rep, long_chats(kommo, rep)[1]), lambda: other.analyse(boss, long_chats(kommo, rep)[1])
    )
    assert sorted(last(events)["usage"]["charged"] for events in both) == [0, 1]
    assert openai.calls == 2
    assert_books(used=2)


@pytest.mark.parametrize("outcome", ["model_quota", "interrupted"])
def test_when_the_shared_run_fails_the_second_is_told_or_runs_itself(web, rep, boss, lead_id, openai, outcome):
    if outcome == "model_quota":
        openai.misbehave("insufficient_quota", times=None)
        openai.misbehave("slow", seconds=0.7)
        both = at_once(lambda: web.analyse(rep, lead_id), lambda: web.analyse(boss, lead_id))
        assert [last(events)["code"] for events in both] == ["model_quota"] * 2
        assert openai.calls == 1
        assert_books(used=0)
        return
    # The leader's row is ended under its feet, as by an operator or an erasure: the second goes on alone.
    openai.misbehave("stall", seconds=1.5, after_chunks=12)
    with web.analysing(rep, lead_id) as response:
        Stream(response).read_until("summary")
        leader = Analysis.objects.get()
        with web.analysing(boss, lead_id) as second_response:
            second = Stream(second_response)
            second.read_until("summary")
            from analysis.live import LiveRun
            from analysis.use_cases import lifecycle

            assert lifecycle.fail(LiveRun(leader.id, leader.attempt), "interrupted")
            assert second.end()[0] == "result"
    assert Analysis.objects.get(id=leader.id).state == "failed"
    assert_books(used=1)


def test_a_full_queue_is_refused_at_once_and_says_when_to_come_again(another_web, rep):
    web = another_web(REQUEST_THREADS="1", REQUEST_QUEUE="1")
    path = f"/api/v1/analyses/by-key/{uuid.uuid4()}"
    head = [
        "Host: 127.0.0.1",
        "Origin: https://acme.kommo.com",
        "Connection: close",
        f"Authorization: Bearer {rep.token}",
        "",
    ]
    with locked(SESSIONS_HELD):
        # One is held in the only thread, one in the only place of the queue, whichever they are.
        three = [raw_request(web, "\r\n".join([f"GET {path} HTTP/1.1", *head])) for _ in range(3)]
        refused, _, _ = select.select(three, [], [], PATIENCE_S)
        assert len(refused) == 1
        wait_until(lambda: waiting_for_locks() == 1)
        headers, _, body = read_raw(refused[0]).partition("\r\n\r\n")
        told = dict(line.split(": ", 1) for line in headers.split("\r\n")[1:])
        assert headers.startswith("HTTP/1.1 503 ")
        assert told["content-type"] == "application/problem+json"
        assert int(told["retry-after"]) >= 1
        assert told["access-control-allow-origin"] == "https://acme.kommo.com"
        assert len(told["x-request-id"]) == 16
        assert '"code": "overloaded"' in body
        assert '"retryable": true' in body
    for sock in three:
        if sock is not refused[0]:
            assert read_raw(sock).startswith("HTTP/1.1 404 ")
    assert web.get(rep, path).status_code == 404


def test_without_redis_analyses_run_all_the_same(another_web, rep, boss, lead_id, openai):
    web = another_web(REDIS_URL="redis://127.0.0.1:1/0")
    events = web.analyse(rep, lead_id)
    assert names(events) == ["accepted", "facts", "summary", "ratings", "result"]
    assert last(web.analyse(boss, lead_id))["reused"] is True
    state = web.http.post(f"/api/v1/leads/{lead_id}/state", json={"source": "auto"}, headers=rep.headers)
    assert state.json()["latest"]["id"] == last(events)["id"]
    ready = web.http.get("/health/ready")
    assert (ready.status_code, ready.json()["redis"]) == (200, "down")
    assert_books(used=1)
