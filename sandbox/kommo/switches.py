"""Kommo's part of the sandbox's own API: who is there, tokens for tests, hooks to send, and switches.

Accounts are named by key (acme, stranger), subdomain or id; users by key (admin, rep, colleague) or id.
Left out, they are acme and its admin.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.admin import BadRequest, answered, posted
from sandbox.kommo.data import BadConversation, add_lead, point_at
from sandbox.kommo.gate import Kommo
from sandbox.kommo.hooks import call_hook
from sandbox.kommo.oauth import callback_query
from sandbox.kommo.tokens import access_token, disable_signature, long_lived_token, refresh_token, widget_token
from sandbox.kommo.world import CLIENT_ID, Account, User

ACCOUNT_SWITCHES = {
    "has_scope": bool,
    "has_plan": bool,
    "is_paid": bool,
    "denied_status": int,
    "talks_filter": str,
    "drive_needs_token": bool,
    "note_text_max": int,
    "currency": str,
    "currency_symbol": str,
    "timezone": str,
}
TIMING_SWITCHES = (
    "code_s",
    "access_token_s",
    "refresh_token_s",
    "rate_rps",
    "retry_after_s",
    "block_after",
    "file_link_s",
)
USER_SWITCHES = {"is_admin": bool, "is_active": bool, "view": str}
WIDGET_OVERRIDES = {
    *("iss", "aud", "jti", "iat", "nbf", "exp", "iat_in", "nbf_in", "exp_in", "account_id", "user_id", "subdomain"),
    *("client_uuid", "is_admin", "alg", "key", "drop"),
}


class Switches:
    def __init__(self, kommo: Kommo) -> None:
        self.kommo = kommo

    def routes(self) -> list[Route]:
        post = ["POST"]
        return [
            Route("/_sandbox/accounts", answered(self.accounts)),
            Route("/_sandbox/leads", answered(self.leads), methods=["GET", "POST"]),
            Route("/_sandbox/settings", answered(self.settings), methods=["GET", "POST"]),
            Route("/_sandbox/users", answered(self.users), methods=post),
            Route("/_sandbox/tokens", answered(self.tokens), methods=post),
            Route("/_sandbox/widget-token", answered(self.widget_token), methods=post),
            Route("/_sandbox/install-hook", answered(self.install_hook), methods=post),
            Route("/_sandbox/disable", answered(self.disable), methods=post),
            Route("/_sandbox/expire-access-tokens", answered(self.expire_access), methods=post),
            Route("/_sandbox/expire-refresh-tokens", answered(self.expire_refresh), methods=post),
            Route("/_sandbox/revoke-tokens", answered(self.revoke), methods=post),
            Route("/_sandbox/rename", answered(self.rename), methods=post),
        ]

    def _account(self, content: dict[str, Any]) -> Account:
        account = self.kommo.world.account(content.get("account", "acme"))
        if account is None:
            raise BadRequest("no such account")
        return account

    def _who(self, content: dict[str, Any]) -> tuple[Account, User]:
        account = self._account(content)
        user = account.user(content.get("user", "admin"))
        if user is None:
            raise BadRequest("no such user in this account")
        return account, user

    async def accounts(self, request: Request) -> Response:
        return JSONResponse({"accounts": [self._describe(a) for a in self.kommo.world.accounts.values()]})

    def _describe(self, account: Account) -> dict[str, Any]:
        world = self.kommo.world
        return {
            "key": account.key,
            "id": account.id,
            "subdomain": account.subdomain,
            "domain": account.domain,
            "name": account.name,
            "currency": account.currency,
            "timezone": account.timezone,
            "installed": account.installed,
            "long_lived_token": long_lived_token(world, account),
            "users": [
                asdict(user) | {"lead_ids": [n for n, lead in account.leads.items() if account.may_see(user, lead)]}
                for user in account.users.values()
            ],
            "lead_ids": list(account.leads),
            "settings": {name: getattr(account, name) for name in ACCOUNT_SWITCHES},
        }

    async def leads(self, request: Request) -> Response:
        """GET: the chats behind the leads. POST `{conversation, account?}`: a new lead, until the next reset."""
        if request.method == "GET":
            return JSONResponse({"leads": self._leads()})
        content = await posted(request)
        account = self._account(content)
        try:
            lead = add_lead(self.kommo.world, account, content.get("conversation"), self.kommo.state.options.kommo_url)
        except BadConversation as error:
            raise BadRequest(str(error)) from None
        answer = {"lead_id": lead.id, "account_id": account.id, "message_ids": lead.message_ids}
        return JSONResponse(answer, 201)

    def _leads(self) -> list[dict[str, Any]]:
        return [
            {
                "id": lead.id,
                "account": account.key,
                "account_id": account.id,
                "conversation": lead.conversation_id,
                "responsible_user_id": lead.responsible_user_id,
                "talk_ids": [talk.id for talk in account.talks.values() if talk.lead_id == lead.id],
                "message_ids": lead.message_ids,
            }
            for account in self.kommo.world.accounts.values()
            for lead in account.leads.values()
        ]

    async def settings(self, request: Request) -> Response:
        """Lifetimes, limits and addresses for all; with `account`, the switches of that account."""
        world = self.kommo.world
        if request.method == "POST":
            content = await posted(request)
            if "account" in content:
                account = self._account(content)
                _set(account, {k: v for k, v in content.items() if k != "account"}, ACCOUNT_SWITCHES)
                return JSONResponse(self._describe(account)["settings"])
            if "web_url" in content:
                point_at(world, str(content.pop("web_url")))
            for name in ("redirect_uri", "service_url"):
                if name in content:
                    setattr(world, name, str(content.pop(name)))
            for name, value in content.items():
                optional = value is None and name in ("rate_rps", "block_after")
                if name not in TIMING_SWITCHES or not (optional or isinstance(value, int | float)):
                    raise BadRequest(f"takes account, web_url, redirect_uri, service_url, {', '.join(TIMING_SWITCHES)}")
                setattr(world.timing, name, value)
        addresses = {name: getattr(world, name) for name in ("redirect_uri", "disable_hook", "service_url")}
        return JSONResponse(asdict(world.timing) | addresses)

    async def users(self, request: Request) -> Response:
        content = await posted(request)
        _account, user = self._who(content)
        _set(user, {k: v for k, v in content.items() if k not in ("account", "user")}, USER_SWITCHES)
        return JSONResponse(asdict(user))

    async def tokens(self, request: Request) -> Response:
        """A pair as the token endpoint would give it, for tests that do not walk through OAuth."""
        account, user = self._who(await posted(request))
        world = self.kommo.world
        pair = {
            "access_token": access_token(world, account, user),
            "refresh_token": refresh_token(world, account, user),
        }
        return JSONResponse(pair | {"expires_in": world.timing.access_token_s})

    async def widget_token(self, request: Request) -> Response:
        content = await posted(request)
        account, user = self._who(content)
        overrides = {k: v for k, v in content.items() if k not in ("account", "user")}
        if not set(overrides) <= WIDGET_OVERRIDES:
            raise BadRequest(f"takes account, user, {', '.join(sorted(WIDGET_OVERRIDES))}")
        return JSONResponse({"token": widget_token(self.kommo.world, account, user, overrides)})

    async def install_hook(self, request: Request) -> Response:
        """Installation from the marketplace: Kommo's server calls the redirect URI, without a state."""
        account, user = self._who(await posted(request))
        account.installed = True
        query = callback_query(self.kommo.world, account, user) | {"from_widget": "1"}
        return JSONResponse(await call_hook(self.kommo.world.redirect_uri, query))

    async def disable(self, request: Request) -> Response:
        """The admin disables the integration: tokens are revoked, then the hook is sent.

        `revoke: false` leaves the tokens; `signature` replaces the true one (null: none is sent); `id_param` names the
        integration's id in the query (client_uuid or client_id).
        """
        content = await posted(request)
        account = self._account(content)
        if content.get("revoke", True):
            account.installed = False
            account.grant_epoch += 1
        query = {"account_id": str(account.id), content.get("id_param", "client_uuid"): CLIENT_ID}
        signature = content.get("signature", disable_signature(CLIENT_ID, account.id))
        if signature is not None:
            query["signature"] = str(signature)
        return JSONResponse(await call_hook(self.kommo.world.disable_hook, query))

    async def expire_access(self, request: Request) -> Response:
        """All access tokens issued so far are expired (long-lived ones are not)."""
        return self._raise_epoch("access_epoch", await posted(request))

    async def expire_refresh(self, request: Request) -> Response:
        return self._raise_epoch("refresh_epoch", await posted(request))

    async def revoke(self, request: Request) -> Response:
        """All tokens issued so far, long-lived ones too, are revoked; no hook is sent."""
        return self._raise_epoch("grant_epoch", await posted(request))

    def _raise_epoch(self, name: str, content: dict[str, Any]) -> Response:
        """For one account, or for all when none is named."""
        chosen = [self._account(content)] if "account" in content else list(self.kommo.world.accounts.values())
        for account in chosen:
            setattr(account, name, getattr(account, name) + 1)
        return JSONResponse({"accounts": [account.id for account in chosen]})

    async def rename(self, request: Request) -> Response:
        """The account gets another subdomain and address; the old one answers `status` (401 or 404) for it.

        Loopback has no subdomains, so the new address is this port under another name: `localhost` by default.
        """
        content = await posted(request)
        account = self._account(content)
        port = self.kommo.state.options.kommo_port
        account.former_domains[account.domain] = int(content.get("status", 401))
        account.domain = str(content.get("domain", f"localhost:{port}"))
        account.former_domains.pop(account.domain, None)
        account.subdomain = str(content.get("subdomain", f"{account.subdomain}-renamed"))
        return JSONResponse({"subdomain": account.subdomain, "domain": account.domain})


def _set(target: Any, values: dict[str, Any], known: dict[str, type]) -> None:
    for name, value in values.items():
        if name not in known or type(value) is not known[name]:
            raise BadRequest(f"takes {', '.join(f'{n} ({t.__name__})' for n, t in known.items())}")
    for name, value in values.items():
        setattr(target, name, value)
