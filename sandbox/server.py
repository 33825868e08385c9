"""The sandbox's services in one process: a port for each, one event loop, an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.admin import Admin
from sandbox.deepgram import API_KEY as DEEPGRAM_API_KEY
from sandbox.deepgram import create_app as create_deepgram
from sandbox.kommo.app import create_app as create_kommo
from sandbox.kommo.data import DEMO_CONVERSATION
from sandbox.kommo.gate import Kommo
from sandbox.kommo.tokens import long_lived_token
from sandbox.kommo.world import CLIENT_ID, CLIENT_SECRET
from sandbox.openai import API_KEY as OPENAI_API_KEY
from sandbox.openai import create_app as create_openai
from sandbox.state import SandboxState
from sandbox.storage import create_app as create_storage

SHUTDOWN_LIMIT_S = 2
SERVICES: dict[str, Callable[[SandboxState], Starlette]] = {
    "kommo": create_kommo,
    "openai": create_openai,
    "deepgram": create_deepgram,
    "storage": create_storage,
}


def dressed(service: str, app: Starlette, state: SandboxState) -> ASGIApp:
    """A service with the common `/_sandbox` API before it; the app has its own `Misbehaving` around its routes.

    What the app may offer in `app.state`: `kinds` (own kinds of misbehaviour: name → line for people), `reset`
    (no arguments), `sandbox_routes` (own routes below `/_sandbox`).
    """
    own = app.state
    admin = Admin(
        state,
        service,
        operations=sorted({r.name for r in app.routes if isinstance(r, Route) and not r.path.startswith("/_sandbox")}),
        kinds=getattr(own, "kinds", {}),
        reset=getattr(own, "reset", lambda: None),
    ).app(getattr(own, "sandbox_routes", []))

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and any(route.matches(scope)[0] is not Match.NONE for route in admin.routes)
        await (admin if ours else app)(scope, receive, send)

    return serve


def bind(host: str, port: int) -> socket.socket:
    """A listening socket on `port`, or on the next free one. Raises OSError when 100 in a row are taken."""
    for candidate in range(port, port + 100) if port else (0,):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Named TCP, or asyncio leaves Nagle on for the accepted sockets: 40 ms on a delayed acknowledgement.
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # A port left in TIME_WAIT by the last run is free; one somebody listens on is not.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, candidate))
            sock.listen(1024)
        except OSError:
            sock.close()
            continue
        return sock
    raise OSError(f"no free port from {port} on")


class Server(uvicorn.Server):
    """One of several in a loop: signals are handled once, for all."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def ready_line(state: SandboxState, kommo: Kommo) -> str:
    """What any client needs to be pointed here, as one line of JSON."""
    options = state.options
    account = kommo.world.account("acme")
    if account is None:
        raise LookupError("the demo account is always there")
    lead_id = next(n for n, lead in account.leads.items() if lead.conversation_id == DEMO_CONVERSATION)
    content = {
        "kommo": {
            "base_url": options.kommo_url,
            "account_id": account.id,
            "subdomain": account.subdomain,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": kommo.world.redirect_uri,
            "long_lived_token": long_lived_token(kommo.world, account),
            "lead_id": lead_id,
        },
        "openai": {"base_url": options.openai_url, "api_key": OPENAI_API_KEY, "model": options.openai_model},
        "deepgram": {"base_url": options.deepgram_url, "api_key": DEEPGRAM_API_KEY},
        "storage": {"base_url": options.storage_url},
    }
    return json.dumps(content)


async def run(
    make_state: Callable[[Mapping[str, int]], SandboxState], host: str, ports: Mapping[str, int], stop: asyncio.Event
) -> None:
    """Serve until `stop` is set or SIGTERM or SIGINT comes. `ports` are by service; `make_state` gets those that were
    free, likewise.
    """
    sockets = {service: bind(host, ports[service]) for service in SERVICES}
    state = make_state({service: sock.getsockname()[1] for service, sock in sockets.items()})
    apps = {service: create(state) for service, create in SERVICES.items()}
    servers = [
        Server(
            uvicorn.Config(
                dressed(service, app, state),
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=SHUTDOWN_LIMIT_S,
                server_header=False,
            )
        )
        for service, app in apps.items()
    ]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks = [
        asyncio.create_task(server.serve(sockets=[sock]))
        for server, sock in zip(servers, sockets.values(), strict=True)
    ]
    stopping = asyncio.create_task(stop.wait())
    while not all(server.started for server in servers) and not any(task.done() for task in tasks):
        await asyncio.sleep(0.005)
    sys.stdout.write(ready_line(state, apps["kommo"].state.kommo) + "\n")
    sys.stdout.flush()
    await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*tasks)
