from __future__ import annotations

import time as clock
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.office_hours import OfficeHours, read_office_hours
from rules.working_days import WorkingDays
from rules.working_time import OF_THE_OFFICE, TimeUnit, WorkingTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
OFFICE = WorkingTime(WorkingDays(), SHANGHAI)
HOUR, DAY = TimeUnit.WORKING_HOUR, TimeUnit.WORKING_DAY
URGENT, NATURAL = TimeUnit.URGENT_HOUR, TimeUnit.NATURAL_DAY


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """Local time: ``10-10 09:00`` of 2026, or with a year in front."""
    text = text if text.count("-") > 1 else f"2026-{text}"
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        # A day with its lunch break; a limit that falls on a closing hour stays there.
        ("12-15 08:00", 4, HOUR, "12-15 12:00"),
        ("12-15 08:00", Decimal("4.5"), HOUR, "12-15 14:30"),
        ("12-15 10:00", 4, HOUR, "12-15 16:00"),
        ("12-15 12:00", 1, HOUR, "12-15 15:00"),
        ("12-15 13:00", 1, HOUR, "12-15 15:00"),
        ("12-15 14:00", 4, HOUR, "12-15 18:00"),
        ("12-15 17:00", 2, HOUR, "12-16 09:00"),
        ("12-15 23:30", 1, HOUR, "12-16 09:00"),
        ("12-16 03:00", 1, HOUR, "12-16 09:00"),
        # Weekends.
        ("12-18 17:00", 2, HOUR, "12-21 09:00"),
        ("12-19 10:00", 8, HOUR, "12-21 18:00"),
        ("12-18 09:00", 1, DAY, "12-21 09:00"),
        ("12-15 08:00", 1, DAY, "12-15 18:00"),
        ("12-15 10:00", 3, DAY, "12-18 10:00"),
        ("12-15 10:00", Decimal("0.5"), DAY, "12-15 16:00"),
        # National Day: the Saturday that makes up for it is worked, the Sunday after it is not.
        ("09-30 16:00", 4, HOUR, "10-08 10:00"),
        ("10-09 17:00", 2, HOUR, "10-10 09:00"),
        ("10-09 10:00", 1, DAY, "10-10 10:00"),
        ("10-09 10:00", 2, DAY, "10-12 10:00"),
        ("10-10 18:00", 1, HOUR, "10-12 09:00"),
        # The year's end, after which Monday to Friday is a guess: New Year's Day counts as a Friday.
        ("12-31 17:00", 2, HOUR, "2027-01-04 09:00"),
        ("12-31 10:00", 2, DAY, "2027-01-05 10:00"),
        # Hours that never stop, and days of the calendar.
        ("10-01 23:00", 2, URGENT, "10-02 01:00"),
        ("10-01 23:00", Decimal("0.5"), URGENT, "10-01 23:30"),
        ("09-30 16:20", 3, NATURAL, "10-03 16:20"),
        ("12-31 16:20", 1, NATURAL, "2027-01-01 16:20"),
        ("12-15 10:00", Decimal("1.5"), NATURAL, "12-16 22:00"),
        # A limit of zero takes no time, wherever it begins.
        ("12-19 10:00", 0, HOUR, "12-19 10:00"),
        ("12-19 10:00", 0, NATURAL, "12-19 10:00"),
        # Backwards it is symmetrical.
        ("12-15 12:00", -4, HOUR, "12-15 08:00"),
        ("12-15 18:00", -4, HOUR, "12-15 14:00"),
        ("12-15 14:00", -1, HOUR, "12-15 11:00"),
        ("12-15 13:00", -1, HOUR, "12-15 11:00"),
        ("12-21 09:00", -2, HOUR, "12-18 17:00"),
        ("12-20 09:00", -2, HOUR, "12-18 16:00"),
        ("10-12 10:00", -1, DAY, "10-10 10:00"),
        ("10-03 16:20", -3, NATURAL, "09-30 16:20"),
        ("10-02 01:00", -2, URGENT, "10-01 23:00"),
    ],
)
def test_add(start: str, amount: Decimal | int, unit: TimeUnit, end: str) -> None:
    moment = OFFICE.add(at(start), amount, unit)
    assert moment == at(end)
    assert moment.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("start", "end", "unit", "hours"),
    [
        ("12-15 09:00", "12-15 09:00", HOUR, 0),
        ("12-15 09:00", "12-15 17:00", HOUR, 6),
        ("12-15 12:00", "12-15 14:00", HOUR, 0),
        ("12-15 12:30", "12-15 13:30", HOUR, 0),
        ("12-15 18:00", "12-16 08:00", HOUR, 0),
        ("12-15 07:00", "12-15 22:00", DAY, 8),
        ("12-18 17:00", "12-21 09:00", HOUR, 2),
        ("09-30 16:00", "10-12 09:00", HOUR, 2 + 3 * 8 + 1),
        ("12-21 09:00", "12-18 17:00", HOUR, -2),
        ("12-18 17:00", "12-21 09:00", URGENT, 64),
        ("12-18 17:00", "12-21 17:00", NATURAL, 72),
        ("12-21 17:00", "12-18 17:00", NATURAL, -72),
    ],
)
def test_between(start: str, end: str, unit: TimeUnit, hours: int) -> None:
    assert OFFICE.between(at(start), at(end), unit) == timedelta(hours=hours)


def test_a_suspended_stretch_leaves_as_much_as_was_left() -> None:
    due = OFFICE.add(at("12-15 10:00"), 2, DAY)
    # 挂账 begins on Wednesday at three and ends on a Tuesday in the lunch break.
    left = OFFICE.between(at("12-16 15:00"), due, DAY)
    assert left == timedelta(hours=5)
    assert OFFICE.add_time(at("12-22 12:30"), left, DAY) == at("12-23 09:00")
    # A case that is late when it is suspended stays as late.
    late = OFFICE.between(at("12-17 16:00"), due, DAY)
    assert late == timedelta(hours=-4)
    again = OFFICE.add_time(at("12-22 09:00"), late, DAY)
    assert OFFICE.between(again, at("12-22 09:00"), DAY) == timedelta(hours=4)
    assert OFFICE.add_time(at("10-01 20:00"), timedelta(hours=5), URGENT) == at("10-02 01:00")
    assert OFFICE.add_time(at("10-01 20:00"), timedelta(hours=5), NATURAL) == at("10-02 01:00")


def test_a_guess_is_said() -> None:
    assert not OFFICE.guessed(at("12-18 09:00"), at("12-31 23:00"))
    assert OFFICE.guessed(at("12-31 09:00"), at("2027-01-01 00:00"))
    assert OFFICE.guessed(at("2027-01-04 09:00"), at("12-31 09:00"))
    known = WorkingTime(WorkingDays({date(2027, 1, 1): False}), SHANGHAI)
    assert not known.guessed(at("12-31 09:00"), at("2027-01-01 09:00"))
    assert not known.guessed(at("12-31 09:00"), at("2027-12-31 09:00")), "its holidays have been entered"
    assert known.guessed(at("12-31 09:00"), at("2028-01-01 09:00"))
    assert known.add(at("12-31 17:00"), 2, HOUR) == at("2027-01-04 09:00")


def test_a_day_is_local() -> None:
    # In UTC both moments are on 31 December.
    assert OFFICE.guessed(at("12-31 09:00"), datetime(2026, 12, 31, 16, tzinfo=UTC))
    assert not OFFICE.guessed(at("12-31 09:00"), datetime(2026, 12, 31, 15, 59, tzinfo=UTC))


# In 2026 New York jumps on 8 March from 02:00 to 03:00, and back on 1 November from 02:00 to 01:00.
NIGHT = WorkingTime(
    WorkingDays({date(2026, 3, 8): True, date(2026, 11, 1): True}),
    NEW_YORK,
    OfficeHours(((time(1), time(4)),)),
)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        (at("03-08 01:00", NEW_YORK), 2, HOUR, at("03-08 04:00", NEW_YORK)),
        (at("03-08 04:00", NEW_YORK), -2, HOUR, at("03-08 01:00", NEW_YORK)),
        (at("11-01 01:00", NEW_YORK), 4, HOUR, at("11-01 04:00", NEW_YORK)),
        (at("03-07 12:00", NEW_YORK), 24, URGENT, at("03-08 13:00", NEW_YORK)),
        (at("03-07 12:00", NEW_YORK), 1, NATURAL, at("03-08 12:00", NEW_YORK)),
        (at("03-07 02:30", NEW_YORK), 1, NATURAL, at("03-08 03:00", NEW_YORK)),
        (at("03-09 02:30", NEW_YORK), -1, NATURAL, at("03-08 03:00", NEW_YORK)),
        (at("10-31 12:00", NEW_YORK), 1, NATURAL, at("11-01 12:00", NEW_YORK)),
    ],
)
def test_where_clocks_are_changed(start: datetime, amount: int, unit: TimeUnit, end: datetime) -> None:
    assert NIGHT.add(start, amount, unit) == end.astimezone(UTC)


def test_hours_that_the_clocks_jump_over_are_none() -> None:
    hours = ((time(2), time(3)), (time(9), time(10)))
    office = WorkingTime(WorkingDays({date(2026, 3, 8): True}), NEW_YORK, OfficeHours(hours))
    assert office.add(at("03-08 00:00", NEW_YORK), 1, HOUR) == at("03-08 10:00", NEW_YORK).astimezone(UTC)


def test_naive_moments_are_refused() -> None:
    aware = at("12-15 09:00")
    naive = aware.replace(tzinfo=None)
    for unit in TimeUnit:
        with pytest.raises(ValueError, match="naive"):
            OFFICE.add(naive, 1, unit)
        with pytest.raises(ValueError, match="naive"):
            OFFICE.add_time(naive, timedelta(hours=1), unit)
        for pair in ((naive, aware), (aware, naive)):
            with pytest.raises(ValueError, match="naive"):
                OFFICE.between(*pair, unit)
    for pair in ((naive, aware), (aware, naive)):
        with pytest.raises(ValueError, match="aware"):
            OFFICE.guessed(*pair)


@pytest.mark.parametrize("unit", TimeUnit)
@pytest.mark.parametrize("amount", [100_000, -100_000, 10**15, Decimal("1e40")])
def test_what_is_no_limit_is_refused(unit: TimeUnit, amount: Decimal | int) -> None:
    with pytest.raises(ValueError, match=r"more than|too much"):
        OFFICE.add(at("12-15 09:00"), amount, unit)


@pytest.mark.parametrize(
    "hours",
    [(), ((time(9), time(9)),), ((time(14), time(18)), (time(8), time(12))), ((time(8), time(12)),) * 2],
)
def test_hours_have_an_order(hours: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="in order"):
        OfficeHours(hours)
    if hours:
        with pytest.raises(ValueError, match="in order"):
            OfficeHours(summer=hours)


SUMMER = WorkingTime(
    WorkingDays(),
    SHANGHAI,
    read_office_hours("8:00-12:00,14:00-18:00", "06-01..09-30 08:00-12:00,14:30-18:30"),
)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        # From summer hours to the usual ones: at 18:30 the last day of September is long over.
        ("09-30 16:00", 3, HOUR, "10-08 08:30"),
        ("09-30 14:00", 4, HOUR, "09-30 18:30"),
        ("09-30 10:00", 1, DAY, "10-08 10:00"),
        ("09-30 14:10", 1, DAY, "10-08 12:00"),
        ("10-08 10:00", -1, DAY, "09-30 10:00"),
        ("10-08 08:30", -3, HOUR, "09-30 16:00"),
        # Into summer hours: the last day of May 2026 is a Sunday.
        ("05-29 16:00", 3, HOUR, "06-01 09:00"),
        ("05-29 16:00", 1, DAY, "06-01 16:30"),
        ("06-01 12:10", 1, HOUR, "06-01 15:30"),
        ("06-01 18:30", -1, HOUR, "06-01 17:30"),
    ],
)
def test_summer_hours(start: str, amount: int, unit: TimeUnit, end: str) -> None:
    moment = SUMMER.add(at(start), amount, unit)
    assert moment == at(end)
    assert SUMMER.between(at(start), moment, unit) == amount * (timedelta(hours=8 if unit is DAY else 1))


def test_a_season_may_last_over_the_new_year() -> None:
    short = ((time(9), time(12)), (time(12, 30), time(17, 30)))
    hours = OfficeHours(summer=short, first=(11, 15), last=(3, 15))
    days = [date(2026, 11, 14), date(2026, 11, 15), date(2027, 1, 1), date(2027, 3, 15), date(2027, 3, 16)]
    assert [hours.on(day) == short for day in days] == [False, True, True, True, False]


def test_years_ahead_take_no_time() -> None:
    began = clock.perf_counter()
    end = OFFICE.add(at("12-15 09:00"), 2500, DAY)
    assert OFFICE.between(at("12-15 09:00"), end, DAY) == 2500 * timedelta(hours=8)
    assert clock.perf_counter() - began < 2


# -- properties ----------------------------------------------------------------------------------------

MOMENTS = st.integers(0, 4 * 365 * 86_400).map(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
AMOUNTS = st.decimals(0, 200, places=2)
OFFICE_UNITS = st.sampled_from(sorted(OF_THE_OFFICE))
HOURS_OF = {HOUR: 1, DAY: 8}
ZONES = st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Havana")])
HOURS = st.sampled_from(
    [
        OFFICE.hours,
        OfficeHours(((time(0), time(23, 59)),)),
        OfficeHours(((time(1, 30), time(2, 30)), (time(23), time(23, 30)))),
        OfficeHours(summer=((time(7), time(11)), (time(15), time(19)))),
    ]
)
CALENDARS = st.dictionaries(st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.booleans(), max_size=25).map(
    WorkingDays
)
OFFICES = st.builds(WorkingTime, CALENDARS, ZONES, HOURS)


def length(amount: Decimal, unit: TimeUnit) -> timedelta:
    return timedelta(seconds=int(amount * HOURS_OF[unit] * 3600))


def works_at(office: WorkingTime, moment: datetime) -> bool:
    """Whether time runs just before and just after the moment."""
    second = timedelta(seconds=1)
    around = office.between(moment - second, moment, HOUR), office.between(moment, moment + second, HOUR)
    return around == (second, second)


@given(OFFICES, MOMENTS, AMOUNTS, OFFICE_UNITS)
def test_between_gives_back_what_was_added(
    office: WorkingTime, start: datetime, amount: Decimal, unit: TimeUnit
) -> None:
    for signed in (amount, -amount):
        end = office.add(start, signed, unit)
        assert office.between(start, end, unit) == length(signed, unit)
        assert office.add_time(start, office.between(start, end, unit), unit) == end


@given(OFFICES, MOMENTS, AMOUNTS, AMOUNTS, OFFICE_UNITS)
def test_two_additions_are_one(
    office: WorkingTime, start: datetime, first: Decimal, second: Decimal, unit: TimeUnit
) -> None:
    for sign in (1, -1):
        halfway = office.add(start, sign * first, unit)
        assert office.add(halfway, sign * second, unit) == office.add(start, sign * (first + second), unit)


@given(OFFICES, MOMENTS, MOMENTS, AMOUNTS, AMOUNTS, st.sampled_from(TimeUnit))
def test_more_and_later_never_end_earlier(
    office: WorkingTime, one: datetime, other: datetime, less: Decimal, more: Decimal, unit: TimeUnit
) -> None:
    one, other = sorted((one, other))
    less, more = sorted((less, more))
    assert office.add(one, less, unit) <= office.add(other, less, unit)
    if unit in {HOUR, DAY}:
        assert office.add(one, less, unit) <= office.add(one, more, unit)
    assert timedelta() <= office.between(one, other, unit) <= other - one


@given(OFFICES, MOMENTS, AMOUNTS, OFFICE_UNITS)
def test_back_is_the_inverse_within_the_hours(
    office: WorkingTime, start: datetime, amount: Decimal, unit: TimeUnit
) -> None:
    if works_at(office, start):
        assert office.add(office.add(start, amount, unit), -amount, unit) == start
        assert office.add(office.add(start, -amount, unit), amount, unit) == start


@given(OFFICES, MOMENTS, MOMENTS, MOMENTS, OFFICE_UNITS)
def test_stretches_add_up(
    office: WorkingTime, one: datetime, middle: datetime, other: datetime, unit: TimeUnit
) -> None:
    parts = office.between(one, middle, unit) + office.between(middle, other, unit)
    assert parts == office.between(one, other, unit)


@given(MOMENTS, st.integers(-400, 400))
def test_natural_days_keep_the_time_on_the_clock(start: datetime, days: int) -> None:
    end = OFFICE.add(start, days, NATURAL)
    assert end.astimezone(SHANGHAI).time() == start.astimezone(SHANGHAI).time()
    assert end.astimezone(SHANGHAI).date() - start.astimezone(SHANGHAI).date() == timedelta(days=days)
