"""Who gave us a new grant: asked with the token at hand, before anything is stored."""

from __future__ import annotations

from accounts.errors import CodeRefused, NotAdministrator
from accounts.kommo import parsing
from accounts.kommo.limiter import take_slot
from accounts.kommo.parsing import AccountInfo
from accounts.kommo.transport import call
from convailens.lib.errors import ServiceRefused, UnexpectedReply
from convailens.lib.http import Reply


def account_of_administrator(base_url: str, access_token: str, *, timeout_s: float = 10.0) -> AccountInfo:
    """The account that `access_token` is for, on the host that gave it.

    Raises NotAdministrator when the user who granted is none (their token could not act for other users), or a
    ServiceError.
    """
    reply = _get(base_url, access_token, "account?with=datetime_settings", timeout_s)
    info = parsing.account_info(_json(reply))
    said = parsing.claims_of(access_token).account_id
    if said is not None and said != info.id:
        raise UnexpectedReply("kommo_unexpected_reply")
    # Kommo answers this to administrators alone; the refusal is the answer.
    reply = _get(base_url, access_token, f"users/{info.current_user_id}", timeout_s)
    if reply.status in (204, 403, 404):
        raise NotAdministrator
    user = parsing.user(_json(reply))
    if not user.is_admin or not user.is_active:
        raise NotAdministrator
    return info


def _get(base_url: str, access_token: str, path: str, timeout_s: float) -> Reply:
    take_slot(base_url, is_interactive=True)
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
    reply = call("GET", f"{base_url}/api/v4/{path}", headers=headers, timeout_s=timeout_s)
    if reply.status == 401:
        raise CodeRefused  # A token that is refused a moment after it was given: the grant was taken back.
    if reply.status == 402:
        raise ServiceRefused("kommo_unpaid", detail="Kommo says that this account is not paid for.")
    return reply


def _json(reply: Reply) -> object:
    if reply.status != 200:
        raise UnexpectedReply("kommo_unexpected_reply")
    return reply.json()
