"""Messages that come, change and go while a card is open, in the feed and in what the talks API tells of it."""

from __future__ import annotations

import time
import uuid
from typing import Any

from sandbox.kommo.card.content import talks_of
from sandbox.kommo.data import AUTHOR_TYPES, MESSAGE_TYPES
from sandbox.kommo.files import store_sample
from sandbox.kommo.world import Account, ChatMessage, Lead, Talk
from sandbox.shelf import Shelf, sample_named, samples

AUTHORS = ("client", "agent", "bot", "system")


def add_voice(account: Account, lead: Lead, author: str, link: str, file_name: str) -> tuple[Talk, ChatMessage]:
    """A voice message of now, its recording at `link`."""
    talk, message = add_message(account, lead, author, file_name, "voice")
    message.attachment = {"type": "voice", "link": link, "file_name": file_name}
    return talk, message


def give_sample(shelf: Shelf, account: Account, lead: Lead, message: ChatMessage, name: object, base_url: str) -> None:
    """A recording for a voice message made on the card: the sample of this name, or the first of its language."""
    language = lead.conversation_id[:2]
    spoken = [one for one in samples() if one.kind == "message"]
    sample = sample_named(str(name)) or next((one for one in spoken if one.language == language), None)
    path, file_name = store_sample(shelf, account, message.id, sample or (spoken[0] if spoken else None))
    message.attachment = {"type": "voice", "link": f"{base_url}{path}", "file_name": file_name}


def add_message(account: Account, lead: Lead, author: str, text: str, kind: str = "text") -> tuple[Talk, ChatMessage]:
    """A message of now at the end of the lead's last talk. `author` and `kind` are FORMAT.md's."""
    now = int(time.time())
    talk = _last_talk(account, lead, now)
    names = {"client": account.contacts[lead.contact_id].name, "agent": _responsible(account, lead), "bot": "Bot"}
    message = ChatMessage(
        id=str(uuid.uuid4()),
        type="incoming" if author == "client" else "outgoing",
        message_type=MESSAGE_TYPES[kind],
        text="" if kind in ("voice", "file") else text,
        created_at=max(now, *(m.created_at for m in talk.messages)) if talk.messages else now,
        author={
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{account.id} {lead.id} {author}")),
            "type": AUTHOR_TYPES[author],
            "name": names.get(author),
            "avatar_url": None,
        },
        attachment=None if kind == "text" else {"type": MESSAGE_TYPES[kind], "link": "", "file_name": text or kind},
        delivery_status="delivered",
    )
    talk.messages.append(message)
    lead.message_ids[message.id] = message.id
    talk.updated_at = lead.updated_at = message.created_at
    return talk, message


def _responsible(account: Account, lead: Lead) -> str:
    user = account.users.get(lead.responsible_user_id)
    return user.name if user else ""


def _last_talk(account: Account, lead: Lead, now: int) -> Talk:
    talks = talks_of(account, lead)
    if talks:
        return talks[-1]
    talk = Talk(
        id=lead.id * 10 + 1,
        chat_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"chat {account.id} {lead.id}")),
        lead_id=lead.id,
        contact_id=lead.contact_id,
        origin="waba",
        created_at=now,
        updated_at=now,
        is_in_work=True,
        messages=[],
    )
    account.talks[talk.id] = talk
    return talk


def find_message(account: Account, lead: Lead, message_id: str) -> tuple[Talk, ChatMessage] | None:
    for talk in talks_of(account, lead):
        for message in talk.messages:
            if message.id == message_id:
                return talk, message
    return None


def as_author_and_kind(content: dict[str, Any]) -> tuple[str, str, str]:
    """The posted `{author, text, kind?}`, checked. Raises ValueError, in words for the one who called."""
    author, text, kind = content.get("author", "client"), content.get("text", ""), content.get("kind", "text")
    if author not in AUTHORS or kind not in MESSAGE_TYPES or not isinstance(text, str):
        raise ValueError(f"author is one of {', '.join(AUTHORS)}; kind one of {', '.join(MESSAGE_TYPES)}; text is text")
    return author, text, kind
