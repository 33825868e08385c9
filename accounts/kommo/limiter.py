"""Kommo's request rate, shared by all our processes: 7 a second for the integration, and a block for excess.

Every call takes a slot first. Slots live in Redis: a window of the last second, and who waits. When several wait, the
interactive go before the background, and among equals the account that was served longest ago. When Kommo tells us to
slow down, the circuit opens for as long as it says and no call is made at all. Without Redis each process counts for
itself at half the rate: two processes together then still keep within it.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from convailens.lib.errors import ServiceRateLimited
from convailens.lib.ids import keyed_digest

log = logging.getLogger("convailens.kommo.limiter")

INTERACTIVE_WAIT_S = 5.0  # A rep is looking at a spinner.
BACKGROUND_WAIT_S = 30.0  # A job may wait, and is retried after.
MAX_CIRCUIT_S = 300.0  # Kommo's own samples say 300; a longer wish is asked again then.
_POLL_S = 0.04
_PRESENCE_MS = 400  # One who has not asked for so long no longer waits.
_PREFIX = "cl:kommo:"

# Answers {1, 0} a slot; {0, ms} wait so long; {-1, ms} the circuit is open so long. Times are Redis's, so that
# processes on hosts with different clocks agree.
_SCRIPT = """
local window, waiting, turns, circuit = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local rate, account, class, id = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local open = redis.call('PTTL', circuit)
if open > 0 then return {-1, open} end
local me = class .. account
redis.call('ZREMRANGEBYSCORE', window, '-inf', now - 1000)
redis.call('ZREMRANGEBYSCORE', waiting, '-inf', now)
local others = redis.call('ZRANGE', waiting, 0, -1)
local mine = class .. string.format('%015d', tonumber(redis.call('ZSCORE', turns, account) or 0))
local first = true
for _, other in ipairs(others) do
  if other ~= me then
    local theirs = string.sub(other, 1, 1)
      .. string.format('%015d', tonumber(redis.call('ZSCORE', turns, string.sub(other, 2)) or 0))
    if theirs < mine then first = false break end
  end
end
local full = redis.call('ZCARD', window) >= rate
if first and not full then
  redis.call('ZADD', window, now, id)
  redis.call('PEXPIRE', window, 2000)
  redis.call('ZREM', waiting, me)
  redis.call('ZADD', turns, now, account)
  redis.call('ZREMRANGEBYSCORE', turns, '-inf', now - 10000)
  redis.call('PEXPIRE', turns, 10000)
  return {1, 0}
end
redis.call('ZADD', waiting, now + tonumber(ARGV[5]), me)
redis.call('PEXPIRE', waiting, 2000)
if not full then return {0, 1} end
local oldest = redis.call('ZRANGE', window, 0, 0, 'WITHSCORES')
return {0, math.max(1, oldest[2] + 1000 - now)}
"""


@lru_cache(maxsize=2)
def _redis(url: str) -> tuple[Redis, Callable[..., Any]]:
    client = Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
    return client, client.register_script(_SCRIPT)


class _Local:
    """One process's own count, used while Redis is down. First come, first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: deque[float] = deque()
        self._open_until = 0.0

    def take(self, rate: int) -> tuple[int, int]:
        with self._lock:
            now = time.monotonic()
            if now < self._open_until:
                return -1, math.ceil((self._open_until - now) * 1000)
            while self._recent and self._recent[0] <= now - 1:
                self._recent.popleft()
            if len(self._recent) < rate:
                self._recent.append(now)
                return 1, 0
            return 0, math.ceil((self._recent[0] + 1 - now) * 1000)

    def open(self, seconds: float) -> None:
        with self._lock:
            self._open_until = max(self._open_until, time.monotonic() + seconds)


_local = _Local()


def take_slot(account_id: object, *, is_interactive: bool, within_s: float = math.inf) -> None:
    """Wait for a turn to call Kommo, `within_s` seconds at most.

    Raises ServiceRateLimited when none comes in time or the circuit is open.
    """
    deadline = time.monotonic() + min(INTERACTIVE_WAIT_S if is_interactive else BACKGROUND_WAIT_S, within_s)
    slot = secrets.token_hex(8)
    while True:
        answer, wait_ms = _ask(str(account_id), is_interactive, slot)
        if answer == 1:
            return
        if answer == -1:
            raise ServiceRateLimited("kommo_unavailable", retry_after_s=wait_ms / 1000)
        if time.monotonic() >= deadline:
            log.warning("kommo.slot.none", extra={"account_id": account_id})
            raise ServiceRateLimited("kommo_unavailable", retry_after_s=1)
        # Asked again often enough to stay in the queue, and not much before a slot can be free.
        time.sleep(min(max(wait_ms / 1000, 0.005), _POLL_S))


def _ask(account_id: str, is_interactive: bool, slot: str) -> tuple[int, int]:
    rate = settings.KOMMO_REQUESTS_PER_SECOND
    try:
        _, script = _redis(settings.REDIS_URL)
        keys = [_PREFIX + name for name in ("window", "waiting", "turns", "circuit")]
        who = keyed_digest(account_id)
        answer, wait_ms = script(keys=keys, args=[rate, who, 0 if is_interactive else 1, slot, _PRESENCE_MS])
        return int(answer), int(float(wait_ms))
    except RedisError as error:
        log.warning("kommo.slot.redis_down", extra={"reason": type(error).__name__})
        return _local.take(max(1, rate // 2))


def open_circuit(seconds: float, reason: str) -> float:
    """Stop all calls to Kommo for `seconds` (at most 5 minutes), in every process. Returns the seconds used."""
    seconds = min(max(seconds, 1.0), MAX_CIRCUIT_S)
    log.error("kommo.circuit.open", extra={"retry_after_s": seconds, "reason": reason})
    if not _share(seconds):
        _local.open(seconds)
    return seconds


def _share(seconds: float) -> bool:
    try:
        _redis(settings.REDIS_URL)[0].set(_PREFIX + "circuit", 1, px=math.ceil(seconds * 1000))
    except RedisError as error:
        log.warning("kommo.circuit.redis_down", extra={"reason": type(error).__name__})
        return False
    return True
