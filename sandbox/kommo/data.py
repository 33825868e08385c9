"""The sample chats as Kommo's leads, contacts, talks and messages.

`truth` is dropped before anything is made of a file. Ids are derived from the chat's id: the same in every run.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import zlib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.kommo.calls import add_sample_calls
from sandbox.kommo.files import derived_uuid, place_of, store_sample
from sandbox.kommo.world import LOST, WON, Account, ChatMessage, Contact, Lead, Pipeline, Talk, User, World
from sandbox.shelf import Shelf, sample_of

CONVERSATIONS = Path(__file__).resolve().parent.parent / "data" / "conversations" / "open"
DEMO_CONVERSATION = "en-o-01"
# The stranger gets the last three chats of each language, acme the others.
STRANGERS = {f"{language}-o-{n}" for language in ("en", "es", "pt") for n in (18, 19, 20)}
# The colleague is responsible for these only, and sees nothing else.
COLLEAGUES = {"en-o-03", "es-o-03", "en-o-19"}

SPLIT_AT_GAP_S = 3 * 86_400  # a chat silent this long came back as a new talk
SPLIT_FROM_MESSAGES = 16

ORIGINS = {"whatsapp": "waba", "instagram": "instagram_business", "telegram": "telegram"}
PIPELINES = {"en": (4_100_001, "Sales"), "es": (4_100_002, "Ventas"), "pt": (4_100_003, "Vendas")}
MESSAGE_TYPES = {
    "text": "text",
    "voice": "voice",
    "image": "picture",
    "file": "file",
    "sticker": "sticker",
    "location": "location",
}
AUTHOR_TYPES = {"client": "external", "agent": "internal", "bot": "bot", "system": "system"}
FILE_NAMES = {"picture": "image.jpg", "sticker": "sticker.webp"}


class BadConversation(ValueError):
    """Not a chat in the format of FORMAT.md; the message names the field, never its value."""


def new_world(base_url: str, web_url: str, shelf: Shelf) -> World:
    """The world at the start: two accounts, all sample chats, their recordings on the shelf and nothing else there."""
    shelf.clear()
    world = World(shelf=shelf, drive_url=base_url)
    point_at(world, web_url)
    domain = base_url.split("://", 1)[1]
    for account in (_acme(domain), _stranger(domain)):
        world.accounts[account.id] = account
    for raw in _sample_chats():
        owner = world.account("stranger" if raw["id"] in STRANGERS else "acme")
        if owner is None:
            raise LookupError("the accounts are made above")
        add_lead(world, owner, raw, base_url)
    for account in world.accounts.values():
        add_sample_calls(world, account, base_url)
    return world


@cache
def _sample_chats() -> tuple[dict[str, Any], ...]:
    """As they are on disk: read once, since every reset begins with them. Nobody changes what is in here."""
    return tuple(json.loads(path.read_text("utf-8")) for path in sorted(CONVERSATIONS.glob("*.json")))


def point_at(world: World, web_url: str) -> None:
    """Register the redirect URI and the disable hook of the service at `web_url`."""
    world.redirect_uri = f"{web_url.rstrip('/')}/oauth/kommo/callback"
    world.disable_hook = f"{web_url.rstrip('/')}/hooks/kommo/disabled"


def _people(first_id: int, host: str, lang: str, names: Iterable[str]) -> dict[int, User]:
    admin, rep, colleague = names
    users = [
        User(first_id, "admin", admin, f"admin@{host}.example", lang, is_admin=True),
        User(first_id + 1, "rep", rep, f"rep@{host}.example", lang),
        User(first_id + 2, "colleague", colleague, f"colleague@{host}.example", lang, view="M"),
    ]
    return {user.id: user for user in users}


def _acme(domain: str) -> Account:
    return Account(
        id=32_001_001,
        key="acme",
        subdomain="acme",
        name="Acme Trading",
        country="GB",
        currency="GBP",
        currency_symbol="£",
        timezone="Europe/London",
        language="en",
        uuid=derived_uuid("acme"),
        amojo_id=derived_uuid("amojo acme"),
        domain=domain,
        users=_people(9_001_001, "acme", "en", ("Ada Morris", "Rob Ellis", "Cleo Hart")),
    )


def _stranger(domain: str) -> Account:
    return Account(
        id=32_002_002,
        key="stranger",
        subdomain="stranger",
        name="Estranho Comércio",
        country="BR",
        currency="BRL",
        currency_symbol="R$",
        timezone="America/Sao_Paulo",
        language="pt",
        uuid=derived_uuid("stranger"),
        amojo_id=derived_uuid("amojo stranger"),
        domain=domain,
        users=_people(9_002_001, "stranger", "pt", ("Sílvia Prado", "Rui Lopes", "Caio Melo")),
    )


def add_lead(world: World, account: Account, raw: Any, base_url: str) -> Lead:
    """Make a lead with contact, talks and messages of one chat. Raises BadConversation."""
    chat = _checked(raw)
    lead_id = _free_id(account, chat["id"])
    contact_id = lead_id + 20_000_000
    messages, message_ids = _messages(world, account, lead_id, chat, base_url)
    created, updated = messages[0].created_at, max(m.created_at for m in messages)
    responsible = account.user("colleague" if chat["id"] in COLLEAGUES else "rep")
    if responsible is None:
        raise LookupError("every account has these users")
    pipeline_id, status_id = _stage(account, chat)
    client = next((m.author["name"] for m in messages if m.author["type"] == "external"), None)
    contact = Contact(contact_id, client or chat["lead"].get("name") or "", responsible.id, created)
    lead = Lead(
        id=lead_id,
        name=chat["lead"].get("name") or "",
        price=chat["lead"].get("price"),
        pipeline_id=pipeline_id,
        status_id=status_id,
        responsible_user_id=responsible.id,
        contact_id=contact_id,
        created_at=created,
        updated_at=updated,
        conversation_id=chat["id"],
        message_ids=message_ids,
    )
    account.contacts[contact_id] = contact
    account.leads[lead_id] = lead
    chat_id = derived_uuid(f"chat {account.id} {lead_id}")
    for n, part in enumerate(parts := _talks(messages), start=1):
        talk = Talk(
            id=lead_id * 10 + n,
            chat_id=chat_id,
            lead_id=lead_id,
            contact_id=contact_id,
            origin=ORIGINS.get(chat.get("channel", ""), "waba"),
            created_at=part[0].created_at,
            updated_at=part[-1].created_at,
            is_in_work=n == len(parts),
            # Kommo promises no order: a mixed one that is the same each time.
            messages=sorted(part, key=lambda m: hashlib.sha256(m.id.encode()).digest()),
        )
        account.talks[talk.id] = talk
    return lead


def _checked(raw: Any) -> dict[str, Any]:
    """The chat without `truth`. Raises BadConversation naming the first field at fault."""
    if not isinstance(raw, dict):
        raise BadConversation("the conversation is not an object")
    chat = {name: value for name, value in raw.items() if name != "truth"}
    chat.setdefault("lead", {})
    for name, kind in (("id", str), ("messages", list), ("lead", dict)):
        if not isinstance(chat.get(name), kind) or not (chat[name] or name == "lead"):
            raise BadConversation(f"{name} is missing or of the wrong type")
    price = chat["lead"].get("price")
    if price is not None and (isinstance(price, bool) or not isinstance(price, int | float)):
        raise BadConversation("lead.price is not a number")
    for n, message in enumerate(chat["messages"]):
        where = f"messages[{n}]"
        if not isinstance(message, dict) or not isinstance(message.get("id"), str):
            raise BadConversation(f"{where}.id is missing")
        if message.get("author") not in AUTHOR_TYPES:
            raise BadConversation(f"{where}.author is not known")
        if message.get("kind", "text") not in MESSAGE_TYPES:
            raise BadConversation(f"{where}.kind is not known")
        if not isinstance(message.get("text") or "", str):
            raise BadConversation(f"{where}.text is not text")
    return chat


def _free_id(account: Account, conversation_id: str) -> int:
    lead_id = 10_000_000 + zlib.crc32(f"{account.id} {conversation_id}".encode()) % 10_000_000
    while lead_id in account.leads:
        lead_id += 1
    return lead_id


def _messages(
    world: World, account: Account, lead_id: int, chat: dict[str, Any], base_url: str
) -> tuple[list[ChatMessage], dict[str, str]]:
    made: list[ChatMessage] = []
    ids: dict[str, str] = {}
    last_at = account.created_at
    for n, message in enumerate(chat["messages"]):
        own_id = message["id"]
        # A chat may hold an id twice (a copied message); Kommo's ids stay unique.
        name = f"{account.id} {lead_id} {own_id}" + (f" {n}" if own_id in ids else "")
        kommo_id = derived_uuid(name)
        ids.setdefault(own_id, kommo_id)
        last_at = _seconds(message.get("at"), last_at, f"messages[{n}].at")
        author, kind = message["author"], MESSAGE_TYPES[message.get("kind", "text")]
        text = message.get("text") or ""
        attachment = None if kind in ("text", "location") else _attachment(kommo_id, kind, text, base_url)
        if kind == "voice":
            path, name = store_sample(world.shelf, account, kommo_id, sample_of(chat["id"], own_id))
            attachment = {"type": kind, "link": f"{base_url}{path}", "file_name": name}
        made.append(
            ChatMessage(
                id=kommo_id,
                type="incoming" if author == "client" else "outgoing",
                message_type=kind,
                # The name of a file stands in its attachment; what a voice message says, Kommo does not know.
                text="" if kind in ("voice", "file") else text,
                created_at=last_at,
                author={
                    "id": derived_uuid(f"{account.id} {lead_id} {author}"),
                    "type": AUTHOR_TYPES[author],
                    "name": message.get("author_name"),
                    "avatar_url": None,
                },
                attachment=attachment,
                delivery_status="delivered",
            )
        )
    return made, ids


def _attachment(message_id: str, kind: str, text: str, base_url: str) -> dict[str, str]:
    name = text if kind == "file" and text else FILE_NAMES.get(kind, "file.bin")
    link = f"{base_url}/download/{place_of(message_id)}/{FILE_NAMES.get(kind, 'file.bin')}"
    return {"type": kind, "link": link, "file_name": name}


def _seconds(at: object, fallback: int, where: str) -> int:
    """ISO 8601 in, unix seconds out; a message without a time has the time of the one before."""
    if at is None:
        return fallback
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError as error:
        raise BadConversation(f"{where} is not a time in ISO 8601") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("UTC"))).timestamp())


def _talks(messages: list[ChatMessage]) -> list[list[ChatMessage]]:
    """Where a long chat fell silent for days, the rest is a talk of its own."""
    if len(messages) < SPLIT_FROM_MESSAGES:
        return [messages]
    gaps = [(later.created_at - earlier.created_at) for earlier, later in itertools.pairwise(messages)]
    longest = max(range(len(gaps)), key=gaps.__getitem__)
    if gaps[longest] < SPLIT_AT_GAP_S:
        return [messages]
    return [messages[: longest + 1], messages[longest + 1 :]]


def _stage(account: Account, chat: dict[str, Any]) -> tuple[int, int]:
    """The pipeline of the chat's language and the stage of the lead's name in it, made when it is new."""
    pipeline_id, name = PIPELINES.get(str(chat.get("language", "en"))[:2], PIPELINES["en"])
    pipeline_id += account.id % 1000 * 1000
    pipeline = account.pipelines.get(pipeline_id)
    if pipeline is None:
        pipeline = Pipeline(pipeline_id, name, len(account.pipelines) + 1, {"Incoming leads": pipeline_id * 100})
        account.pipelines[pipeline_id] = pipeline
    stage = chat["lead"].get("stage")
    if not stage:
        return pipeline_id, pipeline.statuses["Incoming leads"]
    closing = {"Closed - won": WON, "Closed - lost": LOST}
    if stage in closing:
        return pipeline_id, closing[stage]
    return pipeline_id, pipeline.statuses.setdefault(stage, pipeline_id * 100 + len(pipeline.statuses))
