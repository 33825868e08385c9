import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from billing.apps import DEFAULT_PLAN, ensure_default_plan
from billing.models import Plan, Reservation, Resource, UsageEntry, UsagePeriod
from billing.usage import plan_of, usage_of
from billing.use_cases.check_ledger import check_ledger
from billing.use_cases.make_default_plan import make_default_plan
from billing.use_cases.release_expired import release_expired_reservations
from billing.use_cases.reserve_usage import reserve_usage
from billing.use_cases.settle_usage import release_usage, settle_usage
from convailens.lib.errors import Conflict, NotFound, QuotaExceeded

MARCH = datetime(2026, 3, 31, 23, 59, 50, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, 0, 0, 10, tzinfo=UTC)
A = Resource.ANALYSES
V = Resource.VOICE_SECONDS


@pytest.fixture(autouse=True)
def _the_ledger_explains_every_unit(db):
    """After each of these tests, whatever it did."""
    yield
    assert check_ledger().is_sound


def test_a_new_account_has_the_default_plan_and_its_whole_allowance(acme):
    plan = plan_of(acme)
    assert (plan.code, plan.analyses_per_month, plan.voice_minutes_per_month) == ("free", 100, 30)
    usage = usage_of(acme, A, MARCH)
    assert (usage.limit, usage.used, usage.reserved, usage.left) == (100, 0, 0, 100)
    assert usage.renews_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert usage_of(acme, V, MARCH).limit == 1800
    assert not UsagePeriod.objects.exists()  # Looking makes no rows.


def test_a_reserved_unit_is_charged_when_it_is_settled(acme, stranger, counters, lines):
    held = reserve_usage(account=acme, resource=A)
    assert counters(acme) == (1, 0)
    assert settle_usage(reservation=held.pk) is True
    assert counters(acme) == (0, 1)
    assert lines(acme) == [("reserve", 1, 1), ("settle", 1, -1)]
    held.refresh_from_db()
    assert (held.state, held.charged) == ("settled", 1)
    assert usage_of(stranger, A).left == 100
    assert lines(stranger) == []


def test_a_released_unit_is_given_back(acme, counters, lines):
    held = reserve_usage(account=acme, resource=V, amount=90)
    assert release_usage(reservation=held.pk) is True
    assert counters(acme, V) == (0, 0)
    assert lines(acme) == [("reserve", 90, 90), ("release", 90, -90)]
    assert usage_of(acme, V).left == 1800


@pytest.mark.parametrize("charged", [0, 1, 59, 60])
def test_less_than_was_reserved_may_be_charged(acme, counters, lines, charged):
    held = reserve_usage(account=acme, resource=V, amount=60)
    assert settle_usage(reservation=held.pk, amount=charged) is True
    assert counters(acme, V) == (0, charged)
    assert lines(acme) == [("reserve", 60, 60), ("settle", charged, -60)]


@pytest.mark.parametrize("charged", [61, -1])
def test_more_than_was_reserved_is_never_charged(acme, counters, lines, charged):
    held = reserve_usage(account=acme, resource=V, amount=60)
    with pytest.raises(ValueError, match="reserved"):
        settle_usage(reservation=held.pk, amount=charged)
    assert counters(acme, V) == (60, 0)
    assert lines(acme) == [("reserve", 60, 60)]


@pytest.mark.parametrize("amount", [0, -5])
def test_nothing_cannot_be_reserved(acme, amount):
    with pytest.raises(ValueError, match="below 1"):
        reserve_usage(account=acme, resource=A, amount=amount)
    assert not UsageEntry.objects.exists()


@pytest.mark.parametrize("first", [settle_usage, release_usage])
@pytest.mark.parametrize("second", [settle_usage, release_usage])
def test_only_the_first_closing_counts(acme, counters, lines, first, second):
    held = reserve_usage(account=acme, resource=A)
    assert first(reservation=held.pk) is True
    before = counters(acme), lines(acme)
    assert second(reservation=held.pk) is False
    assert (counters(acme), lines(acme)) == before


@pytest.mark.parametrize("closing", [settle_usage, release_usage])
def test_an_unknown_reservation_is_not_closed(acme, closing):
    assert closing(reservation=uuid.uuid4()) is False
    assert not UsageEntry.objects.exists()


def test_a_used_up_quota_is_refused_with_its_numbers_and_changes_nothing(acme, stranger, allow, counters, lines):
    allow(analyses_per_month=2)
    settle_usage(reservation=reserve_usage(account=acme, resource=A, now=MARCH).pk, now=MARCH)
    reserve_usage(account=acme, resource=A, now=MARCH)
    before = counters(acme), lines(acme)
    with pytest.raises(QuotaExceeded) as refusal:
        reserve_usage(account=acme, resource=A, now=MARCH)
    assert refusal.value.code == "quota_used_up"
    assert refusal.value.extra["usage"] == {
        "limit": 2,
        "used": 1,
        "reserved": 1,
        "left": 0,
        "renews_at": "2026-04-01T00:00:00Z",
        "notice": "used_up",
    }
    assert (counters(acme), lines(acme)) == before
    assert Reservation.objects.count() == 2
    reserve_usage(account=stranger, resource=A, now=MARCH)
    reserve_usage(account=acme, resource=V, amount=1800, now=MARCH)  # The other resource is its own.
    reserve_usage(account=acme, resource=A, amount=2, now=APRIL)


def test_an_amount_is_reserved_whole_or_not_at_all(acme, counters):
    reserve_usage(account=acme, resource=V, amount=1000)
    with pytest.raises(QuotaExceeded):
        reserve_usage(account=acme, resource=V, amount=801)
    assert counters(acme, V) == (1000, 0)
    reserve_usage(account=acme, resource=V, amount=800)


def test_a_plan_that_allows_nothing_refuses_the_first(acme, allow, counters):
    allow(analyses_per_month=0)
    with pytest.raises(QuotaExceeded):
        reserve_usage(account=acme, resource=A)
    assert counters(acme) == (0, 0)


def test_the_same_reservation_holds_once_and_renews_its_lease(acme, allow, counters, lines):
    allow(analyses_per_month=1)  # Repeating also works when nothing is left.
    wanted = uuid.uuid4()
    first = reserve_usage(account=acme, resource=A, reservation=wanted, lease_s=60, now=MARCH)
    again = reserve_usage(account=acme, resource=A, reservation=wanted, lease_s=60, now=MARCH + timedelta(seconds=5))
    assert (first.pk, again.pk) == (wanted, wanted)
    assert again.expires_at == MARCH + timedelta(seconds=65)
    shorter = reserve_usage(account=acme, resource=A, reservation=wanted, lease_s=1, now=MARCH)
    assert shorter.expires_at == MARCH + timedelta(seconds=65)
    assert counters(acme) == (1, 0)
    assert lines(acme) == [("reserve", 1, 1)]


def test_a_repetition_next_month_stays_in_the_month_of_the_first(acme, counters):
    wanted = uuid.uuid4()
    reserve_usage(account=acme, resource=A, reservation=wanted, now=MARCH)
    again = reserve_usage(account=acme, resource=A, reservation=wanted, now=APRIL)
    assert again.period_starts_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert UsagePeriod.objects.count() == 1


@pytest.mark.parametrize("closing", [settle_usage, release_usage])
def test_a_closed_reservation_is_not_opened_again(acme, counters, lines, closing):
    held = reserve_usage(account=acme, resource=A)
    closing(reservation=held.pk)
    before = counters(acme), lines(acme)
    with pytest.raises(Conflict) as refusal:
        reserve_usage(account=acme, resource=A, reservation=held.pk)
    assert refusal.value.code == "reservation_closed"
    assert (counters(acme), lines(acme)) == before


@pytest.mark.parametrize("change", [{"resource": V}, {"amount": 2}])
def test_a_reservation_id_stands_for_one_thing(acme, lines, change):
    held = reserve_usage(account=acme, resource=A)
    with pytest.raises(Conflict) as refusal:
        reserve_usage(**{"account": acme, "resource": A, "reservation": held.pk} | change)
    assert refusal.value.code == "reservation_differs"
    assert lines(acme) == [("reserve", 1, 1)]


def test_a_stranger_cannot_take_over_a_reservation(acme, stranger, counters):
    held = reserve_usage(account=acme, resource=A, lease_s=60)
    with pytest.raises(Conflict) as refusal:
        reserve_usage(account=stranger, resource=A, reservation=held.pk, lease_s=9000)
    assert refusal.value.code == "reservation_differs"
    assert counters(stranger) == (0, 0)
    expires_at = held.expires_at
    held.refresh_from_db()
    assert (held.account_id, held.expires_at) == (acme.pk, expires_at)


def test_a_stranger_finds_nothing_of_anothers(acme, stranger):
    reserve_usage(account=acme, resource=A)
    for rows in (UsagePeriod.objects, Reservation.objects, UsageEntry.objects):
        assert rows.for_account(acme).count() == 1
        assert rows.for_account(stranger).count() == 0


def test_an_erased_account_cannot_reserve(acme):
    gone = acme.__class__(pk=uuid.uuid4())
    with pytest.raises(NotFound):
        reserve_usage(account=gone, resource=A)
    assert not UsageEntry.objects.exists()


def test_a_unit_is_charged_in_the_month_it_was_reserved_in(acme):
    held = reserve_usage(account=acme, resource=A, now=MARCH)
    other = reserve_usage(account=acme, resource=A, now=MARCH)
    assert settle_usage(reservation=held.pk, now=APRIL) is True
    assert release_usage(reservation=other.pk, now=APRIL) is True
    march, april = usage_of(acme, A, MARCH), usage_of(acme, A, APRIL)
    assert (march.used, march.reserved) == (1, 0)
    assert (april.used, april.reserved) == (0, 0)
    assert {entry.period_starts_at for entry in UsageEntry.objects.all()} == {datetime(2026, 3, 1, tzinfo=UTC)}


def test_a_changed_plan_counts_from_the_next_reservation_on(acme, allow, counters):
    allow(analyses_per_month=2)
    open_one, done = reserve_usage(account=acme, resource=A), reserve_usage(account=acme, resource=A)
    settle_usage(reservation=done.pk)
    with pytest.raises(QuotaExceeded):
        reserve_usage(account=acme, resource=A)
    allow(analyses_per_month=3)
    reserve_usage(account=acme, resource=A)
    assert UsagePeriod.objects.get().allowance == 3
    allow(analyses_per_month=1)  # Below what is used: nothing more, but what was reserved is still charged.
    assert (usage_of(acme, A).left, usage_of(acme, A).limit) == (0, 1)
    with pytest.raises(QuotaExceeded):
        reserve_usage(account=acme, resource=A)
    assert settle_usage(reservation=open_one.pk) is True
    assert counters(acme) == (1, 2)


def test_a_caller_that_rolls_back_leaves_no_trace(acme, counters, lines):
    with transaction.atomic():
        reserve_usage(account=acme, resource=A)
        transaction.set_rollback(True)
    assert (counters(acme), lines(acme)) == ((0, 0), [])
    held = reserve_usage(account=acme, resource=A)
    with transaction.atomic():
        assert settle_usage(reservation=held.pk)
        transaction.set_rollback(True)
    assert (counters(acme), lines(acme)) == ((1, 0), [("reserve", 1, 1)])


def test_a_refusal_leaves_the_callers_transaction_usable(acme, stranger, allow, counters):
    allow(analyses_per_month=1)
    with transaction.atomic():
        held = reserve_usage(account=acme, resource=A)
        with pytest.raises(QuotaExceeded):
            reserve_usage(account=acme, resource=A)
        with pytest.raises(Conflict):
            reserve_usage(account=stranger, resource=A, reservation=held.pk)
        acme.subdomain = "renamed"
        acme.save()
    acme.refresh_from_db()
    assert acme.subdomain == "renamed"
    assert counters(acme) == (1, 0)


def test_what_a_dead_process_held_comes_back_when_its_lease_ends(acme, stranger, counters, lines):
    dead = reserve_usage(account=acme, resource=A, lease_s=30, now=MARCH)
    alive = reserve_usage(account=stranger, resource=A, lease_s=900, now=MARCH)
    assert release_expired_reservations(now=MARCH + timedelta(seconds=29)) == 0
    assert release_expired_reservations(now=MARCH + timedelta(seconds=30)) == 1
    assert release_expired_reservations(now=MARCH + timedelta(seconds=31)) == 0
    assert lines(acme) == [("reserve", 1, 1), ("release", 1, -1)]
    assert counters(acme) == (0, 0)
    assert settle_usage(reservation=dead.pk) is False  # It was not dead after all: too late, nothing is charged.
    assert counters(acme) == (0, 0)
    assert settle_usage(reservation=alive.pk) is True


def test_a_late_process_may_settle_until_the_sweep_came(acme, counters):
    held = reserve_usage(account=acme, resource=A, lease_s=30, now=MARCH)
    assert settle_usage(reservation=held.pk, now=APRIL) is True
    assert release_expired_reservations(now=APRIL) == 0
    assert counters(acme) == (0, 1)


def test_the_sweep_takes_a_bounded_number_the_oldest_first(acme):
    held = [reserve_usage(account=acme, resource=A, lease_s=seconds, now=MARCH) for seconds in (30, 10, 20)]
    assert release_expired_reservations(now=APRIL + timedelta(days=1), at_most=2) == 2
    assert [Reservation.objects.get(pk=one.pk).state for one in held] == ["reserved", "released", "released"]


@pytest.mark.parametrize(
    "change",
    [
        lambda: UsageEntry.objects.update(amount=0),
        lambda: UsageEntry.objects.all().delete(),
        lambda: UsageEntry.objects.first().save(),
        lambda: UsageEntry.objects.filter(pk=0)._raw_delete("default"),
    ],
)
def test_the_ledger_is_append_only_in_the_database(acme, lines, change):
    reserve_usage(account=acme, resource=A)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change()
    assert lines(acme) == [("reserve", 1, 1)]


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("billing_usageperiod_reserved_check", "UPDATE billing_usageperiod SET reserved = reserved - 2"),
        ("billing_usageperiod_used_check", "UPDATE billing_usageperiod SET used = -1"),
        *(
            ("reservation_state_is_whole", f"UPDATE billing_reservation SET {change}")
            for change in (
                "state = 'settled'",
                "state = 'released', closed_at = now()",
                "state = 'settled', closed_at = now(), charged = 2",
                "state = 'released', closed_at = now(), charged = 1",
                "state = 'lost'",
                "charged = 1",
            )
        ),
        ("plan_one_default", "INSERT INTO billing_plan VALUES (9999, 'x', 'x', 1, 1, true, true)"),
        ("plan_default_is_active", "UPDATE billing_plan SET is_active = false"),
    ],
)
def test_the_database_itself_refuses_what_cannot_be(acme, constraint, statement):
    reserve_usage(account=acme, resource=A)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_ledger_line_must_add_up(acme):
    held = reserve_usage(account=acme, resource=A, amount=3)
    line = {"subject": acme.ledger_reference, "reservation": held.pk, "resource": A, "at": MARCH}
    line |= {"period_starts_at": held.period_starts_at}
    for wrong, constraint in (
        ({"kind": "settle", "amount": 4, "held": -3}, "usage_entry_adds_up"),
        ({"kind": "release", "amount": 2, "held": -3}, "usage_entry_adds_up"),
        ({"kind": "gift", "amount": 3, "held": 3}, "usage_entry_adds_up"),
        ({"kind": "reserve", "amount": 3, "held": 3}, "usage_entry_one_reserve"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            UsageEntry.objects.create(**line, **wrong)
    settle_usage(reservation=held.pk)
    with pytest.raises(IntegrityError, match="usage_entry_one_closing"), transaction.atomic():
        UsageEntry.objects.create(**line, kind="release", amount=3, held=-3)


def test_there_is_always_exactly_one_default_plan(acme):
    pro = Plan.objects.create(code="pro", name="Pro", analyses_per_month=2000, voice_minutes_per_month=600)
    old = Plan.objects.create(code="old", name="Old", analyses_per_month=1, voice_minutes_per_month=1, is_active=False)
    make_default_plan(plan=pro)
    make_default_plan(plan=pro)
    assert plan_of(acme) == pro
    assert usage_of(acme, A).limit == 2000
    with pytest.raises(Conflict) as refusal:
        make_default_plan(plan=old)
    assert refusal.value.code == "plan_not_active"
    assert list(Plan.objects.filter(is_default=True)) == [pro]


def test_migrating_makes_a_default_plan_only_where_none_is(db):
    Plan.objects.update(code="gratis", name="Gratis", analyses_per_month=7)
    ensure_default_plan(using="default")
    assert Plan.objects.get().code == "gratis"
    Plan.objects.all().delete()
    ensure_default_plan(using="default")
    plan = Plan.objects.get()
    assert plan.is_default
    assert {name: getattr(plan, name) for name in DEFAULT_PLAN} == DEFAULT_PLAN
