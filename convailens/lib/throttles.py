"""Rate limits over a sliding window, per account, user and address, kept in Redis.

Library: `limits` (sliding-window counter). When Redis does not answer, each process counts for itself at half the
limit: abuse stays bounded, honest users go on. Headers follow draft-ietf-httpapi-ratelimit-headers-06.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from convailens.lib.errors import RateLimited
from convailens.lib.ids import keyed_digest

log = logging.getLogger("convailens.throttles")


@dataclass(frozen=True, slots=True)
class Limit:
    """How many calls a minute one key may make, within a named group of calls."""

    group: str
    per_minute: int
    key: str

    @property
    def digest(self) -> str:
        """The key as it stands in Redis: addresses are personal data, so none is written there."""
        return keyed_digest(self.key)


@dataclass(frozen=True, slots=True)
class State:
    """What the tightest limit says now: for the `RateLimit-*` headers."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


@lru_cache(maxsize=2)
def _redis(url: str) -> SlidingWindowCounterRateLimiter:
    options: dict[str, Any] = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "key_prefix": "cl:limit"}
    return SlidingWindowCounterRateLimiter(RedisStorage(url, **options))


@lru_cache(maxsize=1)
def _memory() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())


def hit(limits: Iterable[Limit]) -> State:
    """Count one call against every limit; raises RateLimited with `retry_after_s` at the first that is used up."""
    tightest: State | None = None
    for limit in limits:
        state, allowed = _hit(limit)
        if not allowed:
            raise RateLimited(retry_after_s=max(state.reset_s, 1), limit=state)
        if tightest is None or state.remaining < tightest.remaining:
            tightest = state
    if tightest is None:
        raise ValueError("at least one limit is needed")
    return tightest


#: Until when Redis is not asked again, by the process's own clock: one that hangs would cost each click its timeout.
_down_until = 0.0
DOWN_FOR_S = 5.0


def _hit(limit: Limit) -> tuple[State, bool]:
    global _down_until
    if time.monotonic() >= _down_until:
        try:
            return _hit_in(_redis(settings.REDIS_URL), limit, limit.per_minute)
        except RedisError as error:
            _down_until = time.monotonic() + DOWN_FOR_S
            log.warning("throttles.redis_down", extra={"reason": type(error).__name__})
    return _hit_in(_memory(), limit, max(1, limit.per_minute // 2))


def _hit_in(limiter: SlidingWindowCounterRateLimiter, limit: Limit, per_minute: int) -> tuple[State, bool]:
    item = RateLimitItemPerMinute(per_minute)
    identifiers = (limit.group, limit.digest)
    allowed = limiter.hit(item, *identifiers)
    window = limiter.get_window_stats(item, *identifiers)
    reset_s = max(0, math.ceil(window.reset_time - time.time()))
    return State(per_minute, max(0, window.remaining) if allowed else 0, reset_s), allowed
