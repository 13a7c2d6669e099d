"""``bench/pushes.py`` plays some days, and finds the forgotten duties of cases made by hand."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from bench import pushes
from bench.duty_ledger import CaseOnLedger, DutyLedger, TaskOnLedger
from bench.pushes import Push
from bench.pushes_town import PersonKind
from models.db import Database, ident
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from rules.duties.frequencies import Frequency
from rules.working_days import WorkingDays

ZONE = ZoneInfo("Asia/Shanghai")
"""The days below are of December 2026: the 14th is a Monday."""


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, tzinfo=ZONE)


def ledger(*known: TaskOnLedger | CaseOnLedger) -> DutyLedger:
    tasks = {one.task_id: one for one in known if isinstance(one, TaskOnLedger)}
    cases = {one.case_id: one for one in known if isinstance(one, CaseOnLedger)}
    return DutyLedger(ZONE, WorkingDays(), (time(8), time(20)), tasks, cases)


def judged(known: TaskOnLedger | CaseOnLedger) -> list[tuple[str, datetime, bool]]:
    return [(one.kind, one.since, one.reminded) for one in ledger(known).due(at(14), at(26))]


def test_a_deadline_counts_once_before_it_and_each_working_day_after_it() -> None:
    late = TaskOnLedger(1, at(10), date(2026, 12, 17), signed=at(10, 9), over=at(21, 10))
    late.reminded = [at(14, 9)]
    assert judged(late) == [("deadline", at(14), True), ("overdue", at(18), False)]
    late.postponed = [(at(18, 9), at(21, 9))]
    assert judged(late) == [("deadline", at(14), True)]


def test_who_does_it_in_time_owes_nothing() -> None:
    done = TaskOnLedger(1, at(10), date(2026, 12, 17), signed=at(10, 9), over=at(17, 20))
    assert judged(done) == []


def test_a_task_that_nobody_signs() -> None:
    unsigned = TaskOnLedger(1, at(14, 9), date(2026, 12, 31), signed=at(17, 9), reminded=[at(16, 9)])
    assert judged(unsigned) == [("signing", at(16), True)]


def test_reports_by_day_week_and_shift() -> None:
    daily = TaskOnLedger(1, at(15, 9), None, Frequency.DAILY, at(15, 9), over=at(19))
    daily.reports, daily.reminded = [at(17, 9)], [at(18, 15)]
    assert judged(daily) == [("report, daily", at(16), False)]
    weekly = TaskOnLedger(1, at(11, 9), None, Frequency.WEEKLY, at(11, 9), reminded=[at(18, 9)])
    assert judged(weekly) == [("report, weekly", at(14), True)]
    fortnightly = TaskOnLedger(1, at(3, 9), None, Frequency.FORTNIGHTLY, at(3, 9), reminded=[at(22, 9)])
    spans = [(one.kind, one.since, one.until) for one in ledger(fortnightly).due(at(1), at(29))]
    assert spans == [("report, fortnightly", at(14), at(28))], "counted from Monday, 30 November"
    shift = TaskOnLedger(1, at(14, 9), None, Frequency.SHIFT, at(14, 9), over=at(16))
    shift.reports, shift.reminded = [at(15, 8)], [at(15, 9)]
    assert judged(shift) == [("report, shift", at(14, 20), True)]


def test_an_order_counts_until_its_limit_and_each_working_day_after_it() -> None:
    order = CaseOnLedger(1, at(16, 9), at(17, 17), over=at(21, 8), reminded=[at(17, 10)])
    assert judged(order) == [("order", at(16, 9), True), ("order", at(18), False)]


def test_the_tables() -> None:
    kinds = {1: PersonKind.DILIGENT, 2: PersonKind.DILIGENT, 3: PersonKind.IN_CHARGE}
    arrived = [*[Push(1, MessageKind.NAG)] * 6, Push(3, MessageKind.HINT), Push(3, MessageKind.BRIEF)]
    arrived += [Push(1, MessageKind.NAG, quiet=True)] * 2
    shown = pushes.show_pushes(arrived, kinds, weeks=2)
    assert shown[2:] == [
        "| contact, diligent | 2 | 1.5 | 0.0 | 0.0 | 0.0 | 0.0 | 0.0 | 0.5 | 1.5 | 3.0 |",
        "| 分管领导 | 1 | 0.0 | 0.5 | 0.5 | 0.0 | 0.0 | 0.0 | 0.0 | 0.5 | 0.5 |",
        "| all contacts | 2 | 1.5 | 0.0 | 0.0 | 0.0 | 0.0 | 0.0 | 0.5 | 1.5 | 3.0 |",
    ]
    late = TaskOnLedger(7, at(10), date(2026, 12, 17), signed=at(10, 9), over=at(21, 10))
    assert pushes.show_duties(ledger(late).due(at(14), at(26)), ZONE)[2:] == [
        "| deadline | 1 | 1 |",
        "| overdue | 1 | 1 |",
        "  deadline: task 7, 12-14 00:00 to 12-18 00:00",
        "  overdue: task 7, 12-18 00:00 to 12-19 00:00",
    ]


async def test_three_days_are_played(database: Database) -> None:
    played = await pushes.play(database, days=3)
    assert {push.kind for push in played.pushes} == set(pushes.COLUMNS)
    assert any(task.reports for task in played.lives.ledger.tasks.values())
    assert any(task.reminded for task in played.lives.ledger.tasks.values())
    assert any(case.over for case in played.lives.ledger.cases.values())


async def test_the_sample_broken_down_is_played(database: Database) -> None:
    """Parts stand below tasks that assist; their people report on them and are nagged about them."""
    played = await pushes.play(database, days=2, broken_down=True)
    async with database.reading() as session:
        parts = list(await session.exec(select(Task).where(col(Task.parent_id).is_not(None))))
    assert parts
    assert {part.responsible_id for part in parts} <= played.parts
    assert played.lives.kinds.keys() - played.parts, "others have no child"
    known = [played.lives.ledger.tasks[ident(part)] for part in parts]
    assert any(one.reports for one in known)
    assert any(one.reminded for one in known)
