"""API v4: talks, their messages (the Chats API add-on), and events, which say who and when but never what."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.responses import Response

from sandbox.kommo.gate import Call
from sandbox.kommo.replies import hal, nothing, page, problem
from sandbox.kommo.world import ChatMessage, Talk

# 26 characters of Crockford's alphabet, as Kommo's event ids.
ULID = "0123456789abcdefghjkmnpqrstvwxyz"


def _seen(call: Call) -> list[Talk]:
    """The talks of leads this user may see, in the order they began."""
    allowed = {lead.id for lead in call.leads()}
    return sorted((t for t in call.account.talks.values() if t.lead_id in allowed), key=lambda t: (t.created_at, t.id))


async def list_talks(call: Call) -> Response:
    query, forms = call.query, call.account.talks_filter

    def ids(name: str) -> set[int]:
        bracket = query.ids(f"filter[{name}]") if forms in ("both", "bracket") else set()
        return bracket | (query.ids(name) if forms in ("both", "plain") else set())

    def value(name: str) -> str | None:
        bracket = query.value(f"filter[{name}]") if forms in ("both", "bracket") else None
        return bracket or (query.value(name) if forms in ("both", "plain") else None)

    entities, contacts, talks = ids("entity_id"), ids("contact_id"), ids("talk_id")
    entity_type = value("entity_type")
    if entities and entity_type not in ("lead", "leads", "customer", "customers"):
        return problem(400, "entity_type is required with entity_id")
    only_in_work = (value("only_in_work") or "").lower() in ("1", "true")
    found = [
        talk
        for talk in _seen(call)
        if (not entities or (talk.lead_id in entities and entity_type in ("lead", "leads")))
        and (not contacts or talk.contact_id in contacts)
        and (not talks or talk.id in talks)
        and (talk.is_in_work or not only_in_work)
    ]
    return page(call.request, "talks", [_talk(call, talk) for talk in found])


async def get_talk(call: Call) -> Response:
    talk = call.account.talks.get(call.request.path_params["id"])
    if talk is None:
        return problem(404)
    call.lead(talk.lead_id)
    return hal(_talk(call, talk))


def _talk(call: Call, talk: Talk) -> dict[str, Any]:
    return {
        "talk_id": talk.id,
        "created_at": talk.created_at,
        "updated_at": talk.updated_at,
        "rate": 0,
        "contact_id": talk.contact_id,
        "chat_id": talk.chat_id,
        "entity_id": talk.lead_id,
        "entity_type": "lead",
        "is_in_work": talk.is_in_work,
        "is_read": True,
        "status": "in_work" if talk.is_in_work else "closed",
        "origin": talk.origin,
        "missed_at": None,
        "account_id": call.account.id,
        "_links": call.link(f"talks/{talk.id}"),
        "_embedded": {
            "contacts": [{"id": talk.contact_id, "_links": call.link(f"contacts/{talk.contact_id}")}],
            "leads": [{"id": talk.lead_id, "_links": call.link(f"leads/{talk.lead_id}")}],
        },
    }


async def list_messages(call: Call) -> Response:
    """The text itself: needs the plan (else 402) and the scope "External chat history" (else 403)."""
    if not call.account.has_scope:
        return problem(403, "Invalid scope")
    if not call.account.has_plan:
        return problem(402)
    talk = call.account.talks.get(call.request.path_params["id"])
    if talk is None:
        return problem(404)
    call.lead(talk.lead_id)
    found = [m for m in talk.messages if call.query.within("filter[created_at]", m.created_at)]
    return page(call.request, "messages", [_message(talk, m) for m in found])


def _message(talk: Talk, message: ChatMessage) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": message.id,
        "type": message.type,
        "message_type": message.message_type,
        "origin": talk.origin,
        "text": message.text,
        "created_at": message.created_at,
        "author": message.author,
        "delivery_status": message.delivery_status,
    }
    if message.attachment:
        content["attachment"] = message.attachment
    return content


async def list_events(call: Call) -> Response:
    query = call.query
    types, entities = set(query.values("filter[type]")), set(query.values("filter[entity]"))
    entity_ids = query.ids("filter[entity_id]")
    if entity_ids and len(entities) != 1:
        return problem(400, "entity_id needs exactly one entity")
    if len(entity_ids) > 10:
        return problem(400, "Limit 10 entity_id")
    found = []
    for talk in _seen(call):
        for event in _events(call, talk):
            chat = event["type"].endswith("_chat_message")
            # Chat events are found through the contact, and come back as the lead's.
            owner = ("contact", talk.contact_id) if chat else ("lead", talk.lead_id)
            if (
                (not types or event["type"] in types)
                and (not entities or owner[0] in entities)
                and (not entity_ids or owner[1] in entity_ids)
                and query.within("filter[created_at]", event["created_at"])
            ):
                found.append(event)
    found.sort(key=lambda event: (-event["created_at"], event["id"]))
    return page(call.request, "events", found) if found else nothing()


def _events(call: Call, talk: Talk) -> list[dict[str, Any]]:
    def event(kind: str, key: str, at: int, value: list[dict[str, Any]]) -> dict[str, Any]:
        digest = hashlib.sha256(f"{kind} {key}".encode()).digest()
        event_id = "01" + "".join(ULID[byte % 32] for byte in digest[:24])
        return {
            "id": event_id,
            "type": kind,
            "entity_id": talk.lead_id,
            "entity_type": "lead",
            "created_by": 0,
            "created_at": at,
            "value_after": value,
            "value_before": [],
            "account_id": call.account.id,
            "_links": call.link(f"events/{event_id}"),
            "_embedded": {
                "entity": {
                    "id": talk.lead_id,
                    "linked_talk_contact_id": talk.contact_id,
                    "_links": call.link(f"leads/{talk.lead_id}"),
                }
            },
        }

    made = [event("talk_created", str(talk.id), talk.created_at, [{"talk": {"id": talk.id}}])]
    for message in talk.messages:
        kind = "incoming_chat_message" if message.type == "incoming" else "outgoing_chat_message"
        value = [{"message": {"id": message.id, "talk_id": talk.id, "origin": talk.origin}}]
        made.append(event(kind, message.id, message.created_at, value))
    return made
