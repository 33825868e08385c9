"""Routes of the lead card: the page, its data, the widget's files. They stand before the emulated API's own, so that
no rule of misbehaviour touches them and the log of requests stays Kommo's.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.admin import BadRequest, answered, posted
from sandbox.kommo.card import spoil
from sandbox.kommo.card.content import (
    UNSAVED,
    account_content,
    card_content,
    feed_message,
    find_lead,
    notes_of,
    unsaved_card,
)
from sandbox.kommo.card.files import (
    NO_STORE,
    PAGE_DIR,
    VENDOR_DIR,
    WIDGET_CODE,
    file_response,
    manifest,
    widget_file,
)
from sandbox.kommo.card.messages import add_message, as_author_and_kind, find_message, give_sample
from sandbox.kommo.gate import Kommo
from sandbox.kommo.world import CLIENT_ID, Account, ChatMessage, Lead, Talk, User
from sandbox.misbehave import BadRule

LANGUAGES, THEMES = ("en", "es", "pt"), ("light", "dark")
WIDGET_ID = 501


class NotThere(Exception):
    """No such account, user, lead or message."""


class Card:
    """`widgets` holds what the settings window saved, by account: `{status, active, fields}`."""

    def __init__(self, kommo: Kommo) -> None:
        self.kommo = kommo
        self.widgets: dict[int, dict[str, Any]] = {}

    def reset(self) -> None:
        self.widgets.clear()

    def routes(self) -> list[Route]:
        base, card = "/_sandbox/card/{account}", "/_sandbox/card/{account}/{lead}"
        return [
            Route("/leads/detail/{lead}", self.page),
            Route(f"/widgets/{WIDGET_CODE}/{{path:path}}", self.widget),
            Route("/card/vendor/{path:path}", self.vendor),
            Route("/card/{path:path}", self.static),
            Route("/_sandbox/card/misbehaviour", answered(self.misbehaviour), methods=["GET", "POST", "DELETE"]),
            Route(base, found(self.account)),
            Route(f"{base}/widget", found(self.save), methods=["POST"]),
            Route(card, found(self.lead)),
            Route(f"{card}/notes", found(self.notes)),
            Route(f"{card}/messages", found(self.new_message), methods=["POST"]),
            Route(f"{card}/messages/{{id}}", found(self.message), methods=["PATCH", "DELETE"]),
        ]

    # The page and its files.

    async def page(self, request: Request) -> Response:
        """The same page for every card; language and theme stand in it before anything is drawn."""
        language, theme = request.query_params.get("lang"), request.query_params.get("theme")
        content = (PAGE_DIR / "page.html").read_text("utf-8")
        content = content.replace("{lang}", language if language in LANGUAGES else "en")
        content = content.replace("{theme}", theme if theme in THEMES else "light")
        return HTMLResponse(content, headers=NO_STORE)

    async def static(self, request: Request) -> Response:
        return file_response(PAGE_DIR, request.path_params["path"])

    async def vendor(self, request: Request) -> Response:
        return file_response(VENDOR_DIR, request.path_params["path"])

    async def widget(self, request: Request) -> Response:
        # The service is where its redirect URI is, also after a switch has moved it; or where a test says.
        redirect = urlsplit(self.kommo.world.redirect_uri)
        service_url = self.kommo.world.service_url or f"{redirect.scheme}://{redirect.netloc}"
        return widget_file(request.path_params["path"], service_url)

    # Its data.

    def _who(self, request: Request) -> tuple[Account, User]:
        account = self.kommo.world.account(request.path_params["account"])
        user = account.user(request.query_params.get("user", "admin")) if account else None
        if account is None or user is None:
            raise NotThere("no such account or user")
        return account, user

    def _lead(self, request: Request, account: Account) -> Lead:
        base_url = self.kommo.state.options.kommo_url
        lead = find_lead(self.kommo.world, account, request.path_params["lead"], base_url)
        if lead is None:
            raise NotThere("no such lead")
        return lead

    async def account(self, request: Request) -> Response:
        account, user = self._who(request)
        saved = self.widgets.get(account.id, {"status": "installed", "active": "Y", "fields": {}})
        widget = manifest() | saved | {"id": WIDGET_ID, "oauth_client_uuid": CLIENT_ID}
        return JSONResponse(account_content(account, user) | {"widget": widget})

    async def save(self, request: Request) -> Response:
        """What the settings window of the widget saves: `{status, active, fields}`."""
        account, _user = self._who(request)
        content = await posted(request)
        valid = content.get("active") in ("Y", "N") and content.get("status") in ("installed", "install")
        if not valid or not isinstance(content.get("fields"), dict):
            raise BadRequest("takes status (installed, install), active (Y, N), fields (an object)")
        self.widgets[account.id] = {name: content[name] for name in ("status", "active", "fields")}
        return JSONResponse(self.widgets[account.id])

    async def lead(self, request: Request) -> Response:
        account, user = self._who(request)
        if request.path_params["lead"] in UNSAVED:
            return JSONResponse(unsaved_card(account))
        return JSONResponse(card_content(account, user, self._lead(request, account)))

    async def notes(self, request: Request) -> Response:
        """The notes that came after the one of id `after`: the page asks for them while the card is open."""
        account, user = self._who(request)
        lead, after = self._lead(request, account), request.query_params.get("after", "0")
        if not after.isdecimal():
            raise BadRequest("after is the id of a note")
        shown = notes_of(account, lead, after=int(after)) if account.may_see(user, lead) else []
        return JSONResponse({"notes": shown})

    async def new_message(self, request: Request) -> Response:
        """`{author, text, kind?, recording?}`: a message of now, in the feed and in the talks API; what a voice message
        says is the sample of this file name, or one in the lead's language.
        """
        account, _user = self._who(request)
        lead = self._lead(request, account)
        try:
            content = await posted(request)
            author, text, kind = as_author_and_kind(content)
        except ValueError as error:
            raise BadRequest(str(error)) from None
        talk, message = add_message(account, lead, author, text, kind)
        if kind == "voice":
            state = self.kommo.state
            give_sample(state.shelf, account, lead, message, content.get("recording"), state.options.kommo_url)
        return JSONResponse(feed_message(talk, message, is_last=True), 201)

    async def message(self, request: Request) -> Response:
        """PATCH `{text}`: the client edited it. DELETE: it is gone."""
        account, _user = self._who(request)
        talk, message = self._message(request, account)
        if request.method == "DELETE":
            talk.messages.remove(message)
            return JSONResponse({"removed": message.id})
        text = (await posted(request)).get("text")
        if not isinstance(text, str):
            raise BadRequest("takes text")
        message.text = text
        return JSONResponse(feed_message(talk, message, is_last=False))

    def _message(self, request: Request, account: Account) -> tuple[Talk, ChatMessage]:
        found = find_message(account, self._lead(request, account), request.path_params["id"])
        if found is None:
            raise NotThere("no such message")
        return found

    async def misbehaviour(self, request: Request) -> Response:
        """GET: what the panel offers and what is in force. POST `{preset, times=1 or null}`. DELETE: all well again."""
        rules = self.kommo.state.rules
        if request.method == "DELETE":
            return JSONResponse({"removed": spoil.clear(rules)})
        if request.method == "GET":
            return JSONResponse(spoil.listed(rules))
        content = await posted(request)
        preset = spoil.PRESETS.get(str(content.get("preset")))
        if preset is None:
            raise BadRequest(f"preset is one of {', '.join(spoil.PRESETS)}")
        try:
            return JSONResponse(spoil.apply(rules, preset, content.get("times", 1)).as_json(), 201)
        except BadRule as error:
            raise BadRequest(str(error)) from None


def found(endpoint: Any) -> Any:
    """NotThere becomes 404, BadRequest 400, both with `{"error": …}`."""

    async def guarded(request: Request) -> Response:
        try:
            answer: Response = await endpoint(request)
        except NotThere as error:
            return JSONResponse({"error": str(error)}, 404)
        except BadRequest as error:
            return JSONResponse({"error": str(error)}, 400)
        return answer

    return guarded
