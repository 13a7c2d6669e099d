"""停用单位: what keeps a unit in use, who may retire it, what its card says, and how it comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from locales import LOCALES, html_text, plain
from models import people
from models.audit_log import Audit
from models.db import Session
from models.drafts import DraftKind
from models.groups import GroupChat
from models.importing import Job, JobKind, JobState
from models.people import ContactState, Invitation, JoinRequest, JoinState, Unit
from models.unit_holds import UnitHold, holds_on
from rules.cases.case_facts import AppealState
from rules.cases.case_lifecycle import CaseState
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import TaskState
from services import audit_texts
from services.access import Actor
from services.errors import DomainError
from services.people import unit_card, unit_retirement
from services.tasks import task_steps
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.rows import Rows, id_of
from tests.support.turns import turn_for


@dataclass(frozen=True, slots=True)
class TypedUnit:
    """城管居, which a typo has made, and all with which something can be hung on it."""

    session: Session
    now: datetime
    roster: Roster
    rows: Rows
    desk: CaseDesk
    world: World
    unit: Unit

    @property
    def id(self) -> int:
        return id_of(self.unit)

    async def holds(self) -> dict[UnitHold, int]:
        return await holds_on(self.session, self.id, self.now)

    async def card(self, actor: Actor | None = None) -> View:
        return await unit_card.card(turn_for(self.session, actor or self.world.office, self.now), self.id)

    async def retire(self, actor: Actor | None = None) -> View:
        return await unit_retirement.retire(
            turn_for(self.session, actor or self.world.office, self.now), self.id
        )

    async def revive(self, actor: Actor | None = None) -> View:
        return await unit_retirement.revive(
            turn_for(self.session, actor or self.world.office, self.now), self.id
        )

    async def person(self, state: ContactState) -> None:
        contact = await self.roster.contact(self.unit, f"某{state.value}", enrolled=False)
        contact.state = state
        await self.session.flush()

    async def below(self, retired_at: datetime | None = None) -> None:
        await self.rows.add(
            Unit(name="城管居一所", tier=Tier.VILLAGE, parent_id=self.id, retired_at=retired_at)
        )

    async def task(self, state: TaskState, *, assists: bool = False) -> None:
        lead, helpers = (self.world.other_unit, (self.unit,)) if assists else (self.unit, ())
        await self.roster.task(lead, f"整治{state.value}", date(2026, 12, 18), assisting=helpers, state=state)

    async def case(self, state: CaseState, **values: object) -> None:
        category = await self.desk.category(unit=self.world.unit)
        await self.rows.case(category, self.world.liaison.contact, state, **values)

    async def order(self, state: CaseState, ended_at: datetime | None) -> None:
        category = await self.desk.category(unit=self.world.unit)
        paper = await self.rows.order(self.unit, self.world.office.contact, 1)
        values = {
            "order_id": paper.id,
            "limit_at": self.now,
            "dispatched_at": self.now,
            "closed_at": ended_at,
        }
        case = await self.rows.case(
            category, self.world.liaison.contact, state, unit_id=self.id, orders=0, **values
        )
        await self.rows.on_order(case, ended_at=ended_at)

    async def category(self, *, active: bool) -> None:
        (await self.desk.category(unit=self.unit)).active = active
        await self.session.flush()

    async def point(self, *, active: bool) -> None:
        (await self.desk.point("东风广场", self.unit)).active = active
        await self.session.flush()

    async def group(self, *, active: bool) -> None:
        by = self.world.office.id
        times: dict[str, Any] = {"bound_at": self.now, "tallied_until": self.now}
        await self.rows.add(GroupChat(chat_id=-5, unit_id=self.id, active=active, bound_by=by, **times))

    async def draft(self, author: Actor, **about: object) -> None:
        await self.rows.draft(author.contact, 77, **about)

    async def draft_about_task(self) -> None:
        task = await self.roster.task(self.unit, "已办结的", None, state=TaskState.COMPLETED)
        await self.draft(self.world.liaison, task_id=task.id)

    async def draft_about_case(self) -> None:
        category = await self.desk.category(unit=self.world.unit)
        case = await self.rows.case(
            category, self.world.liaison.contact, CaseState.CLOSED, unit_id=self.id, orders=1
        )
        await self.draft(self.world.liaison, case_id=case.id, kind=DraftKind.VERIFICATION)

    async def draft_about_report(self) -> None:
        report = await self.rows.report(self.unit, self.world.liaison.contact)
        await self.draft(self.world.liaison, report_id=report.id)

    async def draft_of_one_who_left(self) -> None:
        contact = await self.roster.contact(self.unit, "某某")
        await self.rows.draft(contact, 78)
        contact.state, contact.telegram_user_id = ContactState.LEFT, None
        await self.session.flush()

    async def join(self, state: JoinState) -> None:
        await self.rows.add(
            JoinRequest(
                telegram_user_id=7_000_000_009, unit_id=self.id, name="甲", state=state, asked_at=self.now
            )
        )

    async def invitation(self, *, expires_at: datetime, used_at: datetime | None = None) -> None:
        await self.person(ContactState.LEFT)
        (contact,) = await people.contacts_of_unit(self.session, self.id)
        dates: dict[str, Any] = {"created_at": self.now, "expires_at": expires_at, "used_at": used_at}
        await self.rows.add(Invitation(contact_id=id_of(contact), token_hash="a" * 64, **dates))

    async def job(self, state: JobState, kind: JobKind = JobKind.IMPORT_TASKS) -> None:
        where: dict[str, Any] = {
            "contact_id": self.world.office.id,
            "chat_id": 1,
            "telegram_file_id": "f",
            "file_name": "表",
        }
        await self.rows.add(Job(kind=kind, state=state, created_at=self.now, updated_at=self.now, **where))


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
    "approved": lambda t: t.join(JoinState.REFUSED),
    "used link": lambda t: t.invitation(expires_at=t.now + HOUR, used_at=t.now),
    "expired link": lambda t: t.invitation(expires_at=t.now),
    "preview": lambda t: t.job(JobState.PREVIEW),
    "written": lambda t: t.job(JobState.DONE),
    "export": lambda t: t.job(JobState.CONFIRMED, JobKind.EXPORT_CASES),
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


async def test_the_question_and_the_card_afterwards(typed: TypedUnit) -> None:
    turn = turn_for(typed.session, typed.world.office, typed.now)
    asked = await unit_retirement.ask(turn, typed.id)
    assert keys(asked) == ["units.ask_retire"]
    assert buttons(asked, "unit.retire")
    assert buttons(asked, "unit.show")
    assert typed.unit.retired_at is None
    card = await typed.retire()
    said = line(card, "units.retired")
    assert html_text(said, "zh").startswith("<b>已停用</b>（12月15日08:45，创城办 创城办工作人员）")
    assert not buttons(card, "unit.ask_retire")
    assert buttons(card, "unit.revive")
    row = (await typed.session.exec(select(Audit).order_by(col(Audit.id).desc()))).first()
    assert row is not None
    assert (row.event, row.subject_type, row.subject_id) == ("retire", "unit", typed.id)
    assert (row.actor_id, row.before, row.after) == (
        typed.world.office.id,
        {"retired": False},
        {"retired": True},
    )
    assert plain(audit_texts.event_text(row), "zh") == "停用单位"


async def test_it_comes_back_to_its_place(typed: TypedUnit) -> None:
    typed.unit.parent_id = typed.world.other_unit.id
    await typed.session.flush()
    await typed.retire()
    card = await typed.revive()
    assert typed.unit.retired_at is None
    assert typed.unit.parent_id == typed.world.other_unit.id
    assert line(card, "units.title_below").values["parent"] == "东风街道"
    assert buttons(card, "unit.ask_retire")
    events = [
        row.event for row in await typed.session.exec(select(Audit).where(Audit.subject_type == "unit"))
    ]
    assert events == ["retire", "revive"]


async def test_it_does_not_come_back_below_a_unit_out_of_use(typed: TypedUnit) -> None:
    above = await typed.roster.unit("老街道", Tier.STREET)
    typed.unit.parent_id = above.id
    await typed.retire()
    above.retired_at = typed.now
    await typed.session.flush()
    with pytest.raises(DomainError) as refusal:
        await typed.revive()
    assert refusal.value.text.key == "units.not_in_use"
    assert refusal.value.text.values["units"] == ["老街道"]
    assert typed.unit.retired_at == typed.now


async def test_a_second_press_is_told_what_is(typed: TypedUnit) -> None:
    assert await refused(typed.revive()) == "units.already_in_use"
    await typed.retire()
    assert await refused(typed.retire()) == "units.already_retired"
    await typed.revive()
    assert await refused(typed.revive()) == "units.already_in_use"


OTHERS = {
    "district leader": (Role.DISTRICT_LEADER,),
    "principal leader": (Role.PRINCIPAL_LEADER,),
    "leader in charge": (Role.LEADER_IN_CHARGE,),
    "responsible": (Role.RESPONSIBLE_PERSON,),
    "liaison": (Role.LIAISON,),
    "inspector": (Role.INSPECTOR,),
    "without a role": (),
}


def test_the_table_has_every_role() -> None:
    assert {role for roles in OTHERS.values() for role in roles} == set(Role) - {Role.OFFICE}


@pytest.mark.parametrize("who", OTHERS)
async def test_only_the_office_may(typed: TypedUnit, who: str) -> None:
    """Others neither retire a unit nor bring it back nor see one that is out of use."""
    typed.unit.parent_id = typed.world.other_unit.id  # below the actor's own
    actor = await typed.roster.actor(typed.world.other_unit, "某人", *OTHERS[who])
    turn = turn_for(typed.session, actor, typed.now)
    if unit_card.in_scope(actor, typed.id):
        assert not buttons(await typed.card(actor), "unit.ask_retire")
    for step in (unit_retirement.ask, unit_retirement.retire, unit_retirement.revive):
        assert await refused(step(turn, typed.id)) == "tasks.office_only"
    await typed.retire()
    assert await refused(unit_card.find(turn, "城管居")) == "units.none"
    assert await refused(typed.card(actor)) == "units.not_yours"
    assert await refused(unit_card.task_list(turn, typed.id)) == "units.not_yours"
    assert await refused(typed.revive(actor)) == "tasks.office_only"
    assert typed.unit.retired_at == typed.now


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("城管居", "units.retired"),
        ("管居", "units.retired"),
        ("城管局", "units.people"),
        # Both names hold the word, and the one in use is meant.
        ("城管", "units.people"),
    ],
)
async def test_the_office_finds_it(typed: TypedUnit, words: str, found: str) -> None:
    await typed.retire()
    view = await unit_card.find(turn_for(typed.session, typed.world.office, typed.now), words)
    assert found in keys(view)


async def test_a_name_within_another_one_is_offered_with_its_mark(typed: TypedUnit) -> None:
    await typed.roster.unit("城管居委会", Tier.VILLAGE)
    await typed.retire()
    view = await unit_card.find(turn_for(typed.session, typed.world.office, typed.now), "城管居")
    assert [plain(one.label, "zh") for one in buttons(view, "unit.card")] == [
        "城管居委会",
        "城管居（已停用）",
    ]


async def test_a_task_of_it_is_not_reopened(typed: TypedUnit) -> None:
    unit = typed.unit
    led = await typed.roster.task(unit, "牵头的", None, state=TaskState.COMPLETED)
    helped = await typed.roster.task(
        typed.world.unit, "协办的", None, assisting=(unit,), state=TaskState.COMPLETED
    )
    await typed.retire()
    turn = turn_for(typed.session, typed.world.office, typed.now)
    for task in (led, helped):
        assert await refused(task_steps.reopen(turn, id_of(task))) == "units.not_in_use"
        assert task.state is TaskState.COMPLETED
    await typed.revive()
    for task in (led, helped):
        assert await task_steps.reopen(turn, id_of(task)) is not None
