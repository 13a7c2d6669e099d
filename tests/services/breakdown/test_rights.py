"""Every person and every button on a task that was broken down and on its parts."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.db import Session, ident
from models.tasks import Task, breakdowns, children
from rules.people.roles import Role
from rules.tasks.breakdown import ChildPart
from rules.tasks.task_lifecycle import AwaitedAnswer, TaskState
from services import access
from services.breakdown import breakdown_plan, breakdown_writing, unit_choice
from services.breakdown.breakdown_plan import BreakdownPlan, UnitChoice
from services.errors import DomainError
from services.recipients import Directory
from services.tasks import children_card, deciders, task_card, task_steps
from tests.support.people import Roster
from tests.support.three_tiers import DUE, Tiers, make_tiers
from tests.support.turns import turn_for

# What the buttons on a card do; others are of no interest here.
NAMED = {
    "breakdown.start": "break down",
    "breakdown.undo": "take back",
    "task.complete": "complete",
    "task.return": "return",
    "task.cancel": "cancel",
    "reassign.start": "reassign",
    "pause.start": "pause",
    "child.list": "list",
    "report.start": "report",
    "task.acknowledge": "sign",
    "task.submit": "submit",
    "extension.start": "extension",
}
DECIDES = {"complete", "cancel", "reassign", "pause", "extension"}
OWN = {"report", "sign", "submit"}
UNSEEN: set[str] = set()

PARENT = {
    "创城办": {"break down", "take back", "list", *DECIDES},
    "局": {"break down", "take back", "list", "report", "submit"},
    "局联络员": {"break down", "take back", "list", "report", "submit"},
    "局长": {"list"},
    "街道": UNSEEN,
    "街道联络员": UNSEEN,
    "外街道": UNSEEN,
    "西山": {"report"},
    "东山": {"report"},
    "外村": UNSEEN,
}
OF_WEST = {
    "创城办": DECIDES,
    "局": DECIDES,
    "局联络员": DECIDES,
    "局长": set[str](),
    "街道": UNSEEN,
    "西山": OWN,
    "东山": UNSEEN,
    "南山乙": UNSEEN,
    "外村": UNSEEN,
}


@pytest.fixture
async def tiers(session: Session, roster: Roster, now: datetime) -> Tiers:
    """The task of 农业农村局 has a deadline and is broken down by 农业张, but for 北山村."""
    made = await make_tiers(roster)
    made.waste.deadline, made.waste.frequency = DUE, None
    await session.flush()
    turn = turn_for(session, await made.actor("局"), now)
    await unit_choice.start(turn, ident(made.waste))
    row = await breakdowns.begun(session, ident(made.waste), turn.actor.id)
    assert row is not None
    plan = BreakdownPlan.from_json(row.plan)
    plan = plan.with_choice(made.unit_id("南山村"), UnitChoice(ident(made.people["南山甲"])))
    plan = plan.with_units([one for one in plan.units if one != made.unit_id("北山村")])
    row.plan = plan.to_json()
    mark = breakdown_plan.mark_of(made.waste, await breakdown_plan.proposals(turn, made.waste, plan), plan)
    assert (await breakdown_writing.confirm(turn, ident(row), mark)).done
    return made


async def able(session: Session, tiers: Tiers, name: str, task: Task, now: datetime) -> set[str]:
    turn = turn_for(session, await tiers.actor(name), now)
    if not await access.sees_all_of(session, turn.actor, [ident(task)]):
        return UNSEEN
    card = await task_card.card(turn, ident(task))
    return {NAMED[b.action] for row in card.rows for b in row if b.action in NAMED}


async def part(session: Session, tiers: Tiers, unit: str) -> Task:
    found = await children.children_of(session, ident(tiers.waste))
    return next(one for one in found if one.lead_unit_id == tiers.unit_id(unit))


@pytest.mark.parametrize("name", PARENT)
async def test_the_parent(session: Session, tiers: Tiers, now: datetime, name: str) -> None:
    assert await able(session, tiers, name, tiers.waste, now) == PARENT[name]


@pytest.mark.parametrize("name", OF_WEST)
async def test_a_part(session: Session, tiers: Tiers, now: datetime, name: str) -> None:
    assert await able(session, tiers, name, await part(session, tiers, "西山村"), now) == OF_WEST[name]


@pytest.mark.parametrize("name", [name for name in OF_WEST if name not in {"创城办", "局", "局联络员"}])
async def test_nobody_else_decides(session: Session, tiers: Tiers, now: datetime, name: str) -> None:
    """Whatever button they hold: the right is checked when they press."""
    task_id = ident(await part(session, tiers, "西山村"))
    turn = turn_for(session, await tiers.actor(name), now)
    with pytest.raises(DomainError):
        await task_steps.complete(turn, task_id)
    with pytest.raises(DomainError):
        await task_steps.cancel(turn, task_id, "任务调整")


@pytest.mark.parametrize("name", ["街道", "西山", "外街道"])
async def test_a_list_shows_nobody_anothers_part(
    session: Session, tiers: Tiers, now: datetime, name: str
) -> None:
    turn = turn_for(session, await tiers.actor(name), now)
    with pytest.raises(DomainError, match=r"tasks\.not_yours"):
        await children_card.list_view(turn, ident(tiers.waste), ChildPart.ALL)


async def test_whom_a_request_reaches(session: Session, tiers: Tiers, now: datetime) -> None:
    """The 责任人 of the task above; who is not reachable is stood in for by the unit's 联络员."""
    child = await part(session, tiers, "西山村")
    child.state = TaskState.SUBMITTED
    await session.flush()
    turn = turn_for(session, await tiers.actor("创城办"), now)
    assert [one.name for one in await deciders.asked(turn, child)] == ["农业张"]
    tiers.people["局"].telegram_user_id = None
    await session.flush()
    assert [one.name for one in await deciders.asked(turn, child)] == ["农业李"]
    tiers.people["局联络员"].telegram_user_id = None
    await session.flush()
    assert await deciders.asked(turn, child) == []
    assert sum((await deciders.count_for_office(turn)).values()) == 1


async def test_the_office_hears_nothing_of_a_part_whose_leader_has_not_joined(
    session: Session, tiers: Tiers, roster: Roster, now: datetime
) -> None:
    await roster.contact(tiers.units["西山村"], "西山书记", Role.LEADER_IN_CHARGE, enrolled=False)
    child = await part(session, tiers, "西山村")
    directory = await Directory.about(session, [child], turn_for(session, await tiers.actor("局"), now).today)
    heard = [who.contact.name for who in directory.leader_in_charge(child) if who.contact is not None]
    assert heard == ["农业张"]


async def test_a_member_of_the_office_who_broke_it_down_sees_what_waits(
    session: Session, tiers: Tiers, now: datetime
) -> None:
    child = await part(session, tiers, "西山村")
    child.state = TaskState.SUBMITTED
    tiers.waste.responsible_id = tiers.people["创城办"].id
    await session.flush()
    office = turn_for(session, await tiers.actor("创城办"), now)
    found = await deciders.waiting(office)
    assert [task.id for task in found[AwaitedAnswer.SUBMITTED]] == [child.id]
