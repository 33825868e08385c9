"""API v4: the notes of leads."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.responses import Response

from sandbox.hang_up import NoAnswer
from sandbox.kommo.gate import Call
from sandbox.kommo.replies import batch, hal, invalid, nothing, page, problem
from sandbox.kommo.world import Note
from sandbox.misbehave import Rule

# Own kinds of `notes.add`: an answer that does not tell what was done.
KINDS = {
    "lost_answer": "notes.add: the notes are made, the connection ends without an answer",
    "late": "notes.add: 504 at once, the notes appear {seconds} later",
    "partial": "notes.add: the first of several notes is made, then 500",
}
LATE_S = 5.0
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
    found.sort(key=lambda note: note.id)
    for name in ("id", "updated_at"):
        if direction := query.value(f"order[{name}]"):
            found.sort(key=lambda note: getattr(note, name), reverse=direction == "desc")
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
    allowed = {lead.id for lead in call.leads()}
    for n, item in enumerate(items):
        request_id = str(item.get("request_id", n))
        if (lead_id or item.get("entity_id")) not in allowed:
            errors.append((request_id, "EntityNotFound", "entity_id", "Entity not found."))
        errors += _note_errors(call, request_id, item)
    if errors:
        return invalid(errors)
    rule = call.take(KINDS)
    if rule is not None:
        call.request.scope["sandbox.facts"]["spoiled"] = rule.kind
        return _add_badly(call, lead_id, items, rule)
    made = [
        {"id": note.id, "entity_id": note.lead_id, "request_id": str(item.get("request_id", n))}
        | {"_links": call.link(f"leads/{note.lead_id}/notes/{note.id}")}
        for n, item in enumerate(items)
        for note in [_make(call, lead_id, item)]
    ]
    # Kommo answers 200 here, not 201.
    return hal({"_links": call.link(_notes_path(lead_id)), "_embedded": {"notes": made}})


def _make(call: Call, lead_id: int | None, item: dict[str, Any]) -> Note:
    now = int(time.time())
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
    return note


def _add_badly(call: Call, lead_id: int | None, items: list[dict[str, Any]], rule: Rule) -> Response:
    def make(some: list[dict[str, Any]]) -> None:
        for item in some:
            _make(call, lead_id, item)

    if rule.kind == "late":
        asyncio.get_running_loop().call_later(float(rule.params.get("seconds", LATE_S)), make, items)
        return problem(504)
    if rule.kind == "partial":
        make(items[:1])
        return problem(500, trace_id="0" * 32)
    make(items)
    return NoAnswer()


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
            errors += _note_errors(call, str(item.get("request_id", n)), changed)
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


def _note_errors(call: Call, request_id: str, item: dict[str, Any]) -> list[tuple[str, str, str, str]]:
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
    if len(str(params.get("text", ""))) > call.account.note_text_max:
        errors.append((request_id, "TooLong", "params.text", "This value is too long."))
    return errors
