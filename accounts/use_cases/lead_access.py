"""May this user see this lead? Kommo says; a yes is remembered for five minutes, a no never."""

from __future__ import annotations

from django.core.cache import cache

from accounts.kommo.client import KommoClient
from accounts.kommo.parsing import Lead
from accounts.models import Account
from convailens.lib.errors import NotFound
from convailens.lib.ids import keyed_digest

YES_FOR_S = 300


def may_see(account: Account, user_id: int, lead_id: int) -> Lead:
    """The lead as Kommo shows it to this user now. Raises NotFound, ReconnectNeeded or a ServiceError."""
    return see_lead(KommoClient(account), user_id, lead_id)


def see_lead(client: KommoClient, user_id: int, lead_id: int) -> Lead:
    """The same with a client at hand. A yes is remembered; a no takes back an earlier yes."""
    try:
        lead = client.lead_as(user_id, lead_id)
    except NotFound:
        cache.delete(_key(client.account, user_id, lead_id))
        raise
    remember_yes(client.account, user_id, lead_id)
    return lead


def check(account: Account, user_id: int, lead_id: int) -> None:
    """Pass when Kommo lets this user see the lead, by a remembered yes or by asking. Raises as `may_see`."""
    if cache.get(_key(account, user_id, lead_id)) != 1:
        may_see(account, user_id, lead_id)


def remember_yes(account: Account, user_id: int, lead_id: int) -> None:
    """Keep Kommo's yes, under a digest of the three ids: nothing else."""
    cache.set(_key(account, user_id, lead_id), 1, YES_FOR_S)


def _key(account: Account, user_id: int, lead_id: int) -> str:
    # No id is written to Redis as it is: after an erasure nothing there may name the account.
    return "lead:" + keyed_digest(f"{account.id}:{user_id}:{lead_id}")
