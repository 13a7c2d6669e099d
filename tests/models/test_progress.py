"""Queries of reports: those that stand, those since a moment, and 零报告 of units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from models import numbers, progress
from models.db import Session
from models.people import Contact, Unit
from models.progress import (
    Evidence,
    EvidenceKind,
    ProgressReport,
    ReportKind,
    ReportPart,
    ReportRevision,
    zero_covers,
)
from models.tasks import Task
from tests.support.people import Roster
from tests.support.rows import Rows, id_of, ids_of

HOUR = timedelta(hours=1)
DAY = date(2026, 12, 14)


@dataclass(frozen=True, slots=True)
class Desk:
    """Two units with a task each, and a person who reports for either."""

    rows: Rows
    ours: Unit
    other: Unit
    person: Contact
    task: Task
    other_task: Task

    async def report(self, unit: Unit | None = None, **values: Any) -> ProgressReport:
        return await self.rows.report(unit or self.ours, self.person, **values)

    async def on_task(self, unit: Unit | None = None, **values: Any) -> ProgressReport:
        return await self.report(unit, task_id=id_of(self.task), **values)


@pytest.fixture
async def desk(roster: Roster, rows: Rows) -> Desk:
    ours, other = await roster.unit("城管局"), await roster.unit("交通局")
    person = await roster.contact(ours, "张三")
    tasks = [await roster.task(ours, name, None) for name in ("甲", "乙")]
    return Desk(rows, ours, other, person, *tasks)


@pytest.mark.both_engines("locks")
async def test_numbers_run_by_name_from_one(session: Session) -> None:
    names = ["a", "a", "b", "a", "b"]
    assert [await numbers.next_number(session, name) for name in names] == [1, 2, 1, 3, 2]


async def test_the_last_reports_stand_and_the_newest_is_first(session: Session, desk: Desk) -> None:
    first, second, _, last = [await desk.on_task(withdrawn=n == 2) for n in range(4)]
    await desk.report(task_id=id_of(desk.other_task))
    task_id = id_of(desk.task)
    assert await progress.last_reports(session, task_id) == [last, second, first]
    assert await progress.last_reports(session, task_id, 2) == [last, second]


SINCE = [
    pytest.param({"reported_at": 1}, True, id="on the task"),
    pytest.param({"reported_at": 1, "unit": "other"}, True, id="on the task by another unit"),
    pytest.param({"reported_at": 1, "task": "other"}, False, id="on another task"),
    pytest.param({"reported_at": 1, "task": None}, False, id="of the unit, for no task"),
    pytest.param({"reported_at": 1, "task": None, "covers": "ours"}, True, id="of the unit, for the task"),
    pytest.param({"reported_at": 1, "task": None, "covers": "other"}, False, id="of the unit, for another"),
    pytest.param({"reported_at": 0}, False, id="at that moment itself"),
    pytest.param({"reported_at": 1, "withdrawn": True}, False, id="withdrawn"),
    pytest.param({"reported_at": 1, "counted_at": -23}, True, id="counts less than a day earlier"),
    pytest.param({"reported_at": 1, "counted_at": -24}, False, id="counts a day earlier"),
]


@pytest.mark.parametrize(("given", "found"), SINCE)
async def test_which_reports_came_in_since(
    session: Session, desk: Desk, now: datetime, given: dict[str, Any], found: bool
) -> None:
    """Moments are hours from ``now``; a report is by our unit on our task unless ``given`` says otherwise."""
    hours = {name: now + given[name] * HOUR for name in ("reported_at", "counted_at") if name in given}
    task = {"ours": desk.task, "other": desk.other_task}.get(given.get("task", "ours"))
    report = await desk.report(
        desk.other if given.get("unit") == "other" else desk.ours,
        task_id=None if task is None else id_of(task),
        withdrawn=given.get("withdrawn", False),
        about_day=DAY,
        **hours,
    )
    if "covers" in given:
        covered = desk.task if given["covers"] == "ours" else desk.other_task
        await zero_covers.cover(session, id_of(report), [id_of(covered)])
        assert await zero_covers.covered_by(session, id_of(report)) == [id_of(covered)]
    arrivals = await progress.reports_since(session, [id_of(desk.task)], now)
    came = progress.ReportArrival(id_of(report), id_of(desk.task), report.reported_at, DAY)
    assert arrivals == ([came] if found else [])


async def test_the_last_arrivals_on_each_task(session: Session, desk: Desk, now: datetime) -> None:
    ours, other = id_of(desk.task), id_of(desk.other_task)
    for hours in (1, 3, 2):
        await desk.on_task(desk.other, reported_at=now + hours * HOUR)
    await desk.on_task(reported_at=now + 9 * HOUR, withdrawn=True)
    await desk.on_task(reported_at=now + 9 * HOUR, counted_at=now)
    await desk.report(reported_at=now + 9 * HOUR)
    assert await progress.last_arrivals(session, [ours, other], now) == {ours: now + 3 * HOUR}
    for hours, withdrawn in ((5, False), (4, False), (8, True)):
        zero = await desk.report(reported_at=now + hours * HOUR, withdrawn=withdrawn)
        await zero_covers.cover(session, id_of(zero), [ours, other])
    assert await progress.last_arrivals(session, [ours], now) == {ours: now + 5 * HOUR}
    assert await progress.last_arrivals(session, [ours, other], now + 5 * HOUR) == {}
    assert await progress.last_arrivals(session, [], now) == {}


ZERO = [
    pytest.param({}, (None, None), True, id="of the unit as a whole"),
    pytest.param({}, ("ours", None), False, id="of the unit, not for the task"),
    pytest.param({"task": "ours"}, ("ours", None), True, id="for the task"),
    pytest.param({"task": "ours"}, (None, None), False, id="for the task, not of the unit"),
    pytest.param({"task": "ours"}, ("other", None), False, id="for another task"),
    pytest.param({"about_day": DAY}, (None, DAY), True, id="about that day"),
    pytest.param({"about_day": DAY}, (None, None), False, id="about a day, not about none"),
    pytest.param({}, (None, DAY), False, id="about none, not about that day"),
    pytest.param({"kind": ReportKind.PROGRESS, "task": "ours"}, ("ours", None), False, id="no 零报告"),
    pytest.param({"kind": ReportKind.PROGRESS, "task": "ours"}, (None, None), False, id="no 零报告 at all"),
    pytest.param({"withdrawn": True}, (None, None), False, id="withdrawn"),
    pytest.param({"hours": -1}, (None, None), False, id="before"),
    pytest.param({"unit": "other"}, (None, None), False, id="of another unit"),
]


@pytest.mark.parametrize(("given", "asked", "found"), ZERO)
async def test_which_report_is_the_zero_report(
    session: Session,
    desk: Desk,
    now: datetime,
    given: dict[str, Any],
    asked: tuple[str | None, date | None],
    found: bool,
) -> None:
    tasks = {"ours": id_of(desk.task), "other": id_of(desk.other_task)}
    report = await desk.report(
        desk.other if "unit" in given else desk.ours,
        task_id=tasks.get(given.get("task", "")),
        kind=given.get("kind", ReportKind.ZERO),
        about_day=given.get("about_day"),
        withdrawn="withdrawn" in given,
        reported_at=now + given.get("hours", 0) * HOUR,
    )
    task_id = tasks.get(asked[0] or "")
    where = (id_of(desk.ours), task_id, now, asked[1])
    zero = await progress.own_since(session, ReportKind.ZERO, *where)
    assert zero == ([report] if found else [])


async def test_progress_of_the_unit_since_a_moment(session: Session, desk: Desk, now: datetime) -> None:
    ours, task, other = id_of(desk.ours), id_of(desk.task), id_of(desk.other_task)
    first = await desk.on_task(reported_at=now)
    second = await desk.report(task_id=other, reported_at=now + HOUR)
    await desk.on_task(desk.other, reported_at=now + HOUR)
    await desk.on_task(kind=ReportKind.ZERO, reported_at=now)
    kind = ReportKind.PROGRESS
    assert await progress.own_since(session, kind, ours, None, now) == [second, first]
    assert await progress.own_since(session, kind, ours, task, now) == [first]
    assert await progress.own_since(session, kind, ours, None, now + HOUR) == [second]


async def test_progress_reports_that_stand_are_counted(session: Session, desk: Desk) -> None:
    await desk.on_task()
    await desk.on_task(desk.other)
    await desk.on_task(withdrawn=True)
    await desk.on_task(kind=ReportKind.ZERO)
    await desk.report(task_id=id_of(desk.other_task))
    assert await progress.count_reports_of_task(session, id_of(desk.task)) == 2


async def file(rows: Rows, report: ProgressReport, name: str, revision: int | None = None) -> Evidence:
    return await rows.add(
        Evidence(
            report_id=id_of(report),
            revision=revision or report.revision,
            kind=EvidenceKind.PHOTO,
            file_id=name,
            file_unique_id=name,
        )
    )


async def test_evidence_is_that_of_the_present_wording(session: Session, rows: Rows, desk: Desk) -> None:
    report, other = await desk.on_task(revision=2), await desk.on_task()
    gone = await desk.on_task(withdrawn=True)
    elsewhere = await desk.report(task_id=id_of(desk.other_task))
    late = await file(rows, other, "other")
    await file(rows, report, "former", 1)
    now_there = [await file(rows, report, name) for name in "ab"]
    for one in (gone, elsewhere):
        await file(rows, one, f"of {one.id}")
    assert await progress.evidence_of(session, report) == now_there
    expected = [(now_there[0], report), (now_there[1], report), (late, other)]
    assert await progress.evidence_of_task(session, id_of(desk.task)) == expected
    assert await progress.evidence_of_task(session, id_of(desk.task), last=2) == expected[1:]
    assert await progress.count_evidence_of_task(session, id_of(desk.task)) == 3
    assert await progress.count_evidence_of_task(session, id_of(desk.other_task)) == 1


ALBUM = [
    pytest.param({}, True, id="the same album"),
    pytest.param({"album": "b"}, False, id="another album"),
    pytest.param({"album": None}, False, id="no album"),
    pytest.param({"chat_id": 8}, False, id="in another chat"),
]


@pytest.mark.parametrize(("part", "found"), ALBUM)
async def test_the_report_of_an_album(
    session: Session, rows: Rows, desk: Desk, part: dict[str, Any], found: bool
) -> None:
    report = await desk.on_task()
    usual: dict[str, Any] = {"chat_id": 7, "message_id": 1, "position": 0, "album": "a"}
    await rows.add(ReportPart(report_id=id_of(report), **(usual | part)))
    who = report.contact_id
    assert await progress.report_of_album(session, who, 7, "a") == (report if found else None)


async def test_the_last_report_of_an_album_that_stands_and_is_ones_own(
    session: Session, roster: Roster, rows: Rows, desk: Desk
) -> None:
    _, last, gone = [await desk.on_task(withdrawn=n == 2) for n in range(3)]
    of_other = await rows.report(desk.ours, await roster.contact(desk.ours, "李四"))
    for number, report_id in enumerate(ids_of(_, last, gone, of_other)):
        await rows.add(ReportPart(chat_id=7, message_id=number, report_id=report_id, position=0, album="a"))
    assert await progress.report_of_album(session, last.contact_id, 7, "a") == last


async def test_the_words_of_the_first_wording(
    session: Session, rows: Rows, desk: Desk, now: datetime
) -> None:
    never, twice = await desk.on_task(text="原话"), await desk.on_task(text="第三稿", revision=3)
    await desk.report(task_id=id_of(desk.other_task), text="别的任务")
    for number, text in ((2, "第二稿"), (1, "第一稿")):
        who = never.contact_id
        await rows.add(
            ReportRevision(report_id=id_of(twice), number=number, text=text, ended_at=now, ended_by=who)
        )
    found = await progress.first_wordings(session, id_of(desk.task))
    assert found == {id_of(never): "原话", id_of(twice): "第一稿"}
