"""One call to Kommo over the outgoing door, with the faults that mean the same everywhere turned into our errors."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

from django.db import connection

from accounts.kommo.limiter import open_circuit
from convailens.lib.errors import ServiceRateLimited, ServiceUnavailable, UnexpectedReply
from convailens.lib.http import Door, Reply

log = logging.getLogger("convailens.kommo")

BLOCK_S = 300.0  # Nginx's 403 page has no end to it; the first look again is after five minutes.
UNSAID_S = 5.0  # A 429 that says no time.
_door = Door(pool_size=16)


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Any = None,
    json_body: Any = None,
    timeout_s: float = 10.0,
    max_bytes: int = 8_000_000,
    trips_circuit: bool = True,
) -> Reply:
    """Make one call. Replies of 2xx and of 4xx that carry a meaning come back; the rest is raised.

    `trips_circuit` is for calls to accounts we know: the host of an unproven one must not stop Kommo for everybody.
    Raises ServiceRateLimited (429, or nginx's block; the circuit opens), ServiceUnavailable (no answer, 5xx), or
    UnexpectedReply (a redirect).
    """
    give_back_connection()
    began = time.perf_counter()
    try:
        reply = _door.request(
            method,
            url,
            headers=headers,
            params=params,
            json_body=json_body,
            timeout_s=timeout_s,
            max_bytes=max_bytes,
        )
    except ServiceUnavailable as error:
        log.warning("kommo.no_answer", extra={"reason": error.code, "duration_ms": _since(began)})
        raise ServiceUnavailable("kommo_unavailable") from None
    log.debug("kommo.answered", extra={"status": reply.status, "duration_ms": _since(began)})
    if reply.status == 429:
        wait_s = open_circuit(_retry_after(reply), "rate_limited") if trips_circuit else _retry_after(reply)
        raise ServiceRateLimited("kommo_unavailable", retry_after_s=wait_s)
    if reply.status == 403 and not is_json(reply):
        # A refusal of the API is JSON; a page comes from the server before it, which has blocked us.
        wait_s = open_circuit(BLOCK_S, "blocked") if trips_circuit else BLOCK_S
        raise ServiceRateLimited("kommo_unavailable", retry_after_s=wait_s)
    if reply.status >= 500:
        log.warning("kommo.failed", extra={"status": reply.status})
        raise ServiceUnavailable("kommo_unavailable")
    if not 200 <= reply.status < 300 and not 400 <= reply.status < 500:
        raise UnexpectedReply("kommo_unexpected_reply")
    return reply


def give_back_connection() -> None:
    """Return this thread's database connection to the pool, unless a transaction needs it: a call may last seconds."""
    if connection.connection is not None and not connection.in_atomic_block:
        connection.close()


def is_json(reply: Reply) -> bool:
    """Whether the reply says that it is JSON of some kind."""
    return "json" in reply.headers.get("Content-Type", "")


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


def _retry_after(reply: Reply) -> float:
    """Seconds to wait: the header, else the body's `retry_after`, else our own guess."""
    header = reply.headers.get("Retry-After", "")
    if header.isdecimal():
        return float(header)
    try:
        raw = reply.json()
    except UnexpectedReply:
        return UNSAID_S
    said = raw.get("retry_after") if isinstance(raw, dict) else None
    return float(said) if isinstance(said, int | float) and not isinstance(said, bool) else UNSAID_S
