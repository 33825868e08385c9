from datetime import UTC, datetime, timedelta, timezone

import pytest

from billing.entitlements import Notice, Usage, month_of

RENEWS = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "starts_at", "ends_at"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)),
        (
            datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(2026, 12, 1, tzinfo=UTC),
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
        (datetime(2026, 11, 5, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        # 22:00 of 31 March in São Paulo is 1 April in UTC, and UTC's month counts.
        (
            datetime(2026, 3, 31, 22, tzinfo=timezone(timedelta(hours=-3))),
            datetime(2026, 4, 1, tzinfo=UTC),
            datetime(2026, 5, 1, tzinfo=UTC),
        ),
    ],
)
def test_a_period_is_a_calendar_month_in_utc(at, starts_at, ends_at):
    month = month_of(at)
    assert (month.starts_at, month.ends_at) == (starts_at, ends_at)


def test_a_time_without_a_zone_has_no_month():
    with pytest.raises(ValueError, match="without a zone"):
        month_of(datetime(2026, 3, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("limit", "used", "reserved", "left", "notice"),
    [
        (100, 0, 0, 100, None),
        (100, 79, 0, 21, None),
        (100, 80, 0, 20, Notice.NEARLY_USED_UP),
        (100, 70, 10, 20, Notice.NEARLY_USED_UP),
        (100, 99, 0, 1, Notice.NEARLY_USED_UP),
        (100, 100, 0, 0, Notice.USED_UP),
        (100, 99, 1, 0, Notice.USED_UP),
        (50, 80, 0, 0, Notice.USED_UP),  # The plan shrank below what was used.
        (0, 0, 0, 0, Notice.USED_UP),
        (1, 0, 0, 1, None),
        (3, 2, 0, 1, None),
        (6, 5, 0, 1, Notice.NEARLY_USED_UP),
    ],
)
def test_what_is_left_and_what_is_said(limit, used, reserved, left, notice):
    usage = Usage(limit=limit, used=used, reserved=reserved, renews_at=RENEWS)
    assert (usage.left, usage.notice) == (left, notice)
    assert usage.allows(left)
    assert not usage.allows(left + 1)


def test_usage_as_the_api_gives_it():
    assert Usage(limit=10, used=7, reserved=2, renews_at=RENEWS).as_document() == {
        "limit": 10,
        "used": 7,
        "reserved": 2,
        "left": 1,
        "renews_at": "2026-04-01T00:00:00Z",
        "notice": "nearly_used_up",
    }
