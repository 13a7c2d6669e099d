"""转派: who answers for a task from now on, what stays, and who hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from locales import plain
from models import tasks as rows
from models.audit_log import Audit
from models.db import Database, Session
from models.delivery.messages import Outbox
from models.people import Contact, ContactState
from models.tasks import Task, former_lines
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.people.typed_names import identity_key
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor, actor_of, may_see
from services.campaign import Campaign
from services.delivery import rendering
from services.errors import DomainError
from services.nags import nag_engine as nags
from services.tallies import tally_counting
from services.tasks import completion, reassign, task_steps
from services.views import View
from tests.services.conftest import Local, World, make_world
from tests.services.progress.talk import Talk, buttons, keys, refused
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for


@pytest.fixture
def move(session: Session, world: World, now: datetime, campaign: Campaign) -> Any:
    """``await move(to)``: the office moves the one task, or the tasks that are named."""

    async def run(
        to: Contact,
        *ids: int,
        actor: Actor = world.office,
        at: datetime = now,
        reason: str | None = None,
    ) -> reassign.ReassignResult:
        assert to.id is not None
        which = ids or (world.task_id,)
        return await reassign.move_tasks(turn_for(session, actor, at, campaign), which, to.id, reason=reason)

    return run


async def sent(session: Session, campaign: Campaign, now: datetime) -> dict[str, View]:
    """The promised messages by reader, as they read now."""
    found = {}
    for row in await session.exec(select(Outbox).order_by(col(Outbox.id))):
        rendered = await rendering.render(tick_for(session, now, campaign), row)
        contact = await session.get_one(Contact, row.contact_id)
        if rendered is not None:
            found[contact.name] = rendered[0]
    return found


async def test_to_a_colleague(
    session: Session, world: World, roster: Roster, move: Any, now: datetime, campaign: Campaign
) -> None:
    li = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
    await task_steps.acknowledge(turn_for(session, world.responsible, now), [world.task_id])
    old_identity, later = world.task.identity, now.replace(hour=6)
    moved = await move(li, at=later)
    assert [task.id for task in moved.tasks] == [world.task_id]
    task = world.task
    assert (task.responsible_id, task.responsible_person) == (li.id, "李四")
    assert (task.lead_unit_id, task.identity) == (world.unit.id, old_identity)
    assert (task.state, task.assigned_at) == (TaskState.ASSIGNED, later)
    assert task.nagged_until == later, "the nag of this morning was for the other one"
    views = await sent(session, campaign, later)
    assert set(views) == {"李四", "城管局责任人"}
    assert keys(views["李四"]) == ["reassign.to_you", "reassign.line", "reassign.sign_by"]
    assert [b.arguments["task_ids"] for b in buttons(views["李四"], "task.acknowledge_all")] == [
        [world.task_id]
    ]
    assert keys(views["城管局责任人"]) == ["reassign.from_you", "reassign.from_line"]
    assert not views["城管局责任人"].rows
    assert "城管局 李四" in views["城管局责任人"].plain("zh")


async def test_to_another_unit_with_its_history(
    session: Session, world: World, roster: Roster, talk: Talk, move: Any, now: datetime, campaign: Campaign
) -> None:
    await talk.report("今天清理违规广告牌匾12处")
    third = await roster.unit("住建局")
    session.add(rows.TaskAssistingUnit(task_id=world.task_id, unit_id=third.id or 0))
    session.add(rows.TaskAssistingUnit(task_id=world.task_id, unit_id=world.other_unit.id or 0))
    await roster.contact(world.other_unit, "王主任", Role.LEADER_IN_CHARGE)
    world.task.leader_in_charge, world.task.handling_section = "城管局分管领导", "执法科"
    moved = await move(world.other_liaison.contact, reason="职能调整")
    assert len(moved.tasks) == 1
    task = world.task
    assert task.lead_unit_id == world.other_unit.id
    assert task.identity == identity_key(task.action, task.objective, "东风街道")
    assert (task.leader_in_charge, task.handling_section) == ("王主任", None)
    assisting = await rows.assisting_units(session, [world.task_id])
    assert assisting[world.task_id] == [third.id], "who leads does not assist; who assisted goes on"
    assert {report.unit_id for report in await talk.reports()} == {world.unit.id}
    views = await sent(session, campaign, now)
    assert {"东风街道联络员", "城管局责任人", "城管局联络员"} <= set(views)
    assert not may_see(world.responsible, task, assisting[world.task_id])
    audit = (await session.exec(select(Audit).where(Audit.event == "reassign"))).one()
    assert audit.actor_id == world.office.id
    assert audit.before is not None
    assert audit.after is not None
    assert audit.after["reason"] == "职能调整"
    assert all("职能调整" in view.plain("zh") for view in views.values())
    assert (audit.before["responsible_person"], audit.after["responsible_person"]) == (
        "城管局责任人",
        "东风街道联络员",
    )
    assert (audit.before["lead_unit_id"], audit.after["lead_unit_id"]) == (
        world.unit.id,
        world.other_unit.id,
    )
    assert (audit.before["state"], audit.after["state"]) == ("in_progress", "assigned")


async def test_a_successor_in_an_assisting_unit_does_not_lead(
    session: Session, world: World, roster: Roster, move: Any
) -> None:
    zhao = await roster.contact(world.other_unit, "赵五", Role.RESPONSIBLE_PERSON)
    task = await roster.task(
        world.unit, "整治占道经营", date(2026, 12, 31), zhao, assisting=(world.other_unit,)
    )
    await move(world.other_liaison.contact, task.id)
    assert (task.responsible_id, task.lead_unit_id) == (world.other_liaison.id, world.unit.id)
    await move(await roster.contact(await roster.unit("住建局"), "孙六"), task.id)
    assert task.lead_unit_id != world.unit.id


async def test_submitted_stays_submitted_and_finished_stays(
    session: Session, world: World, roster: Roster, move: Any, now: datetime, campaign: Campaign
) -> None:
    li = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
    done = await roster.task(world.unit, "整治占道经营", date(2026, 12, 31), world.responsible.contact)
    theirs = await roster.task(world.unit, "规范停车秩序", date(2026, 12, 31), li)
    await task_steps.submit(turn_for(session, world.responsible, now), world.task_id)
    await task_steps.complete(turn_for(session, world.office, now), done.id or 0)
    moved = await move(li, world.task_id, done.id, theirs.id)
    assert [task.id for task in moved.tasks] == [world.task_id]
    assert {task_id: why.key for task_id, why in moved.kept.items()} == {
        done.id: "reassign.kept_closed",
        theirs.id: "reassign.kept_theirs",
    }
    assert (world.task.state, world.task.next_nag_at) == (TaskState.SUBMITTED, None)
    assert done.responsible_id == world.responsible.id
    view = (await sent(session, campaign, now))["李四"]
    assert "reassign.sign_by" not in keys(view)
    assert not buttons(view, "task.acknowledge_all")


async def test_a_namesake_in_the_other_unit(
    session: Session, world: World, roster: Roster, move: Any
) -> None:
    await roster.task(world.other_unit, world.task.objective, date(2026, 12, 31))
    moved = await move(world.other_liaison.contact)
    assert [why.key for why in moved.kept.values()] == ["reassign.kept_namesake"]
    assert world.task.lead_unit_id == world.unit.id
    assert not list(await session.exec(select(Outbox)))


async def test_there_and_back_tells_each_time(
    session: Session, world: World, roster: Roster, move: Any, now: datetime
) -> None:
    li = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
    for minute, to in enumerate((li, world.responsible.contact, li)):
        await move(to, at=now.replace(minute=minute))
    kinds = [row.kind for row in await session.exec(select(Outbox))]
    assert (kinds.count(MessageKind.ORDER), kinds.count(MessageKind.NOTICE)) == (3, 3)
    former = {(line.identity, line.responsible_person) for line in await former_lines.former_lines(session)}
    assert former == {(world.task.identity, "城管局责任人")}


async def test_who_is_not_enrolled_is_told_by_their_liaison(
    session: Session, world: World, roster: Roster, move: Any, now: datetime, campaign: Campaign
) -> None:
    zhao = await roster.contact(world.other_unit, "赵五", Role.RESPONSIBLE_PERSON, enrolled=False)
    await move(zhao)
    view = (await sent(session, campaign, now))["东风街道联络员"]
    assert keys(view)[0] == "reassign.to_pass_on"
    assert "赵五" in view.plain("zh")
    nobody = await roster.contact(await roster.unit("住建局"), "孙六", enrolled=False)
    await move(nobody, at=now.replace(minute=50))
    readers = [row.contact_id for row in await session.exec(select(Outbox))]
    assert world.office.id not in readers, "the office knows what it does"


async def test_refusals(session: Session, world: World, roster: Roster, move: Any) -> None:
    gone = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
    gone.state = ContactState.LEFT
    session.add(gone)
    await session.flush()
    assert await refused(move(gone)) == "reassign.has_left"
    assert await refused(move(Contact(id=999_999, unit_id=1, name="无"))) == "reassign.unknown_person"
    assert await refused(move(world.liaison.contact, 999_999)) == "tasks.not_yours"
    for actor in (world.leader, world.liaison, world.responsible):
        assert await refused(move(world.liaison.contact, actor=actor)) == "tasks.office_only"


async def test_many_at_once_in_one_message(
    session: Session, world: World, roster: Roster, move: Any, now: datetime, campaign: Campaign
) -> None:
    li = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
    ids = [world.task_id]
    for number in range(20):
        task = await roster.task(
            world.unit, f"任务{number:02}", date(2026, 12, 31), world.responsible.contact
        )
        ids.append(task.id or 0)
    moved = await move(li, *ids)
    assert len(moved.tasks) == 21
    views = await sent(session, campaign, now)
    assert len(views) == 2
    assert all("tasks.more" in keys(view) for view in views.values())
    assert plain(views["李四"].lines[0]).count("21") == 1


async def test_a_handover_does_not_clear_the_missing_report(
    session: Session, world: World, move: Any, local: Local, campaign: Campaign
) -> None:
    """The day's tally names the unit that has the task by now. A task that waits for the office owes none."""

    async def not_reported(day: int) -> Sequence[str]:
        since, as_of = local(12, day - 1, 18), local(12, day, 18)
        return (await tally_counting.count(session, since=since, as_of=as_of, campaign=campaign)).not_reported

    assert await not_reported(15) == ["城管局"]
    await move(world.other_liaison.contact, at=local(12, 15, 12))
    assert await not_reported(15) == ["东风街道"]
    assert await not_reported(16) == ["东风街道"]
    await task_steps.submit(turn_for(session, world.other_liaison, local(12, 16, 9)), world.task_id)
    assert await not_reported(16) == []


async def test_a_nag_on_its_way_does_not_follow_who_is_relieved(
    session: Session, world: World, roster: Roster, move: Any, local: Local, campaign: Campaign
) -> None:
    """A colleague took the task over: the former person may still see it, but is not nagged about it."""
    li = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
    due = local(12, 17, 9)
    await nags.tick(tick_for(session, due, campaign))
    (nag,) = await session.exec(select(Outbox).where(Outbox.view == "nag"))
    assert await rendering.render(tick_for(session, due, campaign), nag) is not None
    await move(li, at=due)
    assert await rendering.render(tick_for(session, due, campaign), nag) is None


async def test_an_old_list_signs_for_what_is_left_of_it(
    session: Session, world: World, roster: Roster, move: Any, now: datetime
) -> None:
    kept = await roster.task(world.unit, "清理野广告", date(2026, 12, 20), world.responsible.contact)
    await move(world.other_liaison.contact)
    both = [world.task_id, kept.id or 0]
    assert await task_steps.acknowledge(turn_for(session, world.responsible, now), both) == 1
    assert (world.task.state, kept.state) == (TaskState.ASSIGNED, TaskState.ACKNOWLEDGED)
    alone = task_steps.acknowledge(turn_for(session, world.responsible, now), [world.task_id])
    assert await refused(alone) == "tasks.not_yours"


async def test_the_new_leader_does_not_assist_and_the_record_says_so(
    session: Session, world: World, roster: Roster, move: Any
) -> None:
    third = await roster.unit("住建局")
    for unit in (world.other_unit, third):
        session.add(rows.TaskAssistingUnit(task_id=world.task_id, unit_id=unit.id or 0))
    await move(world.other_liaison.contact)
    (row,) = await session.exec(select(Audit).where(Audit.event == "reassign"))
    assert row.before is not None
    assert row.after is not None
    assert row.before["assisting_units"] == [world.other_unit.id, third.id]
    assert row.after["assisting_units"] == [third.id]


@pytest.mark.both_engines("side by side")
@pytest.mark.parametrize("pressed", ["签收", "申请办结"])
async def test_nobody_signs_or_submits_what_goes_to_others_at_this_moment(
    database: Database, database_url: str, now: datetime, campaign: Campaign, pressed: str
) -> None:
    async with database.transaction() as session:
        world = await make_world(Roster(session, now, campaign))
    who, which, other = world.responsible, world.task_id, Database(database_url)

    async def press() -> None:
        async with other.transaction() as session:
            if pressed == "签收":
                await task_steps.acknowledge(turn_for(session, who, now), [which])
            else:
                await completion.submit(turn_for(session, who, now, campaign), which, 0)

    try:
        async with database.transaction() as session:
            to = world.other_liaison.id
            await reassign.move_tasks(turn_for(session, world.office, now, campaign), [which], to)
            late = asyncio.create_task(press())
            await asyncio.sleep(0.3)
        with pytest.raises(DomainError, match="not_yours"):
            await late
    finally:
        await other.close()
    async with database.reading() as session:
        assert (await session.get_one(Task, which)).state is TaskState.ASSIGNED


@pytest.mark.both_engines("side by side")
async def test_two_of_the_office_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> None:
    """Both moves end, one after the other; nobody is told of a move that did not happen."""
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        world = await make_world(roster)
        li = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
        other = await roster.actor(world.office.unit, "另一位", Role.OFFICE)
    second = Database(database_url)

    async def run(engine: Database, actor: Actor) -> list[int]:
        async with engine.transaction() as session:
            fresh = await actor_of(session, actor.contact)
            moved = await reassign.move_tasks(
                turn_for(session, fresh, now, campaign), [world.task_id], li.id or 0
            )
            return [len(moved.tasks), len(moved.kept)]

    try:
        outcomes = await asyncio.gather(run(database, world.office), run(second, other))
    finally:
        await second.close()
    assert sorted(outcomes) == [[0, 1], [1, 0]]
    async with database.reading() as session:
        assert (await session.get_one(Task, world.task_id)).responsible_id == li.id
        assert len(list(await session.exec(select(Outbox)))) == 2
