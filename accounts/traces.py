"""What names an account outside the tables of its own: queued and finished jobs, and lines of staff's log in the admin.

Erased before anything else, while the rows that those lines speak of can still be found.
"""

from __future__ import annotations

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from accounts.models import Account

_NAMES_IT = "(args::text LIKE %(like)s OR lock LIKE %(like)s OR queueing_lock LIKE %(like)s)"


def count(account: Account) -> dict[str, int]:
    """What `erase` would remove, by name."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM procrastinate_jobs WHERE {_NAMES_IT}", _like(account))  # noqa: S608
        jobs = int(cursor.fetchone()[0])
    return {"jobs": jobs, "lines of the admin's log": _log_lines(account).count()}


def erase(account: Account) -> int:
    """Remove them; how many rows went. May be run again: it then finds nothing."""
    removed: int = _log_lines(account).delete()[0]
    with connection.cursor() as cursor:
        # A worker must find the row of a job that it is doing; such a one only forgets whose it was.
        cursor.execute(
            f"UPDATE procrastinate_jobs SET args = '{{}}', lock = NULL, queueing_lock = NULL "  # noqa: S608
            f"WHERE status = 'doing' AND {_NAMES_IT}",
            _like(account),
        )
        removed += int(cursor.rowcount)
        cursor.execute(f"DELETE FROM procrastinate_jobs WHERE {_NAMES_IT}", _like(account))  # noqa: S608
        return removed + int(cursor.rowcount)


def remove_orphaned_jobs() -> int:
    """Remove jobs of accounts that are gone: queued in the very moment of an erasure. How many went."""
    table = connection.ops.quote_name(Account._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM procrastinate_jobs WHERE status <> 'doing' AND args ? 'account_id' "  # noqa: S608
            f"AND NOT EXISTS (SELECT FROM {table} WHERE id::text = args->>'account_id')"
        )
        return int(cursor.rowcount)


def _like(account: Account) -> dict[str, str]:
    return {"like": f"%{account.pk}%"}


def _log_lines(account: Account) -> QuerySet[LogEntry]:
    """Staff's log of the account and of every row that belongs to it, whichever app it is of."""
    lines = Q(content_type=ContentType.objects.get_for_model(Account), object_id=str(account.pk))
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if field.concrete and field.related_model is Account:
                rows = model._default_manager.filter(**{field.name: account})
                ids = rows.order_by().annotate(as_text=Cast("pk", CharField())).values("as_text")
                lines |= Q(content_type=ContentType.objects.get_for_model(model), object_id__in=ids)
    return LogEntry.objects.filter(lines)
