"""`python -m convailens.web`: the web process under uvicorn, with our logs and without its access log.

uvicorn's access log shows whole addresses, which carry OAuth codes and hook secrets; its own log set-up would write
past our allow-list. Both are off here, which a command line of uvicorn cannot say.
"""

from __future__ import annotations

import argparse
import os

import uvicorn


def main() -> None:
    """Serve until SIGTERM; then let open streams end for up to 25 s, and the runs behind them as long."""
    parser = argparse.ArgumentParser(description="Serve ConvAI Lens.")
    parser.add_argument("--host", default=os.environ.get("HOST", "0.0.0.0"))  # noqa: S104  (a container's only door)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--workers", type=int, default=int(os.environ.get("WEB_CONCURRENCY", "1")))
    options = parser.parse_args()
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
        timeout_graceful_shutdown=25,
        timeout_keep_alive=60,
        h11_max_incomplete_event_size=64 * 1024,
    )


if __name__ == "__main__":
    main()
