"""Kommo's request rate: shared, fair, bounded; and what happens without Redis."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache

from accounts.kommo import limiter
from convailens.lib.errors import ServiceRateLimited


@pytest.fixture(autouse=True)
def fresh(settings, monkeypatch):
    cache.clear()
    settings.KOMMO_REQUESTS_PER_SECOND = 7
    monkeypatch.setattr(limiter, "_local", limiter._Local())


def take(account, *, interactive=True):
    limiter.take_slot(account, is_interactive=interactive)
    return time.monotonic()


def test_no_second_holds_more_than_seven_calls_of_all_threads_together():
    with ThreadPoolExecutor(8) as pool:
        times = sorted(pool.map(lambda n: take(f"account-{n % 3}"), range(22)))
    for first, eighth in zip(times, times[7:], strict=False):
        # A millisecond may pass between Redis's clock and ours.
        assert eighth - first > 0.95  # As the callers' clock sees it: an answer may be a moment on its way.
    assert times[-1] - times[0] < 4.5


def fill():
    for _ in range(7):
        take("filler")


def queue(wanted):
    """Start the waiters together; the order in which they are served."""
    served, lock = [], threading.Lock()

    def wait(name, account, interactive):
        take(account, interactive=interactive)
        with lock:
            served.append(name)

    threads = [threading.Thread(target=wait, args=args) for args in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return served


def test_the_interactive_go_before_the_background(settings):
    settings.KOMMO_REQUESTS_PER_SECOND = 1
    take("filler")
    served = queue([("job", "a", False), ("rep", "b", True)])
    assert served == ["rep", "job"]


def test_an_account_with_one_call_does_not_wait_behind_one_with_many(settings):
    settings.KOMMO_REQUESTS_PER_SECOND = 4
    for _ in range(4):
        take("busy")
    served = queue([*((f"busy {n}", "busy", True) for n in range(6)), ("small", "small", True)])
    # Four are let through at once when the second is over, in the order in which their threads happen to wake.
    assert served.index("small") < 4


def test_a_wait_is_bounded_and_says_to_come_back(settings, monkeypatch):
    settings.KOMMO_REQUESTS_PER_SECOND = 1
    monkeypatch.setattr(limiter, "INTERACTIVE_WAIT_S", 0.2)
    take("a")
    began = time.monotonic()
    with pytest.raises(ServiceRateLimited) as refusal:
        take("a")
    assert time.monotonic() - began < 0.5
    assert refusal.value.retry_after_s == 1
    assert refusal.value.code == "kommo_unavailable"


def test_the_circuit_stops_everyone_until_it_closes():
    assert limiter.open_circuit(1, "test") == 1
    with pytest.raises(ServiceRateLimited) as refusal:
        take("a")
    assert 0.5 < refusal.value.retry_after_s <= 1
    time.sleep(1.05)
    take("a")


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-5, 1), (20, 20), (86_400, 300)])
def test_the_circuit_stays_open_between_a_second_and_five_minutes(asked, given):
    assert limiter.open_circuit(asked, "test") == given


def test_without_redis_each_process_counts_for_itself_at_half_the_rate(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    began = time.monotonic()
    for _ in range(3):
        take("a")
    assert time.monotonic() - began < 0.5
    take("a")
    assert time.monotonic() - began > 0.9


def test_without_redis_the_circuit_opens_in_this_process(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limiter.open_circuit(30, "test")
    with pytest.raises(ServiceRateLimited) as refusal:
        take("a")
    assert 29 < refusal.value.retry_after_s <= 30
