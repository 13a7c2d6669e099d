from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.nags.quiet_hours import QuietHours
from rules.nags.snooze import SnoozeChoice, choices
from rules.working_days import WorkingDays
from tests.support.repeats import part_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
CALENDAR = WorkingDays()
NINE = time(9)


def at(month: int, day: int, hour: int, minute: int = 0, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        (at(12, 18, 8), at(12, 18, 8)),
        (at(12, 18, 20, 59), at(12, 18, 20, 59)),
        (at(12, 18, 7, 59), at(12, 18, 8)),
        (at(12, 17, 21), at(12, 18, 8)),
        (at(12, 18, 21), at(12, 21, 8)),  # Friday night: over the weekend
        (at(12, 19, 12), at(12, 21, 8)),
        (at(10, 9, 22), at(10, 10, 8)),  # a Saturday that is worked
        (at(9, 30, 21), at(10, 8, 8)),  # National Day
    ],
)
def test_when_it_ends(moment: datetime, ends: datetime) -> None:
    found = QuietHours().end_of(moment, SHANGHAI, CALENDAR)
    assert found == ends
    assert found.tzinfo is UTC
    assert QuietHours().allows(moment, SHANGHAI, CALENDAR) is (moment == ends)


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        (at(12, 18, 8), at(12, 18, 9)),
        (at(12, 18, 9, 5), at(12, 18, 9, 5)),
        (at(12, 18, 22), at(12, 21, 9)),
    ],
)
def test_what_belongs_to_an_hour_waits_for_it(moment: datetime, ends: datetime) -> None:
    assert QuietHours().end_of(moment, SHANGHAI, CALENDAR, earliest=NINE) == ends


def test_an_hour_within_ones_own_quiet_hours_is_not_waited_for() -> None:
    """A person quiet from noon on cannot wait for the afternoon: they hear as their quiet hours end."""
    mine = QuietHours(time(12), time(7))
    assert mine.end_of(at(12, 18, 5), SHANGHAI, CALENDAR, earliest=time(15)) == at(12, 18, 7)
    late = QuietHours(time(21), time(10, 30))
    assert late.end_of(at(12, 18, 9), SHANGHAI, CALENDAR, earliest=NINE) == at(12, 18, 10, 30)


def test_a_duty_of_every_day_is_quiet_only_at_night() -> None:
    every_day = QuietHours(days_off=False)
    assert every_day.allows(at(12, 19, 12), SHANGHAI, CALENDAR)
    assert every_day.end_of(at(12, 19, 5, 36), SHANGHAI, CALENDAR) == at(12, 19, 8)


def test_where_nothing_but_days_off_is_known_it_is_quiet() -> None:
    off = WorkingDays({date(2026, 12, 10) + timedelta(days=n): False for n in range(500)})
    assert not QuietHours().allows(datetime(2026, 12, 15, 2, tzinfo=UTC), SHANGHAI, off)
    assert QuietHours().end_of(datetime(2026, 12, 15, 2, tzinfo=UTC), SHANGHAI, off) > datetime(
        2027, 12, 15, tzinfo=UTC
    )


def test_mistakes_are_refused() -> None:
    with pytest.raises(ValueError, match="morning"):
        QuietHours(time(8), time(21))


TIMES = st.times(max_value=time(23, 58)).map(lambda t: t.replace(second=0, microsecond=0))
QUIETS = st.tuples(TIMES, TIMES).filter(lambda pair: pair[1] < pair[0]).map(lambda pair: QuietHours(*pair))
MOMENTS = st.datetimes(datetime(2026, 2, 20), datetime(2026, 11, 20), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds


@given(QUIETS, MOMENTS, st.sampled_from([SHANGHAI, NEW_YORK]), st.none() | TIMES)
@settings(max_examples=part_of(200))
def test_what_was_moved_is_never_moved_again(
    quiet: QuietHours, moment: datetime, zone: ZoneInfo, earliest: time | None
) -> None:
    ends = quiet.end_of(moment, zone, CALENDAR, earliest=earliest)
    assert ends >= moment
    assert quiet.allows(ends, zone, CALENDAR)
    assert quiet.end_of(ends, zone, CALENDAR, earliest=earliest) == ends


# -- snooze ------------------------------------------------------------------------------------------


def offered(moment: datetime) -> dict[str, str]:
    found = choices(moment, SHANGHAI, QuietHours(), CALENDAR, NINE)
    return {name.value: f"{until.astimezone(SHANGHAI):%d %H:%M}" for name, until in found.items()}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (
            at(12, 17, 9, 5),
            {"two_hours": "17 11:05", "afternoon": "17 15:00", "morning": "18 09:00"},
        ),
        # Friday: tomorrow morning is a Saturday, on which nobody is reminded.
        (at(12, 18, 9, 5), {"two_hours": "18 11:05", "afternoon": "18 15:00", "working_day": "21 09:00"}),
        (at(12, 17, 16), {"two_hours": "17 18:00", "morning": "18 09:00"}),
        # In the evening two hours lead into the night: the snooze then lasts until the night ends.
        (at(12, 17, 20), {"two_hours": "18 08:00", "morning": "18 09:00"}),
        (at(12, 19, 12), {"two_hours": "21 08:00", "working_day": "21 09:00"}),
    ],
)
def test_what_is_offered(moment: datetime, expected: dict[str, str]) -> None:
    assert offered(moment) == expected


def test_who_sleeps_longer_is_offered_the_end_of_it() -> None:
    """The person's own quiet hours end at half past ten."""
    found = choices(at(12, 18, 16), SHANGHAI, QuietHours(time(21), time(10, 30)), CALENDAR, NINE)
    assert found == {SnoozeChoice.TWO_HOURS: at(12, 18, 18), SnoozeChoice.WORKING_DAY: at(12, 21, 10, 30)}


def test_all_four_are_there_when_they_differ() -> None:
    before_a_worked_saturday = at(9, 26, 9)  # a Saturday off; Sunday the 27th is worked
    calendar = WorkingDays({date(2026, 9, 26): True, date(2026, 9, 27): True})
    found = choices(before_a_worked_saturday, SHANGHAI, QuietHours(), calendar, NINE)
    assert list(found) == [SnoozeChoice.TWO_HOURS, SnoozeChoice.AFTERNOON, SnoozeChoice.MORNING]
