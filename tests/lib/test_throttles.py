"""Rate limits on a real Redis, and without one."""

from __future__ import annotations

import socket
import time
import uuid

import pytest
import redis

from convailens.lib import throttles
from convailens.lib.errors import RateLimited
from convailens.lib.throttles import Limit, hit


@pytest.fixture(autouse=True)
def redis_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """No memory of a Redis that was down in an earlier test."""
    monkeypatch.setattr(throttles, "_down_until", 0.0)


def limit(per_minute: int, key: str | None = None) -> Limit:
    return Limit("test", per_minute, key or uuid.uuid4().hex)


def test_the_call_over_the_limit_is_refused_and_says_when_to_come_back():
    one = limit(3)
    left = [hit([one]).remaining for _ in range(3)]
    with pytest.raises(RateLimited) as refused:
        hit([one])
    assert left == [2, 1, 0]
    assert 1 <= refused.value.retry_after_s <= 60
    assert refused.value.http_status == 429


def test_each_key_and_each_group_counts_for_itself():
    one = limit(1)
    hit([one])
    assert hit([Limit("other", 1, one.key)]).remaining == 0
    assert hit([limit(1)]).remaining == 0


def test_the_headers_tell_of_the_tightest_limit():
    state = hit([limit(100), limit(5), limit(50)])
    assert (state.limit, state.remaining) == (5, 4)
    assert state.headers()["RateLimit-Limit"] == "5"


def test_no_address_is_written_to_redis(settings):
    hit([Limit("test-address", 5, "203.0.113.77")])
    keys = redis.Redis.from_url(settings.REDIS_URL).keys("*")
    assert keys
    assert not any(b"203.0.113" in key for key in keys)


def test_without_redis_each_process_counts_for_itself_at_half(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    one = limit(4)
    assert [hit([one]).remaining for _ in range(2)] == [1, 0]
    with pytest.raises(RateLimited):
        hit([one])


def test_a_redis_that_hangs_costs_one_wait_and_not_one_a_click(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()
        for _ in range(5):
            hit([limit(100), limit(100), limit(100)])
        assert time.monotonic() - began < 2.5  # One socket timeout is 0.5 s; each attempt of the client's may wait it.
