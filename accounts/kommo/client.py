"""KommoClient: account, users, leads, talks; the only code that speaks Kommo's API. Blocking calls.

Source of the API: developers.kommo.com, "API v4" and "Chats API add-on" (2026-07).
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts.errors import NotesRefused, ReconnectNeeded, TalksUnavailable
from accounts.kommo import notes, parsing
from accounts.kommo.limiter import take_slot
from accounts.kommo.notes import KommoNote
from accounts.kommo.parsing import AccountInfo, KommoMessage, KommoUser, Lead, Talk
from accounts.kommo.transport import call
from accounts.models import Account
from accounts.use_cases.refresh_grant import Access, current_access, follow_move, mark_reconnect_needed, refresh_grant
from convailens.lib.errors import NotFound, ServiceRefused, ServiceUnavailable, UnexpectedReply
from convailens.lib.http import Reply

log = logging.getLogger("convailens.kommo")

PAGE = 250
MAX_MESSAGES = 2_000  # The newest are kept.
MAX_PAGES = 40  # 10,000 messages of one talk: at 7 requests a second, some 6 seconds.
MAX_TALKS = 50
MAX_NOTE_PAGES = 10
STAGES_FOR_S = 600.0
_NOTHING = frozenset({204, 404})


class KommoClient:
    """Kommo on behalf of one account. Not to be shared between threads; cheap to make."""

    def __init__(
        self,
        account: Account,
        *,
        is_interactive: bool = True,
        timeout_s: float = 10.0,
        within_s: float | None = None,
        before_write: Callable[[], None] = lambda: None,
    ) -> None:
        """`timeout_s` bounds each call and `within_s` all of them together, their waiting for a slot included.

        Interactive callers go before background ones when the rate is short. `before_write` is called when everything
        else is ready for a call that changes something, and may raise to keep it from being made.
        """
        self._before_write = before_write
        self.account = account
        self.is_interactive = is_interactive
        self.timeout_s = timeout_s
        self._ends_at = None if within_s is None else time.monotonic() + within_s
        self._access: Access | None = None

    def account_info(self) -> AccountInfo:
        """The account as its own token sees it."""
        reply = self._get("account", {"with": "datetime_settings"})
        return parsing.account_info(self._json(reply))

    def user(self, user_id: int) -> KommoUser:
        """A user's rights. Raises NotFound for a number that is none of this account's users."""
        reply = self._get(f"users/{user_id}")
        if reply.status in _NOTHING:
            raise NotFound
        return parsing.user(self._json(reply))

    def lead_as(self, user_id: int, lead_id: int) -> Lead:
        """The lead as this user sees it. Raises NotFound when it does not exist for them, for whatever reason."""
        reply = self._get(f"leads/{lead_id}", as_user=user_id)
        if reply.status in (204, 403, 404):
            raise NotFound
        row = parsing.lead(self._json(reply))
        if row.id != lead_id or row.is_deleted or row.account_id not in (None, self.account.kommo_account_id):
            raise NotFound
        stage = self._stage(row.stage_key) if row.stage_key else None
        return Lead(row.id, stage, row.price, self.account.currency or None)

    def talks_of_lead(self, lead_id: int) -> tuple[Talk, ...]:
        """The lead's talks, the one that changed last first. Raises TalksUnavailable."""
        # How Kommo wants these filters is not certain; one it does not know may be refused, or not heard.
        bracketed = {"filter[entity_id][0]": lead_id, "filter[entity_type]": "lead"}
        plain = {"entity_id": lead_id, "entity_type": "lead"}
        for filters in (bracketed, plain):
            found = self._talks(filters)
            if found is not None and all(talk.lead_id == lead_id for talk in found):
                return tuple(sorted(found, key=lambda talk: (-talk.updated_at, -talk.id))[:MAX_TALKS])
        raise TalksUnavailable  # Neither form was understood: that is not the same as a lead without talks.

    def _talks(self, filters: Mapping[str, Any]) -> list[Talk] | None:
        """None when the filters were refused. One page: a lead has few talks, and a full page was not filtered."""
        reply = self._get("talks", {**filters, "limit": PAGE})
        if reply.status == 204:
            return []
        if reply.status in (400, 422):
            return None
        if reply.status >= 400:
            raise TalksUnavailable
        items, _ = parsing.items_of(self._json(reply), "talks")
        return [talk for item in items if (talk := parsing.talk(item))]

    def messages_of_talk(self, talk_id: int) -> tuple[KommoMessage, ...]:
        """The newest 2,000 messages of a talk in order of time, each once. Raises TalksUnavailable."""
        return parsing.newest(self._messages(talk_id), MAX_MESSAGES)

    def messages_of_lead(self, lead_id: int) -> tuple[KommoMessage, ...]:
        """The newest 2,000 messages of all the lead's talks in order of time, each once. Raises TalksUnavailable."""
        found: list[KommoMessage] = []
        for talk in self.talks_of_lead(lead_id):
            found += self._messages(talk.id)
            if len(found) >= MAX_MESSAGES:
                break
        return parsing.newest(found, MAX_MESSAGES)

    def _messages(self, talk_id: int) -> Iterator[KommoMessage]:
        for page in range(1, MAX_PAGES + 1):
            reply = self._get(f"talks/{talk_id}/messages", {"page": page, "limit": PAGE})
            if reply.status == 204:
                return
            if reply.status >= 400:
                # 402: not on this plan; 403: not with this scope; 404: not with this API.
                raise TalksUnavailable
            items, has_next = parsing.items_of(self._json(reply), "messages")
            yield from (message for item in items if (message := parsing.message(item)))
            if not has_next:
                return
        log.warning("kommo.talk.cut", extra={"account_id": self.account.id, "count": MAX_PAGES * PAGE})

    def notes_of_lead(
        self, lead_id: int, *, types: Sequence[str] = (), ids: Collection[int] = (), since: int | None = None
    ) -> tuple[KommoNote, ...]:
        """The lead's notes of these types, of these ids, changed since so many unix seconds; the newest 2,500 of them.

        Raises NotFound where the lead is gone, NotesRefused without rights to it.
        """
        params: dict[str, Any] = {"limit": PAGE, "order[id]": "desc"}
        params |= {f"filter[note_type][{n}]": name for n, name in enumerate(types)}
        params |= {f"filter[id][{n}]": number for n, number in enumerate(sorted(ids))}
        if since is not None:
            params["filter[updated_at][from]"] = since
        found: list[KommoNote] = []
        for page in range(1, MAX_NOTE_PAGES + 1):
            reply = self._get(f"leads/{lead_id}/notes", {**params, "page": page})
            if reply.status == 204:
                break
            self._refuse_notes(reply)
            items, has_next = parsing.items_of(self._json(reply), "notes")
            found += [row for item in items if (row := notes.note(item))]
            if not has_next:
                break
        # Kommo may not hear a filter; what is asked for is sorted out here once more.
        return tuple(
            row
            for row in found
            if row.lead_id == lead_id and (not types or row.note_type in types) and (not ids or row.id in ids)
        )

    def add_notes(self, lead_id: int, texts: Sequence[str]) -> tuple[int, ...]:
        """Write one note of ours for each text, in one call; their ids in this order.

        Raises NotFound where the lead is gone, NotesRefused (no rights, or a text that Kommo does not take). After any
        other fault they may stand or not: Kommo has no key by which a repeated call would be known.
        """
        reply = self._send("POST", f"leads/{lead_id}/notes", json_body=notes.as_notes(texts))
        self._refuse_notes(reply)
        if reply.status not in (200, 201):
            raise UnexpectedReply("kommo_unexpected_reply")
        return notes.made(reply.json(), len(texts))

    def change_notes(self, lead_id: int, texts: Mapping[int, str]) -> None:
        """Give notes of ours other texts, by their ids. Raises as `add_notes`; to be repeated without harm."""
        reply = self._send("PATCH", f"leads/{lead_id}/notes", json_body=notes.as_changes(texts))
        self._refuse_notes(reply)
        if reply.status != 200:
            raise UnexpectedReply("kommo_unexpected_reply")

    @staticmethod
    def _refuse_notes(reply: Reply) -> None:
        if reply.status in (204, 404):
            raise NotFound
        if reply.status in (400, 403, 422):
            raise NotesRefused

    def drive_access(self) -> Access:
        """The token that Kommo's file hosts take, refreshed first when it is about to end. Raises as `account_info`."""
        return self._access or current_access(account_id=self.account.id)

    def _stage(self, key: tuple[int, int]) -> str | None:
        names = _stage_names.get(self.account.id)
        if names is None or key not in names:
            reply = self._get("leads/pipelines")
            # Without them a lead is read without its stage, the same way each time.
            names = parsing.stage_names(self._json(reply)) if reply.status == 200 else {}
            _stage_names.put(self.account.id, names)
        return names.get(key)

    def _get(self, path: str, params: Mapping[str, Any] | None = None, *, as_user: int | None = None) -> Reply:
        return self._send("GET", path, params=params, as_user=as_user)

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json_body: Any = None,
        as_user: int | None = None,
    ) -> Reply:
        """A call with the account's token, refreshed once when Kommo does not accept it.

        Raises NotConnected, ReconnectNeeded, ServiceRefused (`kommo_unpaid`), or what the transport raises.
        """
        access = self._access or current_access(account_id=self.account.id)
        reply = self._call(access, method, path, params, json_body, as_user)
        if reply.status == 404 and follow_move(account_id=self.account.id):
            access = current_access(account_id=self.account.id)
            reply = self._call(access, method, path, params, json_body, as_user)
        if reply.status == 401:
            access = refresh_grant(account_id=self.account.id, seen_version=access.version)
            reply = self._call(access, method, path, params, json_body, as_user)
        if reply.status == 401:
            # The user may be the one who is not accepted: ask without them before the account is said to be cut off.
            if as_user is not None and self._call(access, "GET", "account").status == 200:
                raise NotFound
            mark_reconnect_needed(account_id=self.account.id, seen_version=access.version)
            raise ReconnectNeeded
        self._access = access
        if reply.status == 402 and not path.startswith("talks"):
            raise ServiceRefused("kommo_unpaid", detail="Kommo says that this account is not paid for.")
        return reply

    def _call(
        self,
        access: Access,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        json_body: Any = None,
        as_user: int | None = None,
    ) -> Reply:
        take_slot(self.account.id, is_interactive=self.is_interactive, within_s=self._left_s())
        left_s = min(self.timeout_s, self._left_s())
        if method != "GET":
            self._before_write()
        headers = {"Authorization": f"Bearer {access.token}", "Accept": "application/json"}
        if as_user is not None:
            headers["X-Context-User-ID"] = str(as_user)
        url = f"{access.base_url}/api/v4/{path}"
        return call(method, url, headers=headers, params=params, json_body=json_body, timeout_s=left_s)

    def _left_s(self) -> float:
        """Of the time for all calls together. Raises ServiceUnavailable when it is over."""
        left_s = math.inf if self._ends_at is None else self._ends_at - time.monotonic()
        if left_s <= 0:
            raise ServiceUnavailable("kommo_unavailable")
        return left_s

    def _json(self, reply: Reply) -> Any:
        """The body of a 200; anything else here is a reply nobody foresaw."""
        if reply.status != 200:
            log.warning("kommo.unexpected", extra={"account_id": self.account.id, "status": reply.status})
            raise UnexpectedReply("kommo_unexpected_reply")
        return reply.json()


class _StageNames:
    """Names of stages for ten minutes, in this process alone: people wrote them, so they go into no shared store."""

    MAX = 2_000

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[UUID, tuple[float, dict[tuple[int, int], str]]] = {}

    def get(self, account_id: UUID) -> dict[tuple[int, int], str] | None:
        with self._lock:
            until, names = self._known.get(account_id, (0.0, {}))
        return names if time.monotonic() < until else None

    def put(self, account_id: UUID, names: dict[tuple[int, int], str]) -> None:
        with self._lock:
            if len(self._known) >= self.MAX:
                self._known.clear()
            self._known[account_id] = (time.monotonic() + STAGES_FOR_S, names)

    def clear(self) -> None:
        with self._lock:
            self._known.clear()


_stage_names = _StageNames()


def forget_stages() -> None:
    """Drop what is remembered of stage names (a new connection, a test)."""
    _stage_names.clear()


__all__ = ["KommoClient", "KommoMessage", "Lead", "forget_stages"]
