"""Queries of the audit: the last entry of an event, all of a task, and since when the task is owed anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models import audit_log
from models.db import Session
from rules.tasks.task_lifecycle import TaskEvent
from tests.support.people import Roster
from tests.support.rows import Rows, id_of, ids_of

HOUR = timedelta(hours=1)


async def test_the_last_of_some_events_about_a_subject(session: Session, rows: Rows) -> None:
    _, last, *_ = [
        await rows.audit("return", ("task", 1)),
        await rows.audit("reopen", ("task", 1)),
        await rows.audit("report", ("task", 1)),
        await rows.audit("reopen", ("task", 2)),
        await rows.audit("reopen", ("case", 1)),
    ]
    assert await audit_log.last_of_events(session, ("task", 1), ["return", "reopen"]) == last
    assert await audit_log.last_of_events(session, ("task", 1), ["complete"]) is None
    assert await audit_log.last_of_events(session, ("task", 1), []) is None


async def test_which_events_came_after_a_row(session: Session, rows: Rows) -> None:
    await rows.audit("correct", ("report", 1))
    row = await rows.audit("report", ("report", 1))
    for event, subject in (("withdraw", 1), ("correct", 1), ("correct", 2), ("comment", 1)):
        await rows.audit(event, ("report", subject))
    await rows.audit("correct", ("task", 1))
    assert await audit_log.events_after(session, row, ["correct", "withdraw"]) == ["withdraw", "correct"]
    assert await audit_log.events_after(session, row, ["reopen"]) == []


async def test_a_task_with_the_reports_about_it(session: Session, roster: Roster, rows: Rows) -> None:
    unit = await roster.unit("城管局")
    person = await roster.contact(unit, "张三")
    task, other = [await roster.task(unit, name, None) for name in "甲乙"]
    of_other = await rows.report(unit, person, task_id=id_of(other))
    report = await rows.report(unit, person, task_id=id_of(task))
    assert (task.id, report.id) == (1, 2)  # the ids differ, so that neither is found by the other's id
    expected = [
        await rows.audit("correct", ("report", report.id)),
        await rows.audit("import", ("task", task.id)),
    ]
    for subject in (("report", of_other.id), ("task", other.id), ("case", task.id), ("report", None)):
        await rows.audit("correct", subject)
    assert await audit_log.audit_of_task(session, id_of(task)) == expected


ANEW = [
    pytest.param(TaskEvent.RETURN, None, True, id="sent back"),
    pytest.param(TaskEvent.REOPEN, {"state": "returned"}, True, id="reopened"),
    pytest.param("import", {"frequency": "weekly"}, True, id="another frequency"),
    pytest.param("import", {"frequency": None, "deadline": "2026-12-20"}, False, id="a limit, no frequency"),
    pytest.param("import", {"standard": "新"}, False, id="another column"),
    pytest.param("import", None, False, id="nothing"),
    pytest.param("edit", {"frequency": "weekly"}, False, id="another event"),
    pytest.param(TaskEvent.COMPLETE, None, False, id="completed"),
]


@pytest.mark.parametrize(("event", "after", "anew"), ANEW)
async def test_since_when_a_task_is_owed_anew(
    session: Session, rows: Rows, now: datetime, event: str, after: dict[str, Any] | None, anew: bool
) -> None:
    await rows.audit(event, ("task", 1), after=after)
    found = await audit_log.taken_up_again(session, [1])
    assert found == ({1: now} if anew else {})


async def test_no_frequency_in_an_import_is_none_on_either_engine(session: Session, rows: Rows) -> None:
    for number, after in enumerate(({"frequency": None}, {"other": 1}, None), 1):
        await rows.audit("import", ("task", number), after=after)
    assert await audit_log.taken_up_again(session, [1, 2, 3]) == {}


async def test_owed_anew_since_the_last_of_several(session: Session, rows: Rows, now: datetime) -> None:
    for hours, subject in ((2, ("task", 1)), (1, ("task", 1)), (5, ("task", 2)), (9, ("case", 1))):
        await rows.audit(TaskEvent.RETURN, subject, at=now + hours * HOUR)
    await rows.audit("import", ("task", 1), at=now + 3 * HOUR, after={"frequency": "daily"})
    assert await audit_log.taken_up_again(session, [1, 3]) == {1: now + 3 * HOUR}


async def test_what_an_import_of_a_moment_changed(session: Session, rows: Rows, now: datetime) -> None:
    second = await rows.audit("import", ("task", 2))
    first = [await rows.audit("import", ("task", 1)) for _ in range(2)]
    await rows.audit("import", ("task", 1), at=now + HOUR)
    await rows.audit("edit", ("task", 1))
    await rows.audit("import", ("contact", 1))
    await rows.audit("import", ("task", 3))
    assert await audit_log.imports_at(session, [1, 2], now) == [*first, second]


async def test_the_last_of_a_contact_with_the_newest_last(session: Session, rows: Rows) -> None:
    found = [await rows.audit("edit", ("contact", 1)) for _ in range(3)]
    await rows.audit("edit", ("contact", 2))
    await rows.audit("edit", ("task", 1))
    assert await audit_log.audit_of_contact(session, 1, 2) == found[1:]
    assert await audit_log.audit_of_contact(session, 1, 9) == found


async def test_the_last_rows_of_all_with_the_newest_first(session: Session, rows: Rows) -> None:
    assert await audit_log.last_audited(session) == []
    ids = ids_of(*[await rows.audit("edit", ("task", 1)) for _ in range(3)])
    assert await audit_log.last_audited(session) == ids[::-1]
    assert await audit_log.last_audited(session, 2) == [ids[2], ids[1]]
