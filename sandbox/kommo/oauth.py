"""OAuth 2.0: consent page, token endpoint (single-use codes, rotating refresh tokens), the account's address."""

from __future__ import annotations

import html
import json
import time
import uuid
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.kommo.gate import Kommo
from sandbox.kommo.replies import hal, problem
from sandbox.kommo.tokens import BadToken, access_token, read_refresh_token, refresh_token
from sandbox.kommo.world import CLIENT_ID, CLIENT_SECRET, Account, Code, User, World
from sandbox.pages import document

PLATFORM_INTERNATIONAL = "2"


def refused(status: int, hint: str, detail: str, title: str = "Error") -> Response:
    """The token endpoint's own error shape, with league's hint."""
    content = {
        "hint": hint,
        "title": title,
        "type": "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
        "status": status,
        "detail": detail,
    }
    return Response(json.dumps(content), status, media_type="application/problem+json")


async def fields(request: Request) -> dict[str, Any]:
    """The body as JSON or as a form, whichever it is; {} for neither."""
    raw = await request.body()
    if "json" in request.headers.get("content-type", ""):
        try:
            content = json.loads(raw)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}
    return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))


def new_code(world: World, account: Account, user: User) -> str:
    code = f"def502{uuid.uuid4().hex}{uuid.uuid4().hex}"
    world.codes[code] = Code(account.id, user.id, time.time())
    return code


def callback_query(world: World, account: Account, user: User) -> dict[str, str]:
    """What the redirect URI is called with, apart from `state` and `from_widget`."""
    return {
        "code": new_code(world, account, user),
        "referer": account.domain,
        "client_id": CLIENT_ID,
        "platform": PLATFORM_INTERNATIONAL,
    }


class OAuth:
    def __init__(self, kommo: Kommo) -> None:
        self.kommo = kommo

    async def consent(self, request: Request) -> Response:
        """GET shows the page; GET with `decision`, or the page's POST, answers with the redirect."""
        given = dict(request.query_params)
        if request.method == "POST":
            given |= await fields(request)
        if given.get("client_id") != CLIENT_ID:
            return HTMLResponse(document("Integration not found", "<p>No integration has this client_id.</p>"), 404)
        if given.get("mode", "post_message") not in ("popup", "post_message"):
            return HTMLResponse(document("Bad request", "<p>mode is popup or post_message.</p>"), 400)
        if "decision" not in given:
            return HTMLResponse(self._page(given))
        return self._decide(given)

    def _decide(self, given: dict[str, str]) -> Response:
        world = self.kommo.world
        state = {"state": given["state"]} if "state" in given else {}
        if given["decision"] != "allow":
            return self._back({"error": "access_denied", "client_id": CLIENT_ID, **state})
        # One choice of the page names both: "acme:admin".
        chosen_account, _, chosen_user = given.get("who", "acme:admin").partition(":")
        account = world.account(given.get("account", chosen_account))
        user = account.user(given.get("user", chosen_user)) if account else None
        if account is None or user is None or not user.is_active:
            return HTMLResponse(document("Log-in failed", "<p>No such account or user.</p>"), 400)
        account.installed = True
        query = callback_query(world, account, user)
        return self._back({"code": query.pop("code"), **state, **query})

    def _back(self, query: dict[str, str]) -> Response:
        return RedirectResponse(f"{self.kommo.world.redirect_uri}?{urlencode(query)}", 302)

    def _page(self, given: dict[str, str]) -> str:
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(given[name], quote=True)}">'
            for name in ("client_id", "state", "mode")
            if name in given
        )
        choices = "".join(
            f"<fieldset><legend>{html.escape(account.name)} ({account.subdomain})</legend>"
            + "".join(self._choice(account, user) for user in account.users.values())
            + "</fieldset>"
            for account in self.kommo.world.accounts.values()
        )
        return document(
            "Allow ConvAI Lens to use this account?",
            "<p>The emulated Kommo asks who you are. An administrator must connect an account.</p>"
            "<p>The integration asks for: account data, files, notifications, external chat history.</p>"
            f'<form method="post" action="/oauth" id="consent">{hidden}{choices}'
            '<p><button name="decision" value="allow" id="allow">Allow</button> '
            '<button name="decision" value="deny" id="refuse" class="plain">Refuse</button></p></form>',
        )

    def _choice(self, account: Account, user: User) -> str:
        checked = " checked" if (account.key, user.key) == ("acme", "admin") else ""
        role = "administrator" if user.is_admin else "sees all leads" if user.view == "A" else "sees own leads only"
        return (
            f'<label><input type="radio" name="who" value="{account.key}:{user.key}"{checked}> '
            f"{html.escape(user.name)} ({user.key}, {role})</label>"
        )

    async def token(self, request: Request) -> Response:
        """Both grants. Refuses as league's server does: 401 for client and refresh token, 400 for the code."""
        given = await fields(request)
        if given.get("client_id") != CLIENT_ID or given.get("client_secret") != CLIENT_SECRET:
            return refused(401, "", "Client authentication failed", "Unauthorized")
        if given.get("grant_type") not in ("authorization_code", "refresh_token"):
            return refused(400, "Check that all required parameters have been provided", "Unsupported grant type")
        request.scope["sandbox.facts"]["grant_type"] = given["grant_type"]
        if given.get("redirect_uri") != self.kommo.world.redirect_uri:
            return refused(400, "Invalid redirect uri", "Invalid redirect uri")
        if given["grant_type"] == "authorization_code":
            return self._by_code(request, given.get("code"))
        return self._by_refresh(request, given.get("refresh_token"))

    def _by_code(self, request: Request, text: Any) -> Response:
        world = self.kommo.world
        code = world.codes.get(str(text))
        if code is None:
            return refused(400, "Cannot decrypt the authorization code", "The request is missing a required parameter")
        if code.used:
            return refused(400, "Authorization code has been revoked", "The authorization grant is invalid")
        if time.time() - code.issued_at > world.timing.code_s:
            return refused(400, "Authorization code has expired", "The authorization grant is invalid")
        account = world.accounts[code.account_id]
        if moved := self._moved(request, account):
            return moved
        code.used = True
        return self._pair(request, account, account.users[code.user_id])

    def _by_refresh(self, request: Request, text: Any) -> Response:
        world = self.kommo.world
        try:
            grant = read_refresh_token(world, text)
        except BadToken as error:
            return refused(401, error.hint, "The refresh token is invalid.", "Unauthorized")
        if moved := self._moved(request, grant.account):
            return moved
        world.spent_refresh.add(grant.jti)
        return self._pair(request, grant.account, grant.user)

    def _moved(self, request: Request, account: Account) -> Response | None:
        """The answer of an address the account has left."""
        status = account.former_domains.get(request.headers.get("host", ""))
        return None if status is None else problem(status, "Account not found")

    def _pair(self, request: Request, account: Account, user: User) -> Response:
        world = self.kommo.world
        request.scope["sandbox.facts"]["account_id"] = account.id
        content = {
            "token_type": "Bearer",
            "expires_in": world.timing.access_token_s,
            "server_time": int(time.time()),
            "access_token": access_token(world, account, user),
            "refresh_token": refresh_token(world, account, user),
        }
        return Response(json.dumps(content), media_type="application/json", headers={"Cache-Control": "no-store"})

    async def subdomain(self, request: Request) -> Response:
        """Where the account behind a refresh token lives now (the token is not spent)."""
        try:
            account = read_refresh_token(self.kommo.world, request.headers.get("x-refresh-token", "")).account
        except BadToken as error:
            return refused(401, error.hint, "The refresh token is invalid.", "Unauthorized")
        content = {"id": account.id, "subdomain": account.subdomain, "domain": account.domain}
        return hal(content | {"top_level_domain": "kommo.com"})
