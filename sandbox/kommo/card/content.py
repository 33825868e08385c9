"""What the lead card shows, as JSON: the account, its leads, and one card with its feed as this user may see it."""

from __future__ import annotations

from typing import Any

from sandbox.kommo.card.extras import EXTRAS, make_extra
from sandbox.kommo.world import LOST, WON, Account, ChatMessage, Lead, Note, Talk, User, World

CLOSED = {WON: "Closed - won", LOST: "Closed - lost"}
UNSAVED = ("0", "add")
NOTHING: dict[str, Any] = {"messages": [], "notes": []}
CALLS = ("call_in", "call_out")


def account_content(account: Account, user: User) -> dict[str, Any]:
    """What the page's toolbar and Kommo's own globals are made of."""
    return {
        "account": {
            "id": account.id,
            "key": account.key,
            "subdomain": account.subdomain,
            "domain": account.domain,
            "name": account.name,
            "country": account.country,
            "currency": account.currency,
            "currency_symbol": account.currency_symbol,
            "timezone": account.timezone,
            "language": account.language,
            "uuid": account.uuid,
            "amojo_id": account.amojo_id,
        },
        "user": _person(user),
        "users": [_person(each) for each in account.users.values()],
        "settings": {"has_scope": account.has_scope, "has_plan": account.has_plan, "is_paid": account.is_paid},
        "extras": [
            {"key": key, "label": extra.label, "conversation": extra.conversation_id} for key, extra in EXTRAS.items()
        ],
        "leads": [
            {
                "id": lead.id,
                "name": lead.name,
                "conversation": lead.conversation_id,
                "is_allowed": account.may_see(user, lead),
            }
            for lead in account.leads.values()
        ],
    }


def _person(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "key": user.key,
        "name": user.name,
        "email": user.email,
        "lang": user.lang,
        "is_admin": user.is_admin,
        "is_active": user.is_active,
    }


def find_lead(world: World, account: Account, ref: str, base_url: str) -> Lead | None:
    """By id, by the id of its chat (en-o-01), or one of EXTRAS, which is made when it is first asked for."""
    if ref in EXTRAS:
        return make_extra(world, account, ref, base_url)
    if ref.isdecimal():
        return account.leads.get(int(ref))
    return next((lead for lead in account.leads.values() if lead.conversation_id == ref), None)


def unsaved_card(account: Account) -> dict[str, Any]:
    """The card of a lead that is being made: id 0, nothing in it."""
    return {"is_saved": False, "is_allowed": True, "lead": _lead_fields(0), "contact": None} | NOTHING


def card_content(account: Account, user: User, lead: Lead) -> dict[str, Any]:
    """One card. Without rights Kommo shows none; here it comes empty, for the widget's own words on that."""
    if not account.may_see(user, lead):
        return {
            "is_saved": True,
            "is_allowed": False,
            "lead": _lead_fields(lead.id),
            "contact": None,
            **NOTHING,
        }
    pipeline = account.pipelines[lead.pipeline_id]
    names = {number: name for name, number in pipeline.statuses.items()} | CLOSED
    contact = account.contacts[lead.contact_id]
    responsible = account.users.get(lead.responsible_user_id)
    fields = _lead_fields(
        lead.id,
        name=lead.name,
        price=lead.price,
        stage=names.get(lead.status_id, str(lead.status_id)),
        stages=[*pipeline.statuses, *CLOSED.values()],
        pipeline=pipeline.name,
        pipeline_id=lead.pipeline_id,
        status_id=lead.status_id,
        responsible_user_id=lead.responsible_user_id,
        responsible=responsible.name if responsible else "",
    )
    return {
        "is_saved": True,
        "is_allowed": True,
        "lead": fields,
        "contact": {"id": contact.id, "name": contact.name},
        "messages": feed(account, lead),
        "notes": notes_of(account, lead),
    }


def _lead_fields(lead_id: int, **known: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        **{"name": "", "price": None, "stage": "", "stages": [], "pipeline": "", "pipeline_id": 0, "status_id": 0},
        **{"responsible_user_id": 0, "responsible": ""},
    }
    return {"id": lead_id} | empty | known


def talks_of(account: Account, lead: Lead) -> list[Talk]:
    found = [talk for talk in account.talks.values() if talk.lead_id == lead.id]
    return sorted(found, key=lambda talk: (talk.created_at, talk.id))


def feed(account: Account, lead: Lead) -> list[dict[str, Any]]:
    """The messages of all talks, oldest first; within one second in the order of the chat."""
    order = {message_id: n for n, message_id in enumerate(lead.message_ids.values())}
    found: list[dict[str, Any]] = []
    for talk in talks_of(account, lead):
        messages = sorted(talk.messages, key=lambda m: (m.created_at, order.get(m.id, len(order)), m.id))
        found += [feed_message(talk, m, is_last=m is messages[-1]) for m in messages]
    return found


def feed_message(talk: Talk, message: ChatMessage, *, is_last: bool) -> dict[str, Any]:
    """`is_last` of its talk: Kommo writes the talk's number below it. `at` is in unix seconds."""
    return {
        "id": message.id,
        "talk_id": talk.id,
        "is_last": is_last,
        "is_incoming": message.type == "incoming",
        "author_type": message.author["type"],
        "author_name": message.author["name"],
        "kind": message.message_type,
        "text": message.text,
        "file_name": message.attachment["file_name"] if message.attachment else None,
        "at": message.created_at,
    }


def notes_of(account: Account, lead: Lead, *, after: int = 0) -> list[dict[str, Any]]:
    """The notes of a lead as its feed shows them, oldest first; only those with a greater id than `after`."""
    found = [note for note in account.notes.values() if note.lead_id == lead.id and note.id > after]
    return [_feed_note(account, note) for note in sorted(found, key=lambda note: (note.created_at, note.id))]


def _feed_note(account: Account, note: Note) -> dict[str, Any]:
    """`call` is null, or what a player is made of: `{is_incoming, phone, duration_s, has_recording}`."""
    author, params = account.users.get(note.created_by), note.params
    call = None
    if note.note_type in CALLS:
        call = {
            "is_incoming": note.note_type == "call_in",
            "phone": str(params.get("phone", "")),
            "duration_s": params.get("duration", 0),
            "has_recording": bool(params.get("link")),
        }
    return {
        "id": note.id,
        "note_type": note.note_type,
        "title": params.get("service") or params.get("source") or (author.name if author else None),
        "text": str(params.get("text", "")),
        "call": call,
        "at": note.created_at,
    }
