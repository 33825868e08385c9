"""API v4: what we write into Kommo: notes, custom fields, webhooks."""

from __future__ import annotations

import time
from typing import Any

from starlette.responses import Response

from sandbox.kommo.gate import Call
from sandbox.kommo.replies import Refused, batch, hal, invalid, json_object, nothing, page, problem
from sandbox.kommo.world import Note

# Types the API takes, with the params each must have.
NOTE_TYPES: dict[str, tuple[str, ...]] = {
    "common": ("text",),
    "service_message": ("service", "text"),
    "extended_service_message": ("service", "text"),
    "call_in": ("uniq", "duration", "source", "phone"),
    "call_out": ("uniq", "duration", "source", "phone"),
    "sms_in": ("text", "phone"),
    "sms_out": ("text", "phone"),
    "geolocation": ("text", "address", "longitude", "latitude"),
    "attachment": ("file_uuid", "file_name"),
    "message_cashier": ("status", "text"),
}
# Undocumented at Kommo; our own writing stays below (reference: split above some 20,000 characters).
NOTE_TEXT_MAX = 20_000
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


async def list_notes(call: Call) -> Response:
    """The notes of one lead, or of all leads this user may see."""
    lead_id, query = call.request.path_params.get("lead_id"), call.query
    allowed = {call.lead(lead_id).id} if lead_id else {lead.id for lead in call.leads()}
    wanted, entities, types = query.ids("filter[id]"), query.ids("filter[entity_id]"), query.values("filter[note_type]")
    found = [
        note
        for note in call.account.notes.values()
        if note.lead_id in allowed
        and (not wanted or note.id in wanted)
        and (not entities or note.lead_id in entities)
        and (not types or note.note_type in types)
        and query.within("filter[updated_at]", note.updated_at)
    ]
    for name in ("id", "updated_at"):
        if query.value(f"order[{name}]") == "desc":
            found.reverse()
    return page(call.request, "notes", [_note(call, note) for note in found])


async def get_note(call: Call) -> Response:
    lead = call.lead(call.request.path_params["lead_id"])
    note = call.account.notes.get(call.request.path_params["id"])
    return hal(_note(call, note)) if note and note.lead_id == lead.id else nothing()


def _note(call: Call, note: Note) -> dict[str, Any]:
    return {
        "id": note.id,
        "entity_id": note.lead_id,
        "created_by": note.created_by,
        "updated_by": note.created_by,
        "created_at": note.created_at,
        "updated_at": note.updated_at,
        "responsible_user_id": note.responsible_user_id,
        "group_id": 0,
        "note_type": note.note_type,
        "params": note.params,
        "account_id": call.account.id,
        "_links": call.link(f"leads/{note.lead_id}/notes/{note.id}"),
    }


async def add_notes(call: Call) -> Response:
    lead_id = call.request.path_params.get("lead_id")
    if lead_id:
        call.lead(lead_id, missing=problem(404))
    items = await batch(call.request)
    errors: list[tuple[str, str, str, str]] = []
    for n, item in enumerate(items):
        request_id, target = str(item.get("request_id", n)), lead_id or item.get("entity_id")
        if target not in {lead.id for lead in call.leads()}:
            errors.append((request_id, "EntityNotFound", "entity_id", "Entity not found."))
        errors += _note_errors(request_id, item)
    if errors:
        return invalid(errors)
    now, made = int(time.time()), []
    for n, item in enumerate(items):
        note = Note(
            id=call.world.next_id(),
            lead_id=lead_id or item["entity_id"],
            note_type=item["note_type"],
            params=dict(item["params"]),
            created_by=item.get("created_by", call.user.id),
            responsible_user_id=item.get("responsible_user_id", call.user.id),
            created_at=now,
            updated_at=now,
        )
        call.account.notes[note.id] = note
        echo = {"id": note.id, "entity_id": note.lead_id, "request_id": str(item.get("request_id", n))}
        made.append(echo | {"_links": call.link(f"leads/{note.lead_id}/notes/{note.id}")})
    # Kommo answers 200 here, not 201.
    return hal({"_links": call.link(_notes_path(lead_id)), "_embedded": {"notes": made}})


async def update_notes(call: Call) -> Response:
    lead_id = call.request.path_params.get("lead_id")
    if lead_id:
        call.lead(lead_id, missing=problem(404))
    items = await batch(call.request)
    allowed, errors = {lead.id for lead in call.leads()}, []
    for n, item in enumerate(items):
        note = call.account.notes.get(item.get("id", 0))
        if note is None or note.lead_id not in allowed or (lead_id and note.lead_id != lead_id):
            errors.append((str(item.get("request_id", n)), "EntityNotFound", "id", "Entity not found."))
        else:
            changed = {"note_type": note.note_type, **item, "params": note.params | item.get("params", {})}
            errors += _note_errors(str(item.get("request_id", n)), changed)
    if errors:
        return invalid(errors)
    made = []
    for item in items:
        note = call.account.notes[item["id"]]
        note.params |= item.get("params", {})
        note.updated_at = int(time.time())
        echo = {"id": note.id, "entity_id": note.lead_id, "updated_at": note.updated_at}
        made.append(echo | {"_links": call.link(f"leads/{note.lead_id}/notes/{note.id}")})
    return hal({"_links": call.link(_notes_path(lead_id)), "_embedded": {"notes": made}})


def _notes_path(lead_id: int | None) -> str:
    return f"leads/{lead_id}/notes" if lead_id else "leads/notes"


def _note_errors(request_id: str, item: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    required = NOTE_TYPES.get(str(item.get("note_type")))
    if required is None:
        return [(request_id, "NotSupportedChoice", "note_type", "The value you selected is not a valid choice.")]
    params = item.get("params")
    if not isinstance(params, dict):
        return [(request_id, "FieldMissing", "params", "This field is missing.")]
    errors = [
        (request_id, "NotBlank", f"params.{name}", "This value should not be blank.")
        for name in required
        if params.get(name) in (None, "")
    ]
    if len(str(params.get("text", ""))) > NOTE_TEXT_MAX:
        errors.append((request_id, "TooLong", "params.text", "This value is too long."))
    return errors


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
