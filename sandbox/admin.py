"""The sandbox's own API and page on each service's port, below `/_sandbox`: misbehaviour, requests seen, reset."""

from __future__ import annotations

import html
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.misbehave import GENERIC_KINDS, BadRule
from sandbox.pages import Safe, document, table
from sandbox.state import SandboxState

SHOWN_REQUESTS = 50

Endpoint = Callable[[Request], Awaitable[Response]]


class BadRequest(Exception):
    """A request to the sandbox's own API that makes no sense; the message says why."""


def answered(endpoint: Endpoint) -> Endpoint:
    """BadRequest becomes 400 `{"error": …}`."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except BadRequest as error:
            return JSONResponse({"error": str(error)}, 400)

    return guarded


async def posted(request: Request) -> dict[str, Any]:
    """The JSON object posted, {} for an empty body. Raises BadRequest."""
    raw = await request.body()
    try:
        content = json.loads(raw) if raw else {}
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    if not isinstance(content, dict):
        raise BadRequest("the body is not an object")
    return content


class Admin:
    """One service's own API. `kinds` are the service's own kinds of misbehaviour; `reset` restores its first state."""

    def __init__(
        self,
        state: SandboxState,
        service: str,
        *,
        operations: list[str],
        kinds: dict[str, str],
        reset: Callable[[], None],
    ) -> None:
        self.state, self.service, self.operations, self.kinds, self._reset = state, service, operations, kinds, reset

    def app(self, own_routes: list[Route]) -> Starlette:
        return Starlette(
            routes=[
                *own_routes,
                Route("/_sandbox/", self.page),
                Route("/_sandbox/form", self.form, methods=["POST"]),
                Route("/_sandbox/misbehaviour", answered(self.misbehaviour), methods=["GET", "POST", "DELETE"]),
                Route("/_sandbox/requests", answered(self.requests), methods=["GET", "DELETE"]),
                Route("/_sandbox/reset", answered(self.reset), methods=["POST"]),
            ]
        )

    async def misbehaviour(self, request: Request) -> Response:
        rules = self.state.rules
        if request.method == "DELETE":
            number = request.query_params.get("id")
            if number is not None and not number.isdecimal():
                raise BadRequest("id is a number")
            return JSONResponse({"removed": rules.clear(self.service, int(number) if number else None)})
        if request.method == "POST":
            return JSONResponse(self._add(await posted(request)), 201)
        content = {
            "service": self.service,
            "rules": [rule.as_json() for rule in rules.of(self.service)],
            "operations": self.operations,
            "kinds": [*GENERIC_KINDS, *self.kinds],
        }
        return JSONResponse(content)

    def _add(self, content: dict[str, Any]) -> dict[str, Any]:
        unknown = set(content) - {"service", "match", "kind", "times", "skip", "params"}
        if unknown or content.pop("service", self.service) != self.service:
            raise BadRequest("takes match, kind, times, skip, params, for this service")
        if not isinstance(content.get("kind"), str) or not isinstance(content.get("params", {}), dict):
            raise BadRequest("kind is a name, params an object")
        pattern = content.get("match", "*")
        if not isinstance(pattern, str):
            raise BadRequest("match is a name or a pattern")
        if "*" not in pattern and pattern not in self.operations:
            raise BadRequest(f"no such operation; known: {', '.join(self.operations)}")
        try:
            return self.state.rules.add(service=self.service, own_kinds=self.kinds, **content).as_json()
        except BadRule as error:
            raise BadRequest(str(error)) from None

    async def requests(self, request: Request) -> Response:
        log = self.state.log_of(self.service)
        if request.method == "DELETE":
            log.clear()
            return JSONResponse({"cleared": True})
        operation = request.query_params.get("operation")
        entries = [asdict(seen) for seen in log.entries if operation in (None, seen.operation)]
        return JSONResponse({"service": self.service, "counters": log.counters(), "requests": entries})

    async def reset(self, request: Request) -> Response:
        self._reset()
        self.state.rules.clear(self.service)
        self.state.log_of(self.service).clear()
        return JSONResponse({"reset": self.service})

    async def page(self, request: Request) -> Response:
        rules = [
            [
                *(r.id, r.match, r.kind, "until cleared" if r.times is None else r.times, r.skip),
                *(json.dumps(r.params), Safe(_button("remove", "Remove", id=r.id))),
            ]
            for r in self.state.rules.of(self.service)
        ]
        seen = [
            [s.n, s.at, s.method, s.path, s.operation, s.status, s.ms, ", ".join(s.misbehaved)]
            for s in reversed(self.state.log_of(self.service).entries[-SHOWN_REQUESTS:])
        ]
        body = (
            f"<p>What the emulated <strong>{self.service}</strong> does wrong on request, and what it was asked.</p>"
            + table("Rules in force", ["id", "operation", "kind", "times", "skip", "params", ""], rules)
            + self._set_form()
            + _button("clear", "Clear all rules")
            + _button("reset", "Reset this service to its first state")
            + table(
                f"The last {SHOWN_REQUESTS} requests",
                ["n", "at", "method", "path", "operation", "status", "ms", "spoiled by"],
                seen,
            )
        )
        return HTMLResponse(document(f"Sandbox: {self.service}", body))

    def _set_form(self) -> str:
        operations = "".join(f"<option>{html.escape(name)}</option>" for name in ["*", *self.operations])
        kinds = "".join(f"<option>{html.escape(name)}</option>" for name in [*GENERIC_KINDS, *self.kinds])
        return (
            '<form method="post" action="/_sandbox/form"><fieldset><legend>Set a rule</legend>'
            f'<label>Operation <select name="match">{operations}</select></label>'
            f'<label>Kind <select name="kind">{kinds}</select></label>'
            '<label>Times (empty: until cleared) <input type="number" name="times" min="1" value="1"></label>'
            '<label>Params, JSON <input type="text" name="params" value="{&quot;seconds&quot;: 3}"></label>'
            '<button name="action" value="set">Set</button></fieldset></form>'
        )

    async def form(self, request: Request) -> Response:
        given = dict(parse_qsl((await request.body()).decode()))
        try:
            if given.get("action") == "set":
                times = given.get("times")
                params = json.loads(given.get("params") or "{}")
                self._add(
                    {"match": given.get("match", "*"), "kind": given.get("kind"), "params": params}
                    | {"times": int(times) if times else None}
                )
            elif given.get("action") == "remove":
                self.state.rules.clear(self.service, int(given["id"]))
            elif given.get("action") == "clear":
                self.state.rules.clear(self.service)
            elif given.get("action") == "reset":
                await self.reset(request)
        except (BadRequest, ValueError) as error:
            # A message of our own, or of int() and json about a number or JSON typed here by hand.
            body = f'<p role="alert">{html.escape(str(error))}</p><p><a href="/_sandbox/">Back</a></p>'
            return HTMLResponse(document("That did not work", body), 400)
        return RedirectResponse("/_sandbox/", 303)


def _button(action: str, label: str, **hidden: object) -> str:
    fields = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in hidden.items())
    return (
        f'<form method="post" action="/_sandbox/form" style="display:inline">{fields}'
        f'<button class="plain" name="action" value="{action}">{html.escape(label)}</button></form> '
    )
