"""From a roster sheet to the database, and again: units in their tiers, people with their roles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from locales import plain
from models import people
from models.audit_log import Audit
from models.db import Database
from models.people import Contact, ContactState, Unit
from models.tasks import Task
from rules.people.roles import Role, Tier
from services.campaign import Campaign
from services.importing.jobs.roster_writing import apply_roster
from services.importing.plans.roster_plan import RosterPlan, plan_roster
from services.importing.rows.roster_rows import parse_roster
from services.people.enrolment import enrol, hash_token, invite, known_units
from tests.services.importing.builders import workbook
from tests.support.people import Roster

HEADER = ("单位", "层级", "上级单位", "姓名", "职务", "角色", "电话")
DISTRICT = ("示范区", "区", None, None, None, None, None)
STREET = ("东风街道", "街道", "示范区", "东风街道联络员", "科员", "联络员", "13800000000")
BUREAU = ("城管局", "部门", "示范区", "城管局责任人", "科长", "责任人", None)
Line = Sequence[Any]


@dataclass
class Office:
    database: Database
    now: datetime

    async def plan(self, *rows: Line) -> RosterPlan:
        async with self.database.reading() as session:
            known = await known_units(session)
            parsed = parse_roster(workbook([HEADER, *rows]), "花名册.xlsx", known_units=known)
            return await plan_roster(session, parsed)

    async def import_(self, *rows: Line) -> RosterPlan:
        plan = await self.plan(*rows)
        async with self.database.transaction() as session:
            await apply_roster(session, plan, now=self.now)
        return plan

    async def units(self) -> list[tuple[str, Tier, str | None]]:
        async with self.database.reading() as session:
            found = {unit.id: unit for unit in await people.all_units(session)}
        parents = {None: None, **{unit.id: unit.name for unit in found.values()}}
        return [(unit.name, unit.tier, parents[unit.parent_id]) for unit in found.values()]

    async def contacts(self) -> dict[str, Contact]:
        async with self.database.reading() as session:
            return {contact.name: contact for contact in await people.all_contacts(session)}

    async def roles(self, name: str) -> set[Role]:
        contact = (await self.contacts())[name]
        async with self.database.reading() as session:
            return set(await people.roles_of(session, contact.id or 0))

    async def audit(self, subject: str) -> list[Audit]:
        async with self.database.reading() as session:
            query = select(Audit).where(Audit.subject_type == subject).order_by(col(Audit.id))
            return list(await session.exec(query))


@pytest.fixture
def office(database: Database, now: datetime) -> Office:
    return Office(database, now)


async def test_units_and_people(office: Office) -> None:
    plan = await office.import_(STREET, DISTRICT, BUREAU)
    assert (plan.count_units("new"), plan.count("new")) == (3, 2)
    assert set(await office.units()) == {
        ("东风街道", Tier.STREET, "示范区"),
        ("示范区", Tier.DISTRICT, None),
        ("城管局", Tier.DEPARTMENT, "示范区"),
    }
    contact = (await office.contacts())["东风街道联络员"]
    assert (contact.post, contact.phone, contact.state) == ("科员", "13800000000", ContactState.NOT_ENROLLED)
    assert await office.roles("东风街道联络员") == {Role.LIAISON}
    assert len(await office.audit("unit")) == 3
    assert [entry.before for entry in await office.audit("contact")] == [None, None]


async def test_the_same_file_again_changes_nothing(office: Office) -> None:
    await office.import_(DISTRICT, STREET, BUREAU)
    plan = await office.import_(DISTRICT, STREET, BUREAU)
    assert (plan.count_units("unchanged"), plan.count("unchanged")) == (3, 2)
    assert len(await office.audit("contact")) == 2


async def test_roles_and_details_change(office: Office) -> None:
    await office.import_(DISTRICT, STREET)
    changed = ("东风街道", "街道", "示范区", "东风街道联络员", "副科长", "责任人、联络员", None)
    plan = await office.import_(DISTRICT, changed)
    assert plan.count("changed") == 1
    assert await office.roles("东风街道联络员") == {Role.RESPONSIBLE_PERSON, Role.LIAISON}
    contact = (await office.contacts())["东风街道联络员"]
    assert (contact.post, contact.phone) == ("副科长", "13800000000"), "a blank cell takes nothing away"
    entry = (await office.audit("contact"))[-1]
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["roles"], entry.before["post"]) == (["liaison"], "科员")
    assert (entry.after["roles"], entry.after["post"]) == (["liaison", "responsible_person"], "副科长")


async def test_a_unit_moves(office: Office) -> None:
    await office.import_(DISTRICT, STREET, ("东风社区", "村居", "示范区", None, None, None, None))
    plan = await office.import_(("东风社区", None, "东风街道", None, None, None, None))
    assert plan.count_units("changed") == 1
    assert ("东风社区", Tier.VILLAGE, "东风街道") in await office.units()


async def test_what_the_file_lacks_is_listed_only(office: Office) -> None:
    await office.import_(DISTRICT, STREET, BUREAU)
    plan = await office.import_(DISTRICT, STREET)
    assert list(plan.missing) == [("城管局", "城管局责任人")]
    assert set(await office.contacts()) == {"东风街道联络员", "城管局责任人"}


async def test_an_enrolled_contact_stays_enrolled(office: Office) -> None:
    await office.import_(DISTRICT, STREET)
    async with office.database.transaction() as session:
        (made,) = await invite(session, now=office.now, valid_for=timedelta(days=7))
        await enrol(session, token_hash=hash_token(made.token), telegram_user_id=9, now=office.now)
    await office.import_(DISTRICT, (*STREET[:4], "主任", "责任人", None))
    contact = (await office.contacts())["东风街道联络员"]
    assert (contact.telegram_user_id, contact.state, contact.post) == (9, ContactState.ENROLLED, "主任")


async def test_one_person_on_two_lines_has_both_roles(office: Office) -> None:
    await office.import_(
        ("城管局", "部门", None, "城管局甲", None, "分管领导", None),
        ("城管局", None, None, "城管局甲", None, "责任人", None),
    )
    assert await office.roles("城管局甲") == {Role.LEADER_IN_CHARGE, Role.RESPONSIBLE_PERSON}


async def test_tasks_find_the_person_who_comes_later(
    office: Office, campaign: Campaign, now: datetime
) -> None:
    """The audit tells who was named when."""
    await office.import_(DISTRICT, (*BUREAU[:3], None, None, None, None))
    async with office.database.transaction() as session:
        unit = (await session.exec(select(Unit).where(Unit.name == "城管局"))).one()
        roster = Roster(session, now, campaign)
        waiting = await roster.task(unit, "清理野广告", date(2026, 12, 18))
        waiting.responsible_person = "城管局责任人（13800000000）"
        other = await roster.task(unit, "整治背街小巷", date(2026, 12, 18))
    await office.import_(BUREAU)
    contact = (await office.contacts())["城管局责任人"]
    async with office.database.reading() as session:
        linked = {task.id: task.responsible_id for task in await session.exec(select(Task))}
    assert linked == {waiting.id: contact.id, other.id: None}
    (entry,) = await office.audit("task")
    assert (entry.subject_id, entry.before, entry.after) == (
        waiting.id,
        {"responsible_id": None},
        {"responsible_id": contact.id},
    )


async def test_refused_lines_do_not_stop_the_others(office: Office) -> None:
    plan = await office.import_(DISTRICT, STREET, ("城管局", "部门", None, "某人", None, "大领导", None))
    assert [refused.name for refused in plan.refused] == ["某人"]
    assert set(await office.contacts()) == {"东风街道联络员"}


async def test_the_json_of_a_plan(office: Office) -> None:
    await office.import_(DISTRICT, BUREAU)
    shown = json.loads(json.dumps((await office.plan(DISTRICT, STREET)).to_json("zh")))
    assert shown["units"] == [
        {"name": "示范区", "tier": "district", "parent": None, "status": "unchanged"},
        {"name": "东风街道", "tier": "street", "parent": "示范区", "status": "new"},
    ]
    (contact,) = shown["contacts"]
    assert (contact["unit"], contact["roles"], contact["status"]) == ("东风街道", ["liaison"], "new")
    assert shown["missing"] == [{"unit": "城管局", "name": "城管局责任人"}]
    assert shown["refused"] == []


def added(plan: RosterPlan) -> list[tuple[int, str, list[str]]]:
    return [(one.line.row, one.name, [plain(text) for text in one.texts]) for one in plan.added if one.line]


async def test_new_units_and_people_are_named(office: Office) -> None:
    plan = await office.import_(DISTRICT, STREET)
    assert added(plan) == [
        (2, "示范区", ["新单位（区级）"]),
        (3, "东风街道", ["新单位（街道）", "上级单位：示范区"]),
        (3, "东风街道联络员", ["东风街道，联络员"]),
    ]
    both = (*BUREAU[:5], "责任人、联络员", None)
    assert added(await office.plan(DISTRICT, STREET, both)) == [
        (4, "城管局", ["新单位（部门）", "上级单位：示范区"]),
        (4, "城管局责任人", ["城管局，责任人、联络员"]),
    ]


async def test_a_new_person_with_the_phone_of_another_one_is_asked_about(office: Office) -> None:
    await office.import_(DISTRICT, STREET)
    twin = (*BUREAU[:6], "+86 138-0000-0000")
    plan = await office.plan(DISTRICT, STREET, twin)
    assert [(one.name, [plain(text) for text in one.texts]) for one in plan.warned] == [
        ("城管局责任人", ["电话与“东风街道 东风街道联络员”相同，是否为同一人？"])
    ]
    other = await office.plan(DISTRICT, STREET, (*BUREAU[:6], "13800000001"))
    assert other.warned == []


async def test_the_phone_of_a_person_who_left_is_free(office: Office) -> None:
    await office.import_(DISTRICT, STREET)
    async with office.database.transaction() as session:
        left = (await session.exec(select(Contact))).one()
        left.state = ContactState.LEFT
        session.add(left)
    assert (await office.plan(DISTRICT, (*BUREAU[:6], "13800000000"))).warned == []
