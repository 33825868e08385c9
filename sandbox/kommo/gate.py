"""What stands before every operation of the API: the rate limit, the token, the account's state, who is acting."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial, wraps

from starlette.requests import Request
from starlette.responses import Response

from sandbox.kommo.replies import DETAILS, Query, Refused, link, nothing, problem
from sandbox.kommo.tokens import BadToken, Grant, read_access_token
from sandbox.kommo.world import Account, Lead, User, World
from sandbox.misbehave import NGINX_PAGE, Rule
from sandbox.state import SandboxState

SERVICE = "kommo"
KINDS = {"no_content": "204 with an empty body, as for an unknown id"}


@dataclass(slots=True)
class Call:
    """One authorised call: whose account, and the user it acts as (the token's, or X-Context-User-ID's)."""

    request: Request
    world: World
    account: Account
    user: User
    query: Query
    # The rule of one of these own kinds that is in force for this operation, counted as used.
    take: Callable[[Collection[str]], Rule | None]

    def link(self, path: str) -> dict[str, object]:
        return link(self.request, path)

    def denied(self) -> Response:
        """What Kommo answers for something this user has no right to."""
        return nothing() if self.account.denied_status == 204 else problem(self.account.denied_status)

    def lead(self, lead_id: int, missing: Response | None = None) -> Lead:
        """The lead, when this user may see it.

        Raises Refused: 204 (or `missing`) for an unknown one, 204 or 403 without rights.
        """
        lead = self.account.leads.get(lead_id)
        if lead is None:
            raise Refused(missing or nothing())
        if not self.account.may_see(self.user, lead):
            raise Refused(self.denied())
        return lead

    def leads(self) -> list[Lead]:
        return [lead for lead in self.account.leads.values() if self.account.may_see(self.user, lead)]

    def require_admin(self) -> None:
        if not self.user.is_admin:
            raise Refused(problem(403))


class Limiter:
    """Counts the requests of the last second, per integration; answers 429, and after long excess nginx's 403."""

    def __init__(self) -> None:
        self.recent: deque[float] = deque()
        self.refused = 0

    def check(self, world: World) -> Response | None:
        timing, now = world.timing, time.monotonic()
        if timing.block_after is not None and self.refused >= timing.block_after:
            return Response(NGINX_PAGE.format(code=403, reason="Forbidden"), 403, media_type="text/html")
        while self.recent and self.recent[0] <= now - 1:
            self.recent.popleft()
        if timing.rate_rps is not None and len(self.recent) >= timing.rate_rps:
            self.refused += 1
            answer = problem(429, DETAILS[429], retry_after=timing.retry_after_s)
            answer.headers["Retry-After"] = str(timing.retry_after_s)
            return answer
        self.refused = 0
        self.recent.append(now)
        return None


class Kommo:
    """The emulator's moving parts, shared by its operations; `world` is replaced by a reset."""

    def __init__(self, state: SandboxState, world: World) -> None:
        self.state = state
        self.world = world
        self.limiter = Limiter()

    def authorised(self, request: Request) -> Call:
        """Raises Refused: 401 without a valid token, 402 unpaid, 403 for a context user that may not be used."""
        grant = self._granted(request)
        account, user = grant.account, grant.user
        request.scope["sandbox.facts"]["account_id"] = account.id
        # An administrator's grant outlives the administrator; anybody else's does not.
        if not user.is_active and not user.is_admin:
            raise Refused(problem(401))
        host = request.headers.get("host", "")
        if host in account.former_domains:
            raise Refused(problem(account.former_domains[host], "Account not found"))
        if not account.is_paid:
            raise Refused(problem(402))
        context = request.headers.get("x-context-user-id")
        if context is not None:
            acting = account.user(context) if context.isdecimal() else None
            if not user.is_admin or acting is None or not acting.is_active:
                raise Refused(problem(403))
            user = acting
            request.scope["sandbox.facts"]["context_user_id"] = user.id
        take = partial(self.state.rules.take, SERVICE, request.scope["sandbox.operation"])
        return Call(request, self.world, account, user, Query(request), take)

    def _granted(self, request: Request) -> Grant:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(problem(401))
        try:
            return read_access_token(self.world, token.strip())
        except BadToken as error:
            raise Refused(problem(401, hint=error.hint)) from None

    def operation(self, handler: Callable[[Call], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Make a route's endpoint of an operation of the API."""

        @wraps(handler)
        async def endpoint(request: Request) -> Response:
            try:
                if limited := self.limiter.check(self.world):
                    return limited
                call = self.authorised(request)
                if call.take(KINDS):
                    return nothing()
                return await handler(call)
            except Refused as refusal:
                return refusal.response

        return endpoint
