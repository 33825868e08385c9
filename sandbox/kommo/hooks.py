"""What Kommo's servers send to us: the install hook and the signed disable hook."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import requests

# Kommo waits this long for the answer to an install hook, and never repeats it.
HOOK_LIMIT_S = 3.0


async def call_hook(url: str, query: dict[str, str]) -> dict[str, Any]:
    """GET `url` as Kommo's server would: no redirects followed, the status only reported.

    Returns `{"status": n or null, "ms": n, "fault": null | "timeout" | "connection"}`.
    """
    return await asyncio.to_thread(_call, url, query)


def _call(url: str, query: dict[str, str]) -> dict[str, Any]:
    started, status, fault = time.monotonic(), None, None
    try:
        answer = requests.get(url, query, timeout=HOOK_LIMIT_S, allow_redirects=False)
        status = answer.status_code
    except requests.Timeout:
        fault = "timeout"
    except requests.RequestException:
        fault = "connection"
    return {"status": status, "ms": round((time.monotonic() - started) * 1000, 1), "fault": fault}
