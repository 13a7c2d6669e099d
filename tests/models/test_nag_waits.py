"""Queries of nags that wait again or longer, of snoozes, and for the forecast and the cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select

from models.cases import Case
from models.db import Session
from models.nags import About, Nag, NagReason, NagState, Snooze, nag_views, nag_waits
from models.tasks import Task, task_due
from rules.nags.levels import Level
from tests.support.case_rows import HOUR, CaseRows
from tests.support.people import Roster
from tests.support.rows import Rows, id_of


@dataclass(frozen=True, slots=True)
class Duties:
    """Two tasks and two cases that the person ``me`` is told about."""

    rows: Rows
    cases: CaseRows
    task_ids: tuple[int, int]
    case_ids: tuple[int, int]

    @property
    def me(self) -> int:
        return id_of(self.cases.reporter)

    @property
    def mine(self) -> list[About]:
        return [("task", self.task_ids[0]), ("case", self.case_ids[0])]

    def subject(self, about: str) -> dict[str, Any]:
        ids = self.case_ids if about.endswith("case") else self.task_ids
        return {"subject": about[-4:], "subject_id": ids[about.startswith("other")]}

    async def nag(self, about: str = "task", state: NagState = NagState.WAITING, **values: Any) -> Nag:
        usual: dict[str, Any] = {"contact_id": self.me, "level": Level.RESPONSIBLE}
        return await self.rows.nag(state, **(usual | self.subject(about) | values))

    async def snooze(self, about: str, until: datetime, who: int | None = None) -> Snooze:
        row = Snooze(contact_id=who or self.me, until=until, created_at=self.rows.now, **self.subject(about))
        return await self.rows.add(row)


@pytest.fixture
async def duties(roster: Roster, cases: CaseRows, rows: Rows) -> Duties:
    tasks = [id_of(await roster.task(cases.ours, name, None)) for name in "甲乙"]
    made = [id_of(await cases.add()) for _ in range(2)]
    return Duties(rows, cases, (tasks[0], tasks[1]), (made[0], made[1]))


def known(nag: Nag) -> tuple[object, ...]:
    return nag.state, nag.hold_until, nag.outbox_id, nag.settled_at, nag.reason


BACK = [
    pytest.param({}, True, id="told of the task"),
    pytest.param({"about": "case"}, True, id="told of the case"),
    pytest.param({"about": "other task"}, False, id="told of another task"),
    pytest.param({"about": "other case"}, False, id="told of another case"),
    pytest.param({"message": "other"}, False, id="told in another message"),
    pytest.param({"state": NagState.MOOT}, False, id="moot by now"),
]


@pytest.mark.parametrize("reason", [None, NagReason.QUIET])
@pytest.mark.parametrize(("given", "back"), BACK)
async def test_what_a_message_was_to_tell_waits_again(
    session: Session, duties: Duties, given: dict[str, Any], back: bool, reason: NagReason | None
) -> None:
    now = duties.rows.now
    ours, other = [id_of(await duties.rows.message()) for _ in range(2)]
    message = other if "message" in given else ours
    nag = await duties.nag(
        given.get("about", "task"),
        given.get("state", NagState.TOLD),
        outbox_id=message,
        settled_at=now,
        reason=NagReason.BUDGET,
    )
    before = known(nag)
    await nag_waits.take_back(session, ours, duties.mine, now + HOUR, reason)
    again = (NagState.WAITING, now + HOUR, None, None, reason or NagReason.BUDGET)
    assert known(await duties.rows.read(nag)) == (again if back else before)


@pytest.mark.parametrize(
    ("exempt", "may"),
    [([False], True), ([False, False], True), ([False, True], False), ([True], False), ([], False)],
)
async def test_whether_a_message_may_wait(
    session: Session, duties: Duties, exempt: list[bool], may: bool
) -> None:
    """A message may not wait if a nag in it is exempt from quiet hours, or if no nag is kept for it."""
    message, other = [id_of(await duties.rows.message()) for _ in range(2)]
    for one in exempt:
        await duties.nag(outbox_id=message, exempt=one)
    await duties.nag(outbox_id=other, exempt=not may)
    assert await nag_waits.may_wait(session, message) is may


ASLEEP = [
    pytest.param({}, True, id="of the task"),
    pytest.param({"about": "case"}, True, id="of the case"),
    pytest.param({"about": "other task"}, False, id="of another task"),
    pytest.param({"about": "other case"}, False, id="of another case"),
    pytest.param({"hold": 2}, False, id="until that very hour"),
    pytest.param({"hold": 3}, False, id="longer"),
    pytest.param({"hold": None}, False, id="for its release"),
    pytest.param({"level": Level.OFFICE}, False, id="as one of the office"),
    pytest.param({"level": None}, False, id="of no level"),
    pytest.param({"who": "other"}, False, id="for another person"),
    pytest.param({"state": NagState.TOLD}, False, id="no more"),
]


@pytest.mark.parametrize(("given", "asleep"), ASLEEP)
async def test_what_waits_sleeps_until_then(
    session: Session, duties: Duties, given: dict[str, Any], asleep: bool
) -> None:
    """A person has snoozed a duty for two hours; ``hold`` is how many hours the nag would wait."""
    hours, now = given.get("hold", 1), duties.rows.now
    nag = await duties.nag(
        given.get("about", "task"),
        given.get("state", NagState.WAITING),
        hold_until=None if hours is None else now + hours * HOUR,
        level=given.get("level", Level.RESPONSIBLE),
        contact_id=duties.cases.other_person.id if "who" in given else duties.me,
    )
    before = known(nag)
    until = now + 2 * HOUR
    await nag_waits.fall_asleep(session, duties.me, duties.mine, until)
    slept = (NagState.WAITING, until, None, None, NagReason.SNOOZED)
    assert known(await duties.rows.read(nag)) == (slept if asleep else before)


WOKEN = [
    pytest.param({}, True, id="of the task"),
    pytest.param({"about": "case"}, True, id="of the case"),
    pytest.param({"about": "other task"}, False, id="of another task"),
    pytest.param({"reason": NagReason.QUIET}, False, id="that waits for something else"),
    pytest.param({"state": NagState.TOLD}, False, id="that was told"),
    pytest.param({"who": "other"}, False, id="for another person"),
]


@pytest.mark.parametrize(("given", "moot"), WOKEN)
async def test_with_a_snooze_the_reminder_of_its_end_goes(
    session: Session, duties: Duties, given: dict[str, Any], moot: bool
) -> None:
    now = duties.rows.now
    nag = await duties.nag(
        given.get("about", "task"),
        given.get("state", NagState.WAITING),
        reason=given.get("reason", NagReason.SNOOZED),
        contact_id=duties.cases.other_person.id if "who" in given else duties.me,
    )
    before = known(nag)
    await nag_waits.end_snoozes(session, duties.me, duties.mine, now)
    ended = (NagState.MOOT, None, None, now, NagReason.REPEATED)
    assert known(await duties.rows.read(nag)) == (ended if moot else before)


async def test_snoozes_of_those_duties_end(session: Session, duties: Duties) -> None:
    now = duties.rows.now
    later, other = now + HOUR, duties.cases.other_person.id
    for about, until, who in (
        ("task", later, None),
        ("case", later, None),
        ("task", now - HOUR, None),
        ("other task", later, None),
        ("task", later, other),
    ):
        await duties.snooze(about, until, who)
    await nag_waits.end_snoozes(session, duties.me, duties.mine, now)
    assert await duties.rows.column(Snooze.until) == [now, now, now - HOUR, later, later]


async def test_snoozes_of_all_and_of_one_duty(session: Session, duties: Duties) -> None:
    now = duties.rows.now
    of_task, over, of_case, of_other = [
        await duties.snooze(about, until)
        for about, until in (
            ("task", now + HOUR),
            ("task", now),
            ("case", now + HOUR),
            ("other task", now + HOUR),
        )
    ]
    assert await nag_views.snoozes(session, now) == [of_task, of_case, of_other]
    assert await nag_views.snoozes_of(session, duties.mine[0]) == [of_task, over]
    assert await nag_views.snoozes_of(session, duties.mine[1]) == [of_case]


async def test_records_of_a_duty_the_last_due_first(session: Session, duties: Duties) -> None:
    now = duties.rows.now
    message = await duties.rows.message()
    late, early, tie = [
        await duties.nag(due_at=now + hours * HOUR, outbox_id=message.id if hours == 1 else None)
        for hours in (1, 0, 0)
    ]
    of_case = await duties.nag("case", NagState.SKIPPED)
    await duties.nag("other task")
    records = await nag_views.records(session, duties.mine[0])
    assert records == [(late, message), (tie, None), (early, None)]
    assert await nag_views.records(session, duties.mine[1]) == [(of_case, None)]


async def test_what_is_still_to_go_out(session: Session, duties: Duties) -> None:
    for state in NagState:
        await duties.nag(state=state)
    waiting = await nag_views.waiting(session)
    assert [nag.state for nag in waiting] == [NagState.WAITING]
    later = await duties.nag("case")
    assert await nag_views.waiting(session) == [*waiting, later]


async def test_what_the_scan_looks_at_until_then_the_soonest_first(
    session: Session, duties: Duties, roster: Roster
) -> None:
    now = duties.rows.now
    tasks = [await roster.task(duties.cases.ours, name, None) for name in "丙丁戊己"]
    cases = [await duties.cases.add() for _ in range(4)]
    for row in (*tasks, *(await session.exec(select(Task))).all()):
        row.next_nag_at = None
    for number, hours in enumerate((1, 0, 2)):
        tasks[number].next_nag_at = cases[number].look_at = now + hours * HOUR
    await session.flush()
    until = now + HOUR
    found: list[list[Task] | list[Case]] = [[tasks[1], tasks[0]], [cases[1], cases[0]]]
    assert [
        await task_due.to_look_at(session, until, 9),
        await nag_views.cases_to_look_at(session, until, 9),
    ] == found
    assert await task_due.to_look_at(session, until, 1) == [tasks[1]]
    assert await nag_views.cases_to_look_at(session, until, 1) == [cases[1]]
