"""`python -m convailens.web`: the web process under uvicorn, with our logs and without its access log.

uvicorn's access log shows whole addresses, which carry OAuth codes and hook secrets; its own log set-up would write
past our allow-list. Both are off here, which a command line of uvicorn cannot say.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys

import uvicorn
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convailens.settings")
from convailens.lib.runs import INTERRUPTING_S  # noqa: E402  (reads the settings)


def main() -> None:
    """Serve until SIGTERM; then let runs and their streams end for up to DRAIN_S, and end with code 0."""
    parser = argparse.ArgumentParser(description="Serve ConvAI Lens.")
    parser.add_argument("--host", default=os.environ.get("HOST", "0.0.0.0"))  # noqa: S104  (a container's only door)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--workers", type=int, default=int(os.environ.get("WEB_CONCURRENCY", "1")))
    options = parser.parse_args()
    # uvicorn raises the signal again when all is done: a stop that was asked for is no fault.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        "convailens.asgi:application",
        host=options.host,
        port=options.port,
        workers=options.workers,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # The client's address is read in lib/api.py, by the number of proxies we trust.
        # After the runs' own end: a stream ends with its run, be it with the word that it was interrupted.
        timeout_graceful_shutdown=math.ceil(settings.DRAIN_S + INTERRUPTING_S),
        timeout_keep_alive=60,
        h11_max_incomplete_event_size=64 * 1024,
    )


if __name__ == "__main__":
    main()
