"""The consistency check, what an erasure leaves, and long random histories."""

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from accounts.models import Account
from billing import eraser
from billing.models import Reservation, Resource, UsageEntry, UsagePeriod
from billing.usage import usage_of
from billing.use_cases.check_ledger import check_ledger
from billing.use_cases.release_expired import release_expired_reservations
from billing.use_cases.reserve_usage import reserve_usage
from billing.use_cases.settle_usage import release_usage, settle_usage
from convailens.lib.errors import Conflict, QuotaExceeded
from tests.billing.conftest import new_account

A = Resource.ANALYSES
V = Resource.VOICE_SECONDS


def test_a_sound_ledger_is_said_to_be_sound(acme, stranger, capsys):
    settle_usage(reservation=reserve_usage(account=acme, resource=V, amount=30).pk, amount=12)
    reserve_usage(account=stranger, resource=A)
    call_command("check_ledger")
    assert capsys.readouterr().out.splitlines() == [
        "entries: 3",
        "periods: 2",
        "differing periods: 0",
        "differing reservations: 0",
        "unmatched closings: 0",
        "unclosed erased periods: 0",
        "The ledger explains every unit.",
    ]


@pytest.mark.parametrize(
    ("damage", "fault", "count"),
    [
        (lambda acme: UsagePeriod.objects.for_account(acme).update(used=2), "differing_periods", 1),
        (lambda acme: UsagePeriod.objects.for_account(acme).update(reserved=0), "differing_periods", 1),
        (lambda acme: UsagePeriod.objects.for_account(acme).delete(), "differing_periods", 1),
        (lambda acme: Reservation.objects.open().for_account(acme).delete(), "differing_reservations", 1),
        (lambda acme: Reservation.objects.for_account(acme).update(amount=9), "differing_reservations", 2),
        (
            lambda acme: (
                Reservation.objects.open().for_account(acme).update(state="released", charged=0, closed_at=NOON)
            ),
            "differing_reservations",
            1,
        ),
        (lambda acme: reserve_behind_the_ledgers_back(acme), "differing_reservations", 1),
        (lambda acme: close_what_was_never_opened(acme), "unmatched_closings", 1),
        (
            lambda acme: Account.objects.filter(pk=acme.pk).update(ledger_reference=uuid.uuid4()),
            "unclosed_erased_periods",
            1,
        ),
    ],
)
def test_what_the_ledger_does_not_explain_is_counted(acme, stranger, capsys, damage, fault, count):
    settle_usage(reservation=reserve_usage(account=acme, resource=A).pk)
    reserve_usage(account=acme, resource=A)
    reserve_usage(account=stranger, resource=A)
    assert check_ledger().is_sound
    damage(acme)
    report = check_ledger()
    assert getattr(report, fault) == count
    assert not report.is_sound
    with pytest.raises(SystemExit) as exit_:
        call_command("check_ledger")
    assert exit_.value.code == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert f"{fault.replace('_', ' ')}: {count}\n" in output.err
    assert output.err.endswith("The ledger does not explain every unit.\n")


NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def reserve_behind_the_ledgers_back(account):
    Reservation.objects.create(
        account=account, resource=A, period_starts_at=NOON, amount=1, reserved_at=NOON, expires_at=NOON
    )


def close_what_was_never_opened(account):
    UsageEntry.objects.create(
        kind="release",
        subject=account.ledger_reference,
        reservation=uuid.uuid4(),
        resource=A,
        period_starts_at=NOON,
        amount=1,
        held=-1,
        at=NOON,
    )


def test_an_erasure_leaves_a_closed_ledger_under_a_reference_that_leads_nowhere(acme, stranger, lines):
    settle_usage(reservation=reserve_usage(account=acme, resource=A).pk)
    still_open = reserve_usage(account=acme, resource=V, amount=60)
    others = reserve_usage(account=stranger, resource=A)
    before = list(UsageEntry.objects.order_by("id").values())
    assert eraser.erase(acme) == 4  # Two reservations and two months.
    assert eraser.erase(acme) == 0
    account_id, reference = acme.pk, acme.ledger_reference
    acme.delete()

    assert list(UsageEntry.objects.order_by("id").values())[: len(before)] == before
    assert list(UsageEntry.objects.filter(subject=reference).order_by("id").values_list("kind", "amount")) == [
        ("reserve", 1),
        ("settle", 1),
        ("reserve", 60),
        ("release", 60),
    ]
    assert str(account_id) not in str(list(UsageEntry.objects.values()))
    assert settle_usage(reservation=still_open.pk) is False
    assert settle_usage(reservation=others.pk) is True
    assert lines(stranger) == [("reserve", 1, 1), ("settle", 1, -1)]
    assert check_ledger().is_sound


@pytest.mark.parametrize("seed", range(6))
def test_after_any_history_the_ledger_explains_the_counters(acme, stranger, allow, seed):
    """A model beside the code: what each month must hold, after 120 random steps of six weeks."""
    dice = random.Random(seed)
    allow(analyses_per_month=12, voice_minutes_per_month=4)
    limits = {A: 12, V: 240}
    accounts, now = [acme, stranger, new_account("third")], datetime(2026, 1, 20, tzinfo=UTC)
    opened, months = {}, {}

    def month(account, resource, at):
        return months.setdefault((account.pk, resource, at.year, at.month), {"reserved": 0, "used": 0})

    for _ in range(120):
        now += timedelta(hours=dice.randrange(18))
        step = dice.choice(["reserve"] * 5 + ["repeat", "settle", "settle", "release", "sweep", "close again", "plan"])
        known = dice.choice(list(opened)) if opened else None
        if step == "plan":
            limits = {A: dice.randrange(20), V: dice.randrange(6) * 60}
            allow(analyses_per_month=limits[A], voice_minutes_per_month=limits[V] // 60)
        elif step == "reserve":
            account, resource = dice.choice(accounts), dice.choice([A, V])
            amount, lease_s = (1 if resource == A else dice.randrange(1, 100)), dice.randrange(3600, 6 * 86400)
            counts = month(account, resource, now)
            fits = counts["used"] + counts["reserved"] + amount <= limits[resource]
            try:
                held = reserve_usage(account=account, resource=resource, amount=amount, lease_s=lease_s, now=now)
            except QuotaExceeded:
                assert not fits
            else:
                assert fits
                opened[held.pk] = {"counts": counts, "amount": amount, "until": held.expires_at, "is_open": True}
                opened[held.pk] |= {"account": account, "resource": resource}
                counts["reserved"] += amount
        elif step == "sweep":
            expired = [one for one in opened.values() if one["is_open"] and one["until"] <= now]
            assert release_expired_reservations(now=now) == len(expired)
            for one in expired:
                one["is_open"] = False
                one["counts"]["reserved"] -= one["amount"]
        elif known and step == "repeat":
            one = opened[known]
            again = {"account": one["account"], "resource": one["resource"], "amount": one["amount"]}
            if one["is_open"]:
                one["until"] = reserve_usage(**again, reservation=known, lease_s=7200, now=now).expires_at
            else:
                with pytest.raises(Conflict):
                    reserve_usage(**again, reservation=known, now=now)
        elif known:
            one = opened[known]
            settles = step == "settle"
            charged = dice.randrange(one["amount"] + 1) if settles else 0
            did = (
                settle_usage(reservation=known, amount=charged, now=now)
                if settles
                else release_usage(reservation=known, now=now)
            )
            assert did is one["is_open"]
            if did:
                one["is_open"] = False
                one["counts"]["reserved"] -= one["amount"]
                one["counts"]["used"] += charged

    assert check_ledger().is_sound
    kept = {
        (period.account_id, period.resource, period.starts_at.year, period.starts_at.month): {
            "reserved": period.reserved,
            "used": period.used,
        }
        for period in UsagePeriod.objects.all()
    }
    empty = {"reserved": 0, "used": 0}
    assert kept == {key: counts for key, counts in months.items() if key in kept}
    assert all(counts == empty for key, counts in months.items() if key not in kept)
    assert usage_of(acme, A, now).used == month(acme, A, now)["used"]
