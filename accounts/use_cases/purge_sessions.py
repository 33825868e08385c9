"""Remove what has expired: sessions, used one-time tokens, browser sessions of the connect page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from accounts.models import UsedWidgetToken, WidgetSession

#: Support may ask "when was the last session?" for a week.
KEEP_ENDED = timedelta(days=7)


def purge_sessions(*, now: datetime) -> int:
    """Returns how many rows went. A used token goes when its one-time token can no longer pass the check of time."""
    rows = UsedWidgetToken.objects.filter(expires_at__lt=now).delete()[0]
    rows += WidgetSession.objects.filter(expires_at__lt=now - KEEP_ENDED).delete()[0]
    rows += Session.objects.filter(expire_date__lt=now).delete()[0]
    return rows
