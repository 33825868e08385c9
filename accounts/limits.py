"""Rate limits that views of several apps count against."""

from __future__ import annotations

from django.conf import settings

from accounts.authentication import WidgetUser
from convailens.lib.throttles import Limit


def reads_of(user: WidgetUser) -> Limit:
    """What only reads, of a user: the state of a card, results, words."""
    return Limit("reads:user", settings.THROTTLE_READS_USER, f"{user.account.id}:{user.user_id}")
