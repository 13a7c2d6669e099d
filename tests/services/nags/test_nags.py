"""Nags through the services: the ladder by the calendar, one merged message each, who stands in for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.db import Session
from models.delivery.messages import Outbox
from models.people import ContactState
from models.people.absences import Absence
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.campaign import Campaign
from services.delivery import rendering
from services.dry_run import PlannedMessage
from services.nags import nag_engine as nags
from services.tasks import task_steps
from tests.services.conftest import Local, World
from tests.services.progress.talk import keys
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for


@pytest.fixture
async def world(session: Session, world: World) -> World:
    """The world with its task signed for, because 签收 has a ladder of its own."""
    world.task.state = TaskState.ACKNOWLEDGED
    await session.flush()
    return world


async def all_told(session: Session, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    # Read the rows anew, as a separate scheduler would.
    await session.exec(select(Task).execution_options(populate_existing=True))
    return [await one.made() for one in await nags.tick(tick_for(session, at, campaign))]


async def tick(session: Session, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    """The people whom the scan nags and hints, without the office's digest."""
    told = await all_told(session, at, campaign)
    return [planned for planned in told if not planned.slot.endswith("/nag-office")]


async def queued(session: Session) -> Sequence[Outbox]:
    return (await session.exec(select(Outbox).where(Outbox.view == "nag").order_by(col(Outbox.id)))).all()


def duties(row: Outbox) -> list[tuple[int, str, str | None]]:
    return [(duty["task_id"], duty["tone"], duty["instead_of"]) for duty in row.content["duties"]]


# -- when ----------------------------------------------------------------------------------------------


async def test_the_ladder_of_one_task(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Due on Friday the 18th: nags on Tuesday, Friday, then each working day; looked at every half hour."""
    colleague = await roster.actor(world.unit, "科员", Role.RESPONSIBLE_PERSON)
    colleague.contact.section = world.task.handling_section = "市容科"
    fired: list[tuple[datetime, PlannedMessage]] = []
    moment = local(12, 15, 9)
    while moment < local(12, 31):
        fired += [(moment, planned) for planned in await tick(session, moment, campaign)]
        moment += timedelta(minutes=30)
    assert all((at.hour, at.minute) == (9, 0) for at, _ in fired)
    assert all(planned.slot == f"2026-12-{at.day}/nag" for at, planned in fired)

    def days(actor: Actor) -> list[int]:
        return [at.day for at, planned in fired if planned.chat == actor.contact.telegram_user_id]

    assert days(world.responsible) == [15, 18, 21, 22, 23, 24, 25, 28, 29, 30]
    assert days(colleague) == [18, 23, 30], "the section, on the day, on the third day over and every five"
    assert days(world.leader) == [21, 23, 30]
    assert len(fired) == 16


async def test_what_is_not_signed_for(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Assigned on Tuesday: Wednesday is its day, on Thursday it is late, on Friday the leader hears of it."""
    world.task.state, world.task.deadline = TaskState.ASSIGNED, date(2026, 12, 31)
    task_steps.schedule_nags(world.task, local(12, 15, 8, 45))
    for day, told in ((16, []), (17, [world.responsible]), (18, [world.responsible, world.leader])):
        planned = await tick(session, local(12, day, 9), campaign)
        assert [one.chat for one in planned] == [actor.contact.telegram_user_id for actor in told]
    await task_steps.acknowledge(turn_for(session, world.responsible, local(12, 18, 10)), [world.task_id])
    assert await tick(session, local(12, 21, 9), campaign) == []


async def test_the_office_reads_of_it_once_a_day(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The digest comes with the first message of the day, and only on a day that has one."""
    told = [planned.slot for planned in await all_told(session, local(12, 15, 9), campaign)]
    assert told == ["2026-12-15/nag", "2026-12-15/nag-office"]
    assert await all_told(session, local(12, 15, 9, 1), campaign) == []
    assert await all_told(session, local(12, 16, 9), campaign) == []
    assert await all_told(session, local(12, 19, 9), campaign) == [], "a Saturday, after an outage"
    told = [planned.slot for planned in await all_told(session, local(12, 21, 9), campaign)]
    assert told == ["2026-12-21/nag", "2026-12-21/nag", "2026-12-21/nag-office"]


async def test_national_holidays_are_no_working_days(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """2026: 25 September and 1 to 7 October are off, Saturday 10 October is worked. Due on 30 September."""
    await task_steps.complete(turn_for(session, world.office, local(9, 1)), world.task_id)
    before = Roster(session, local(9, 1), campaign)
    signed, who = TaskState.ACKNOWLEDGED, world.responsible.contact
    await before.task(world.unit, "迎国庆环境整治", date(2026, 9, 30), who, state=signed)
    days = []
    moment = local(9, 24, 9)
    while moment < local(10, 12):
        days += [moment.day for _ in await tick(session, moment, campaign)][:1]
        moment += timedelta(days=1)
    assert days == [24, 30, 8, 9, 10]


async def test_after_an_outage_one_nag_in_working_hours(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Down from Tuesday to Saturday: nothing on the weekend, one nag on Monday for all missed slots."""
    for moment in (local(12, 19, 9), local(12, 20, 12), local(12, 21, 8, 59)):
        assert await tick(session, moment, campaign) == []
    planned = await tick(session, local(12, 21, 9), campaign)
    assert len(planned) == 2
    assert await tick(session, local(12, 21, 9, 1), campaign) == []


async def test_never_in_the_quiet_hours(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    assert await tick(session, local(12, 15, 21), campaign) == []
    assert await tick(session, local(12, 15, 23, 59), campaign) == []
    assert len(await tick(session, local(12, 16, 9), campaign)) == 1


async def test_a_second_tick_of_the_slot_does_nothing(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    assert len(await tick(session, local(12, 15, 9), campaign)) == 1
    assert await tick(session, local(12, 15, 9), campaign) == []
    assert await tick(session, local(12, 15, 8), campaign) == [], "nor does a clock that was put back"
    assert len(await queued(session)) == 1


async def test_a_year_without_a_published_calendar_says_so(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Due on 12-31: overdue on Monday 4 January 2027. The calendar knows New Year's Day and nothing else."""
    world.task.deadline = date(2026, 12, 31)
    task_steps.schedule_nags(world.task, local(12, 30))
    (due,) = await tick(session, local(12, 31, 9), campaign)
    assert "common.calendar_fallback" not in keys(due.view)
    assert await tick(session, local(1, 1, 9, year=2027), campaign) == [], "a legal holiday"
    overdue = await tick(session, local(1, 4, 9, year=2027), campaign)
    assert len(overdue) == 2
    assert all(keys(planned.view)[-1] == "common.calendar_fallback" for planned in overdue)
    assert await tick(session, local(1, 9, 9, year=2027), campaign) == [], "a Saturday"


# -- to whom -------------------------------------------------------------------------------------------


async def test_one_message_for_all_of_a_persons_tasks(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    later = await roster.task(world.unit, "整治背街小巷", date(2026, 12, 18), world.responsible.contact)
    old = await roster.task(world.unit, "清理小广告", date(2026, 12, 1), world.responsible.contact)
    planned = await tick(session, local(12, 15, 9), campaign)
    mine = [p for p in planned if p.chat == world.responsible.contact.telegram_user_id]
    assert [list(p.duties) for p in mine] == [[world.task.objective, later.objective, old.objective]]
    numbered = [line.values for line in mine[0].view.lines if line.key == "nags.numbered"]
    assert [values["number"] for values in numbered] == [1, 2, 3]
    objectives = [values["line"].values["objective"] for values in numbered]
    assert objectives == ["清理小广告", "清理违规广告牌匾", "整治背街小巷"], "most urgent first"
    assert sorted(mine[0].view.task_ids) == sorted([world.task_id, later.id or 0, old.id or 0])


async def test_a_hint_for_the_leader_from_the_first_overdue_day(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    assert len(await tick(session, local(12, 18, 9), campaign)) == 1
    await tick(session, local(12, 21, 9), campaign)
    _, nag, hint = await queued(session)
    assert (nag.kind, nag.contact_id) == (MessageKind.NAG, world.responsible.id)
    assert (hint.kind, hint.contact_id) == (MessageKind.HINT, world.leader.id)
    assert duties(hint) == [(world.task_id, "hint", None)]


async def overdue(session: Session, world: World, local: Local, campaign: Campaign) -> list[Outbox]:
    world.task.deadline, world.task.created_at = date(2026, 12, 14), local(12, 1)
    task_steps.schedule_nags(world.task, local(12, 15, 8))
    await tick(session, local(12, 15, 9), campaign)
    return list(await queued(session))


async def not_enrolled(session: Session, *actors: Actor) -> None:
    for actor in actors:
        actor.contact.state = ContactState.NOT_ENROLLED
        actor.contact.telegram_user_id = None
    await session.flush()


async def test_the_leader_named_in_the_task_before_others_of_their_role(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    named = await roster.actor(world.unit, "另一分管领导", Role.LEADER_IN_CHARGE)
    world.task.leader_in_charge = "另一分管领导"
    rows = await overdue(session, world, local, campaign)
    assert [row.contact_id for row in rows] == [world.responsible.id, named.id]


async def test_the_liaison_stands_in(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await not_enrolled(session, world.responsible)
    nag, hint = await overdue(session, world, local, campaign)
    assert (nag.contact_id, duties(nag)) == (world.liaison.id, [(world.task_id, "nag", "城管局责任人")])
    assert hint.contact_id == world.leader.id


@pytest.mark.parametrize("away", [True, False])
async def test_who_reads_for_a_leader_on_leave_or_passes_it_on(
    session: Session, world: World, local: Local, campaign: Campaign, away: bool
) -> None:
    if away:
        day, theirs = date(2026, 12, 15), world.leader.id
        made: dict[str, Any] = {"made_by": theirs, "made_at": local(12, 14)}
        session.add(Absence(contact_id=theirs, deputy_id=world.liaison.id, first=day, last=day, **made))
    else:
        await not_enrolled(session, world.leader)
    _, hint = await overdue(session, world, local, campaign)
    shown = await rendering.render(tick_for(session, local(12, 15, 9), campaign), hint)
    assert (hint.contact_id, shown is not None) == (world.liaison.id, True)
    heading = "nags.hint_deputised" if away else "nags.hint_relayed"
    assert shown is not None
    assert heading in keys(shown[0])


async def test_then_the_office(session: Session, world: World, local: Local, campaign: Campaign) -> None:
    await not_enrolled(session, world.responsible, world.liaison)
    nag, _ = await overdue(session, world, local, campaign)
    assert (nag.contact_id, duties(nag)) == (world.office.id, [(world.task_id, "nag", "城管局责任人")])


async def test_nobody_at_all_is_shown_and_not_sent(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await not_enrolled(session, world.responsible, world.liaison, world.office)
    (planned,) = await tick(session, local(12, 15, 9), campaign)
    assert (planned.chat, planned.recipient.key) == (None, "nags.nobody")
    assert await queued(session) == []


async def test_an_unreachable_person_is_replaced_too(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    world.responsible.contact.state = ContactState.UNREACHABLE
    await session.flush()
    (planned,) = await tick(session, local(12, 15, 9), campaign)
    assert planned.chat == world.liaison.contact.telegram_user_id


async def test_someone_outside_the_roster_is_replaced(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    world.task.responsible_id, world.task.responsible_person = None, "王科长"
    await session.flush()
    await tick(session, local(12, 15, 9), campaign)
    (nag,) = await queued(session)
    assert duties(nag) == [(world.task_id, "nag", "王科长")]


async def test_nag_and_hint_of_one_person_come_in_one_message(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The leader is also the responsible person of another task."""
    own = await roster.task(world.unit, "整治背街小巷", date(2026, 12, 14), world.leader.contact)
    rows = await overdue(session, world, local, campaign)
    (both,) = [row for row in rows if row.contact_id == world.leader.id]
    assert both.kind is MessageKind.NAG
    assert duties(both) == [(world.task_id, "hint", None), (own.id, "nag", None)]


async def test_a_leader_responsible_himself_gets_no_hint_about_it(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    world.task.responsible_id = world.leader.id
    (row,) = await overdue(session, world, local, campaign)
    assert (row.contact_id, duties(row)) == (world.leader.id, [(world.task_id, "nag", None)])


async def test_one_who_stands_in_for_both_passes_on_both(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await not_enrolled(session, world.responsible, world.leader)
    (row,) = await overdue(session, world, local, campaign)
    assert row.contact_id == world.liaison.id
    assert duties(row) == [
        (world.task_id, "nag", "城管局责任人"),
        (world.task_id, "hint", "城管局分管领导"),
    ]


async def test_a_liaison_nagged_himself_still_passes_the_hint_on(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    world.task.responsible_id = world.liaison.id
    await not_enrolled(session, world.leader)
    (row,) = await overdue(session, world, local, campaign)
    assert duties(row) == [(world.task_id, "nag", None), (world.task_id, "hint", "城管局分管领导")]
    rendered = await rendering.render(tick_for(session, local(12, 15, 9), campaign), row)
    assert rendered is not None
    assert rendered[0].task_ids == [world.task_id]


# -- until it is sent ----------------------------------------------------------------------------------


async def test_what_is_completed_before_sending_is_left_out(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    other = await roster.task(world.unit, "整治背街小巷", date(2026, 12, 18), world.responsible.contact)
    await tick(session, local(12, 15, 9), campaign)
    (row,) = await queued(session)
    await task_steps.complete(turn_for(session, world.office, local(12, 15, 9)), world.task_id)
    rendered = await rendering.render(tick_for(session, local(12, 15, 9, 1), campaign), row)
    assert rendered is not None
    assert rendered[0].task_ids == [other.id]
    await task_steps.complete(turn_for(session, world.office, local(12, 15, 9, 2)), other.id or 0)
    assert await rendering.render(tick_for(session, local(12, 15, 9, 3), campaign), row) is None


async def test_a_task_that_moved_to_another_person_is_left_out(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The rest of the message still reaches its reader."""
    street = await roster.task(
        world.other_unit, "整治背街小巷", date(2026, 12, 18), world.responsible.contact
    )
    await tick(session, local(12, 15, 9), campaign)
    (row,) = [r for r in await queued(session) if r.contact_id == world.responsible.id]
    street.responsible_id = world.other_liaison.id
    await session.flush()
    rendered = await rendering.render(tick_for(session, local(12, 15, 9, 1), campaign), row)
    assert rendered is not None
    assert rendered[0].task_ids == [world.task_id]


@pytest.mark.parametrize(("day", "hour", "sent"), [(15, 20, True), (15, 23, False), (16, 9, False)])
async def test_a_nag_of_the_evening_or_of_yesterday_is_withdrawn(
    session: Session, world: World, local: Local, campaign: Campaign, day: int, hour: int, sent: bool
) -> None:
    await tick(session, local(12, 15, 9), campaign)
    (row,) = await queued(session)
    assert (
        await rendering.render(tick_for(session, local(12, day, hour), campaign), row) is not None
    ) is sent
