from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.slots import SlotTimes, latest_slot, local_slot, slot_key

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
APIA = ZoneInfo("Pacific/Apia")
ST_JOHNS = ZoneInfo("America/St_Johns")
NINE = time(9, 0)
DAY = timedelta(days=1)

ZONES = st.sampled_from(
    [
        *(SHANGHAI, NEW_YORK, APIA, ST_JOHNS),
        *map(ZoneInfo, ("Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut")),
    ]
)
DATES = st.dates(date(2009, 1, 1), date(2028, 12, 31))
TIMES = st.times().map(lambda t: t.replace(microsecond=0))
MOMENTS = st.datetimes(datetime(2009, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds


def every_day(_: date) -> bool:
    return True


def utc(*parts: int) -> datetime:
    year, month, day, *rest = parts
    hour, minute, *_ = [*rest, 0, 0]
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_the_tally_closes_the_day_and_ends_the_brief() -> None:
    times = SlotTimes(tally=time(20, 30))
    assert (times.tally, times.day_closes, times.brief_ends) == (time(20, 30),) * 3


def test_defaults() -> None:
    times = SlotTimes()
    assert (times.brief, times.nag, times.tally) == (time(8), time(9), time(18))
    assert times.zone.key == "Asia/Shanghai"


def test_slot_key() -> None:
    assert slot_key(date(2026, 12, 18), "nag") == "2026-12-18/nag"


@pytest.mark.parametrize(
    ("day", "at", "zone", "moment"),
    [
        (date(2026, 12, 18), NINE, SHANGHAI, utc(2026, 12, 18, 1)),
        (date(2026, 3, 7), time(2, 30), NEW_YORK, utc(2026, 3, 7, 7, 30)),
        (date(2026, 3, 8), time(2, 30), NEW_YORK, utc(2026, 3, 8, 7)),  # skipped: the first valid moment
        (date(2026, 3, 8), time(2, 0), NEW_YORK, utc(2026, 3, 8, 7)),
        (date(2026, 3, 8), time(3, 0), NEW_YORK, utc(2026, 3, 8, 7)),
        (date(2026, 11, 1), time(1, 30), NEW_YORK, utc(2026, 11, 1, 5, 30)),  # twice: the first
        (date(2026, 11, 1), time(2, 0), NEW_YORK, utc(2026, 11, 1, 7)),
        (date(2026, 11, 1), time(1, 30, fold=1), NEW_YORK, utc(2026, 11, 1, 5, 30)),  # the first all the same
        (date(2026, 3, 8), time(2, 30, fold=1), NEW_YORK, utc(2026, 3, 8, 7)),
        (date(2011, 12, 30), NINE, APIA, utc(2011, 12, 30, 10)),  # a day that never was
    ],
)
def test_local_slot(day: date, at: time, zone: ZoneInfo, moment: datetime) -> None:
    found = local_slot(day, at, zone)
    assert found == moment
    assert found.tzinfo is UTC


@given(DATES, TIMES, ZONES)
def test_a_slot_is_the_first_moment_at_or_after_its_local_time(day: date, at: time, zone: ZoneInfo) -> None:
    found = local_slot(day, at, zone)
    wall = datetime.combine(day, at)
    assert found.astimezone(zone).replace(tzinfo=None) >= wall
    # Look back minute by minute over any overlap: the local time was not reached before.
    for minutes in range(1, 181):
        earlier = (found - timedelta(minutes=minutes)).astimezone(zone)
        assert earlier.replace(tzinfo=None) < wall


@given(DATES, TIMES, ZONES)
def test_slots_keep_the_order_of_their_days(day: date, at: time, zone: ZoneInfo) -> None:
    assert local_slot(day, at, zone) <= local_slot(day + DAY, at, zone)


@given(MOMENTS, TIMES, ZONES)
def test_the_latest_has_come_and_none_after_it(now: datetime, at: time, zone: ZoneInfo) -> None:
    latest = latest_slot(now, at, zone, every_day)
    assert latest is not None
    assert local_slot(latest, at, zone) <= now
    assert (
        max(d for d in (latest + timedelta(days=i) for i in range(4)) if local_slot(d, at, zone) <= now)
        == latest
    )


def test_slots_of_chosen_days_only() -> None:
    now = utc(2026, 12, 19, 4)

    def fridays(day: date) -> bool:
        return day.isoweekday() == 5

    assert latest_slot(now, NINE, SHANGHAI, fridays) == date(2026, 12, 18)


def test_a_slot_of_this_very_moment_has_come() -> None:
    now = utc(2026, 12, 18, 1)
    assert latest_slot(now, NINE, SHANGHAI, every_day) == date(2026, 12, 18)
    assert latest_slot(now - timedelta(microseconds=1), NINE, SHANGHAI, every_day) == date(2026, 12, 17)


def test_a_minute_after_midnight_that_comes_before_the_clocks_go_back_over_it() -> None:
    # St. John's, 2010-11-07: at 00:01 the clocks went back to 23:01 of the 6th.
    at = time(0, 0, 30)
    now = local_slot(date(2010, 11, 7), at, ST_JOHNS) + timedelta(minutes=10)
    assert now.astimezone(ST_JOHNS).date() == date(2010, 11, 6)
    assert latest_slot(now, at, ST_JOHNS, every_day) == date(2010, 11, 7)


def test_the_horizon() -> None:
    now = utc(2026, 12, 18, 1)
    long_ago = date(2026, 11, 7)
    assert latest_slot(now, NINE, SHANGHAI, lambda d: d == long_ago) is None
    assert latest_slot(now, NINE, SHANGHAI, lambda d: d == long_ago + 5 * DAY) == long_ago + 5 * DAY


def test_a_naive_now_is_refused() -> None:
    naive = datetime(2026, 12, 18)  # noqa: DTZ001 - the refusal is what is tested
    with pytest.raises(ValueError, match="aware"):
        latest_slot(naive, NINE, SHANGHAI, every_day)
