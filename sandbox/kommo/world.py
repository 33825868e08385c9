"""What the emulated Kommo knows: accounts, users and rights, leads, talks, notes, what was issued and revoked."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from sandbox.shelf import Shelf

# The integration registered with the emulated Kommo. Kommo's own secrets are 64 characters long too.
CLIENT_ID = "5f0c2a34-7d1e-4b7b-9a51-3c1d6e0a8f42"
CLIENT_SECRET = "sandboxSecretSandboxSecretSandboxSecretSandboxSecretSandboxSecre"

# Kommo's fixed ids of the two closing stages, the same in every pipeline.
WON, LOST = 142, 143


@dataclass(slots=True)
class User:
    """A person of an account. `view` is the right to see leads: "A" all, "M" those one is responsible for."""

    id: int
    key: str
    name: str
    email: str
    lang: str
    is_admin: bool = False
    is_active: bool = True
    view: str = "A"


@dataclass(slots=True)
class Lead:
    id: int
    name: str
    price: float | None
    pipeline_id: int
    status_id: int
    responsible_user_id: int
    contact_id: int
    created_at: int
    updated_at: int
    conversation_id: str
    message_ids: dict[str, str]
    custom_fields: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(slots=True)
class Contact:
    id: int
    name: str
    responsible_user_id: int
    created_at: int


@dataclass(slots=True)
class ChatMessage:
    id: str
    type: str
    message_type: str
    text: str
    created_at: int
    author: dict[str, Any]
    attachment: dict[str, str] | None
    delivery_status: str


@dataclass(slots=True)
class Talk:
    id: int
    chat_id: str
    lead_id: int
    contact_id: int
    origin: str
    created_at: int
    updated_at: int
    is_in_work: bool
    messages: list[ChatMessage]


@dataclass(slots=True)
class Note:
    id: int
    lead_id: int
    note_type: str
    params: dict[str, Any]
    created_by: int
    responsible_user_id: int
    created_at: int
    updated_at: int


@dataclass(slots=True)
class Pipeline:
    id: int
    name: str
    sort: int
    statuses: dict[str, int]  # name → id, in the order of the board


@dataclass(slots=True)
class Account:
    """One Kommo account, with the switches tests turn (`Switches` in `switches.py` documents them)."""

    id: int
    key: str
    subdomain: str
    name: str
    country: str
    currency: str
    currency_symbol: str
    timezone: str
    language: str
    uuid: str
    amojo_id: str
    domain: str
    users: dict[int, User]
    created_at: int = 1_735_725_600
    leads: dict[int, Lead] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    talks: dict[int, Talk] = field(default_factory=dict)
    notes: dict[int, Note] = field(default_factory=dict)
    pipelines: dict[int, Pipeline] = field(default_factory=dict)
    custom_fields: dict[int, dict[str, Any]] = field(default_factory=dict)
    webhooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    installed: bool = False
    # Switches.
    has_scope: bool = True  # "External chat history" granted to the integration
    has_plan: bool = True  # the account's plan includes the Chats API
    is_paid: bool = True  # else everything answers 402
    denied_status: int = 204  # what a user without rights gets for a lead: 204 or 403
    talks_filter: str = "both"  # which form of GET /talks' filters is understood: both, bracket, plain
    drive_needs_token: bool = False  # else whoever has a download's address gets the file
    note_text_max: int = 20_000  # Kommo's own limit is documented nowhere
    former_domains: dict[str, int] = field(default_factory=dict)  # domain → status of the token host after a rename
    # Tokens carry the epochs of their issue; raising one voids what was issued before, also by an earlier process.
    grant_epoch: int = 0
    access_epoch: int = 0
    refresh_epoch: int = 0

    def user(self, ref: object) -> User | None:
        """By id (also as text) or by key: admin, rep, colleague."""
        return next((u for u in self.users.values() if str(ref) in (str(u.id), u.key)), None)

    def may_see(self, user: User, lead: Lead) -> bool:
        return user.is_admin or user.view == "A" or lead.responsible_user_id == user.id


@dataclass(slots=True)
class Timing:
    """Lifetimes and limits as Kommo documents them; the rate is generous unless a test asks for the real 7."""

    code_s: float = 20 * 60
    access_token_s: int = 86_400
    refresh_token_s: int = 90 * 86_400
    rate_rps: int | None = 50
    retry_after_s: int = 1
    block_after: int | None = None  # so many refused requests in a row, and nginx blocks the integration
    file_link_s: int = 300  # how long a signed address of the storage is good


@dataclass(slots=True)
class Code:
    account_id: int
    user_id: int
    issued_at: float
    used: bool = False


@dataclass(slots=True)
class World:
    accounts: dict[int, Account] = field(default_factory=dict)
    timing: Timing = field(default_factory=Timing)
    codes: dict[str, Code] = field(default_factory=dict)
    spent_refresh: set[str] = field(default_factory=set)
    shelf: Shelf = field(default_factory=Shelf)
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(76_787_001))
    redirect_uri: str = ""
    disable_hook: str = ""
    service_url: str = ""  # which service the widget on the card calls; empty: where the redirect URI leads
    drive_url: str = ""  # the same for all accounts, whatever they are called

    def account(self, ref: object) -> Account | None:
        """By id (also as text), key or subdomain."""
        return next(
            (a for a in self.accounts.values() if str(ref) in (str(a.id), a.key, a.subdomain)),
            None,
        )

    def next_id(self) -> int:
        return next(self.ids)
