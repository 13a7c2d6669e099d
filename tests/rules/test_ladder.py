from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.ladder import QUIET_FROM, Decision, Nag, Rung, decide, hint_leader, rung_on, standing
from rules.slots import local_slot
from rules.working_days import WorkingDays

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
CALENDAR = WorkingDays()
NINE = time(9, 0)
DAY = timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

FRIDAY = date(2026, 12, 18)
SATURDAY = date(2026, 12, 19)
MONDAY = date(2026, 12, 21)
TUESDAY = date(2026, 12, 15)


def at(day: date, hour: int, minute: int = 0, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=zone).astimezone(UTC)


def ask(
    deadline: date, now: datetime, last_nagged: date | None = None, start: datetime = LONG_AGO
) -> Decision:
    return decide(
        deadline, last_nagged, now=now, start=start, zone=SHANGHAI, nag_time=NINE, calendar=CALENDAR
    )


def test_rungs_of_a_deadline() -> None:
    rungs = {d: rung for i in range(-10, 6) if (rung := rung_on(FRIDAY, d := FRIDAY + i * DAY, CALENDAR))}
    assert rungs == {
        date(2026, 12, 15): Rung.UPCOMING,
        FRIDAY: Rung.DUE,
        date(2026, 12, 21): Rung.OVERDUE,
        date(2026, 12, 22): Rung.OVERDUE,
        date(2026, 12, 23): Rung.OVERDUE,
    }


def test_the_days_own_slot_comes_even_on_a_saturday() -> None:
    assert rung_on(SATURDAY, SATURDAY, CALENDAR) is Rung.DUE
    assert ask(SATURDAY, at(SATURDAY, 9)).nag == Nag(SATURDAY, SATURDAY, Rung.DUE, 0)


def test_a_working_saturday_is_a_slot_of_an_overdue_task() -> None:
    assert rung_on(date(2026, 10, 9), date(2026, 10, 10), CALENDAR) is Rung.OVERDUE


@pytest.mark.parametrize(
    ("now", "nag", "next_at"),
    [
        (at(TUESDAY - DAY, 12), None, at(TUESDAY, 9)),
        (at(TUESDAY, 8, 59), None, at(TUESDAY, 9)),
        (at(TUESDAY, 9), Nag(TUESDAY, TUESDAY, Rung.UPCOMING, 3), at(FRIDAY, 9)),
        (at(TUESDAY, 20, 59), Nag(TUESDAY, TUESDAY, Rung.UPCOMING, 3), at(FRIDAY, 9)),
        # Quiet: it waits for the next working day's nag time, though that day has no slot of its own.
        (at(TUESDAY, 21), None, at(TUESDAY + DAY, 9)),
        (at(TUESDAY + DAY, 8), None, at(TUESDAY + DAY, 9)),
        (at(TUESDAY + DAY, 14), Nag(TUESDAY + DAY, TUESDAY, Rung.UPCOMING, 2), at(FRIDAY, 9)),
        (at(FRIDAY, 9), Nag(FRIDAY, FRIDAY, Rung.DUE, 0), at(MONDAY, 9)),
        (at(FRIDAY, 23), None, at(MONDAY, 9)),
        # A weekend's miss merges with Monday's own slot.
        (at(SATURDAY, 10), None, at(MONDAY, 9)),
        (at(MONDAY, 9), Nag(MONDAY, MONDAY, Rung.OVERDUE, -3), at(MONDAY + DAY, 9)),
        # After weeks of silence: one nag.
        (at(date(2027, 1, 20), 11), Nag(date(2027, 1, 20), date(2027, 1, 20), Rung.OVERDUE, -33), None),
    ],
)
def test_when_nothing_was_sent_yet(now: datetime, nag: Nag | None, next_at: datetime | None) -> None:
    decision = ask(FRIDAY, now)
    assert decision.nag == nag
    if next_at is not None:
        assert decision.next_at == next_at


def test_once_sent_the_day_is_done() -> None:
    assert ask(FRIDAY, at(TUESDAY, 9, 1), last_nagged=TUESDAY) == Decision(at(FRIDAY, 9))
    assert ask(FRIDAY, at(TUESDAY + DAY, 9, 1), last_nagged=TUESDAY + DAY) == Decision(at(FRIDAY, 9))
    assert ask(FRIDAY, at(MONDAY, 12), last_nagged=MONDAY) == Decision(at(MONDAY + DAY, 9))


def test_a_missed_warning_before_a_weekend_waits_for_monday() -> None:
    deadline = date(2026, 12, 23)  # its warning is due on Friday the 18th
    assert rung_on(deadline, FRIDAY, CALENDAR) is Rung.UPCOMING
    assert ask(deadline, at(SATURDAY, 10)) == Decision(at(MONDAY, 9))
    assert ask(deadline, at(MONDAY, 9)).nag == Nag(MONDAY, FRIDAY, Rung.UPCOMING, 2)


def test_slots_before_the_task_came_are_not_made_up_for() -> None:
    assert ask(FRIDAY, at(TUESDAY, 10, 1), start=at(TUESDAY, 10)).nag is None
    assert ask(FRIDAY, at(TUESDAY, 9), start=at(TUESDAY, 9)).nag is not None
    late = date(2026, 12, 1)
    imported = at(TUESDAY, 15)
    assert ask(late, at(TUESDAY, 16), start=imported) == Decision(at(TUESDAY + DAY, 9))
    assert ask(late, at(TUESDAY + DAY, 9), start=imported).nag is not None


def test_over_the_year_end_without_calendar_data() -> None:
    deadline = CALENDAR.covered_until
    day = deadline
    nagged: list[date] = []
    for _ in range(14):
        day += DAY
        if nag := ask(deadline, at(day, 9), last_nagged=nagged[-1] if nagged else deadline).nag:
            assert nag.rung is Rung.OVERDUE
            nagged.append(day)
    assert nagged == [d for i in range(1, 15) if (d := deadline + i * DAY).isoweekday() < 6]


def test_the_task_due_on_2026_12_31_is_overdue_from_midnight() -> None:
    deadline = date(2026, 12, 31)
    assert standing(deadline, deadline) is Rung.DUE
    assert standing(deadline, date(2027, 1, 1)) is Rung.OVERDUE
    calendar = WorkingDays({date(2027, 1, 1): False})
    decision = decide(
        deadline,
        deadline,
        now=at(date(2027, 1, 1), 12),
        start=LONG_AGO,
        zone=SHANGHAI,
        nag_time=NINE,
        calendar=calendar,
    )
    assert decision == Decision(at(date(2027, 1, 4), 9))


def test_a_clock_that_jumps_back_sends_nothing_again() -> None:
    assert ask(FRIDAY, at(MONDAY, 10), last_nagged=MONDAY + DAY) == Decision(at(MONDAY + DAY, 9))
    assert ask(FRIDAY, at(TUESDAY, 10), last_nagged=MONDAY + DAY) == Decision(at(FRIDAY, 9))


@pytest.mark.parametrize(
    ("day", "hour_utc"),
    [(date(2026, 3, 6), 14), (date(2026, 3, 9), 13), (date(2026, 10, 30), 13), (date(2026, 11, 2), 14)],
)
def test_nag_time_is_local_on_both_sides_of_a_dst_change(day: date, hour_utc: int) -> None:
    def ask_at(now: datetime) -> Decision:
        return decide(
            date(2026, 2, 2),
            day - DAY,
            now=now,
            start=LONG_AGO,
            zone=NEW_YORK,
            nag_time=NINE,
            calendar=WorkingDays({day: True}),
        )

    slot = datetime.combine(day, time(hour_utc), tzinfo=UTC)
    assert ask_at(slot).nag is not None
    assert ask_at(slot - timedelta(seconds=1)) == Decision(slot)


def test_a_leader_gets_a_hint_from_the_first_overdue_day() -> None:
    assert {rung: hint_leader(rung) for rung in Rung} == {
        Rung.UPCOMING: False,
        Rung.DUE: False,
        Rung.OVERDUE: True,
    }


def test_mistakes_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        ask(FRIDAY, datetime(2026, 12, 18, 9))  # noqa: DTZ001 - the refusal is what is tested
    with pytest.raises(ValueError, match="quiet hours"):
        decide(
            FRIDAY,
            None,
            now=at(FRIDAY, 9),
            start=LONG_AGO,
            zone=SHANGHAI,
            nag_time=QUIET_FROM,
            calendar=CALENDAR,
        )


# ---- any deadline, any calendar, any moments -------------------------------------------------------

FIRST = date(2026, 2, 20)  # New York changes its clocks within the span; so does the end of the data
LAST = date(2027, 1, 31)


@dataclass
class Task:
    """One task driven by moments, as ``services`` would: it stores the day of each nag."""

    deadline: date
    zone: ZoneInfo
    nag_time: time
    calendar: WorkingDays
    start: datetime = LONG_AGO
    last_nagged: date | None = None
    nags: list[tuple[datetime, Nag]] = field(default_factory=list)

    def tick(self, now: datetime) -> Decision:
        decision = decide(
            self.deadline,
            self.last_nagged,
            now=now,
            start=self.start,
            zone=self.zone,
            nag_time=self.nag_time,
            calendar=self.calendar,
        )
        if decision.nag:
            self.nags.append((now, decision.nag))
            self.last_nagged = decision.nag.day
        return decision

    def slot(self, day: date) -> datetime:
        return local_slot(day, self.nag_time, self.zone)

    def quiet(self, day: date) -> datetime:
        return local_slot(day, QUIET_FROM, self.zone)

    def local(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def has_own_slot(self, day: date) -> bool:
        return rung_on(self.deadline, day, self.calendar) is not None


CALENDARS = st.dictionaries(st.dates(FIRST, LAST), st.booleans(), max_size=25).map(WorkingDays)
TASKS = st.builds(
    Task,
    deadline=st.dates(FIRST, LAST),
    zone=st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Pacific/Apia")]),
    nag_time=st.sampled_from([NINE, time(2, 30), time(1, 30), time(0, 0), time(20, 59)]),
    calendar=CALENDARS,
    start=st.sampled_from([LONG_AGO, at(date(2026, 6, 1), 12)]),
)
SPAN_HOURS = int((LAST - FIRST).total_seconds() // 3600)
MOMENTS = st.integers(0, SPAN_HOURS * 60).map(lambda m: at(FIRST, 0) + timedelta(minutes=m))


@st.composite
def near(draw: st.DrawFn, task: Task, back: int = 12, ahead: int = 20) -> datetime:
    """A moment in the weeks around the deadline, where things happen."""
    day = task.deadline + timedelta(days=draw(st.integers(-back, ahead)))
    edges = [task.slot(day), task.quiet(day), local_slot(day, time(0), task.zone)]
    return draw(st.sampled_from(edges)) + timedelta(seconds=draw(st.integers(-7200, 7200)))


@given(TASKS, st.data())
@settings(deadline=None, max_examples=150)
def test_whatever_happens_one_nag_a_day_and_only_in_the_hours(task: Task, data: st.DataObject) -> None:
    # Not sorted: the clock jumps back and forth.
    for now in data.draw(st.lists(st.one_of(MOMENTS, near(task)), max_size=40)):
        assert task.tick(now).next_at > now
    days = [nag.day for _, nag in task.nags]
    assert len(days) == len(set(days))
    for now, nag in task.nags:
        assert nag.day == task.local(now)
        assert task.slot(nag.day) <= now < task.quiet(nag.day)
        assert nag.slot_date <= nag.day
        assert task.slot(nag.slot_date) >= task.start
        assert nag.rung is standing(task.deadline, nag.day)
        assert nag.days_left == (task.deadline - nag.day).days
        assert task.has_own_slot(nag.day) or task.calendar.is_working_day(nag.day)


@given(TASKS, st.data())
@settings(deadline=None, max_examples=150)
def test_no_overdue_task_is_silent_on_a_working_day_that_saw_a_tick(task: Task, data: st.DataObject) -> None:
    ticks = sorted(data.draw(st.lists(st.one_of(MOMENTS, near(task)), max_size=40)))
    for now in ticks:
        task.tick(now)
    must = {
        day
        for now in ticks
        if (day := task.local(now)) > task.deadline
        and task.calendar.is_working_day(day)
        and task.slot(day) <= now < task.quiet(day)
        and task.slot(day) >= task.start
    }
    assert must == {nag.day for _, nag in task.nags if nag.day > task.deadline}


@given(TASKS, st.data())
@settings(deadline=None, max_examples=150)
def test_next_at_never_skips_a_slot(task: Task, data: st.DataObject) -> None:
    now = data.draw(near(task))
    next_at = task.tick(now).next_at
    day = task.local(now) - DAY
    while day <= task.local(next_at):
        if task.has_own_slot(day):
            assert not now < task.slot(day) < next_at
        day += DAY


@given(TASKS, st.data())
@settings(deadline=None, max_examples=75)
def test_who_sleeps_until_next_at_nags_at_the_same_moments_as_who_never_sleeps(
    task: Task, data: st.DataObject
) -> None:
    now = data.draw(near(task, back=10, ahead=3))  # the program comes up after an outage
    end = now + 12 * DAY
    wakeful = Task(task.deadline, task.zone, task.nag_time, task.calendar, task.start)
    days = [task.local(now) + timedelta(days=i) for i in range(15)]
    moments = {now + timedelta(hours=h) for h in range(12 * 24)} | {task.slot(d) for d in days}
    for moment in sorted(m for m in moments if now <= m < end):
        wakeful.tick(moment)
    while now < end:
        now = task.tick(now).next_at
    assert task.nags == wakeful.nags


@given(TASKS)
@settings(deadline=None, max_examples=75)
def test_undisturbed_every_slot_fires_on_time(task: Task) -> None:
    now = task.slot(task.deadline) - 20 * DAY
    end = task.slot(task.deadline) + 15 * DAY
    first = task.local(now) - DAY
    while now < end:
        now = task.tick(now).next_at
    slots = [task.slot(d) for i in range(40) if task.has_own_slot(d := first + timedelta(days=i))]
    begin = task.slot(task.deadline) - 20 * DAY
    expected = [s for s in slots if s < end and s >= task.start and s > begin]
    assert [moment for moment, _ in task.nags if moment > begin] == expected
