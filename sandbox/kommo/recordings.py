"""The sandbox's own API for what recordings and notes need: files of one's own, notes to read, leads that go.

Accounts are named as in `switches.py`; leads by id or by the id of their chat.
"""

from __future__ import annotations

import io
import time
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import av
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.admin import BadRequest, answered, posted
from sandbox.kommo.calls import add_call
from sandbox.kommo.card.messages import AUTHORS, add_voice
from sandbox.kommo.data import add_lead
from sandbox.kommo.drive import storage_url
from sandbox.kommo.files import store
from sandbox.kommo.gate import Kommo
from sandbox.kommo.world import Account, Lead, Note
from sandbox.shelf import Stored, media_type_of

GREETINGS = {
    "en": ("Hello, do you have a minute?", "Of course. How can I help?"),
    "es": ("Hola, ¿tiene un minuto?", "Claro que sí. ¿En qué le puedo ayudar?"),
    "pt": ("Oi, você tem um minuto?", "Claro! Como posso ajudar?"),
}


class Recordings:
    def __init__(self, kommo: Kommo) -> None:
        self.kommo = kommo

    def routes(self) -> list[Route]:
        return [
            Route("/_sandbox/recordings", answered(self.add), methods=["POST"]),
            Route("/_sandbox/notes", answered(self.notes)),
            Route("/_sandbox/leads/merge", answered(self.merge), methods=["POST"]),
            Route("/_sandbox/leads/delete", answered(self.delete), methods=["POST"]),
        ]

    def _account(self, ref: object) -> Account:
        account = self.kommo.world.account("acme" if ref is None else ref)
        if account is None:
            raise BadRequest("no such account")
        return account

    async def add(self, request: Request) -> Response:
        """The body is the audio; the query `{account?, lead?, kind=message, author=client, file_name=voice.ogg,
        duration?, host=drive, language=en}` says where it goes. Without a lead a new one is made, with a short chat.
        """
        query = request.query_params
        account, file_name = self._account(query.get("account")), query.get("file_name", "voice.ogg")
        kind, author, host = query.get("kind", "message"), query.get("author", "client"), query.get("host", "drive")
        duration = query.get("duration")
        if kind not in ("message", "call") or author not in AUTHORS or host not in ("drive", "vendor"):
            raise BadRequest(f"kind is message or call; author one of {', '.join(AUTHORS)}; host drive or vendor")
        if duration is not None and not duration.isdecimal():
            raise BadRequest("duration is in whole seconds")
        if not file_name or "/" in file_name:
            raise BadRequest("file_name is the name of a file")
        content, ref = await request.body(), query.get("lead", "new")
        lead = self._new_lead(account, query.get("language", "en")) if ref == "new" else lead_of(account, ref)
        link = self._store(account, content, file_name, host)
        if kind == "message":
            _talk, message = add_voice(account, lead, author, link, file_name)
            made: dict[str, Any] = {"message_id": message.id}
        else:
            note = add_call(
                self.kommo.world,
                account,
                lead,
                note_type="call_in" if author == "client" else "call_out",
                link=link,
                duration=int(duration) if duration else _seconds_of(content),
                uniq=str(uuid.uuid4()),
                at=int(time.time()),
            )
            made = {"note_id": note.id}
        return JSONResponse({"lead_id": lead.id, "account_id": account.id, "link": link} | made, 201)

    def _new_lead(self, account: Account, language: str) -> Lead:
        if language not in GREETINGS:
            raise BadRequest(f"language is one of {', '.join(GREETINGS)}")
        now = time.time()
        messages = [
            {"id": f"m{n}", "author": author, "author_name": name, "text": text, "kind": "text"}
            | {"at": datetime.fromtimestamp(now - 120 + n * 30, UTC).isoformat()}
            for n, (author, name, text) in enumerate(
                zip(("client", "agent"), ("Robin Vale", "Rob Ellis"), GREETINGS[language], strict=True), start=1
            )
        ]
        chat = {
            "id": f"{language}-voice-{uuid.uuid4().hex[:8]}",
            "language": language,
            "lead": {"name": "Robin Vale"},
            "messages": messages,
        }
        return add_lead(self.kommo.world, account, chat, self.kommo.state.options.kommo_url)

    def _store(self, account: Account, content: bytes, file_name: str, host: str) -> str:
        """Its address: on the drive, or as a telephony provider's, public and unsigned."""
        shelf, media_type = self.kommo.state.shelf, media_type_of(file_name)
        if host == "vendor":
            one = Stored(str(uuid.uuid4()), "", account.id, file_name, media_type, content)
            shelf.put(one)
            return f"{storage_url(self.kommo.state)}/vendor/{one.id}.{file_name.rpartition('.')[2]}"
        place = "/".join(str(uuid.uuid4()) for _ in range(3))
        store(shelf, account, place, content, file_name, media_type)
        return f"{self.kommo.state.options.kommo_url}/download/{place}/{quote(file_name)}"

    async def notes(self, request: Request) -> Response:
        """All notes of an account, or of one lead of it, oldest first; those of leads that are gone too."""
        account, ref = self._account(request.query_params.get("account")), request.query_params.get("lead")
        wanted = None if ref is None else int(ref) if ref.isdecimal() else lead_of(account, ref).id
        found = sorted((n for n in account.notes.values() if wanted in (None, n.lead_id)), key=lambda note: note.id)
        return JSONResponse({"notes": [_as_json(note) for note in found]})

    async def merge(self, request: Request) -> Response:
        """`{account?, from, into}`: the first is gone, its talks and notes are the other's."""
        content = await posted(request)
        account = self._account(content.get("account"))
        gone, into = lead_of(account, content.get("from")), lead_of(account, content.get("into"))
        if gone is into:
            raise BadRequest("two leads are needed")
        del account.leads[gone.id]
        talks = [talk for talk in account.talks.values() if talk.lead_id == gone.id]
        notes = [note for note in account.notes.values() if note.lead_id == gone.id]
        for talk in talks:
            talk.lead_id = into.id
        for note in notes:
            note.lead_id = into.id
        into.message_ids |= {f"{gone.conversation_id} {name}": found for name, found in gone.message_ids.items()}
        into.updated_at = int(time.time())
        return JSONResponse({"lead_id": into.id, "talks": len(talks), "notes": len(notes)})

    async def delete(self, request: Request) -> Response:
        """`{account?, lead}`: it answers as one that never was; what was written on it stays to be looked at here."""
        content = await posted(request)
        account = self._account(content.get("account"))
        lead = lead_of(account, content.get("lead"))
        del account.leads[lead.id]
        return JSONResponse({"deleted": lead.id})


def lead_of(account: Account, ref: object) -> Lead:
    """Raises BadRequest for one that this account does not have."""
    found = (one for one in account.leads.values() if str(ref) in (str(one.id), one.conversation_id))
    lead = next(found, None)
    if lead is None:
        raise BadRequest("no such lead")
    return lead


def _as_json(note: Note) -> dict[str, Any]:
    return {
        "id": note.id,
        "lead_id": note.lead_id,
        "note_type": note.note_type,
        "text": note.params.get("text"),
        "params": note.params,
        "created_by": note.created_by,
        "created_at": note.created_at,
        "updated_at": note.updated_at,
    }


def _seconds_of(content: bytes) -> int:
    """As a telephony provider knows it; 0 for what holds no sound."""
    try:
        with av.open(io.BytesIO(content), "r") as container:
            return round((container.duration or 0) / av.time_base)
    except av.FFmpegError:
        return 0
