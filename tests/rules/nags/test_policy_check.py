"""Which policies of the ladder are sound, and how a policy reads in an office's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from rules.nags.ladder import Ladder, Obligation
from rules.nags.levels import Level
from rules.nags.policy import DEFAULT, DutyKind, Policy, ReleaseMode, Rung, RungMeasure
from rules.nags.policy_check import MOST, PolicyFault, RungFault, faults_of
from rules.nags.policy_words import (
    every_words,
    hears_words,
    read_count,
    read_every,
    read_flag,
    read_hears,
    read_kind,
    read_release,
    read_when,
    repeats_not,
    when_words,
)
from rules.working_days import WorkingDays
from rules.working_time import WorkingTime
from tests.support.repeats import part_of

PERSON, SECTION, OFFICE = Level.RESPONSIBLE, Level.SECTION, Level.OFFICE
IN_CHARGE, PRINCIPAL = Level.LEADER_IN_CHARGE, Level.PRINCIPAL_LEADER
DAY, HOUR, PERCENT = RungMeasure.WORKING_DAY, RungMeasure.WORKING_HOUR, RungMeasure.PERCENT
LATE = Rung(DutyKind.TASK, 1, DAY, (PERSON,), 1)
OWED: dict[str, Rung] = {
    **{kind: Rung(kind, 1, DAY, (OFFICE if kind is DutyKind.EXTENSION else PERSON,), 1) for kind in DutyKind},
    DutyKind.BELOW_DONE: Rung(DutyKind.BELOW_DONE, 0, DAY, (PERSON,)),
}


def task(offset: int, measure: RungMeasure = DAY, *hears: Level, every: int | None = None) -> Rung:
    return Rung(DutyKind.TASK, offset, measure, hears or (PERSON,), every)


def test_the_default_is_one() -> None:
    assert faults_of(DEFAULT.rungs) == []


def test_what_a_policy_of_before_says_of_kinds() -> None:
    """What came later has its own lines in a policy that does not name it; other kinds are silent."""
    before = Policy((LATE,))
    for kind in (DutyKind.BELOW_DONE, DutyKind.BELOW_ASKED):
        assert before.of(kind) == DEFAULT.of(kind) != ()
    assert before.of(DutyKind.REPORT) == ()


def test_a_sheet_of_thousands_of_lines_is_none() -> None:
    """It is refused before its lines are compared with each other, which takes the square of their number."""
    rungs = [*DEFAULT.rungs, *(task(at % 60) for at in range(20_000))]
    assert faults_of(rungs) == [RungFault(at, PolicyFault.TOO_MANY) for at in range(MOST, len(rungs))]


@pytest.mark.parametrize(
    ("rung", "fault"),
    [
        (task(-61), PolicyFault.TOO_FAR),
        (task(61), PolicyFault.TOO_FAR),
        (task(-481, HOUR), PolicyFault.TOO_FAR),
        (task(80, PERCENT), PolicyFault.NO_SHARE),
        (Rung(DutyKind.UNSIGNED, 80, PERCENT, (PERSON,)), PolicyFault.NO_SHARE),
        (Rung(DutyKind.EXTENSION, 80, PERCENT, (OFFICE,)), PolicyFault.NO_SHARE),
        (Rung(DutyKind.ORDER, 80, PERCENT, (PERSON,)), PolicyFault.COLOUR),
        (Rung(DutyKind.REPORT, 101, PERCENT, (PERSON,)), PolicyFault.SHARE),
        (Rung(DutyKind.REPORT, 0, PERCENT, (PERSON,)), PolicyFault.SHARE),
        (task(2, every=0), PolicyFault.EVERY),
        (task(2, every=61), PolicyFault.EVERY),
        (Rung(DutyKind.REPORT, 50, PERCENT, (PERSON,), 1), PolicyFault.EVERY),
        (replace(task(4, HOUR), at=time(15)), PolicyFault.TIME),
        (Rung(DutyKind.TASK, 2, DAY, ()), PolicyFault.NOBODY),
        (Rung(DutyKind.EXTENSION, 2, DAY, (OFFICE, PRINCIPAL)), PolicyFault.OFFICE_ONLY),
        (Rung(DutyKind.EXTENSION, -1, HOUR, (OFFICE,)), PolicyFault.EARLY),
        (Rung(DutyKind.BELOW_DONE, 1, DAY, (PERSON, IN_CHARGE)), PolicyFault.PERSON_ONLY),
        (Rung(DutyKind.BELOW_DONE, 1, DAY, (PERSON,), 1), PolicyFault.ONCE),
        (Rung(DutyKind.BELOW_ASKED, 1, DAY, (OFFICE,), 1), PolicyFault.PERSON_ONLY),
        (Rung(DutyKind.BELOW_ASKED, -1, DAY, (PERSON,), 1), PolicyFault.EARLY),
        (Rung(DutyKind.BELOW_DONE, -1, DAY, (PERSON,)), PolicyFault.EARLY),
        (Rung(DutyKind.BELOW_DONE, 50, PERCENT, (PERSON,)), PolicyFault.NO_SHARE),
        (Rung(DutyKind.ORDER, -1, DAY, (PERSON,)), PolicyFault.COLOURS_ONLY),
        (task(1, DAY, SECTION, PERSON), PolicyFault.TWICE),
        (task(-1, DAY, IN_CHARGE), PolicyFault.LEADER_FIRST),
        (task(0, DAY, PRINCIPAL), PolicyFault.LEADER_FIRST),
        (Rung(DutyKind.REPORT, 80, PERCENT, (IN_CHARGE,)), PolicyFault.LEADER_FIRST),
    ],
)
def test_a_wrong_rung(rung: Rung, fault: PolicyFault) -> None:
    found = faults_of([OWED[rung.kind], rung])
    assert [(one.at, one.fault) for one in found] == [(1, fault)]


@pytest.mark.parametrize(
    "rung",
    [
        task(-60),
        task(60),
        task(0, DAY, PERSON, PRINCIPAL),
        task(1, DAY, IN_CHARGE),
        replace(LATE, at=time(15)),
        replace(LATE, inspection=True),
        Rung(DutyKind.REPORT, 100, PERCENT, (PERSON,)),
        Rung(DutyKind.ORDER, 90, PERCENT, (PERSON, IN_CHARGE)),
        Rung(DutyKind.EXTENSION, 4, HOUR, (OFFICE,), 8),
        Rung(DutyKind.BELOW_DONE, 4, HOUR, (PERSON,)),
    ],
)
def test_a_sound_rung(rung: Rung) -> None:
    assert faults_of([OWED[rung.kind], rung]) == []


@pytest.mark.parametrize(
    ("rung", "sound"),
    [
        (LATE, True),
        (replace(LATE, offset=0), True),
        (Rung(DutyKind.TASK, 4, HOUR, (PERSON,), 8), True),
        (replace(LATE, every=None), False),
        (replace(LATE, every=2), False),
        (replace(LATE, offset=2), False),
        (replace(LATE, offset=-1), False),
        (replace(LATE, inspection=True), False),
        (replace(LATE, hears=(SECTION,)), False),
        (Rung(DutyKind.TASK, 4, HOUR, (PERSON,), 9), False),
        (Rung(DutyKind.EXTENSION, 1, DAY, (OFFICE,), 1), True),
    ],
)
def test_nobody_late_is_left_in_peace(rung: Rung, sound: bool) -> None:
    """The whole kind is at fault, so the fault is named once, at its last line."""
    early = Rung(rung.kind, 3, DAY, (OFFICE if rung.kind is DutyKind.EXTENSION else PERSON,))
    found = faults_of([rung, early])
    assert [(one.at, one.fault) for one in found] == ([] if sound else [(1, PolicyFault.SILENT)])


def test_the_one_that_was_first_is_named() -> None:
    (found,) = faults_of([LATE, task(5), LATE])
    assert (found.at, found.fault, found.other) == (2, PolicyFault.TWICE, 0)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("限期前3个工作日", (-3, DAY)),
        ("限期前三个工作日", (-3, DAY)),
        (" 限期前 3 工作日 ", (-3, DAY)),
        ("提前十个工作日", (-10, DAY)),
        ("到期前2工作时", (-2, HOUR)),
        ("限期当日", (0, DAY)),
        ("当天", (0, DAY)),
        ("超期第1个工作日", (1, DAY)),
        ("逾期两个工作日", (2, DAY)),
        ("限期后第五个工作日", (5, DAY)),
        ("限期后4工作时", (4, HOUR)),
        ("申请后4个工作小时", (4, HOUR)),
        ("时间过80%", (80, PERCENT)),
        ("时限过７０％", (70, PERCENT)),
        ("限期前3天", None),
        ("限期前3小时", None),
        ("超期七八个工作日", None),
        ("3个工作日", None),
        ("月底", None),
        ("", None),
    ],
)
def test_when(text: str, read: tuple[int, RungMeasure] | None) -> None:
    assert read_when(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("每1个工作日", (1, DAY)),
        ("每个工作日", (1, DAY)),
        ("每工作日", (1, DAY)),
        ("每隔五个工作日", (5, DAY)),
        ("每4工作时", (4, HOUR)),
        ("每天", None),
        ("", None),
    ],
)
def test_every(text: str, read: tuple[int, RungMeasure] | None) -> None:
    assert read_every(text) == read
    assert repeats_not(text) == (text == "")


def test_other_cells() -> None:
    assert read_hears("责任人、分管领导，创城办") == ((PERSON, IN_CHARGE, OFFICE), ())
    assert read_hears("主要领导和责任人") == ((PERSON, PRINCIPAL), ())
    assert read_hears("责任人、区领导") == ((PERSON,), ("区领导",))
    # Who decides on a child hears by itself; no word means that level.
    assert read_hears("责任人、上级任务责任人") == ((PERSON,), ("上级任务责任人",))
    assert [read_flag(text) for text in ("是", "√", "", "否", "也许")] == [True, True, False, False, None]
    assert [read_release(text) for text in ("逐条放行", "自动", "随便")] == [
        ReleaseMode.OFFICE,
        ReleaseMode.AUTO,
        None,
    ]
    assert [read_count(text) for text in ("2", "两条", "3次", "多")] == [2, 2, 3, None]
    assert [read_kind(text) for text in ("任务", "延期申请", "下级全部办结", "下级待审核", "其他")] == [
        DutyKind.TASK,
        DutyKind.EXTENSION,
        DutyKind.BELOW_DONE,
        DutyKind.BELOW_ASKED,
        None,
    ]


def test_what_is_written_reads_the_same() -> None:
    hours = Rung(DutyKind.TASK, -4, HOUR, (PERSON, SECTION), 2)
    asked = Rung(DutyKind.EXTENSION, 0, DAY, (OFFICE,), 1)
    done = Rung(DutyKind.BELOW_DONE, 4, HOUR, (PERSON,))
    others = (done, replace(done, measure=DAY), replace(asked, offset=2))
    for rung in (*DEFAULT.rungs, hours, replace(hours, offset=0), asked, *others):
        assert read_when(when_words(rung)) == (rung.offset, rung.measure)
        assert read_hears(hears_words(rung)) == (rung.hears, ())
        every = every_words(rung)
        assert repeats_not(every) if rung.every is None else read_every(every) == (rung.every, rung.measure)


# -- a property: a policy that passes leaves no late person in peace ----------------------------------

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingDays()
RUNGS = st.builds(
    Rung,
    st.just(DutyKind.TASK),
    st.integers(-3, 12),
    st.sampled_from([DAY, HOUR]),
    st.lists(st.sampled_from(Level), min_size=1, max_size=3, unique=True).map(tuple),
    st.none() | st.integers(1, 9),
    st.none() | st.just(time(15)),
    st.booleans(),
)


# Rungs that only just pass, or only just fail.
NEAR = st.builds(
    Rung,
    st.just(DutyKind.TASK),
    st.integers(-1, 2),
    st.just(DAY),
    st.just((PERSON,)),
    st.integers(1, 2),
) | st.builds(
    Rung, st.just(DutyKind.TASK), st.integers(6, 9), st.just(HOUR), st.just((PERSON,)), st.integers(6, 9)
)


@settings(max_examples=part_of(150))
@given(st.tuples(NEAR, RUNGS, RUNGS).map(list), st.dates(date(2026, 9, 1), date(2026, 11, 30)))
def test_who_is_late_hears_each_working_day(rungs: list[Rung], limit: date) -> None:
    """Checked on the ladder itself, without any 迎检, also over National Day and its working weekends."""
    passes = not [one for one in faults_of(rungs) if one.fault is PolicyFault.SILENT]
    ladder = Ladder(Policy(tuple(rungs)), WorkingTime(CALENDAR, ZONE), time(9))
    ends = datetime.combine(limit, time(18), ZONE)
    owed = Obligation(DutyKind.TASK, "1", ends - timedelta(days=30), ends, limit)
    late = [day for n in range(1, 22) if CALENDAR.is_working_day(day := limit + timedelta(days=n))][1:]
    said = ladder.between(owed, ends - timedelta(days=30), ends + timedelta(days=22))
    heard = {slot.at.astimezone(ZONE).date() for slot in said if PERSON in slot.hears}
    if passes:
        assert {*late} <= heard
    event("passes" if passes else "does not")
