"""What keeps a unit in use, and what does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from locales import LOCALES, plain
from models.audit_log import Audit
from models.db import Session
from models.importing import JobKind, JobState
from models.people import ContactState, JoinState
from models.unit_holds import UnitHold, holds_on
from rules.cases.case_facts import AppealState
from rules.cases.case_lifecycle import CaseState
from rules.tasks.task_lifecycle import TaskState
from services.errors import DomainError
from services.people import unit_retirement
from tests.services.conftest import World
from tests.services.people.typed_unit import TypedUnit
from tests.services.progress.talk import buttons
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.rows import Rows, id_of
from tests.support.turns import turn_for


@pytest.fixture
async def typed(
    session: Session, now: datetime, roster: Roster, case_desk: CaseDesk, world: World
) -> TypedUnit:
    unit = await roster.unit("城管居")
    return TypedUnit(session, now, roster, Rows(session, now), case_desk, world, unit)


HOUR = timedelta(hours=1)
Make = Callable[[TypedUnit], Awaitable[None]]


def leads(state: TaskState) -> Make:
    return lambda t: t.task(state)


def holds(state: CaseState) -> Make:
    return lambda t: t.case(state, unit_id=t.id, orders=1)


def held_on_its_ground(state: CaseState) -> Make:
    return lambda t: t.case(state, unit_id=t.id, place_unit_id=t.id, orders=1)


def joined(state: JoinState) -> Make:
    return lambda t: t.join(state)


HOLDING: dict[str, tuple[Make, dict[UnitHold, int]]] = {
    "enrolled": (lambda t: t.person(ContactState.ENROLLED), {UnitHold.PEOPLE: 1}),
    "not enrolled": (lambda t: t.person(ContactState.NOT_ENROLLED), {UnitHold.PEOPLE: 1}),
    "unreachable": (lambda t: t.person(ContactState.UNREACHABLE), {UnitHold.PEOPLE: 1}),
    "below": (lambda t: t.below(), {UnitHold.UNITS: 1}),
    **{
        f"leads {state.value}": (leads(state), {UnitHold.TASKS: 1})
        for state in TaskState
        if state not in {TaskState.COMPLETED, TaskState.CANCELLED}
    },
    "assists": (lambda t: t.task(TaskState.IN_PROGRESS, assists=True), {UnitHold.TASKS: 1}),
    **{
        f"holds {state.value}": (
            holds(state),
            {UnitHold.CASES: 1},
        )
        for state in (CaseState.DISPATCHED, CaseState.FED_BACK, CaseState.SUSPENDED)
    },
    "on its ground": (lambda t: t.case(CaseState.REPORTED, place_unit_id=t.id), {UnitHold.CASES: 1}),
    "appeal": (
        lambda t: t.case(CaseState.CLOSED, unit_id=t.id, orders=1, appeal=AppealState.ASKED),
        {UnitHold.CASES: 1},
    ),
    "order": (lambda t: t.order(CaseState.HANDLING, None), {UnitHold.CASES: 1, UnitHold.ORDERS: 1}),
    "category": (lambda t: t.category(active=True), {UnitHold.CATEGORIES: 1}),
    "point": (lambda t: t.point(active=True), {UnitHold.POINTS: 1}),
    "group": (lambda t: t.group(active=True), {UnitHold.GROUPS: 1}),
    "draft about a task": (lambda t: t.draft_about_task(), {UnitHold.DRAFTS: 1}),
    "draft about a case": (lambda t: t.draft_about_case(), {UnitHold.DRAFTS: 1}),
    "draft about a report": (lambda t: t.draft_about_report(), {UnitHold.DRAFTS: 1}),
    "join": (lambda t: t.join(JoinState.PENDING), {UnitHold.JOINS: 1}),
    "invitation": (lambda t: t.invitation(expires_at=t.now + HOUR), {UnitHold.INVITATIONS: 1}),
    "import": (lambda t: t.job(JobState.CONFIRMED), {UnitHold.IMPORTS: 1}),
}
OVER: dict[str, Make] = {
    "left": lambda t: t.person(ContactState.LEFT),
    "retired below": lambda t: t.below(retired_at=t.now),
    "completed": lambda t: t.task(TaskState.COMPLETED),
    "cancelled": lambda t: t.task(TaskState.CANCELLED),
    "assisted": lambda t: t.task(TaskState.COMPLETED, assists=True),
    **{
        state.value: held_on_its_ground(state)
        for state in (CaseState.CLOSED, CaseState.REJECTED, CaseState.MERGED)
    },
    "appeal granted": lambda t: t.case(CaseState.CLOSED, unit_id=t.id, orders=1, appeal=AppealState.GRANTED),
    "order closed": lambda t: t.order(CaseState.CLOSED, t.now),
    "category out of use": lambda t: t.category(active=False),
    "point out of use": lambda t: t.point(active=False),
    "unbound group": lambda t: t.group(active=False),
    "draft of one who left": lambda t: t.draft_of_one_who_left(),
    **{f"{state.value} request": joined(state) for state in (JoinState.APPROVED, JoinState.REFUSED)},
    "used link": lambda t: t.invitation(expires_at=t.now + HOUR, used_at=t.now),
    "expired link": lambda t: t.invitation(expires_at=t.now),
    "preview": lambda t: t.job(JobState.PREVIEW),
    "written": lambda t: t.job(JobState.DONE),
    "export": lambda t: t.job(JobState.CONFIRMED, JobKind.LEDGER),
}


def test_the_table_has_every_reason() -> None:
    assert {hold for _, found in HOLDING.values() for hold in found} == set(UnitHold)


@pytest.mark.parametrize("name", HOLDING)
async def test_what_keeps_a_unit_in_use(typed: TypedUnit, name: str) -> None:
    make, expected = HOLDING[name]
    await make(typed)
    assert await typed.holds() == expected
    assert not buttons(await typed.card(), "unit.ask_retire")
    for step in (unit_retirement.ask, unit_retirement.retire):
        with pytest.raises(DomainError) as refusal:
            await step(turn_for(typed.session, typed.world.office, typed.now), typed.id)
        text = refusal.value.text
        assert text.key == "units.held"
        assert [one.key for one in text.values["holds"]] == [f"units.hold.{hold.value}" for hold in expected]
        assert all(
            plain(one, locale) in plain(text, locale) for one in text.values["holds"] for locale in LOCALES
        )
    assert typed.unit.retired_at is None
    assert not (await typed.session.exec(select(Audit).where(Audit.event == "retire"))).all()


@pytest.mark.parametrize("name", OVER)
async def test_what_is_over_keeps_nothing(typed: TypedUnit, name: str) -> None:
    await OVER[name](typed)
    assert await typed.holds() == {}
    assert buttons(await typed.card(), "unit.ask_retire")
    await typed.retire()
    assert typed.unit.retired_at == typed.now


async def test_another_units_things_keep_nothing(typed: TypedUnit) -> None:
    """城管局 and 东风街道 have people and a task; 城管居 has nothing."""
    await typed.desk.point("东风广场", typed.world.other_unit)
    assert await typed.holds() == {}
    assert set(await holds_on(typed.session, id_of(typed.world.unit), typed.now)) == {
        UnitHold.PEOPLE,
        UnitHold.TASKS,
    }


async def test_all_reasons_stand_in_one_sentence(typed: TypedUnit) -> None:
    await typed.person(ContactState.ENROLLED)
    await typed.person(ContactState.NOT_ENROLLED)
    await typed.task(TaskState.ASSIGNED)
    await typed.case(CaseState.DISPATCHED, unit_id=typed.id, orders=1)
    with pytest.raises(DomainError) as refusal:
        await typed.retire()
    assert (
        plain(refusal.value.text, "zh")
        == "城管居暂不能停用，还有：在册人员2人、在办任务1项（含协办）、未结案卷1件。请先处理，再停用。"
    )
