"""Pure: Kommo's JSON → our frozen dataclasses. What we do not use is ignored; what we cannot read is refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from convailens.lib.errors import UnexpectedReply

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WORD = re.compile(r"[a-z0-9_.-]{1,40}")
AUTHORS = {"external": "client", "internal": "agent", "bot": "bot"}
KINDS = {
    "text": "text",
    "voice": "voice",
    "audio": "voice",
    "picture": "image",
    "sticker": "sticker",
    "location": "location",
    "file": "file",
    "video": "file",
    "contact": "file",
}
CHANNELS = {
    "waba": "whatsapp",
    "com.amocrm.amocrmwa": "whatsapp",
    "instagram_business": "instagram",
    "tiktok_kommo": "tiktok",
}


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """What we read of an account: its number, name in addresses, place and time."""

    id: int
    subdomain: str
    current_user_id: int
    currency: str
    timezone: str


@dataclass(frozen=True, slots=True)
class KommoUser:
    """A user's standing in the account."""

    id: int
    is_active: bool
    is_admin: bool


@dataclass(frozen=True, slots=True, repr=False)
class Lead:
    """What is read of a lead besides its chat. `price` is in major units of `currency`; 0 counts as none."""

    id: int
    stage: str | None
    price: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation of a lead; times in unix seconds."""

    id: int
    lead_id: int | None
    updated_at: int


@dataclass(frozen=True, slots=True, repr=False)
class KommoMessage:
    """A message in our words: author client|agent|bot|system, kind text|voice|image|file|sticker|location."""

    id: str
    author: str
    author_name: str | None
    at: datetime | None
    kind: str
    text: str
    channel: str | None
    media_url: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says of itself. Kommo's signature cannot be checked, so nothing rests on it alone."""

    account_id: int | None
    api_domain: str | None


class _Reply(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


class _DateTimeSettings(_Reply):
    timezone: str = "UTC"


class _AccountEmbedded(_Reply):
    datetime_settings: _DateTimeSettings = _DateTimeSettings()


class _Account(_Reply):
    id: int = Field(gt=0)
    subdomain: str = Field(pattern=r"^[A-Za-z0-9-]{1,63}$")
    current_user_id: int = Field(gt=0)
    currency: str | None = None
    embedded: _AccountEmbedded = Field(alias="_embedded", default=_AccountEmbedded())


class _Rights(_Reply):
    is_admin: bool = False
    is_active: bool = False


class _User(_Reply):
    id: int = Field(gt=0)
    rights: _Rights


class _Lead(_Reply):
    id: int = Field(gt=0)
    account_id: int | None = None
    price: int | float | None = None
    price_with_minor_units: int | float | None = None
    status_id: int | None = None
    pipeline_id: int | None = None
    is_deleted: bool = False


class _Status(_Reply):
    id: int
    name: str


class _PipelineEmbedded(_Reply):
    statuses: list[_Status] = []


class _Pipeline(_Reply):
    id: int
    embedded: _PipelineEmbedded = Field(alias="_embedded", default=_PipelineEmbedded())


class _Pipelines(_Reply):
    pipelines: list[_Pipeline] = []


class _PipelinesPage(_Reply):
    embedded: _Pipelines = Field(alias="_embedded")


Model = TypeVar("Model", bound=_Reply)


def _read(model: type[Model], raw: object) -> Model:
    try:
        return model.model_validate(raw)
    except ValidationError:
        raise UnexpectedReply("kommo_unexpected_reply") from None


def account_info(raw: object) -> AccountInfo:
    """`GET /account` with datetime_settings. An unknown time zone counts as UTC."""
    found = _read(_Account, raw)
    zone = found.embedded.datetime_settings.timezone
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        zone = "UTC"
    return AccountInfo(
        found.id,
        found.subdomain.lower(),
        found.current_user_id,
        (found.currency or "")[:8],
        zone,
    )


def user(raw: object) -> KommoUser:
    """`GET /users/{id}`."""
    found = _read(_User, raw)
    return KommoUser(found.id, found.rights.is_active, found.rights.is_admin)


@dataclass(frozen=True, slots=True)
class LeadRow:
    """`GET /leads/{id}` before the names of its stage are known."""

    id: int
    account_id: int | None
    stage_key: tuple[int, int] | None
    price: Decimal | None
    is_deleted: bool


def lead(raw: object) -> LeadRow:
    """`GET /leads/{id}`. Kommo writes 0 where no price was set."""
    found = _read(_Lead, raw)
    amount = found.price_with_minor_units if found.price_with_minor_units is not None else found.price
    key = None
    if found.pipeline_id is not None and found.status_id is not None:
        key = (found.pipeline_id, found.status_id)
    return LeadRow(found.id, found.account_id, key, Decimal(str(amount)) if amount else None, found.is_deleted)


def stage_names(raw: object) -> dict[tuple[int, int], str]:
    """`GET /leads/pipelines` → names by (pipeline id, status id)."""
    page = _read(_PipelinesPage, raw)
    return {
        (pipeline.id, status.id): status.name
        for pipeline in page.embedded.pipelines
        for status in pipeline.embedded.statuses
    }


def items_of(raw: object, key: str) -> tuple[list[Mapping[str, Any]], bool]:
    """The objects of one page of a list, and whether a next page is announced."""
    if not isinstance(raw, dict):
        raise UnexpectedReply("kommo_unexpected_reply")
    embedded, links = raw.get("_embedded"), raw.get("_links")
    found = embedded.get(key) if isinstance(embedded, dict) else None
    if not isinstance(found, list):
        raise UnexpectedReply("kommo_unexpected_reply")
    return [item for item in found if isinstance(item, dict)], isinstance(links, dict) and bool(links.get("next"))


def talk(raw: Mapping[str, Any]) -> Talk | None:
    """One item of `GET /talks`; None for what has no number."""
    talk_id, updated_at = raw.get("talk_id"), raw.get("updated_at")
    if type(talk_id) is not int:
        return None
    return Talk(talk_id, _lead_of(raw), updated_at if type(updated_at) is int else 0)


def _lead_of(raw: Mapping[str, Any]) -> int | None:
    entity_id = raw.get("entity_id")
    if type(entity_id) is int and raw.get("entity_type") in ("lead", "leads"):
        return entity_id
    return None


def message(raw: Mapping[str, Any]) -> KommoMessage | None:
    """One item of `GET /talks/{id}/messages`; None for what has no id. Shapes differ by channel, so this is lenient."""
    raw_id = raw.get("id")
    if not isinstance(raw_id, str) or not raw_id:
        return None
    author = raw.get("author")
    author = author if isinstance(author, dict) else {}
    attachment = raw.get("attachment")
    attachment = attachment if isinstance(attachment, dict) else {}
    said_kind = raw.get("message_type") or attachment.get("type") or "text"
    kind = KINDS.get(said_kind, "file") if isinstance(said_kind, str) else "file"
    text = raw.get("text")
    text = text if isinstance(text, str) else ""
    if kind == "file" and not text:
        # A file message's text is its name, as in the chats we are given in other ways.
        text = _text(attachment.get("file_name")) or ""
    return KommoMessage(
        id=_our_id(raw_id),
        author=AUTHORS.get(author.get("type", ""), "system") if isinstance(author.get("type"), str) else "system",
        author_name=_text(author.get("name")),
        at=_time(raw.get("created_at")),
        kind=kind,
        text=text,
        channel=_channel(raw.get("origin")),
        media_url=_text(attachment.get("link")),
    )


def newest(messages: Iterable[KommoMessage], limit: int) -> tuple[KommoMessage, ...]:
    """In order of time (then id), each id once, only the last `limit`. Kommo promises no order."""
    once = {found.id: found for found in messages}
    oldest = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(once.values(), key=lambda found: (found.at or oldest, found.id))[-limit:])


def claims_of(access_token: str) -> Claims:
    """What the token says, unverified; empty claims for what is not a JWT."""
    try:
        found = jwt.decode(access_token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return Claims(None, None)
    account_id, api_domain = found.get("account_id"), found.get("api_domain")
    return Claims(
        account_id if type(account_id) is int else None,
        api_domain.lower() if isinstance(api_domain, str) else None,
    )


def _our_id(kommo_id: str) -> str:
    # Ids are stored with pointers, so they may not be a place for text; a strange one is known by its digest.
    return kommo_id if _ID.fullmatch(kommo_id) else hashlib.sha256(kommo_id.encode()).hexdigest()[:32]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(value: object) -> datetime | None:
    if type(value) is not int:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _channel(origin: object) -> str | None:
    if not isinstance(origin, str) or not _WORD.fullmatch(origin):
        return None
    return CHANNELS.get(origin, origin)
