"""API v4: custom fields and webhooks."""

from __future__ import annotations

import time
from typing import Any

from starlette.responses import Response

from sandbox.kommo.gate import Call
from sandbox.kommo.replies import Refused, batch, hal, invalid, json_object, nothing, page, problem

FIELD_TYPES = {
    *("text", "numeric", "checkbox", "select", "multiselect", "date", "url", "textarea", "radiobutton"),
    *("streetaddress", "smart_address", "birthday", "legal_entity", "date_time", "tracking_data", "chained_list"),
    *("monetary", "file"),
}
ENUM_TYPES = {"select", "multiselect", "radiobutton"}
HOOK_EVENTS = {
    *(
        f"{verb}_{what}"
        for verb in ("add", "update", "delete", "restore", "responsible")
        for what in ("lead", "contact")
    ),
    *("status_lead", "note_lead", "note_contact", "add_task", "add_talk", "update_talk", "add_message"),
    *("add_outgoing_message", "add_unsorted", "update_unsorted", "delete_unsorted"),
}


async def list_fields(call: Call) -> Response:
    types = call.query.values("filter[type]")
    fields = [f for f in call.account.custom_fields.values() if not types or f["type"] in types]
    return page(call.request, "custom_fields", [_field(call, field) for field in fields], default_limit=50)


async def get_field(call: Call) -> Response:
    field = call.account.custom_fields.get(call.request.path_params["id"])
    return hal(_field(call, field)) if field else problem(404)


async def delete_field(call: Call) -> Response:
    call.require_admin()
    if call.account.custom_fields.pop(call.request.path_params["id"], None) is None:
        return problem(404)
    return nothing()


async def add_fields(call: Call) -> Response:
    call.require_admin()
    items = await batch(call.request)
    codes, errors = {field["code"] for field in call.account.custom_fields.values()}, []
    for n, item in enumerate(items):
        request_id = str(item.get("request_id", n))
        if not item.get("name"):
            errors.append((request_id, "NotBlank", "name", "This value should not be blank."))
        if item.get("type") not in FIELD_TYPES:
            errors.append((request_id, "NotSupportedChoice", "type", "The value you selected is not a valid choice."))
        enums = item.get("enums")
        if item.get("type") in ENUM_TYPES and not (enums and all("value" in e and "sort" in e for e in enums)):
            errors.append((request_id, "FieldMissing", "enums", "This field is missing."))
        if item.get("code") and item["code"] in codes:
            errors.append((request_id, "NotUnique", "code", "This value is already used."))
        codes.add(item.get("code"))
    if errors:
        return invalid(errors)
    made = []
    for n, item in enumerate(items):
        field = _new_field(call, item)
        call.account.custom_fields[field["id"]] = field
        made.append(_field(call, field) | {"request_id": str(item.get("request_id", n))})
    answer = {"_total_items": len(made), "_links": call.link("leads/custom_fields")}
    return hal(answer | {"_embedded": {"custom_fields": made}}, 201)


def _new_field(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    enums = [
        {"id": call.world.next_id(), "value": e["value"], "sort": e["sort"], "code": e.get("code")}
        for e in item.get("enums") or []
    ]
    return {
        "id": call.world.next_id(),
        "name": item["name"],
        "type": item["type"],
        "account_id": call.account.id,
        "code": item.get("code"),
        "sort": item.get("sort", 500),
        "is_api_only": bool(item.get("is_api_only", False)),
        "enums": enums or None,
        "group_id": item.get("group_id"),
        "required_statuses": [],
        "is_deletable": True,
        "is_predefined": False,
        "entity_type": "leads",
        "tracking_callback": None,
        "remind": None,
        "triggers": [],
        "currency": None,
        "hidden_statuses": [],
        "chained_lists": None,
    }


def _field(call: Call, field: dict[str, Any]) -> dict[str, Any]:
    return field | {"_links": call.link(f"leads/custom_fields/{field['id']}")}


async def list_webhooks(call: Call) -> Response:
    call.require_admin()
    wanted = call.query.value("filter[destination]")
    hooks = [hook for hook in call.account.webhooks.values() if wanted in (None, hook["destination"])]
    return page(call.request, "webhooks", hooks)


async def add_webhook(call: Call) -> Response:
    call.require_admin()
    content = await json_object(call.request)
    destination, events = content.get("destination"), content.get("settings")
    if not isinstance(destination, str) or not destination.startswith(("http://", "https://")):
        return invalid([("0", "NotBlank", "destination", "This value should not be blank.")])
    if not isinstance(events, list) or not events or not set(events) <= HOOK_EVENTS:
        return invalid([("0", "NotSupportedChoice", "settings", "The value you selected is not a valid choice.")])
    known, now = call.account.webhooks.get(destination), int(time.time())
    if known is None and len(call.account.webhooks) >= 100:
        raise Refused(problem(400, "Limit 100 webhooks"))
    hook = known or {"id": call.world.next_id(), "destination": destination, "created_at": now}
    hook |= {
        "updated_at": now,
        "account_id": call.account.id,
        "created_by": call.user.id,
        "sort": content.get("sort", 10),
        "disabled": False,
        "settings": events,
    }
    call.account.webhooks[destination] = hook
    return hal(hook, 200 if known else 201)


async def delete_webhook(call: Call) -> Response:
    call.require_admin()
    content = await json_object(call.request)
    gone = call.account.webhooks.pop(str(content.get("destination")), None)
    return nothing() if gone else problem(404)
