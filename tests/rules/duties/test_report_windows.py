"""Windows of recurring reports: over holidays, working weekends, the year's end and changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.duties.frequencies import Frequency
from rules.duties.report_windows import Rhythm, Window, week_parity
from rules.slots import SlotTimes, local_date
from rules.working_days import WorkingDays
from rules.working_time import WorkingTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
CALENDARS = [f for f in Frequency if f is not Frequency.SHIFT]


def rhythm(frequency: str, zone: ZoneInfo = SHANGHAI, shifts: str = "08:00 20:00", parity: int = 0) -> Rhythm:
    slots = SlotTimes(zone=zone)
    times = tuple(map(time.fromisoformat, shifts.split()))
    return Rhythm(Frequency(frequency), slots, WorkingTime(WorkingDays(), zone), times, parity)


def at(day: str, hour: str = "00:00", *, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=zone).astimezone(UTC)


def shown(window: Window, zone: ZoneInfo = SHANGHAI) -> tuple[str, ...]:
    moments = (window.opens, window.closes, window.ends)
    return window.key, *(f"{moment.astimezone(zone):%m-%d %H:%M}" for moment in moments)


@pytest.mark.parametrize(
    ("frequency", "since", "until", "expected"),
    [
        (
            "daily",  # a Friday and the Monday after it
            "2026-12-18",
            "2026-12-22",
            [
                ("2026-12-18", "12-18 00:00", "12-18 18:00", "12-21 00:00"),
                ("2026-12-21", "12-21 00:00", "12-21 18:00", "12-22 00:00"),
            ],
        ),
        (
            "daily",  # 国庆节 2026: off from Thursday 1st to Wednesday 7th, worked on Saturday 10th
            "2026-09-30",
            "2026-10-12",
            [
                ("2026-09-30", "09-30 00:00", "09-30 18:00", "10-08 00:00"),
                ("2026-10-08", "10-08 00:00", "10-08 18:00", "10-09 00:00"),
                ("2026-10-09", "10-09 00:00", "10-09 18:00", "10-10 00:00"),
                ("2026-10-10", "10-10 00:00", "10-10 18:00", "10-12 00:00"),
            ],
        ),
        (
            "weekly",  # closes on the Wednesday before the holiday, and on the working Saturday after it
            "2026-09-28",
            "2026-10-12",
            [
                ("2026-W40", "09-28 00:00", "09-30 18:00", "10-10 11:12"),
                ("2026-W41", "10-05 00:00", "10-10 18:00", "10-15 18:00"),
            ],
        ),
        (
            "weekly",  # of 2027 only the legal holidays are known; the week over the year's end is one
            "2026-12-28",
            "2027-01-04",
            [("2026-W53", "12-28 00:00", "12-31 18:00", "01-07 18:00")],
        ),
        (
            "fortnightly",  # over the year's end; 2026 has 53 weeks
            "2026-12-07",
            "2027-01-04",
            [
                ("2026-W50-51", "12-07 00:00", "12-18 18:00", "12-30 09:36"),
                ("2026-W52-53", "12-21 00:00", "12-31 18:00", "01-13 18:00"),
            ],
        ),
        (
            "monthly",  # the 31st of October is a Saturday
            "2026-10-01",
            "2026-12-01",
            [
                ("2026-10", "10-01 00:00", "10-30 18:00", "11-24 16:24"),
                ("2026-11", "11-01 00:00", "11-30 18:00", "12-25 11:12"),
            ],
        ),
        (
            "quarterly",
            "2026-10-01",
            "2027-01-01",
            [("2026-Q4", "10-01 00:00", "12-31 18:00", "03-15 16:24")],
        ),
        (
            "shift",  # on a Sunday too
            "2026-12-19T20:00",
            "2026-12-20T23:00",
            [
                ("2026-12-19/20:00", "12-19 20:00", "12-20 08:00", "12-20 08:00"),
                ("2026-12-20/08:00", "12-20 08:00", "12-20 20:00", "12-20 20:00"),
            ],
        ),
    ],
)
def test_windows(frequency: str, since: str, until: str, expected: list[tuple[str, ...]]) -> None:
    since_at, until_at = (at(*(text.split("T") if "T" in text else [text])) for text in (since, until))
    assert [shown(w) for w in rhythm(frequency).closing(since_at, until_at)] == expected


def test_a_week_off_has_no_window() -> None:
    off = WorkingDays({date(2026, 12, 14) + n * DAY: False for n in range(5)})
    weekly = Rhythm(Frequency.WEEKLY, SlotTimes(), WorkingTime(off, SHANGHAI))
    assert [w.key for w in weekly.closing(at("2026-12-07"), at("2026-12-28"))] == ["2026-W50", "2026-W52"]
    assert [w.key for w in weekly.current(at("2026-12-17"))] == ["2026-W50"]
    assert weekly.next_open(at("2026-12-12")) == at("2026-12-21")


@pytest.mark.parametrize(
    ("frequency", "now", "keys"),
    [
        ("daily", "2026-12-17 10:00", ["2026-12-17"]),
        ("daily", "2026-12-18 19:00", ["2026-12-18"]),
        ("daily", "2026-12-20 10:00", ["2026-12-18"]),
        ("daily", "2026-12-21 00:00", ["2026-12-21"]),
        ("daily", "2026-10-07 10:00", ["2026-09-30"]),
        ("weekly", "2026-12-15 10:00", ["2026-W50", "2026-W51"]),
        ("weekly", "2026-12-18 08:00", ["2026-W51"]),
        ("weekly", "2026-12-20 08:00", ["2026-W51"]),
        ("fortnightly", "2026-12-08 10:00", ["2026-W48-49", "2026-W50-51"]),
        ("fortnightly", "2026-12-20 10:00", ["2026-W50-51"]),
        ("monthly", "2026-12-02 10:00", ["2026-11", "2026-12"]),
        ("monthly", "2026-12-30 10:00", ["2026-12"]),
        ("shift", "2026-12-18 07:59", ["2026-12-17/20:00"]),
        ("shift", "2026-12-18 08:00", ["2026-12-18/08:00"]),
    ],
)
def test_of_which_something_may_be_said(frequency: str, now: str, keys: list[str]) -> None:
    assert [w.key for w in rhythm(frequency).current(at(*now.split()))] == keys


@pytest.mark.parametrize(
    ("frequency", "reported", "about", "keys"),
    [
        ("daily", "2026-12-17 17:00", None, ["2026-12-17"]),
        ("daily", "2026-12-17 22:00", None, ["2026-12-17"]),
        ("daily", "2026-12-18 09:00", "2026-12-17", ["2026-12-17"]),
        ("daily", "2026-12-19 09:00", None, []),
        ("weekly", "2026-12-19 09:00", None, ["2026-W51"]),
        ("weekly", "2026-12-21 09:00", None, ["2026-W52"]),
        ("weekly", "2026-12-21 09:00", "2026-12-20", ["2026-W51"]),
        ("fortnightly", "2026-12-19 09:00", None, ["2026-W50-51"]),
        ("fortnightly", "2026-12-21 09:00", None, ["2026-W52-53"]),
        ("fortnightly", "2026-12-21 09:00", "2026-12-07", ["2026-W50-51"]),
        ("monthly", "2026-12-09 09:00", "2026-11-30", ["2026-11"]),
        ("quarterly", "2026-12-09 09:00", None, ["2026-Q4"]),
        ("shift", "2026-12-18 02:00", None, ["2026-12-17/20:00"]),
        ("shift", "2026-12-18 20:00", None, ["2026-12-18/08:00"]),
        ("shift", "2026-12-18 09:00", "2026-12-17", ["2026-12-17/08:00", "2026-12-17/20:00"]),
    ],
)
def test_where_a_report_belongs(frequency: str, reported: str, about: str | None, keys: list[str]) -> None:
    day = None if about is None else date.fromisoformat(about)
    assert [w.key for w in rhythm(frequency).taking(at(*reported.split()), day)] == keys


def test_the_reminder_is_at_80_per_cent_of_the_working_time_or_of_the_shift() -> None:
    (daily,) = rhythm("daily").current(at("2026-12-17", "10:00"))
    assert rhythm("daily").share(daily, 80) == at("2026-12-17", "16:24")
    (shift,) = rhythm("shift").current(at("2026-12-17", "10:00"))
    assert rhythm("shift").share(shift, 80) == at("2026-12-17", "17:36")


def test_a_night_is_longer_or_shorter_when_the_clocks_change() -> None:
    """In New York 2026-03-08 has no hour from 2 to 3, and 2026-11-01 has the hour from 1 to 2 twice."""
    zone = ZoneInfo("America/New_York")
    for day, hours in (("2026-03-07", 11), ("2026-10-31", 13)):
        (night,) = rhythm("shift", zone).current(at(day, "23:00", zone=zone))
        assert night.closes - night.opens == timedelta(hours=hours)
    # A shift that begins in the missing hour begins at the end of that hour. Two shifts cannot both do so.
    gap = rhythm("shift", zone, "02:00 02:30 14:00").closing(
        at("2026-03-08", "01:00", zone=zone), at("2026-03-08", "15:00", zone=zone)
    )
    assert [w.key for w in gap] == ["2026-03-07/14:00", "2026-03-08/02:30"]


ZONES = st.sampled_from(
    [SHANGHAI, *map(ZoneInfo, ("America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Beirut"))]
)
MOMENTS = st.datetimes(datetime(2011, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds


@given(frequency=st.sampled_from(Frequency), zone=ZONES, now=MOMENTS)
def test_windows_are_in_order_and_apart(frequency: Frequency, zone: ZoneInfo, now: datetime) -> None:
    found = rhythm(frequency, zone)
    windows = found.closing(now, now + 200 * DAY)
    assert windows
    assert len({window.key for window in windows}) == len(windows)
    for window in windows:
        assert window.opens < window.closes <= window.over
        assert window.closes <= window.ends
        assert len(window.key) <= 40
    for one, other in pairwise(windows):
        assert one.over <= other.opens
        assert one.ends <= max(other.closes, other.opens)
    assert found.next_open(now) > now
    assert [w.key for w in found.current(found.next_open(now))][-1] == next(
        w.key for w in found.closing(now, now + 400 * DAY) if w.opens > now
    )


@given(frequency=st.sampled_from(CALENDARS), zone=ZONES, now=MOMENTS)
def test_a_working_day_belongs_to_one_window(frequency: Frequency, zone: ZoneInfo, now: datetime) -> None:
    found = rhythm(frequency, zone)
    day = local_date(now, zone)
    holds = found.taking(now, day)
    assert len(holds) <= 1
    if found.clock.calendar.is_working_day(day):
        assert len(holds) == 1
    assert found.taking(now, None) == [window for window in holds if window.opens < now]


@given(zone=ZONES, now=MOMENTS)
def test_some_shift_is_always_on(zone: ZoneInfo, now: datetime) -> None:
    assert len(rhythm("shift", zone).current(now)) == 1


@pytest.mark.parametrize("parity", [0, 1])
def test_fortnights_cover_every_day_once_whatever_the_year(parity: int) -> None:
    """2015, 2020, 2026 and 2032 have 53 weeks, so the number of a week does not tell with which it goes."""
    found = rhythm("fortnightly", parity=parity)
    windows = found.closing(at("2014-01-01"), at("2034-01-01"))
    assert {window.last - window.first for window in windows} == {13 * DAY}
    assert {window.first.weekday() for window in windows} == {0}
    assert {other.first - one.last for one, other in pairwise(windows)} == {DAY}
    assert (windows[-1].last - windows[0].first).days + 1 == 14 * len(windows) > 14 * 515
    names = [window.key for window in windows]
    assert names == sorted(names), "keys sort by time"
    weekly = rhythm("weekly")
    other = rhythm("fortnightly", parity=1 - parity)
    for window in windows:
        assert found.keyed(window.key) == window
        assert weekly.keyed(window.key) is None
        assert other.keyed(window.key) is None
        (week, _) = (weekly.taking(window.opens, window.first + n * 7 * DAY) for n in (0, 1))
        assert found.keyed(week[0].key if week else "2026-W50") is None


@given(given_on=st.dates(date(2011, 1, 1), date(2030, 12, 31)))
def test_the_first_fortnight_begins_with_the_week_of_the_task(given_on: date) -> None:
    found = rhythm("fortnightly", parity=week_parity(given_on))
    noon = at(given_on.isoformat(), "12:00")
    (window,) = found.taking(noon, given_on)
    assert window.first == given_on - given_on.weekday() * DAY
    assert Window.from_json(window.to_json()) == window
