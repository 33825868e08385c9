"""Does the ledger explain every unit? One statement, so one snapshot: it may run beside any traffic."""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.db import connection

from accounts.models import Account
from billing.models import Reservation, UsageEntry, UsagePeriod


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What was compared, and how many of each fault there are (all 0 in a sound ledger)."""

    entries: int
    periods: int
    #: Months whose counters are not the sums of their entries, or that have only one of both (living accounts).
    differing_periods: int
    #: Reservations whose state, amount or charge is not what their entries say, or that lack one of both (living ones).
    differing_reservations: int
    #: Closing entries without the reserve entry that they close, of the same subject, resource, month and amount.
    unmatched_closings: int
    #: Months of erased accounts in which something is still held.
    unclosed_erased_periods: int

    @property
    def is_sound(self) -> bool:
        """Whether every unit is explained."""
        return not any(getattr(self, field.name) for field in fields(self)[2:])


_SQL = """
WITH living AS (
    SELECT id AS account_id, ledger_reference AS subject FROM {account}
), sums AS (
    SELECT subject, resource, period_starts_at, SUM(held) AS reserved,
           COALESCE(SUM(amount) FILTER (WHERE kind = 'settle'), 0) AS used
    FROM {entry} GROUP BY subject, resource, period_starts_at
), counters AS (
    SELECT subject, resource, starts_at AS period_starts_at, reserved, used FROM {period} JOIN living USING (account_id)
), explained AS (
    SELECT opening.reservation, opening.subject, opening.resource, opening.period_starts_at, opening.amount,
           CASE closing.kind WHEN 'settle' THEN 'settled' WHEN 'release' THEN 'released' ELSE 'reserved' END AS state,
           CASE closing.kind WHEN 'settle' THEN closing.amount WHEN 'release' THEN 0 END AS charged
    FROM {entry} opening
    LEFT JOIN {entry} closing ON closing.reservation = opening.reservation AND closing.kind <> 'reserve'
    WHERE opening.kind = 'reserve'
), kept AS (
    SELECT id AS reservation, subject, resource, period_starts_at, amount, state, charged
    FROM {reservation} JOIN living USING (account_id)
)
SELECT
    (SELECT COUNT(*) FROM {entry}),
    (SELECT COUNT(*) FROM {period}),
    (SELECT COUNT(*) FROM counters FULL JOIN (SELECT * FROM sums JOIN living USING (subject)) summed
        USING (subject, resource, period_starts_at)
     WHERE (counters.reserved, counters.used) IS DISTINCT FROM (summed.reserved, summed.used)),
    (SELECT COUNT(*) FROM kept FULL JOIN (SELECT * FROM explained JOIN living USING (subject)) told
        USING (reservation)
     WHERE (kept.subject, kept.resource, kept.period_starts_at, kept.amount, kept.state, kept.charged)
        IS DISTINCT FROM (told.subject, told.resource, told.period_starts_at, told.amount, told.state, told.charged)),
    (SELECT COUNT(*) FROM {entry} closing WHERE closing.kind <> 'reserve' AND NOT EXISTS (
        SELECT FROM {entry} opening
        WHERE opening.reservation = closing.reservation AND opening.kind = 'reserve'
          AND opening.subject = closing.subject AND opening.resource = closing.resource
          AND opening.period_starts_at = closing.period_starts_at AND opening.held = -closing.held)),
    (SELECT COUNT(*) FROM sums WHERE reserved <> 0 AND NOT EXISTS (
        SELECT FROM living WHERE living.subject = sums.subject))
"""


def check_ledger() -> LedgerReport:
    """Compare every counter and reservation with the entries that should explain it, in the database."""
    tables = {"account": Account, "entry": UsageEntry, "period": UsagePeriod, "reservation": Reservation}
    names = {name: connection.ops.quote_name(model._meta.db_table) for name, model in tables.items()}
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(**names))
        return LedgerReport(*cursor.fetchone())
