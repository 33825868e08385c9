"""The emulated Kommo as one web application: its routes, named as its operations."""

from __future__ import annotations

import html
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox import audio_spoil
from sandbox.kommo import crm, notes, talks, writes
from sandbox.kommo.card.routes import Card
from sandbox.kommo.data import DEMO_CONVERSATION, new_world
from sandbox.kommo.drive import Drive
from sandbox.kommo.gate import KINDS, SERVICE, Kommo, Limiter
from sandbox.kommo.oauth import OAuth
from sandbox.kommo.recordings import Recordings
from sandbox.kommo.replies import problem, problem_body
from sandbox.kommo.switches import Switches
from sandbox.misbehave import around
from sandbox.pages import Safe, document, table
from sandbox.state import SandboxState


def create_app(state: SandboxState) -> Starlette:
    """The service at the root of its port; `app.state` offers what `sandbox/server.py` asks of a service."""
    kommo = Kommo(state, new_world(state.options.kommo_url, state.options.web_url, state.shelf))
    card = Card(kommo)
    served = routes(kommo)
    spoiling = around(SERVICE, state, served, error_body)
    app = Starlette(
        routes=served,
        middleware=[spoiling],
        exception_handlers={404: unknown_path, 405: unknown_path},
    )

    def reset() -> None:
        kommo.world = new_world(state.options.kommo_url, state.options.web_url, state.shelf)
        kommo.limiter = Limiter()
        card.reset()

    app.state.kommo = kommo
    app.state.kinds = KINDS | notes.KINDS | audio_spoil.KINDS
    app.state.reset = reset
    app.state.sandbox_routes = [*Switches(kommo).routes(), *Recordings(kommo).routes(), *card.routes()]
    return app


def routes(kommo: Kommo) -> list[Route]:
    oauth, op = OAuth(kommo), kommo.operation
    v4, post, patch, delete = "/api/v4", ["POST"], ["PATCH"], ["DELETE"]

    async def index(request: Request) -> Response:
        return HTMLResponse(index_page(kommo))

    return [
        Route("/", index, name="index"),
        Route("/oauth", oauth.consent, name="oauth.consent", methods=["GET", "POST"]),
        Route("/oauth2/access_token", oauth.token, name="oauth.token", methods=post),
        Route("/oauth2/account/current/subdomain", oauth.subdomain, name="oauth.subdomain"),
        Route(f"{v4}/account", op(crm.get_account), name="account.get"),
        Route(f"{v4}/users", op(crm.list_users), name="users.list"),
        Route(f"{v4}/users/{{id:int}}", op(crm.get_user), name="users.get"),
        Route(f"{v4}/leads", op(crm.list_leads), name="leads.list"),
        Route(f"{v4}/leads/notes", op(notes.list_notes), name="notes.list_all"),
        Route(f"{v4}/leads/notes", op(notes.add_notes), name="notes.add", methods=post),
        Route(f"{v4}/leads/notes", op(notes.update_notes), name="notes.update", methods=patch),
        Route(f"{v4}/leads/custom_fields", op(writes.list_fields), name="fields.list"),
        Route(f"{v4}/leads/custom_fields", op(writes.add_fields), name="fields.add", methods=post),
        Route(f"{v4}/leads/custom_fields/{{id:int}}", op(writes.get_field), name="fields.get"),
        Route(f"{v4}/leads/custom_fields/{{id:int}}", op(writes.delete_field), name="fields.delete", methods=delete),
        Route(f"{v4}/leads/pipelines", op(crm.list_pipelines), name="pipelines.list"),
        Route(f"{v4}/leads/pipelines/{{id:int}}", op(crm.get_pipeline), name="pipelines.get"),
        Route(f"{v4}/leads/{{id:int}}", op(crm.get_lead), name="leads.get"),
        Route(f"{v4}/leads/{{lead_id:int}}/notes", op(notes.list_notes), name="notes.list"),
        Route(f"{v4}/leads/{{lead_id:int}}/notes", op(notes.add_notes), name="notes.add", methods=post),
        Route(f"{v4}/leads/{{lead_id:int}}/notes", op(notes.update_notes), name="notes.update", methods=patch),
        Route(f"{v4}/leads/{{lead_id:int}}/notes/{{id:int}}", op(notes.get_note), name="notes.get"),
        Route(f"{v4}/contacts/{{id:int}}", op(crm.get_contact), name="contacts.get"),
        Route(f"{v4}/events", op(talks.list_events), name="events.list"),
        Route(f"{v4}/talks", op(talks.list_talks), name="talks.list"),
        Route(f"{v4}/talks/{{id:int}}", op(talks.get_talk), name="talks.get"),
        Route(f"{v4}/talks/{{id:int}}/messages", op(talks.list_messages), name="talks.messages"),
        Route(f"{v4}/webhooks", op(writes.list_webhooks), name="webhooks.list"),
        Route(f"{v4}/webhooks", op(writes.add_webhook), name="webhooks.add", methods=post),
        Route(f"{v4}/webhooks", op(writes.delete_webhook), name="webhooks.delete", methods=delete),
        *Drive(kommo).routes(),
    ]


async def unknown_path(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return problem(status, f"Cannot {request.method} {request.url.replace(query='')}")


def error_body(code: int, params: dict[str, Any]) -> tuple[bytes, str]:
    """What Kommo's API sends with a status: problem+json, with `retry_after` in it for a 429."""
    extra: dict[str, Any] = {}
    if code == 429:
        extra["retry_after"] = params.get("retry_after", 300)
    if code >= 500:
        extra["trace_id"] = "0" * 32
    return problem_body(code, params.get("detail"), **extra), "application/problem+json"


def index_page(kommo: Kommo) -> str:
    """Accounts, users and leads, for a person who looks around."""
    parts = [
        "<p>An emulation of Kommo for the demo and the tests. Nothing here leaves this machine.</p>"
        f'<p><a href="/leads/detail/{DEMO_CONVERSATION}?user=rep">Open a lead card</a> · '
        '<a href="/_sandbox/">Make it misbehave, see its requests</a></p>'
    ]
    for account in kommo.world.accounts.values():
        users = ", ".join(f"{user.name} ({user.key}, {user.id})" for user in account.users.values())
        rows = [
            [
                Safe(f'<a href="/leads/detail/{lead.id}?account={account.key}">{lead.id}</a>'),
                *(lead.name, _stage_name(account.pipelines[lead.pipeline_id], lead.status_id)),
                *("" if lead.price is None else f"{lead.price:,.0f}", lead.conversation_id),
            ]
            for lead in account.leads.values()
        ]
        parts.append(f"<h2>{html.escape(account.name)}</h2><p>Account {account.id}, users: {html.escape(users)}</p>")
        parts.append(table("Leads", ["id", "name", "stage", f"price ({account.currency})", "chat"], rows))
    return document("Emulated Kommo", "".join(parts))


def _stage_name(pipeline: Any, status_id: int) -> str:
    return next((name for name, n in pipeline.statuses.items() if n == status_id), str(status_id))
