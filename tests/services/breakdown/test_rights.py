"""Every person and every button on a task that was broken down and on its parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from models.db import Session, ident
from models.people import Unit
from models.tasks import Task, breakdowns, children
from rules.people.roles import Role
from rules.tasks.breakdown import ChildPart
from rules.tasks.task_extensions import ExtensionStep
from rules.tasks.task_lifecycle import AwaitedAnswer, TaskState
from services import access, audit
from services.access import actor_of
from services.breakdown import (
    breakdown_plan,
    breakdown_writing,
    own_reporting,
    releasing,
    reopened_parts,
    undoing,
    unit_choice,
)
from services.breakdown.breakdown_plan import BreakdownPlan, UnitChoice
from services.errors import DomainError
from services.nags.tasks import task_pauses
from services.nags.tasks.task_pauses import PauseMatter
from services.recipients import Directory
from services.tasks import (
    children_card,
    deciders,
    extension_answers,
    extension_steps,
    extensions,
    open_parts,
    reassign,
    task_card,
    task_steps,
)
from services.tasks.breakdown_rights import ATTACH
from services.tasks.extensions import ExtensionMatter
from services.turn import Turn
from tests.support.people import Roster
from tests.support.three_tiers import DUE, Tiers, make_tiers
from tests.support.turns import turn_for

# What the buttons on a card do.
NAMED = {
    "breakdown.start": "break down",
    "breakdown.undo": "take back",
    "task.complete": "complete",
    "task.return": "return",
    "task.reopen": "reopen",
    "task.cancel": "cancel",
    "reassign.start": "reassign",
    "pause.start": "pause",
    "pause.resume": "go on",
    "task.withdraw": "withdraw",
    "remind.preview": "remind",
    "child.list": "list",
    "child.own": "own reports",
    "report.start": "report",
    "task.acknowledge": "sign",
    "task.submit": "submit",
    "extension.start": "extension",
    "extension.review": "extension asked",
    "child.missing": "missing",
    "child.release": "release",
    "child.verified": "verify",
    "report.zero": "zero",
    "transfers.start": "hand on",
    "snooze.choose": "snooze",
    "metric.list": "metrics",
    "task.sources": "sources",
    "task.evidence": "evidence",
    "task.history": "history",
    "nags.records": "nags",
}
LOOKS = {"sources", "evidence", "history", "nags"}
DECIDES = {"complete", "cancel", "reassign", "pause", "extension"}
REPORTS = {"report", "zero"}
OWN = {*REPORTS, "sign", "submit", "hand on"}
LEADS = {"break down", "take back", "list", "submit", "hand on", *REPORTS, *LOOKS}
UNSEEN: set[str] = set()

PARENT = {
    "创城办": {"break down", "take back", "list", "metrics", *DECIDES, *LOOKS},
    "局": {*LEADS, "snooze"},
    "局代办": {*LEADS, "snooze"},
    "局联络员": LEADS,
    "局长": {"list", *LOOKS},
    "街道": UNSEEN,
    "街道联络员": UNSEEN,
    "外街道": UNSEEN,
    "西山": {*REPORTS, *LOOKS},
    "西山代办": {*REPORTS, *LOOKS},
    "东山": {*REPORTS, *LOOKS},
    "南山甲": {*REPORTS, *LOOKS},
    "南山乙": {*REPORTS, *LOOKS},
    "北山": {*REPORTS, *LOOKS},
    "外村": UNSEEN,
}
# Who has which rights on the part of 西山村; the others do not see it.
OF_WEST = {
    "创城办": "decides",
    "局": "decides",
    "局代办": "decides",
    "局联络员": "decides",
    "局长": "looks",
    "西山": "answers",
    "西山代办": "answers",
}
BY_STATE: dict[str, dict[str, set[str]]] = {
    "assigned": {"decides": {*DECIDES, "remind"}, "answers": {*OWN, "snooze"}},
    "attached": {"decides": {*DECIDES, "remind", "release"}, "answers": {*OWN, "snooze"}},
    "acknowledged": {"decides": {*DECIDES, "remind"}, "answers": {*OWN, "snooze"} - {"sign"}},
    "in_progress": {"decides": {*DECIDES, "remind"}, "answers": {*OWN, "snooze"} - {"sign"}},
    "returned": {"decides": {*DECIDES, "remind"}, "answers": {*OWN, "snooze"} - {"sign"}},
    "paused": {"decides": {*DECIDES, "go on"}, "answers": {*OWN, "snooze"}},
    "submitted": {
        "decides": {"complete", "return", "cancel", "reassign"},
        "answers": {*REPORTS, "hand on"},
    },
    "completed": {"decides": {"reopen"}, "answers": UNSEEN},
    "cancelled": {"decides": UNSEEN, "answers": UNSEEN},
    "extension asked": {
        "decides": {*DECIDES, "remind", "extension asked"} - {"extension"},
        "answers": {*OWN, "snooze"},
    },
}


@pytest.fixture
async def tiers(session: Session, roster: Roster, now: datetime) -> Tiers:
    """The task of 农业农村局 has a deadline and is broken down by 农业张, but for 北山村."""
    made = await make_tiers(roster)
    for name in ("局", "西山"):
        person, today = made.people[name], now.date()
        deputy = made.people[f"{name}代办"] = await roster.contact(
            await session.get_one(Unit, person.unit_id), f"{person.name}的代办人"
        )
        await roster.leave(person, deputy, today)
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
    turn = turn_for(session, await tiers.actor(name, now.date()), now)
    if not await access.sees_all_of(session, turn.actor, [ident(task)]):
        return UNSEEN
    card = await task_card.card(turn, ident(task))
    return {NAMED[b.action] for row in card.rows for b in row}


async def part(session: Session, tiers: Tiers, unit: str) -> Task:
    found = await children.children_of(session, ident(tiers.waste))
    return next(one for one in found if one.lead_unit_id == tiers.unit_id(unit))


async def test_the_parent(session: Session, tiers: Tiers, now: datetime) -> None:
    assert {name: await able(session, tiers, name, tiers.waste, now) for name in PARENT} == PARENT


@pytest.mark.parametrize("name", PARENT)
async def test_the_completed_parent_of_a_reopened_part(
    session: Session, tiers: Tiers, now: datetime, name: str
) -> None:
    tiers.waste.state, tiers.waste.completed_at = TaskState.COMPLETED, now
    (await part(session, tiers, "西山村")).reopened_at = now
    await session.flush()
    found = await able(session, tiers, name, tiers.waste, now)
    answers = {"局", "局代办", "局联络员"}
    verifies = name in {"创城办", *answers}
    mark = open_parts.mark_of_reopened(await children.reopened_of(session, ident(tiers.waste)))
    assert ("verify" in found) is verifies
    assert ("reopen" in found) is (name == "创城办")
    turn = turn_for(session, await tiers.actor(name, now.date()), now)
    if verifies:
        assert not (await reopened_parts.verify(turn, ident(tiers.waste), "another")).done
        assert (await reopened_parts.verify(turn, ident(tiers.waste), mark)).done
        assert "verify" not in await able(session, tiers, name, tiers.waste, now)
        office = await able(session, tiers, "创城办", tiers.waste, now)
        assert ("verify" in office) is (name in answers), "who only answers decides nothing for the office"
    else:
        with pytest.raises(DomainError, match=r"tasks\.not_yours|children\.not_yours"):
            await reopened_parts.verify(turn, ident(tiers.waste), mark)


async def in_state(session: Session, tiers: Tiers, now: datetime, state: str) -> Task:
    """The part of 西山村 in that state."""
    child = await part(session, tiers, "西山村")
    if state == "extension asked":
        turn = turn_for(session, await tiers.actor("西山"), now)
        await extension_steps.ask(turn, child, DUE, "天气原因")
    elif state == "paused":
        turn = turn_for(session, await tiers.actor("局"), now)
        await task_pauses.decide(turn, PauseMatter(ident(child), 0, now.date() + timedelta(days=3)), "停电")
    elif state == "attached":
        audit.note(
            turn_for(session, await tiers.actor("局"), now),
            ATTACH,
            ("task", child.id),
            after={"parent_id": child.parent_id},
        )
    else:
        child.state = TaskState(state)
    await session.flush()
    return child


@pytest.mark.parametrize("state", BY_STATE)
async def test_a_part(session: Session, tiers: Tiers, now: datetime, state: str) -> None:
    child = await in_state(session, tiers, now, state)
    expected = {
        name: UNSEEN
        if (right := OF_WEST.get(name)) is None
        else LOOKS | ({"metrics"} if name == "创城办" else UNSEEN) | BY_STATE[state].get(right, UNSEEN)
        for name in PARENT
    }
    assert {name: await able(session, tiers, name, child, now) for name in PARENT} == expected


async def test_nobody_else_decides(session: Session, tiers: Tiers, now: datetime) -> None:
    """Whatever button they hold: the right is checked when they press."""
    task_id = ident(await in_state(session, tiers, now, "extension asked"))
    for name in PARENT:
        if OF_WEST.get(name) != "decides":
            turn = turn_for(session, await tiers.actor(name, now.date()), now)
            for press in presses(tiers, turn, task_id):
                with pytest.raises(DomainError):
                    await press()


def presses(tiers: Tiers, turn: Turn, task_id: int) -> list[Callable[[], Awaitable[object]]]:
    """All that who decides on a part may do with it, and who broke the task down with that."""
    return [
        lambda: task_steps.complete(turn, task_id),
        lambda: task_steps.send_back(turn, task_id, "请补充"),
        lambda: task_steps.reopen(turn, task_id),
        lambda: task_steps.cancel(turn, task_id, "任务调整"),
        lambda: reassign.move_tasks(turn, [task_id], turn.actor.id),
        lambda: extensions.decide(
            turn, ExtensionMatter(task_id, ExtensionStep.MOVE, 0, DUE - timedelta(days=1)), "天气原因"
        ),
        lambda: extension_answers.grant(turn, task_id, 0),
        lambda: extension_answers.refuse(turn, task_id, 0, "时间充足"),
        lambda: task_pauses.decide(turn, PauseMatter(task_id, 0, DUE), "停电"),
        lambda: undoing.ask(turn, ident(tiers.waste)),
        lambda: own_reporting.switch(turn, ident(tiers.waste), True),
        lambda: releasing.release(turn, task_id),
    ]


async def test_only_who_asked_takes_it_back(session: Session, tiers: Tiers, now: datetime) -> None:
    child = await part(session, tiers, "西山村")
    assert await task_steps.submit(turn_for(session, await tiers.actor("西山"), now), ident(child))
    takes_back = {name for name in PARENT if "withdraw" in await able(session, tiers, name, child, now)}
    assert takes_back == {"西山"}


async def test_a_part_of_a_part(session: Session, tiers: Tiers, roster: Roster, now: datetime) -> None:
    """街道 decides, who broke its part down. 局 stands two levels above and only looks."""
    street, west = tiers.units["东城街道"], tiers.units["西山村"]
    whole = await roster.task(tiers.units["农业农村局"], "整治河道", DUE, tiers.people["局"])
    middle = await roster.task(street, "整治河道", DUE, tiers.people["街道"])
    leaf = await roster.task(west, "整治河道", DUE, tiers.people["西山"])
    middle.parent_id, leaf.parent_id = whole.id, middle.id
    await session.flush()
    decides, answers = {*DECIDES, "remind", *LOOKS}, {*OWN, "snooze", *LOOKS}
    expected = dict.fromkeys(PARENT, UNSEEN) | {
        "创城办": {*decides, "metrics"},
        "街道": decides,
        "街道联络员": decides,
        **dict.fromkeys(("局", "局代办", "局联络员", "局长"), LOOKS),
        "西山": answers,
        "西山代办": answers,
    }
    assert {name: await able(session, tiers, name, leaf, now) for name in PARENT} == expected
    for name in ("局", "局代办", "局联络员", "局长", "西山", "西山代办", "外街道"):
        turn = turn_for(session, await tiers.actor(name, now.date()), now)
        with pytest.raises(DomainError):
            await task_steps.complete(turn, ident(leaf))
    assert await task_steps.complete(turn_for(session, await tiers.actor("街道"), now), ident(leaf))


async def test_a_street_sees_no_part_of_another_streets_task(
    session: Session, tiers: Tiers, roster: Roster, now: datetime
) -> None:
    """Neither on its own nor from the list of the task that was broken down."""
    whole = await roster.task(tiers.units["西城街道"], "整治河道", DUE, tiers.people["外街道"])
    leaf = await roster.task(tiers.units["外村"], "整治河道", DUE, tiers.people["外村"])
    leaf.parent_id = whole.id
    await session.flush()
    sees = {name for name in PARENT if await able(session, tiers, name, leaf, now)}
    assert sees == {"创城办", "外街道", "外村"}
    for name in ("街道", "街道联络员", "西山"):
        turn = turn_for(session, await tiers.actor(name), now)
        with pytest.raises(DomainError, match=r"tasks\.not_yours"):
            await children_card.list_view(turn, ident(whole), ChildPart.ALL)
        with pytest.raises(DomainError):
            await task_card.card(turn, ident(leaf))
    turn = turn_for(session, await tiers.actor("外街道"), now)
    assert (await children_card.list_view(turn, ident(whole), ChildPart.ALL)).rows


async def test_a_deputy_whose_days_are_over(session: Session, tiers: Tiers, now: datetime) -> None:
    """What they have begun stays begun; they may neither confirm it nor decide."""
    deputy, waste = tiers.people["局代办"], ident(tiers.waste)
    turn = turn_for(session, await tiers.actor("局代办", now.date()), now)
    await unit_choice.start(turn, waste)
    row = await breakdowns.begun(session, waste, ident(deputy))
    assert row is not None
    plan = BreakdownPlan.from_json(row.plan)
    found = await breakdown_plan.proposals(turn, tiers.waste, plan)
    assert [one.unit.name for one in found] == ["北山村"]
    mark = breakdown_plan.mark_of(tiers.waste, found, plan)
    later = now + timedelta(days=1)
    actor = await actor_of(session, deputy, today=later.date())
    after = turn_for(session, actor, later)
    with pytest.raises(DomainError, match=r"tasks\.not_yours|breakdowns\.not_yours"):
        await breakdown_writing.confirm(after, ident(row), mark)
    assert (await breakdown_writing.confirm(turn, ident(row), mark)).done, "in time it would have been made"


@pytest.mark.parametrize("name", ["街道", "西山", "外街道"])
async def test_a_list_shows_nobody_anothers_part(
    session: Session, tiers: Tiers, now: datetime, name: str
) -> None:
    turn = turn_for(session, await tiers.actor(name), now)
    with pytest.raises(DomainError, match=r"tasks\.not_yours"):
        await children_card.list_view(turn, ident(tiers.waste), ChildPart.ALL)


async def test_whom_a_request_reaches(session: Session, tiers: Tiers, now: datetime) -> None:
    """The 责任人 of the task above or their deputy; who is not reachable is stood in for by the 联络员."""
    child = await part(session, tiers, "西山村")
    child.state = TaskState.SUBMITTED
    await session.flush()
    turn = turn_for(session, await tiers.actor("创城办"), now)
    assert [one.name for one in await deciders.asked(turn, child)] == ["农业张的代办人"]
    tiers.people["局代办"].telegram_user_id = None
    await session.flush()
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
    assert heard == ["农业张的代办人"]


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
