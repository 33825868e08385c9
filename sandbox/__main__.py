"""`python -m sandbox`: start the emulated services, say on stdout where they are, serve until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import logging
import os
import sys

from sandbox.server import run
from sandbox.state import MODELS, Options, SandboxState

PARENT_CHECK_S = 0.5


def loopback(text: str) -> str:
    """Only this machine may reach the sandbox: its secrets are public."""
    if text == "localhost" or ipaddress.ip_address(text).is_loopback:
        return "127.0.0.1" if text == "localhost" else text
    raise argparse.ArgumentTypeError("the sandbox listens on loopback only")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Emulates Kommo and OpenAI on loopback. Prints one line of JSON when ready; SIGTERM ends it.",
    )
    parser.add_argument("--kommo-port", type=int, default=8101, help="next free one on a clash; 0: any (default 8101)")
    parser.add_argument("--openai-port", type=int, default=8102, help="likewise (default 8102)")
    parser.add_argument("--host", type=loopback, default="127.0.0.1", help="a loopback address (default 127.0.0.1)")
    parser.add_argument(
        "--web", default="http://127.0.0.1:8000", metavar="URL", help="our service, for redirects and hooks"
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="end when the process that started this one is gone"
    )
    return parser.parse_args(arguments)


async def serve(given: argparse.Namespace, model: str) -> None:
    def make_state(kommo_port: int, openai_port: int) -> SandboxState:
        return SandboxState(Options(given.host, kommo_port, openai_port, given.web.rstrip("/"), model))

    stop = asyncio.Event()
    watcher = asyncio.create_task(_watch_parent(stop)) if given.exit_with_parent else None
    await run(make_state, given.host, given.kommo_port, given.openai_port, stop)
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
