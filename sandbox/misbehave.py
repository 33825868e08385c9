"""Misbehaviour on request: rules that say which operations of which service go wrong, how, and how often.

A rule is `{service, match, kind, times, skip, params}`. `match` is an operation's name (its Starlette route's name)
or a pattern with `*`; `times` is how many requests it spoils (null: until cleared); the first `skip` matches stay well.

Kinds that every service has, and their params:
- `slow` {seconds}: waits before the operation runs. Joins any other kind.
- `status` {code, retry_after?, body?: json|html|text|empty, error_code?, detail?}: the operation does not run; the
  answer is the service's own error body for this code (or nginx's page, plain text, nothing).
- `cut_off` {after_bytes?}: the operation runs; the connection drops within its body (default: half of the first piece).
- `not_json` {body?: html|garbage|empty|truncated}: the operation does not run; status 200 with what no client can read.
- `drip` {bytes?, every_s?}: the operation runs; its body comes in pieces of `bytes` (8), one each `every_s` (0.05).
A service announces kinds of its own in `app.state.kinds` (name → one line for people); its operation takes them with
`state.rules.take(service, operation, kinds)`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from sandbox.state import RequestLog, SandboxState

GENERIC_KINDS: dict[str, frozenset[str]] = {
    "slow": frozenset({"seconds"}),
    "status": frozenset({"code", "retry_after", "body", "error_code", "detail"}),
    "cut_off": frozenset({"after_bytes"}),
    "not_json": frozenset({"body"}),
    "drip": frozenset({"bytes", "every_s"}),
}

NGINX_PAGE = (
    "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body>\r\n<center><h1>{code} {reason}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}


@dataclass(slots=True)
class Rule:
    """One rule. `times` counts down; at 0 the rule is gone."""

    id: int
    service: str
    kind: str
    match: str = "*"
    times: int | None = 1
    skip: int = 0
    params: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("id", "service", "match", "kind", "times", "skip", "params")}


class BadRule(ValueError):
    """The rule asked for is not one; the message says why and holds none of the request's free text."""


class Rules:
    """The rules in force, in the order they were set. Used from one event loop only."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._next_id = 1

    def add(
        self,
        *,
        service: str,
        kind: str,
        match: str = "*",
        times: int | None = 1,
        skip: int = 0,
        params: dict[str, Any] | None = None,
        own_kinds: Collection[str] = (),
    ) -> Rule:
        """Set a rule. Raises BadRule for an unknown kind, unknown params of a generic kind, or senseless counts."""
        params = params or {}
        if kind not in GENERIC_KINDS and kind not in own_kinds:
            raise BadRule(f"unknown kind; known: {', '.join([*GENERIC_KINDS, *own_kinds])}")
        if kind in GENERIC_KINDS and not set(params) <= GENERIC_KINDS[kind]:
            raise BadRule(f"params of {kind}: {', '.join(sorted(GENERIC_KINDS[kind]))}")
        if kind == "slow" and not isinstance(params.get("seconds"), int | float):
            raise BadRule("slow needs params.seconds")
        if kind == "status" and params.get("code") not in range(200, 600):
            raise BadRule("status needs params.code from 200 to 599")
        if (times is not None and (type(times) is not int or times < 1)) or type(skip) is not int or skip < 0:
            raise BadRule("times is null or a whole number from 1, skip a whole number from 0")
        rule = Rule(self._next_id, service, kind, match, times, skip, params)
        self._next_id += 1
        self._rules.append(rule)
        return rule

    def of(self, service: str) -> list[Rule]:
        return [rule for rule in self._rules if rule.service == service]

    def clear(self, service: str, rule_id: int | None = None) -> int:
        """Remove one rule, or all of a service; returns how many went."""
        before = len(self._rules)
        self._rules = [r for r in self._rules if r.service != service or (rule_id is not None and r.id != rule_id)]
        return before - len(self._rules)

    def take(self, service: str, operation: str, kinds: Collection[str]) -> Rule | None:
        """The first rule of these kinds for this operation, counted as used; None when the request is to go well."""
        for rule in self._rules:
            if rule.service == service and rule.kind in kinds and fnmatchcase(operation, rule.match):
                if rule.skip:
                    rule.skip -= 1
                    continue
                if rule.times is not None:
                    rule.times -= 1
                    if rule.times == 0:
                        self._rules.remove(rule)
                return rule
        return None


# (code, params of the rule) → body, media type: the body this service sends with this status.
ErrorBody = Callable[[int, dict[str, Any]], tuple[bytes, str]]


class _CutOff(Exception):
    """Ends the operation once enough of its body went out."""


class Misbehaving:
    """ASGI around one service: names the operation by its route, logs the request, applies the generic rules.

    Paths under `/_sandbox` are the sandbox's own: never spoiled, never logged. An operation may leave counts and ids
    (no text) for the log in the dict `scope["sandbox.facts"]`, and finds its own name in `scope["sandbox.operation"]`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        rules: Rules,
        log: RequestLog,
        routes: Sequence[BaseRoute],
        error_body: ErrorBody,
    ) -> None:
        self.app, self.service, self.rules, self.log = app, service, rules, log
        self.routes, self.error_body = routes, error_body

    def operation_of(self, scope: Scope) -> str:
        for route in self.routes:
            match, _ = route.matches(scope)
            if match is Match.FULL:
                return getattr(route, "name", None) or "unnamed"
        return "unknown"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        operation = self.operation_of(scope)
        scope["sandbox.operation"] = operation
        facts: dict[str, object] = scope.setdefault("sandbox.facts", {})
        started, status, used, epoch = time.monotonic(), None, [], self.log.epoch

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            used = await self._spoil(operation, scope, receive, watched)
        finally:
            self.log.add(
                epoch=epoch,
                method=scope["method"],
                path=scope["path"],
                operation=operation,
                query_keys=tuple(name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), True)),
                status=status,
                ms=(time.monotonic() - started) * 1000,
                misbehaved=tuple(used),
                facts=facts,
            )

    async def _spoil(self, operation: str, scope: Scope, receive: Receive, send: Send) -> list[str]:
        used = []
        slow = self.rules.take(self.service, operation, ("slow",))
        # Taken before the wait: what is set meanwhile is meant for a request that is still to come.
        rule = self.rules.take(self.service, operation, ("status", "not_json", "cut_off", "drip"))
        if slow:
            used.append("slow")
            await asyncio.sleep(slow.params["seconds"])
        if rule is None:
            await self.app(scope, receive, send)
            return used
        used.append(rule.kind)
        if rule.kind == "status":
            await self._status(rule)(scope, receive, send)
        elif rule.kind == "not_json":
            await _not_json(rule)(scope, receive, send)
        elif rule.kind == "drip":
            await self.app(scope, receive, _dripping(send, rule))
        else:
            # Returning with the response unfinished makes the server drop the connection.
            with contextlib.suppress(_CutOff):
                await self.app(scope, receive, _cutting(send, rule))
        return used

    def _status(self, rule: Rule) -> Response:
        code, shape = rule.params["code"], rule.params.get("body", "json")
        headers = {"Retry-After": str(rule.params["retry_after"])} if "retry_after" in rule.params else {}
        if shape == "html":
            page = NGINX_PAGE.format(code=code, reason=REASONS.get(code, "Error"))
            return Response(page, code, headers, "text/html")
        if shape == "text":
            return Response(REASONS.get(code, "Error"), code, headers, "text/plain")
        if shape == "empty":
            return Response(b"", code, headers)
        body, media_type = self.error_body(code, rule.params)
        return Response(body, code, headers, media_type)


def around(service: str, state: SandboxState, routes: Sequence[BaseRoute], error_body: ErrorBody) -> Middleware:
    """`Misbehaving` as a service of the sandbox puts it around its routes."""
    return Middleware(
        Misbehaving,
        service=service,
        rules=state.rules,
        log=state.log_of(service),
        routes=routes,
        error_body=error_body,
    )


def _not_json(rule: Rule) -> Response:
    shape = rule.params.get("body", "html")
    if shape == "garbage":
        return Response(b"\x00\xff\xfe{]]", 200, media_type="application/json")
    if shape == "empty":
        return Response(b"", 200, media_type="application/json")
    if shape == "truncated":
        return Response(b'{"_page": 1, "_embedded": {"', 200, media_type="application/json")
    return Response("<!doctype html><title>Maintenance</title><h1>Back soon</h1>", 200, media_type="text/html")


def _cutting(send: Send, rule: Rule) -> Send:
    left: int | None = rule.params.get("after_bytes")

    async def cut(message: Message) -> None:
        nonlocal left
        if message["type"] != "http.response.body":
            await send(message)
            return
        body = message.get("body", b"")
        if left is None:
            left = len(body) // 2
        if len(body) < left:
            left -= len(body)
            await send({**message, "more_body": True})
            if message.get("more_body", False):
                return
        elif left:
            await send({"type": "http.response.body", "body": body[:left], "more_body": True})
        raise _CutOff

    return cut


def _dripping(send: Send, rule: Rule) -> Send:
    size, pause_s = int(rule.params.get("bytes", 8)), float(rule.params.get("every_s", 0.05))

    async def drip(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        for start in range(0, len(body), size):
            await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
            await asyncio.sleep(pause_s)
        if not more:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return drip
