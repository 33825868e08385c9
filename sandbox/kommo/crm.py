"""API v4: account, users, leads, contacts, pipelines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from sandbox.kommo.gate import Call
from sandbox.kommo.replies import hal, nothing, page, problem
from sandbox.kommo.world import LOST, WON, Account, Contact, Lead, Pipeline, User


async def get_account(call: Call) -> Response:
    account = call.account
    content: dict[str, Any] = {
        "id": account.id,
        "name": account.name,
        "subdomain": account.subdomain,
        "created_at": account.created_at,
        "created_by": 0,
        "updated_at": account.created_at,
        "updated_by": 0,
        "current_user_id": call.user.id,
        "country": account.country,
        "currency": account.currency,
        "currency_symbol": account.currency_symbol,
        "customers_mode": "unavailable",
        "is_unsorted_on": True,
        "is_loss_reason_enabled": True,
        "is_helpbot_enabled": False,
        "is_technical_account": False,
        "mobile_feature_version": 0,
        "contact_name_display_order": 1,
    }
    optional = {
        "amojo_id": account.amojo_id,
        "uuid": account.uuid,
        "version": 11,
        "drive_url": call.world.drive_url,
        "is_api_filter_enabled": True,
    }
    content |= {name: value for name, value in optional.items() if name in call.query}
    content["_links"] = call.link("account")
    if embedded := _account_embedded(call):
        content["_embedded"] = embedded
    return hal(content)


def _account_embedded(call: Call) -> dict[str, Any]:
    offset = datetime.now(UTC).astimezone(ZoneInfo(call.account.timezone)).strftime("%z")
    everything: dict[str, Any] = {
        "amojo_rights": {"can_direct": True, "can_create_groups": True},
        "users_groups": [{"id": 0, "name": "Sales", "uuid": None}],
        "task_types": [
            {"id": 1, "name": "Follow-up", "color": None, "icon_id": None, "code": "FOLLOW_UP"},
            {"id": 2, "name": "Meeting", "color": None, "icon_id": None, "code": "MEETING"},
        ],
        "datetime_settings": {
            "date_pattern": "d.m.Y H:i",
            "short_date_pattern": "d.m.Y",
            "short_time_pattern": "H:i",
            "date_formant": "",
            "time_format": "H:i:s",
            "timezone": call.account.timezone,
            "timezone_offset": f"{offset[:3]}:{offset[3:]}",
        },
    }
    return {name: value for name, value in everything.items() if name in call.query}


async def list_users(call: Call) -> Response:
    call.require_admin()
    return page(call.request, "users", [_user(call, user) for user in call.account.users.values()])


async def get_user(call: Call) -> Response:
    call.require_admin()
    user = call.account.users.get(call.request.path_params["id"])
    return hal(_user(call, user)) if user else problem(404)


def _user(call: Call, user: User) -> dict[str, Any]:
    own = {"view": user.view, "edit": user.view, "add": "A", "delete": "D", "export": "D"}
    full = dict.fromkeys(("view", "edit", "add", "delete", "export"), "A")
    rights = full if user.is_admin else own
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "lang": user.lang,
        "rights": {
            "leads": rights,
            "contacts": rights,
            "companies": rights,
            "tasks": {"edit": rights["edit"], "delete": rights["delete"]},
            "mail_access": user.is_admin,
            "catalog_access": user.is_admin,
            "status_rights": [],
            "is_admin": user.is_admin,
            "is_free": False,
            "is_active": user.is_active,
            "group_id": 0,
            "role_id": None,
        },
        "_links": call.link(f"users/{user.id}"),
    }


async def list_leads(call: Call) -> Response:
    query = call.query
    wanted, words = query.ids("filter[id]"), (query.value("query") or "").casefold()
    pipelines = query.ids("filter[pipeline_id]")
    found = [
        lead
        for lead in call.leads()
        if (not wanted or lead.id in wanted)
        and (not pipelines or lead.pipeline_id in pipelines)
        and query.within("filter[updated_at]", lead.updated_at)
        and query.within("filter[created_at]", lead.created_at)
        and (not words or words in lead.name.casefold())
    ]
    for field in ("id", "created_at", "updated_at"):
        if direction := query.value(f"order[{field}]"):
            found.sort(key=lambda lead: getattr(lead, field), reverse=direction == "desc")
    return page(call.request, "leads", [_lead(call, lead) for lead in found])


async def get_lead(call: Call) -> Response:
    return hal(_lead(call, call.lead(call.request.path_params["id"])))


def _lead(call: Call, lead: Lead) -> dict[str, Any]:
    values = [
        {
            "field_id": field_id,
            "field_name": call.account.custom_fields[field_id]["name"],
            "field_code": call.account.custom_fields[field_id]["code"],
            "field_type": call.account.custom_fields[field_id]["type"],
            "values": value,
        }
        for field_id, value in lead.custom_fields.items()
    ]
    embedded: dict[str, Any] = {"tags": [], "companies": []}
    if "contacts" in call.query:
        contact = {"id": lead.contact_id, "is_main": True, "_links": call.link(f"contacts/{lead.contact_id}")}
        embedded["contacts"] = [contact]
    price = lead.price or 0
    return {
        "id": lead.id,
        "name": lead.name,
        "price": int(price),
        "responsible_user_id": lead.responsible_user_id,
        "group_id": 0,
        "status_id": lead.status_id,
        "pipeline_id": lead.pipeline_id,
        "loss_reason_id": None,
        "created_by": 0,
        "updated_by": 0,
        "created_at": lead.created_at,
        "updated_at": lead.updated_at,
        "closed_at": lead.updated_at if lead.status_id in (WON, LOST) else None,
        "closest_task_at": None,
        "is_deleted": False,
        "custom_fields_values": values or None,
        "score": None,
        "account_id": call.account.id,
        "labor_cost": None,
        "price_with_minor_units": price,
        "_links": call.link(f"leads/{lead.id}"),
        "_embedded": embedded,
    }


async def get_contact(call: Call) -> Response:
    contact = call.account.contacts.get(call.request.path_params["id"])
    if contact is None:
        return nothing()
    theirs = [lead for lead in call.account.leads.values() if lead.contact_id == contact.id]
    if not any(call.account.may_see(call.user, lead) for lead in theirs):
        return call.denied()
    return hal(_contact(call, contact, theirs))


def _contact(call: Call, contact: Contact, leads: list[Lead]) -> dict[str, Any]:
    embedded: dict[str, Any] = {"tags": [], "companies": []}
    if "leads" in call.query:
        embedded["leads"] = [{"id": lead.id, "_links": call.link(f"leads/{lead.id}")} for lead in leads]
    return {
        "id": contact.id,
        "name": contact.name,
        "first_name": "",
        "last_name": "",
        "responsible_user_id": contact.responsible_user_id,
        "group_id": 0,
        "created_by": 0,
        "updated_by": 0,
        "created_at": contact.created_at,
        "updated_at": contact.created_at,
        "closest_task_at": None,
        "is_deleted": False,
        "is_unsorted": False,
        "custom_fields_values": None,
        "account_id": call.account.id,
        "_links": call.link(f"contacts/{contact.id}"),
        "_embedded": embedded,
    }


async def list_pipelines(call: Call) -> Response:
    return page(call.request, "pipelines", [_pipeline(call, p) for p in call.account.pipelines.values()])


async def get_pipeline(call: Call) -> Response:
    pipeline = call.account.pipelines.get(call.request.path_params["id"])
    return hal(_pipeline(call, pipeline)) if pipeline else problem(404)


def _pipeline(call: Call, pipeline: Pipeline) -> dict[str, Any]:
    path = f"leads/pipelines/{pipeline.id}"
    named = [*pipeline.statuses.items(), *_closing(call.account).items()]
    statuses = [
        {
            "id": status_id,
            "name": name,
            "sort": 10_000 if status_id in (WON, LOST) else n * 10,
            "is_editable": status_id not in (WON, LOST) and n > 1,
            "pipeline_id": pipeline.id,
            "color": "#c1c1c1" if n == 1 else "#99ccff",
            "type": 1 if n == 1 else 0,
            "account_id": call.account.id,
            "_links": call.link(f"{path}/statuses/{status_id}"),
        }
        for n, (name, status_id) in enumerate(named, start=1)
    ]
    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "sort": pipeline.sort,
        "is_main": pipeline.sort == 1,
        "is_unsorted_on": True,
        "is_archive": False,
        "account_id": call.account.id,
        "_links": call.link(path),
        "_embedded": {"statuses": statuses},
    }


def _closing(account: Account) -> dict[str, int]:
    won, lost = {"pt": ("Ganho", "Perdido"), "es": ("Ganado", "Perdido")}.get(
        account.language, ("Closed - won", "Closed - lost")
    )
    return {won: WON, lost: LOST}
