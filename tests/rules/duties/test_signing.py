from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.duties.signing import sign_by
from rules.working_days import WorkingDays

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingDays()


@pytest.mark.parametrize(
    ("assigned", "expected"),
    [
        ("2026-12-15 08:45", "2026-12-16"),  # a Tuesday morning
        ("2026-12-15 00:00", "2026-12-16"),
        ("2026-12-15 23:59", "2026-12-16"),  # late in the evening: all of tomorrow is left
        ("2026-12-18 09:00", "2026-12-21"),  # Friday: over the weekend
        ("2026-12-19 09:00", "2026-12-21"),  # Saturday: handed over on a day off
        ("2026-12-20 22:00", "2026-12-21"),
        ("2026-02-13 17:00", "2026-02-14"),  # 调休: the Saturday before 春节 is worked
        ("2026-02-14 10:00", "2026-02-24"),  # and then nine days off
        ("2026-02-20 10:00", "2026-02-24"),  # in the middle of 春节
        ("2026-02-27 10:00", "2026-02-28"),  # 调休 after 春节
        ("2026-09-30 18:00", "2026-10-08"),  # 国庆
        ("2025-12-31 09:00", "2026-01-04"),  # New Year, and the Sunday that is worked for it
        ("2026-12-31 09:00", "2027-01-04"),  # beyond the published calendar: New Year's Day is off
    ],
)
def test_by_when(assigned: str, expected: str) -> None:
    moment = datetime.fromisoformat(assigned).replace(tzinfo=SHANGHAI)
    assert sign_by(moment, SHANGHAI, CALENDAR) == date.fromisoformat(expected)
    assert sign_by(moment.astimezone(UTC), SHANGHAI, CALENDAR) == date.fromisoformat(expected)


def test_the_offices_own_calendar_wins() -> None:
    calendar = WorkingDays({date(2027, 1, 1): False})
    moment = datetime(2026, 12, 31, 9, tzinfo=SHANGHAI)
    assert sign_by(moment, SHANGHAI, calendar) == date(2027, 1, 4)


def test_the_day_is_the_local_one() -> None:
    evening = datetime(2026, 12, 14, 16, 30, tzinfo=UTC)  # half past midnight on the 15th in Shanghai
    assert sign_by(evening, SHANGHAI, CALENDAR) == date(2026, 12, 16)
    assert sign_by(evening, ZoneInfo("UTC"), CALENDAR) == date(2026, 12, 15)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        sign_by(datetime(2026, 12, 15, 9), SHANGHAI, CALENDAR)  # noqa: DTZ001 - naive on purpose


@given(st.datetimes(datetime(2020, 1, 1), datetime(2028, 12, 31), timezones=st.just(SHANGHAI)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_always_a_later_working_day_and_the_first(assigned: datetime) -> None:
    last = sign_by(assigned, SHANGHAI, CALENDAR)
    between = [assigned.date() + timedelta(days=n) for n in range(1, (last - assigned.date()).days)]
    assert last > assigned.date()
    assert CALENDAR.is_working_day(last)
    assert not any(map(CALENDAR.is_working_day, between))
