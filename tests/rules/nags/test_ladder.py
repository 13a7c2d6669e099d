from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.nags.ladder import DueSlots, Ladder, Obligation, Period, Slot, day_of
from rules.nags.levels import Level
from rules.nags.policy import DEFAULT, DutyKind, Policy, Rung, RungMeasure
from rules.nags.quiet_hours import QuietHours
from rules.slots import local_date, local_slot
from rules.working_days import WorkingDays
from rules.working_time import WorkingTime
from tests.support.repeats import part_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
APIA = ZoneInfo("Pacific/Apia")
CALENDAR = WorkingDays()
NINE = time(9, 0)
DAY = timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

FRIDAY = date(2026, 12, 18)
SATURDAY = date(2026, 12, 19)
MONDAY = date(2026, 12, 21)
TUESDAY = date(2026, 12, 15)

PERSON, SECTION = Level.RESPONSIBLE, Level.SECTION
IN_CHARGE, PRINCIPAL, OFFICE = Level.LEADER_IN_CHARGE, Level.PRINCIPAL_LEADER, Level.OFFICE


def at(day: date, hour: int, minute: int = 0, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=zone).astimezone(UTC)


def ladder(
    policy: Policy = DEFAULT,
    *,
    zone: ZoneInfo = SHANGHAI,
    calendar: WorkingDays = CALENDAR,
    nag_time: time = NINE,
    inspections: tuple[Period, ...] = (),
) -> Ladder:
    return Ladder(policy, WorkingTime(calendar, zone), nag_time, inspections)


def task(deadline: date, opens: datetime = LONG_AGO, zone: ZoneInfo = SHANGHAI) -> Obligation:
    limit = local_slot(deadline + DAY, time(0), zone)
    return Obligation(DutyKind.TASK, deadline.isoformat(), opens, limit, deadline)


def told(slots: list[Slot]) -> dict[str, tuple[Level, ...]]:
    return {slot.key: slot.hears for slot in slots}


def due(owed: Obligation, seen: datetime, now: datetime) -> Slot | None:
    found = ladder().due(owed, seen, now)
    return None if found is None else found.slot


# -- which slots there are, and who hears ------------------------------------------------------------


def test_the_whole_ladder_of_a_task() -> None:
    """Due on Friday 18 December.

    The leader in charge hears from the first late working day, the head of the unit after a week.
    """
    slots = ladder().between(task(FRIDAY), LONG_AGO, at(date(2026, 12, 31), 23))
    assert told(slots) == {
        "2026-12-15/nag": (PERSON,),
        "2026-12-18/nag": (PERSON, SECTION),
        "2026-12-21/nag": (PERSON, IN_CHARGE),
        "2026-12-22/nag": (PERSON,),
        "2026-12-23/nag": (PERSON, SECTION, IN_CHARGE),
        "2026-12-24/nag": (PERSON,),
        "2026-12-25/nag": (PERSON, PRINCIPAL),
        "2026-12-28/nag": (PERSON,),
        "2026-12-29/nag": (PERSON,),
        "2026-12-30/nag": (PERSON, SECTION, IN_CHARGE),
        "2026-12-31/nag": (PERSON,),
    }
    assert {slot.at.astimezone(SHANGHAI).time() for slot in slots} == {NINE}


def test_a_rung_that_comes_again_says_how_late_it_is() -> None:
    there = ladder()
    slots = there.between(task(FRIDAY), at(FRIDAY, 8), at(date(2026, 12, 24), 23))
    assert [there.standing(task(FRIDAY), slot)[1] for slot in slots] == [0, 1, 2, 3, 4]
    (last,) = there.between(task(date(2026, 9, 30)), at(date(2026, 10, 9), 23), at(date(2026, 10, 11), 23))
    assert there.standing(task(date(2026, 9, 30)), last) == (RungMeasure.WORKING_DAY, 3), (
        "the Saturday is worked"
    )


def test_over_the_national_holiday_and_its_working_saturday() -> None:
    """Due on 30 September 2026: 1 to 7 October are off, Saturday the 10th is worked."""
    slots = ladder().between(task(date(2026, 9, 30)), at(date(2026, 9, 29), 0), at(date(2026, 10, 12), 23))
    assert list(told(slots)) == [f"2026-{day}/nag" for day in ("09-30", "10-08", "10-09", "10-10", "10-12")]


@pytest.mark.parametrize(
    ("deadline", "offset", "day"),
    [
        (FRIDAY, -3, TUESDAY),
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, MONDAY),
        (SATURDAY, 0, FRIDAY),  # a task due on a day off must be done before it
        (SATURDAY, -1, FRIDAY),
        (SATURDAY, 1, MONDAY),
        (date(2026, 10, 10), 0, date(2026, 10, 10)),  # a Saturday that is worked
        (date(2026, 10, 4), 0, date(2026, 9, 30)),
    ],
)
def test_the_day_of_a_rung(deadline: date, offset: int, day: date) -> None:
    assert day_of(deadline, offset, CALENDAR) == day


def test_signing_is_asked_for_when_its_working_day_is_over() -> None:
    owed = Obligation(DutyKind.UNSIGNED, "1", at(TUESDAY, 17), at(date(2026, 12, 17), 0), date(2026, 12, 16))
    slots = ladder().between(owed, LONG_AGO, at(MONDAY, 23))
    assert told(slots) == {
        "2026-12-17/nag": (PERSON,),
        "2026-12-18/nag": (PERSON, SECTION, IN_CHARGE),
        "2026-12-21/nag": (PERSON,),
    }


def test_a_window_is_reminded_of_when_four_fifths_of_its_working_time_are_over() -> None:
    """A week of five days of eight hours: the reminder comes after 32 hours, as the last day begins."""
    opens, closes = at(date(2026, 12, 14), 0), at(FRIDAY, 18)
    owed = Obligation(DutyKind.REPORT, "2026-W51", opens, closes, FRIDAY, ends=at(date(2026, 12, 24), 18))
    slots = ladder().between(owed, LONG_AGO, at(date(2026, 12, 31), 0))
    assert told(slots) == {
        "2026-12-17/18:00": (PERSON,),
        "2026-12-21/nag": (PERSON,),
        "2026-12-22/nag": (PERSON, IN_CHARGE),
        "2026-12-23/nag": (PERSON,),
        "2026-12-24/nag": (PERSON,),
    }
    assert ladder().next_after(owed, at(date(2026, 12, 24), 9)) is None, "the next window has taken over"


def test_of_a_row_of_windows_only_those_above_hear_once_it_is_late() -> None:
    rungs = (
        Rung(DutyKind.REPORT, 80, RungMeasure.PERCENT, (IN_CHARGE,)),
        Rung(DutyKind.REPORT, 0, RungMeasure.WORKING_DAY, (IN_CHARGE,)),
        Rung(DutyKind.REPORT, 1, RungMeasure.WORKING_DAY, (PERSON,), every=1),
        Rung(DutyKind.REPORT, 1, RungMeasure.WORKING_DAY, (PERSON, SECTION)),
        Rung(DutyKind.REPORT, 4, RungMeasure.WORKING_HOUR, (IN_CHARGE,)),
        Rung(DutyKind.REPORT, 2, RungMeasure.WORKING_DAY, (IN_CHARGE,), every=2),
    )
    closes = at(TUESDAY, 18)
    owed = Obligation(DutyKind.REPORT, "2026-12-15~", closes, closes, TUESDAY, above=True)
    slots = ladder(Policy(rungs)).between(owed, LONG_AGO, at(date(2026, 12, 22), 0))
    assert told(slots) == {
        "2026-12-16/nag": (SECTION,),
        "2026-12-16/12:00": (IN_CHARGE,),
        "2026-12-17/nag": (IN_CHARGE,),
        "2026-12-21/nag": (IN_CHARGE,),
    }
    person_only = Policy((rungs[2],))
    assert ladder(person_only).next_after(owed, closes) is None


@pytest.mark.parametrize("late", [1, 3, 9])
def test_what_was_late_when_it_came_is_told_to_the_person_first(late: int) -> None:
    """Imported on Wednesday at ten: the person hears on Thursday, those above on Friday."""
    opens = at(date(2026, 12, 16), 10)
    deadline = WorkingDays().before(date(2026, 12, 16), late)
    slots = told(ladder().between(task(deadline, opens), LONG_AGO, at(date(2026, 12, 18), 10)))
    assert slots["2026-12-17/nag"] == (PERSON,)
    first, *_ = slots
    assert first == "2026-12-17/nag"
    above = {IN_CHARGE, SECTION} | ({PRINCIPAL} if late == 9 else set())
    assert above <= set(slots["2026-12-18/nag"]) - {PERSON}


def test_a_shift_runs_day_and_night() -> None:
    opens, closes = at(SATURDAY, 20), at(SATURDAY + DAY, 8)
    owed = Obligation(DutyKind.REPORT, "s", opens, closes, SATURDAY + DAY, ends=closes, all_hours=True)
    (slot,) = ladder().between(owed, LONG_AGO, at(MONDAY, 23))
    assert slot.at == at(SATURDAY + DAY, 5, 36)


@pytest.mark.parametrize(
    ("hours", "quiet", "told"),
    [
        # The night is over with the shift, so its people hear before it begins.
        ((20, 32), (21, 8), 20.5),
        ((20, 32), (20.25, 8), 20),
        ((16, 32), (22, 8), 21.5),
        # It is quiet from the shift's begin on, or the quiet ends while there is time, or it is not quiet.
        ((20, 32), (20, 8), 29.6),
        ((20, 32), (21, 7), 29.6),
        ((20, 32), (21, 5), 29.6),
        ((8, 20), (21, 8), 17.6),
    ],
)
def test_who_keeps_a_night_shift_hears_before_the_night(
    hours: tuple[int, int], quiet: tuple[float, int], told: float
) -> None:
    opens, closes = (at(SATURDAY, 0) + timedelta(hours=hour) for hour in hours)
    owed = Obligation(DutyKind.REPORT, "s", opens, closes, SATURDAY + DAY, ends=closes, all_hours=True)
    begins = (at(SATURDAY, 0) + timedelta(hours=quiet[0])).astimezone(SHANGHAI).time()
    nights = replace(ladder(), quiet=QuietHours(begins, time(quiet[1])))
    (slot,) = nights.between(owed, LONG_AGO, at(MONDAY, 23))
    assert slot.at == at(SATURDAY, 0) + timedelta(hours=told)


def test_a_window_without_working_time_is_shared_out_by_the_clock() -> None:
    opens = at(SATURDAY, 0)
    owed = Obligation(DutyKind.REPORT, "w", opens, opens + 10 * DAY / 10, SATURDAY, ends=opens + DAY)
    (slot,) = ladder().between(owed, LONG_AGO, opens + 3 * DAY)
    assert slot.at == opens + timedelta(hours=19, minutes=12)


def test_an_extension_waits_four_working_hours() -> None:
    asked = at(FRIDAY, 16)
    owed = Obligation(DutyKind.EXTENSION, "asked:4", asked, asked, FRIDAY)
    slots = ladder().between(owed, LONG_AGO, at(MONDAY + DAY, 12))
    assert [(slot.key, slot.hears) for slot in slots] == [
        ("2026-12-21/10:00", (OFFICE,)),
        ("2026-12-22/10:00", (OFFICE,)),
    ]


def test_hours_that_repeat() -> None:
    every = Rung(DutyKind.EXTENSION, 2, RungMeasure.WORKING_HOUR, (OFFICE,), every=3)
    asked = at(FRIDAY, 8)
    owed = Obligation(DutyKind.EXTENSION, "1", asked, asked, FRIDAY)
    slots = ladder(Policy((every,))).between(owed, LONG_AGO, at(FRIDAY, 23))
    assert [slot.at for slot in slots] == [at(FRIDAY, 10), at(FRIDAY, 15), at(FRIDAY, 18)]
    assert ladder(Policy((every,))).next_after(owed, at(FRIDAY, 18)) == at(MONDAY, 11)


def test_an_inspection_adds_an_afternoon_and_takes_no_time_to_reach_the_top() -> None:
    inspection = ((MONDAY, MONDAY),)
    slots = ladder(inspections=inspection).between(task(FRIDAY), at(FRIDAY, 23), at(MONDAY + DAY, 23))
    assert told(slots) == {
        "2026-12-21/nag": (PERSON, IN_CHARGE, PRINCIPAL),
        "2026-12-21/15:00": (PERSON,),
        "2026-12-22/nag": (PERSON,),
    }


def test_no_kind_is_told_of_by_the_rungs_of_another() -> None:
    order = Obligation(DutyKind.ORDER, "1", LONG_AGO, at(FRIDAY, 12), FRIDAY)
    rungs = {rung for slot in ladder().between(order, at(FRIDAY, 12), at(MONDAY, 23)) for rung in slot.rungs}
    assert {rung.kind for rung in rungs} == {DutyKind.ORDER}


# -- what is due -------------------------------------------------------------------------------------


def test_once_seen_to_a_slot_is_not_due_again() -> None:
    owed = task(FRIDAY)
    assert due(owed, LONG_AGO, at(TUESDAY, 8, 59)) is None
    slot = due(owed, LONG_AGO, at(TUESDAY, 9))
    assert slot is not None
    assert (slot.at, slot.key) == (at(TUESDAY, 9), "2026-12-15/nag")
    assert due(owed, at(TUESDAY, 9), at(TUESDAY, 9)) is None
    assert due(owed, at(TUESDAY, 9), at(TUESDAY, 23)) is None


def test_a_clock_that_was_put_back_sends_nothing_again() -> None:
    owed, seen = task(FRIDAY), at(MONDAY, 9)
    assert due(owed, seen, at(MONDAY, 7)) is None
    assert due(owed, seen, at(FRIDAY, 9)) is None
    assert ladder().next_after(owed, seen) == at(MONDAY + DAY, 9)


@pytest.mark.parametrize(
    ("now", "key", "hears", "skipped"),
    [
        (at(MONDAY, 9), "2026-12-21/nag", (PERSON, SECTION, IN_CHARGE), 2),
        (at(MONDAY + DAY, 3), "2026-12-21/nag", (PERSON, SECTION, IN_CHARGE), 2),
        (at(date(2027, 1, 8), 12), "2027-01-08/nag", (PERSON, SECTION, IN_CHARGE, PRINCIPAL), None),
    ],
)
def test_missed_slots_collapse_and_nobody_who_was_to_hear_is_forgotten(
    now: datetime, key: str, hears: tuple[Level, ...], skipped: int | None
) -> None:
    found = ladder().due(task(FRIDAY), at(TUESDAY, 8), now)
    assert found is not None
    assert (found.slot.key, found.slot.hears) == (key, hears)
    assert skipped is None or len(found.skipped) == skipped
    assert [slot.at for slot in found.slots] == sorted(slot.at for slot in found.slots)


def test_of_what_was_late_when_it_came_those_above_hear_a_working_day_later() -> None:
    """An overdue line, imported in the afternoon: nobody hears before the next morning."""
    imported = at(MONDAY, 15)
    owed = task(date(2026, 12, 1), opens=imported)
    assert due(owed, LONG_AGO, at(MONDAY, 23)) is None
    slot = due(owed, LONG_AGO, at(MONDAY + DAY, 9))
    assert slot is not None
    assert slot.key == "2026-12-22/nag"
    assert slot.hears == (PERSON,)
    later = ladder().between(owed, at(MONDAY + DAY, 9), at(MONDAY + 5 * DAY, 0))
    everybody = (PERSON, SECTION, IN_CHARGE, PRINCIPAL)
    assert [slot.hears for slot in later] == [everybody, (PERSON,), (PERSON, SECTION, IN_CHARGE)]


def test_what_came_in_time_begins_at_its_next_slot() -> None:
    owed = task(FRIDAY, opens=at(TUESDAY, 12))
    assert list(told(ladder().between(owed, LONG_AGO, at(FRIDAY, 23)))) == ["2026-12-18/nag"]


def test_the_years_end_without_calendar_data() -> None:
    """The calendar of 2027 is not published: Monday to Friday are worked, except for New Year's Day."""
    owed = task(CALENDAR.covered_until)
    slots = ladder().between(owed, at(CALENDAR.covered_until, 23), at(date(2027, 1, 14), 23))
    days = [date.fromisoformat(slot.key[:10]) for slot in slots]
    assert days == [d for i in range(2, 15) if (d := CALENDAR.covered_until + i * DAY).isoweekday() < 6]


@pytest.mark.parametrize(
    ("day", "hour_utc"),
    [(date(2026, 3, 6), 14), (date(2026, 3, 9), 13), (date(2026, 10, 30), 13), (date(2026, 11, 2), 14)],
)
def test_the_hour_of_the_nags_is_local_on_both_sides_of_a_dst_change(day: date, hour_utc: int) -> None:
    there = ladder(zone=NEW_YORK, calendar=WorkingDays({day: True}))
    slot = datetime.combine(day, time(hour_utc), tzinfo=UTC)
    owed = task(date(2026, 2, 2), zone=NEW_YORK)
    assert there.due(owed, slot - DAY / 24, slot - timedelta(seconds=1)) is None
    assert there.due(owed, slot - DAY / 24, slot) is not None


@pytest.mark.parametrize(
    ("nag_time", "sunday", "first"),
    [
        (time(2, 30), date(2026, 3, 8), datetime(2026, 3, 8, 7, tzinfo=UTC)),  # skipped: after the jump
        (time(1, 30), date(2026, 11, 1), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # twice: the first time
    ],
)
def test_an_hour_that_is_missing_or_comes_twice_is_one_slot(
    nag_time: time, sunday: date, first: datetime
) -> None:
    there = ladder(zone=NEW_YORK, calendar=WorkingDays({sunday: True}), nag_time=nag_time)
    owed = task(sunday - 10 * DAY, zone=NEW_YORK)
    slots = there.between(owed, first - timedelta(hours=3), first + timedelta(hours=3))
    assert [slot.at for slot in slots] == [first]


def test_in_another_zone_the_same_day_comes_at_another_moment() -> None:
    shanghai, york = task(FRIDAY), task(FRIDAY, zone=NEW_YORK)
    assert ladder().next_after(shanghai, at(FRIDAY, 0)) == at(FRIDAY, 9)
    there = ladder(zone=NEW_YORK)
    assert there.next_after(york, at(FRIDAY, 0, zone=NEW_YORK)) == at(FRIDAY, 9, zone=NEW_YORK)


def test_a_policy_survives_its_json() -> None:
    assert tuple(Rung.from_json(rung.to_json()) for rung in DEFAULT.rungs) == DEFAULT.rungs


# ---- any deadline, any calendar, any moments -------------------------------------------------------

FIRST = date(2026, 2, 20)  # Within the span New York changes its clocks twice, and the calendar data end
LAST = date(2027, 1, 31)


@dataclass
class Driven:
    """One task, looked at at given moments as the scan does; ``seen`` says up to when slots are handled."""

    deadline: date
    zone: ZoneInfo
    nag_time: time
    calendar: WorkingDays
    opens: datetime
    seen: datetime = LONG_AGO
    found: list[tuple[datetime, DueSlots]] = field(default_factory=list)

    @property
    def ladder(self) -> Ladder:
        return ladder(zone=self.zone, calendar=self.calendar, nag_time=self.nag_time)

    @property
    def owed(self) -> Obligation:
        return task(self.deadline, self.opens, self.zone)

    def tick(self, now: datetime) -> datetime:
        """Look at the task at ``now``; return the moment of the next look."""
        found = self.ladder.due(self.owed, self.seen, now)
        if found is not None:
            self.found.append((now, found))
        self.seen = max(self.seen, now)
        upcoming = self.ladder.next_after(self.owed, self.seen)
        assert upcoming is not None, "an open task is never forgotten"
        return upcoming

    def slot(self, day: date) -> datetime:
        return local_slot(day, self.nag_time, self.zone)

    def slots(self, after: datetime, until: datetime) -> list[datetime]:
        return [slot.at for slot in self.ladder.between(self.owed, after, until)]


CALENDARS = st.dictionaries(st.dates(FIRST, LAST), st.booleans(), max_size=25).map(WorkingDays)
TASKS = st.builds(
    Driven,
    deadline=st.dates(FIRST, LAST),
    zone=st.sampled_from([SHANGHAI, NEW_YORK, APIA]),
    nag_time=st.sampled_from([NINE, time(2, 30), time(1, 30), time(0, 0), time(20, 59)]),
    calendar=CALENDARS,
    opens=st.sampled_from([LONG_AGO, at(date(2026, 6, 1), 12)]),
)


@st.composite
def near(draw: st.DrawFn, one: Driven, back: int = 12, ahead: int = 20) -> datetime:
    """A moment in the weeks around the deadline, where things happen."""
    day = one.deadline + timedelta(days=draw(st.integers(-back, ahead)))
    edges = [one.slot(day), local_slot(day, time(0), one.zone)]
    return draw(st.sampled_from(edges)) + timedelta(seconds=draw(st.integers(-7200, 7200)))


@given(TASKS, st.data())
def test_whatever_the_clock_does_no_slot_is_due_twice(one: Driven, data: st.DataObject) -> None:
    # The moments are not sorted: the clock jumps back and forth.
    for now in data.draw(st.lists(near(one), max_size=25)):
        assert one.tick(now) > now
    keys = [slot.key for _, found in one.found for slot in found.slots]
    assert len(keys) == len(set(keys))
    for now, found in one.found:
        assert all(one.opens <= slot.at <= now for slot in found.slots)


@given(TASKS, st.data())
def test_every_slot_is_found_by_the_next_look(one: Driven, data: st.DataObject) -> None:
    ticks = sorted(data.draw(st.lists(near(one), min_size=1, max_size=25)))
    for now in ticks:
        one.tick(now)
    found = [slot.at for _, many in one.found for slot in many.slots]
    assert found == one.slots(LONG_AGO, ticks[-1])


@given(TASKS, st.data())
@settings(max_examples=part_of(75))
def test_who_sleeps_until_the_next_look_finds_the_same_as_who_never_sleeps(
    one: Driven, data: st.DataObject
) -> None:
    now = data.draw(near(one, back=10, ahead=3))  # the program starts again after an outage
    end = now + 12 * DAY
    wakeful = Driven(one.deadline, one.zone, one.nag_time, one.calendar, one.opens)
    days = [local_date(now, one.zone) + timedelta(days=i) for i in range(15)]
    moments = {now} | {now + timedelta(hours=h) for h in range(0, 12 * 24, 5)} | {one.slot(d) for d in days}
    for moment in sorted(m for m in moments if now <= m < end):
        wakeful.tick(moment)
    while now < end:
        now = one.tick(now)
    assert [due.slot for at, due in one.found if at < end] == [due.slot for _, due in wakeful.found]


@given(TASKS)
@settings(max_examples=part_of(75))
def test_a_late_task_has_a_slot_on_every_working_day(one: Driven) -> None:
    end = one.deadline + 20 * DAY
    days = [one.deadline + timedelta(days=i) for i in range(1, 20)]
    expected = [one.slot(d) for d in days if one.calendar.is_working_day(d) and one.slot(d) >= one.opens]
    after, until = local_slot(one.deadline + DAY, time(0), one.zone), local_slot(end, time(0), one.zone)
    assert one.slots(after - timedelta(seconds=1), until - timedelta(seconds=1)) == expected


@pytest.mark.parametrize(
    ("level", "moment", "again"),
    [
        (PERSON, at(MONDAY, 9), True),
        (SECTION, at(FRIDAY, 9), True),
        (IN_CHARGE, at(MONDAY, 9), True),
        (PRINCIPAL, at(FRIDAY, 9), True),
        # 主要领导 hear on the fifth day after the limit, and never again.
        (PRINCIPAL, at(date(2026, 12, 25), 9), False),
        (OFFICE, at(FRIDAY, 9), False),
    ],
)
def test_who_hears_of_a_task_once_more(level: Level, moment: datetime, again: bool) -> None:
    assert ladder().hears_again(task(FRIDAY), moment, level) is again
