"""From a breakdown to the database, and again: what is new, changed, left alone, only listed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models import tasks as task_rows
from models.audit_log import Audit
from models.db import Database, Session
from models.delivery.messages import Outbox
from models.people import all_contacts, all_units, contact_by_name
from models.tasks import Task, counted_tasks
from rules.delivery.delivery import MessageKind
from rules.duties.frequencies import Frequency
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.importing.jobs.task_writing import apply_tasks
from services.importing.plans.task_plan import TaskPlan, plan_tasks
from services.importing.rows.task_rows import parse_tasks
from services.tasks import reassign, task_steps
from services.views import View
from tests.services.conftest import Local
from tests.services.importing.builders import said, sheet, task
from tests.services.progress.talk import Talk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

OBJECTIVE = "建设示范点50个"


@dataclass
class Office:
    """Imports files as the command does: a plan from a snapshot, then one transaction."""

    database: Database
    campaign: Campaign
    now: datetime

    async def plan(self, *rows: Mapping[str, Any]) -> TaskPlan:
        parsed = parse_tasks(sheet(*rows), "任务分解表.xlsx", today=self.campaign.today(self.now))
        async with self.database.reading() as session:
            return await plan_tasks(session, parsed)

    async def import_(self, *rows: Mapping[str, Any]) -> TaskPlan:
        plan = await self.plan(*rows)
        async with self.database.transaction() as session:
            await apply_tasks(tick_for(session, self.now, self.campaign), plan)
        return plan

    async def tasks(self) -> list[Task]:
        async with self.database.reading() as session:
            return list(await session.exec(select(Task).order_by(col(Task.id))))

    async def task(self) -> Task:
        (only,) = await self.tasks()
        return only

    async def assisting(self) -> set[str]:
        only = await self.task()
        async with self.database.reading() as session:
            names = {unit.id: unit.name for unit in await all_units(session)}
            found = await task_rows.assisting_units(session, [only.id or 0])
        return {names[unit_id] for unit_id in found[only.id or 0]}

    async def audit(self) -> list[Audit]:
        async with self.database.reading() as session:
            query = select(Audit).where(Audit.subject_type == "task").order_by(col(Audit.id))
            return list(await session.exec(query))


@pytest.fixture
async def office(database: Database, campaign: Campaign, now: datetime) -> Office:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        for name in ("城管局", "公安局"):
            unit = await roster.unit(name)
            await roster.contact(unit, f"{name}责任人", Role.RESPONSIBLE_PERSON)
            await roster.contact(unit, f"{name}分管领导", Role.LEADER_IN_CHARGE)
        for name in ("东风街道", "和平街道"):
            await roster.unit(name, Tier.STREET)
        await roster.unit("高新园区", Tier.PARK)
        await roster.contact(await roster.unit("创城办"), "创城办工作人员", Role.OFFICE)
    return Office(database, campaign, now)


async def test_a_new_task(office: Office, local: Local) -> None:
    plan = await office.import_(task())
    assert [planned.status for planned in plan.tasks] == ["new"]
    made = await office.task()
    assert (made.action, made.focus, made.objective) == ("市容环境整治行动", "背街小巷", OBJECTIVE)
    assert (made.deadline, made.frequency) == (date(2026, 12, 20), None)
    assert (made.target_value, made.target_unit) == (Decimal(50), "个")
    assert (made.leader_in_charge, made.handling_section) == ("城管局分管领导", "市容科")
    assert (made.state, made.next_nag_at) == (TaskState.ASSIGNED, office.now), "the next scan looks at it"
    assert made.responsible_id is not None
    assert await office.assisting() == {"公安局"}
    (entry,) = await office.audit()
    assert (entry.event, entry.subject_id, entry.before) == ("import", made.id, None)
    assert entry.after is not None
    assert entry.after["deadline"] == "2026-12-20"


async def test_a_long_term_task_has_a_frequency(office: Office) -> None:
    await office.import_(task(完成时限="长期坚持，每周通报"))
    made = await office.task()
    assert (made.deadline, made.frequency, made.next_nag_at) == (None, Frequency.WEEKLY, office.now)


async def test_the_same_file_again_changes_nothing(office: Office) -> None:
    rows = (task(), task(目标任务="清理野广告", 完成时限="长期坚持，每日巡查", 配合单位="各街道、高新园区"))
    await office.import_(*rows)
    before = await office.tasks()
    plan = await office.import_(*rows)
    assert [planned.status for planned in plan.tasks] == ["unchanged", "unchanged"]
    assert await office.tasks() == before
    assert len(await office.audit()) == 2


async def test_identity_is_what_it_says_and_who_leads(office: Office) -> None:
    """Its number, spacing and character width do not count; another lead unit makes another task."""
    await office.import_(task())
    same = task(序号=99, 行动="市容环境 整治行动", 目标任务="建设示范点５０个")
    other = task(责任单位="公安局", 配合单位=None, 责任人="公安局责任人")
    plan = await office.import_(same, other)
    assert [planned.status for planned in plan.tasks] == ["unchanged", "new"]
    assert [made.objective for made in await office.tasks()] == [OBJECTIVE, OBJECTIVE]


async def test_lines_that_changed_places_are_no_change(office: Office) -> None:
    first, second = task(), task(目标任务="清理野广告")
    await office.import_(first, second)
    plan = await office.import_({**second, "序号": 1}, {**first, "序号": 2})
    assert {planned.status for planned in plan.tasks} == {"unchanged"}


@pytest.mark.parametrize(
    ("column", "value", "field", "shown"),
    [
        ("工作标准", "一尘不染", "standard", "一尘不染"),
        ("分管领导", "公安局分管领导", "leader_in_charge", "公安局分管领导"),
        ("承办科室", "督查科", "handling_section", "督查科"),
        ("责任人", "公安局责任人", "responsible_person", "公安局责任人"),
        ("备注", "每月通报", "remark", "每月通报"),
        ("重点", "主次干道", "focus", "主次干道"),
        ("完成时限", "2026年12月31日前", "deadline", "2026-12-31"),
    ],
)
async def test_a_changed_cell(office: Office, column: str, value: str, field: str, shown: str) -> None:
    await office.import_(task())
    plan = await office.import_(task(**{column: value}))
    assert [planned.status for planned in plan.tasks] == ["changed"]
    assert str(getattr(await office.task(), field)) == shown
    _, entry = await office.audit()
    assert entry.before is not None
    assert entry.after is not None
    assert entry.after[field] == shown
    assert set(entry.before) == set(entry.after) <= {field, "responsible_id"}


async def test_importing_again_keeps_state_and_reports(office: Office, campaign: Campaign) -> None:
    await office.import_(task())
    async with office.database.transaction() as session:
        actor = await _actor(session, "城管局责任人")
        await Talk(session, actor, office.now, campaign).report("今天建设示范点3个")
    await office.import_(task(工作标准="一尘不染"))
    made = await office.task()
    assert (made.state, made.standard) == (TaskState.IN_PROGRESS, "一尘不染")
    async with office.database.reading() as session:
        talk = Talk(session, actor, office.now, campaign)
        assert [report.task_id for report in await talk.reports()] == [made.id]
        assert len(await talk.figures()) == 1


async def _actor(session: Session, name: str) -> Actor:
    (contact,) = [one for one in await all_contacts(session) if one.name == name]
    return await actor_of(session, contact)


async def test_a_new_deadline_reschedules_the_nags(office: Office, local: Local) -> None:
    await office.import_(task())
    office.now = local(12, 16, 10)
    await office.import_(task(完成时限="2026年12月31日前"))
    made = await office.task()
    assert (made.next_nag_at, made.nagged_until) == (office.now, office.now)


async def test_another_change_leaves_the_nags_alone(office: Office, local: Local) -> None:
    await office.import_(task())
    first, office.now = office.now, local(12, 16, 10)
    await office.import_(task(工作标准="一尘不染"))
    made = await office.task()
    assert (made.next_nag_at, made.nagged_until) == (first, first)


async def test_a_deadline_that_became_a_frequency_begins_anew(office: Office, local: Local) -> None:
    await office.import_(task())
    office.now = local(12, 16, 10)
    await office.import_(task(完成时限="长期坚持，每月通报"))
    made = await office.task()
    assert (made.deadline, made.frequency) == (None, Frequency.MONTHLY)
    assert (made.next_nag_at, made.nagged_until) == (office.now, office.now)


async def test_a_finished_task_stays_finished(office: Office) -> None:
    await office.import_(task())
    async with office.database.transaction() as session:
        actor = await _actor(session, "创城办工作人员")
        await task_steps.complete(turn_for(session, actor, office.now), 1)
    await office.import_(task(完成时限="2026年12月31日前"))
    made = await office.task()
    assert (made.state, made.deadline, made.next_nag_at) == (
        TaskState.COMPLETED,
        date(2026, 12, 31),
        None,
    )


async def test_assisting_units_come_and_go(office: Office) -> None:
    await office.import_(task())
    assert (await office.import_(task(配合单位="各街道"))).count("changed") == 1
    assert await office.assisting() == {"东风街道", "和平街道"}
    assert (await office.import_(task(配合单位=None))).count("changed") == 1
    assert await office.assisting() == set()


async def test_what_the_file_lacks_is_listed_only(office: Office) -> None:
    await office.import_(task(), task(目标任务="清理野广告"))
    plan = await office.import_(task())
    assert list(plan.missing) == [("市容环境整治行动", "清理野广告", "城管局")]
    assert len(await office.tasks()) == 2
    assert {made.state for made in await office.tasks()} == {TaskState.ASSIGNED}


async def test_a_refused_line_is_not_missing(office: Office) -> None:
    """The line is in the file; it only cannot be read."""
    await office.import_(task())
    plan = await office.plan(task(完成时限="尽快"))
    assert [refused.objective for refused in plan.refused] == [OBJECTIVE]
    assert list(plan.missing) == []


async def test_refused_lines_do_not_stop_the_others(office: Office) -> None:
    plan = await office.import_(task(责任单位="税务局"), task(目标任务="清理野广告"))
    assert [made.objective for made in await office.tasks()] == ["清理野广告"]
    (refused,) = plan.refused
    assert "税务局" in said(refused.reasons)[0]


async def test_a_person_outside_the_roster_is_a_warning(office: Office) -> None:
    plan = await office.import_(task(责任人="王科长"))
    assert plan.tasks[0].row.warnings
    made = await office.task()
    assert (made.responsible_person, made.responsible_id) == ("王科长", None)


async def test_the_responsible_person_is_told_of_new_tasks_and_then_of_changed_ones(office: Office) -> None:
    await office.import_(task(), task(目标任务="清理野广告"))
    first, office.now = office.now, office.now + timedelta(days=1)
    await office.import_(task(工作标准="一尘不染"), task(目标任务="清理野广告"))
    async with office.database.reading() as session:
        order, change = (await session.exec(select(Outbox).order_by(col(Outbox.id)))).all()
    assert len(order.content["task_ids"]) == 2
    assert (order.created_at, change.created_at) == (first, office.now)
    assert change.content["task_ids"] == [order.content["task_ids"][0]]


async def told(office: Office) -> list[tuple[str, str]]:
    """Who is promised what at the present moment, by name."""
    async with office.database.reading() as session:
        names = {contact.id: contact.name for contact in await all_contacts(session)}
        rows = await session.exec(
            select(Outbox).where(Outbox.created_at == office.now).order_by(col(Outbox.id))
        )
        return [(names[row.contact_id], View.from_json(row.content).plain("zh")) for row in rows]


async def test_another_responsible_person_is_told_and_so_is_who_was(office: Office) -> None:
    rows = [task(), task(目标任务="清理野广告"), task(目标任务="补植")]
    await office.import_(*rows)
    office.now += timedelta(days=1)
    changed = [task(责任人="公安局责任人"), task(目标任务="清理野广告", 责任人="公安局责任人"), rows[2]]
    await office.import_(*changed)
    (taken, got), (relieved, gone) = await told(office)
    assert (taken, relieved) == ("公安局责任人", "城管局责任人")
    assert "以下 2 项任务转由您办理" in got
    assert "原责任人：城管局责任人" in got
    assert "以下 2 项任务已转由 公安局 公安局责任人 办理" in gone
    assert "补植" not in got + gone
    office.now += timedelta(days=1)
    await office.import_(*changed)
    assert await told(office) == [], "nothing has changed"


async def test_who_is_told_signs_what_nobody_has_signed_for(office: Office) -> None:
    await office.import_(task(), task(目标任务="清理野广告"))
    async with office.database.transaction() as session:
        mine = await counted_tasks.tasks_in(session, None)
        await task_steps.acknowledge(
            turn_for(session, await _actor(session, "城管局责任人"), office.now), [mine[0].id or 0]
        )
    office.now += timedelta(days=1)
    await office.import_(task(责任人="公安局责任人"), task(目标任务="清理野广告", 责任人="公安局责任人"))
    async with office.database.reading() as session:
        orders = (Outbox.created_at == office.now, Outbox.kind == MessageKind.ORDER)
        rows = await session.exec(select(Outbox).where(*orders))
        (view,) = [View.from_json(row.content) for row in rows]
    signs = [button for row in view.rows for button in row if button.action == "task.acknowledge_all"]
    assert [button.arguments["task_ids"] for button in signs] == [[mine[1].id]]


@pytest.mark.parametrize("state", [TaskState.COMPLETED, TaskState.CANCELLED])
async def test_of_a_task_that_is_over_nobody_is_told(office: Office, state: TaskState) -> None:
    await office.import_(task())
    async with office.database.transaction() as session:
        await session.execute(sa.update(Task).values(state=state))
    office.now += timedelta(days=1)
    await office.import_(task(责任人="公安局责任人"))
    assert (await office.task()).responsible_person == "公安局责任人"
    assert await told(office) == []


async def test_the_same_person_found_in_the_roster_at_last_is_no_other(office: Office) -> None:
    await office.import_(task(责任人="王科长"))
    async with office.database.transaction() as session:
        roster = Roster(session, office.now, office.campaign)
        units = {unit.name: unit for unit in await all_units(session)}
        await roster.contact(units["城管局"], "王科长", Role.RESPONSIBLE_PERSON)
    office.now += timedelta(days=1)
    await office.import_(task(责任人="王科长"))
    assert (await office.task()).responsible_id is not None
    assert await told(office) == []


async def test_the_json_of_a_plan(office: Office) -> None:
    await office.import_(task(), task(目标任务="清理野广告"))
    plan = await office.plan(task(工作标准="一尘不染"), task(目标任务="新任务", 责任人=None))
    shown = json.loads(json.dumps(plan.to_json("zh")))
    assert set(shown) == {"tasks", "refused", "missing"}
    (changed,) = shown["tasks"]
    assert changed == {
        "action": "市容环境整治行动",
        "objective": OBJECTIVE,
        "standard": "一尘不染",
        "deadline": "2026-12-20",
        "frequency": None,
        "lead_unit": "城管局",
        "assisting_units": ["公安局"],
        "leader_in_charge": "城管局分管领导",
        "handling_section": "市容科",
        "responsible_person": "城管局责任人",
        "parent": None,
        "status": "changed",
        "warnings": [],
        "changes": ["工作标准：干净整洁 → 一尘不染"],
        "row": 2,
        "sheet": None,
    }
    assert shown["refused"] == [{"row": 3, "objective": "新任务", "reasons": ["没有填写责任人"]}]
    assert shown["missing"] == [
        {"action": "市容环境整治行动", "objective": "清理野广告", "lead_unit": "城管局"}
    ]


# -- 转派 by chat, and then the old sheet once more ----------------------------------------------------


async def reassign_to(office: Office, unit: str, name: str) -> Task:
    """The office moves the one task to a person of a unit; the person is made if need be."""
    made = await office.task()
    async with office.database.transaction() as session:
        units = {unit.name: unit for unit in await all_units(session)}
        contact = await contact_by_name(session, units[unit].id or 0, name)
        if contact is None:
            roster = Roster(session, office.now, office.campaign)
            contact = await roster.contact(units[unit], name, Role.RESPONSIBLE_PERSON)
        member = await contact_by_name(session, units["创城办"].id or 0, "创城办工作人员")
        assert member is not None
        moved = await reassign.move_tasks(
            turn_for(session, await actor_of(session, member), office.now, office.campaign),
            [made.id or 0],
            contact.id or 0,
        )
        assert len(moved.tasks) == 1
    return await office.task()


def warnings(plan: TaskPlan) -> list[str]:
    return [warning.key for planned in plan.tasks for warning in planned.row.warnings]


async def test_the_old_sheet_neither_makes_a_moved_task_anew_nor_takes_it_back(office: Office) -> None:
    await office.import_(task())
    moved = await reassign_to(office, "公安局", "公安局责任人")
    plan = await office.import_(task())
    assert await office.task() == moved
    assert [(planned.status, planned.identity) for planned in plan.tasks] == [("unchanged", moved.identity)]
    assert warnings(plan) == ["importing.warning.moved"]
    assert not plan.missing
    # The sheet still decides everything except the unit and the person.
    await office.import_(task(工作标准="更高的标准"))
    changed = await office.task()
    assert changed.standard == "更高的标准"
    assert (changed.lead_unit_id, changed.responsible_person) == (moved.lead_unit_id, "公安局责任人")
    assert (changed.leader_in_charge, changed.handling_section) == ("公安局分管领导", None)
    assert await office.assisting() == set(), "who leads does not assist"


async def test_the_old_sheet_does_not_take_an_extension_back(office: Office) -> None:
    """Due on the 15th by the sheet, moved to the 20th, then to the 30th. A later day in the sheet is news."""
    await office.import_(task(完成时限="2026年12月15日"))
    async with office.database.transaction() as session:
        found = await session.get_one(Task, (await office.task()).id)
        found.first_deadline, found.deadline = date(2026, 12, 15), date(2026, 12, 30)
    for old in ("2026年12月15日", "2026年12月20日"):
        plan = await office.import_(task(完成时限=old, 工作标准="更高的标准"))
        assert warnings(plan) == ["importing.warning.extended"]
        assert (await office.task()).deadline == date(2026, 12, 30)
        assert (await office.task()).standard == "更高的标准"
    plan = await office.import_(task(完成时限="2027年1月10日"))
    assert not warnings(plan)
    assert (await office.task()).deadline == date(2027, 1, 10)


async def test_what_is_extended_between_plan_and_import_stays(office: Office) -> None:
    await office.import_(task(完成时限="2026年12月15日"))
    plan = await office.plan(task(完成时限="2026年12月20日"))
    async with office.database.transaction() as session:
        found = await session.get_one(Task, (await office.task()).id)
        found.first_deadline, found.deadline = date(2026, 12, 15), date(2026, 12, 30)
    async with office.database.transaction() as session:
        await apply_tasks(tick_for(session, office.now, office.campaign), plan)
    assert (await office.task()).deadline == date(2026, 12, 30)


async def test_a_mended_sheet_matches_the_moved_task(office: Office) -> None:
    await office.import_(task())
    moved = await reassign_to(office, "公安局", "公安局责任人")
    mended = task(责任单位="公安局", 配合单位=None, 责任人="公安局责任人")
    plan = await office.import_(mended)
    assert (await office.task()).identity == moved.identity
    assert not warnings(plan)
    # A sheet that names both units means two tasks.
    plan = await office.import_(mended, task())
    assert [planned.status for planned in plan.tasks] == ["unchanged", "new"]


async def test_within_the_unit_the_old_name_is_no_news_but_a_third_is(office: Office) -> None:
    await office.import_(task())
    await reassign_to(office, "城管局", "李四")
    assert warnings(await office.import_(task())) == ["importing.warning.moved"]
    assert (await office.task()).responsible_person == "李四"
    plan = await office.import_(task(责任人="王五"))
    assert "importing.warning.moved" not in warnings(plan)
    assert (await office.task()).responsible_person == "王五"
    # From here on the sheet decides again, even for the very first person.
    assert "importing.warning.moved" not in warnings(await office.import_(task()))
    assert (await office.task()).responsible_person == "城管局责任人"


async def test_a_task_that_moves_between_plan_and_writing_is_left_alone(office: Office) -> None:
    await office.import_(task())
    plan = await office.plan(task(工作标准="更高的标准"))
    moved = await reassign_to(office, "公安局", "公安局责任人")
    async with office.database.transaction() as session:
        await apply_tasks(tick_for(session, office.now, office.campaign), plan)
    assert await office.task() == moved
