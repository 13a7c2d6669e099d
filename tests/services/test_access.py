"""Who may see a task and who may report on it: every role, for own, assisting and other units."""

from __future__ import annotations

from datetime import date

import pytest

from models.db import Session
from rules.people.roles import Role, Tier
from services import access
from services.access import Actor
from services.errors import DomainError
from tests.services.conftest import World
from tests.support.people import Roster

SEES_ALL = {Role.OFFICE, Role.DISTRICT_LEADER, Role.INSPECTOR}
REPORTS = {Role.RESPONSIBLE_PERSON, Role.LIAISON}
PLACES = ("lead", "assisting", "other")


async def act(session: Session, actor: Actor, task_id: int, action: str) -> str | None:
    """None if the action is allowed, else the text that refuses it."""
    service = access.visible_task if action == "see" else access.reportable_task
    try:
        task = await service(session, actor, task_id)
    except DomainError as refused:
        return refused.text.key
    assert task.id == task_id
    return None


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", list(Role))
async def test_every_role_in_every_place(session: Session, roster: Roster, role: Role, place: str) -> None:
    units = {name: await roster.unit(name, Tier.STREET) for name in PLACES}
    task = await roster.task(units["lead"], "整治市容", date(2026, 12, 18), assisting=(units["assisting"],))
    actor = await roster.actor(units[place], "某人", role)
    sees = role in SEES_ALL or place != "other"
    reports = role in REPORTS and place != "other"
    assert await act(session, actor, task.id or 0, "see") == (None if sees else "tasks.not_yours")
    refused = "tasks.not_yours_to_report" if sees else "tasks.not_yours"
    assert await act(session, actor, task.id or 0, "report") == (None if reports else refused)


@pytest.mark.parametrize("role", list(Role))
async def test_the_responsible_person_reports_whatever_their_role_and_unit(
    session: Session, roster: Roster, role: Role
) -> None:
    lead, other = await roster.unit("城管局"), await roster.unit("公安局")
    actor = await roster.actor(other, "某人", role)
    task = await roster.task(lead, "整治市容", date(2026, 12, 18), actor.contact)
    assert await act(session, actor, task.id or 0, "report") is None


async def test_a_leader_sees_the_units_below_their_own(session: Session, roster: Roster) -> None:
    street = await roster.unit("东风街道", Tier.STREET)
    village = await roster.unit("东风社区", Tier.VILLAGE, street)
    hamlet = await roster.unit("东风社区第一网格", Tier.VILLAGE, village)
    task = await roster.task(hamlet, "整治楼道", date(2026, 12, 18))
    above = await roster.actor(street, "街道主要领导", Role.PRINCIPAL_LEADER)
    beside = await roster.actor(await roster.unit("和平街道", Tier.STREET), "他人", Role.PRINCIPAL_LEADER)
    clerk = await roster.actor(street, "街道联络员", Role.LIAISON)
    assert await act(session, above, task.id or 0, "see") is None
    assert await act(session, beside, task.id or 0, "see") == "tasks.not_yours"
    assert await act(session, clerk, task.id or 0, "see") == "tasks.not_yours"


async def test_what_does_not_exist_reads_like_what_is_not_yours(session: Session, world: World) -> None:
    assert await act(session, world.office, 999_999, "see") == "tasks.not_yours"
    assert await act(session, world.other_liaison, world.task_id, "see") == "tasks.not_yours"


async def test_a_stranger_is_nobody(session: Session, world: World) -> None:
    assert await access.actor_by_account(session, 1) is None
    account = world.liaison.contact.telegram_user_id
    assert account is not None
    found = await access.actor_by_account(session, account)
    assert found is not None
    assert (found.id, found.roles) == (world.liaison.id, frozenset({Role.LIAISON}))


async def test_two_roles_add_up(session: Session, roster: Roster) -> None:
    unit = await roster.unit("城管局")
    both = await roster.actor(unit, "某人", Role.LEADER_IN_CHARGE, Role.LIAISON)
    assert (both.is_leader, both.reports, both.is_office) == (True, True, False)
    assert both.answered_units == both.led == {unit.id}


async def test_all_tasks_of_a_message_must_be_in_view(session: Session, world: World, roster: Roster) -> None:
    other = await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 18))
    assert other.id is not None
    both = [world.task_id, other.id]
    assert await access.sees_all_of(session, world.office, both)
    assert await access.sees_all_of(session, world.liaison, both[:1])
    assert not await access.sees_all_of(session, world.liaison, both)
    assert not await access.sees_all_of(session, world.office, [999_999])
