"""`python -m sandbox`: start the emulated services, say on stdout where they are, serve until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import logging
import os
import sys
from collections.abc import Mapping

from sandbox.server import run
from sandbox.state import MODELS, Options, SandboxState

PARENT_CHECK_S = 0.5
#: Where each service listens unless told otherwise.
PORTS = {"kommo": 8101, "openai": 8102, "deepgram": 8103, "storage": 8105}


def loopback(text: str) -> str:
    """Only this machine may reach the sandbox: its secrets are public."""
    if text == "localhost" or ipaddress.ip_address(text).is_loopback:
        return "127.0.0.1" if text == "localhost" else text
    raise argparse.ArgumentTypeError("the sandbox listens on loopback only")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Emulates Kommo, OpenAI and Deepgram on loopback. One line of JSON when ready; SIGTERM ends it.",
    )
    for service, port in PORTS.items():
        text = f"next free one on a clash; 0: any (default {port})"
        parser.add_argument(f"--{service}-port", type=int, default=port, metavar="PORT", help=text)
    parser.add_argument("--host", type=loopback, default="127.0.0.1", help="a loopback address (default 127.0.0.1)")
    parser.add_argument(
        "--web", default="http://127.0.0.1:8000", metavar="URL", help="our service, for redirects and hooks"
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="end when the process that started this one is gone"
    )
    return parser.parse_args(arguments)


async def serve(given: argparse.Namespace, model: str) -> None:
    def make_state(ports: Mapping[str, int]) -> SandboxState:
        options = Options(
            host=given.host,
            kommo_port=ports["kommo"],
            openai_port=ports["openai"],
            deepgram_port=ports["deepgram"],
            storage_port=ports["storage"],
            web_url=given.web.rstrip("/"),
            model=model,
        )
        return SandboxState(options)

    stop = asyncio.Event()
    watcher = asyncio.create_task(_watch_parent(stop)) if given.exit_with_parent else None
    ports = {service: getattr(given, f"{service}_port") for service in PORTS}
    await run(make_state, given.host, ports, stop)
    if watcher:
        watcher.cancel()


async def _watch_parent(stop: asyncio.Event) -> None:
    # An orphan is given another parent; polling works on every system we run on.
    parent = os.getppid()
    while os.getppid() == parent and parent != 1:
        await asyncio.sleep(PARENT_CHECK_S)
    stop.set()


def main() -> int:
    given = parse()
    model = os.environ.get("SANDBOX_MODEL", "reader")
    if model not in MODELS:
        sys.stderr.write(f"SANDBOX_MODEL is one of: {', '.join(MODELS)}\n")
        return 2
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="sandbox %(levelname)s %(name)s: %(message)s")
    asyncio.run(serve(given, model))
    return 0


if __name__ == "__main__":
    sys.exit(main())
