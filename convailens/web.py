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

import django
import uvicorn
from django.conf import settings
from django.core.management import call_command
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from convailens.lib.runs import INTERRUPTING_S


class Workers(Multiprocess):
    """uvicorn's worker processes, whose parent stops listening when they do."""

    def terminate_all(self) -> None:
        """Pass the signal on, and close the door: else who comes during the drain waits for nobody."""
        super().terminate_all()
        for door in self.sockets:
            door.close()


def main() -> None:
    """Serve until SIGTERM; then let runs and their streams end for up to DRAIN_S, and end with code 0."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convailens.settings")
    parser = argparse.ArgumentParser(description="Serve ConvAI Lens.")
    parser.add_argument("--host", default=os.environ.get("HOST", "0.0.0.0"))  # noqa: S104  (a container's only door)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--workers", type=int, default=int(os.environ.get("WEB_CONCURRENCY", "1")))
    options = parser.parse_args()
    django.setup(set_prefix=False)
    call_command("check", "--tag", "security", "--fail-level", "ERROR", stdout=sys.stderr)  # Nothing unsafe is served.
    # uvicorn raises the signal again when all is done: a stop that was asked for is no fault.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
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
        # A worker that does not answer for so long is killed with its runs: a busy machine is no reason for that.
        timeout_worker_healthcheck=20,
        h11_max_incomplete_event_size=64 * 1024,
    )
    if options.workers > 1:
        return Workers(config, sockets=[config.bind_socket()]).run()
    server = uvicorn.Server(config)
    try:
        server.run()
    except KeyboardInterrupt:
        return None
    return None if server.started else sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
