"""The wordings of a report, the messages it was made from, and a contact's own reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.db import Session
from models.people import Contact, Unit
from models.progress import (
    Evidence,
    EvidenceKind,
    ProgressReport,
    ReportPart,
    ReportRevision,
    report_revisions,
)
from models.tasks import Metric, Task
from tests.support.people import Roster
from tests.support.rows import Rows, id_of


@dataclass(frozen=True, slots=True)
class Desk:
    rows: Rows
    unit: Unit
    other: Unit
    person: Contact
    task: Task
    metric: Metric

    async def report(self, unit: Unit | None = None, **values: Any) -> ProgressReport:
        return await self.rows.report(unit or self.unit, self.person, task_id=id_of(self.task), **values)


@pytest.fixture
async def desk(roster: Roster, rows: Rows) -> Desk:
    unit, other = await roster.unit("城管局"), await roster.unit("交通局")
    task = await roster.task(unit, "清理广告", None)
    return Desk(rows, unit, other, await roster.contact(unit, "张三"), task, await rows.metric(task))


async def test_ones_own_reports_stand_from_the_newest_on_with_the_withdrawn(
    session: Session, desk: Desk, roster: Roster
) -> None:
    first, second, gone = [await desk.report(withdrawn=n == 2) for n in range(3)]
    await desk.rows.report(desk.unit, await roster.contact(desk.unit, "李四"))
    who = id_of(desk.person)
    assert await report_revisions.of_contact(session, who, 9) == [gone, second, first]
    assert await report_revisions.of_contact(session, who, 2) == [gone, second]
    assert await report_revisions.last_standing(session, who) == second
    assert await report_revisions.last_standing(session, 99) is None


async def test_parts_stand_by_place_then_by_message(session: Session, desk: Desk) -> None:
    report, other = await desk.report(), await desk.report()
    for place, message, of in ((1, 5, report), (0, 9, report), (0, 8, report), (0, 1, other)):
        part = ReportPart(chat_id=7, message_id=message, report_id=id_of(of), position=place)
        await desk.rows.add(part)
    parts = await report_revisions.parts_of(session, id_of(report))
    assert [part.message_id for part in parts] == [8, 9, 5]
    found = await report_revisions.part_at(session, 7, 1)
    assert found is not None
    assert found.report_id == id_of(other)
    assert await report_revisions.part_at(session, 8, 1) is None


async def test_what_is_kept_of_a_wording(session: Session, desk: Desk, now: datetime) -> None:
    report = await desk.report(revision=2, text="第二稿", percent=60, place="人民路", withdrawn=True)
    who = id_of(desk.person)
    await desk.rows.add(
        ReportRevision(report_id=id_of(report), number=1, text="第一稿", ended_at=now, ended_by=who)
    )
    report_revisions.keep_wording(session, report, now=now + timedelta(hours=1), contact_id=who)
    first, second = await report_revisions.earlier(session, id_of(report))
    assert (first.number, first.text) == (1, "第一稿")
    kept = second.model_dump(exclude={"latitude", "longitude"})
    assert kept == {
        "report_id": report.id,
        "number": 2,
        "text": "第二稿",
        "percent": 60,
        "place": "人民路",
        "withdrawn": True,
        "ended_at": now + timedelta(hours=1),
        "ended_by": who,
    }


async def test_what_was_not_written_yet_is_not_kept(session: Session, now: datetime) -> None:
    report = ProgressReport.model_construct(revision=1, text="新")
    with pytest.raises(ValueError, match="must be flushed"):
        report_revisions.keep_wording(session, report, now=now, contact_id=1)


async def test_figures_and_files_of_one_wording(session: Session, desk: Desk) -> None:
    report, other = await desk.report(revision=2, withdrawn=True), await desk.report()
    second = await desk.rows.metric(desk.task, "垃圾", "车")
    old = [await desk.rows.figure(report, metric, 1, revision=1) for metric in (second, desk.metric)]
    new = await desk.rows.figure(report, desk.metric, 2)
    await desk.rows.figure(other, desk.metric, 3, revision=1)
    for number, of in ((1, report), (2, report), (1, other)):
        name = f"{number}{of.id}"
        file: dict[str, Any] = {"kind": EvidenceKind.PHOTO, "file_id": name, "file_unique_id": name}
        await desk.rows.add(Evidence(report_id=id_of(of), revision=number, **file))
    first = await report_revisions.figures(session, id_of(report), 1)
    assert first == [(old[0], second), (old[1], desk.metric)]
    assert await report_revisions.figures(session, id_of(report), 2) == [(new, desk.metric)]
    files = await report_revisions.evidence(session, id_of(report), 1)
    assert [file.file_id for file in files] == [f"1{report.id}"]


FROM = [
    pytest.param({}, True, id="counts"),
    pytest.param({"unit": "other"}, False, id="of another unit"),
    pytest.param({"withdrawn": True}, False, id="withdrawn"),
    pytest.param({"revision": 2}, False, id="of a former wording"),
    pytest.param({"metric": "other"}, False, id="of another metric"),
]


@pytest.mark.parametrize(("given", "counts"), FROM)
async def test_figures_that_count_from_a_report_on(
    session: Session, desk: Desk, given: dict[str, Any], counts: bool
) -> None:
    earlier, first = await desk.report(), await desk.report()
    last = await desk.report(
        desk.other if "unit" in given else None,
        withdrawn="withdrawn" in given,
        revision=given.get("revision", 1),
    )
    other = await desk.rows.metric(desk.task, "垃圾", "车")
    figures = [await desk.rows.figure(report, desk.metric, 1) for report in (earlier, first)]
    metric = other if "metric" in given else desk.metric
    figure = await desk.rows.figure(last, metric, 1, revision=1)
    found = await report_revisions.figures_from(session, [id_of(desk.metric)], id_of(desk.unit), id_of(first))
    assert found == {id_of(desk.metric): [(figures[1], first), *([(figure, last)] if counts else [])]}


async def test_what_is_read_after_the_lock_is_the_present(session: Session, desk: Desk) -> None:
    report = await desk.report()
    table = ProgressReport.__table__  # type: ignore[attr-defined]  # what SQLModel makes of the class
    await session.execute(table.update().values(revision=4))
    assert report.revision == 1
    assert await report_revisions.lock(session, id_of(report)) is report
    assert report.revision == 4
    assert await report_revisions.lock(session, 99) is None
