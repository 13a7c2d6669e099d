"""A task in the chat: lists, its card, 签收, 办结 and 复开."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Session
from rules.people.roles import Role, Tier
from rules.tasks.lamps import Lamp
from rules.tasks.task_lifecycle import TaskState
from services import views
from services.access import Actor
from services.campaign import Campaign
from services.nags import nag_engine as nags
from services.tasks import task_card, task_lists, task_steps
from services.views import View
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

LOOKS = ["task.sources", "task.evidence", "nags.records", "task.history"]
HAND_ON, EXTEND = "transfers.start", "extension.start"


def objectives(view: View) -> list[str]:
    return [line.values["objective"] for line in view.lines if line.key == "tasks.line"]


async def listed(session: Session, actor: Actor, now: datetime, campaign: Campaign) -> View:
    return await task_lists.list_view(turn_for(session, actor, now, campaign))


async def test_by_due_date_with_lamps(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    me = world.responsible.contact
    await roster.task(world.unit, "长期巡查", None, me)
    await roster.task(world.unit, "整治背街小巷", date(2026, 12, 31), me)
    await roster.task(world.unit, "清理小广告", date(2026, 12, 14), me)
    view = await listed(session, world.responsible, local(12, 15, 10), campaign)
    assert objectives(view) == ["清理小广告", "清理违规广告牌匾", "整治背街小巷", "长期巡查"]
    lamps = [line.values["lamp"].key for line in view.lines if line.key == "tasks.line"]
    assert lamps == [f"common.lamp.{lamp}" for lamp in (Lamp.RED, Lamp.YELLOW, Lamp.GREEN, Lamp.NONE)]
    assert len(buttons(view, "task.card")) == 4


async def test_whose_tasks(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    """A 责任人 sees their own, a 联络员 the unit's, a leader those below them, the office all."""
    village = await roster.unit("东风社区", Tier.VILLAGE, world.other_unit)
    await roster.task(village, "整治楼道", date(2026, 12, 20))
    await roster.task(world.unit, "整治背街小巷", date(2026, 12, 21), assisting=(world.other_unit,))
    street_leader = await roster.actor(world.other_unit, "街道主要领导", Role.PRINCIPAL_LEADER)
    for actor, expected in (
        (world.responsible, ["清理违规广告牌匾"]),
        (world.liaison, ["清理违规广告牌匾", "整治背街小巷"]),
        (world.leader, ["清理违规广告牌匾", "整治背街小巷"]),
        (world.other_liaison, ["整治背街小巷"]),
        (street_leader, ["整治楼道"]),
        (world.office, ["清理违规广告牌匾", "整治楼道", "整治背街小巷"]),
    ):
        assert objectives(await listed(session, actor, now, campaign)) == expected, actor.contact.name


async def test_finished_tasks_are_not_listed(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await task_steps.complete(turn_for(session, world.office, now), world.task_id)
    assert keys(await listed(session, world.responsible, now, campaign)) == ["tasks.none"]


async def test_a_long_list_has_pages(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    for number in range(30):
        await roster.task(world.unit, f"任务{number:02}", date(2026, 12, 20), world.responsible.contact)
    first = await listed(session, world.responsible, now, campaign)
    (onwards,) = buttons(first, "task.list")
    assert onwards.arguments == {"offset": views.LISTED}
    second = await task_lists.list_view(
        turn_for(session, world.responsible, now, campaign), offset=views.LISTED
    )
    assert len(objectives(first)) == views.LISTED
    assert len(objectives(second)) == 31 - views.LISTED
    assert not set(objectives(first)) & set(objectives(second))
    assert [button.arguments["offset"] for button in buttons(second, "task.list")] == [0]
    assert sum(map(len, first.rows)) <= 100


async def test_what_should_have_been_signed_for_is_marked(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Assigned on Tuesday: Wednesday is the last day."""

    async def state(at: datetime) -> str:
        view = await listed(session, world.office, at, campaign)
        return str(line(view, "tasks.line").values["state"].key)

    assert await state(local(12, 16, 23, 59)) == "common.task_state.assigned"
    assert await state(local(12, 17)) == "tasks.signing_overdue"
    await task_steps.acknowledge(turn_for(session, world.liaison, local(12, 17)), [world.task_id])
    assert await state(local(12, 17)) == "common.task_state.acknowledged"


# -- the card ------------------------------------------------------------------------------------------


async def card(session: Session, actor: Actor, world: World, now: datetime, campaign: Campaign) -> View:
    return await task_card.card(turn_for(session, actor, now, campaign), world.task_id)


async def test_the_card_shows_the_four_clarities(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    view = await card(session, world.responsible, world, now, campaign)
    assert line(view, "tasks.card.title").values["objective"] == "清理违规广告牌匾"
    assert line(view, "tasks.card.standard").values["value"] == "达到创城标准"
    assert line(view, "tasks.card.deadline").values["value"].values["days"].values["days"] == 3
    assert line(view, "tasks.card.responsible_person").values["value"] == "城管局责任人"
    assert line(view, "tasks.card.leader_in_charge").values["value"].key == "tasks.card.not_named"
    assert view.task_ids == [world.task_id]


@pytest.mark.parametrize(
    ("who", "actions"),
    [
        (
            "responsible",
            [
                *("task.acknowledge", "report.start", "report.zero", "task.submit"),
                *(*LOOKS[:2], EXTEND, LOOKS[2], "snooze.choose", LOOKS[3], HAND_ON),
            ],
        ),
        (
            "liaison",
            [
                *("task.acknowledge", "report.start", "report.zero", "task.submit"),
                *(*LOOKS[:2], EXTEND, *LOOKS[2:], HAND_ON),
            ],
        ),
        ("leader", LOOKS),
        (
            "office",
            [
                *("task.complete", *LOOKS[:2], "metric.list", EXTEND, "pause.start", *LOOKS[2:]),
                *("reassign.start", "task.cancel"),
            ],
        ),
    ],
)
async def test_the_card_has_what_its_reader_may_do(
    session: Session, world: World, now: datetime, campaign: Campaign, who: str, actions: list[str]
) -> None:
    actor: Actor = getattr(world, who)
    view = await card(session, actor, world, now, campaign)
    found = [b for row in view.rows for b in row]
    assert [b.action for b in found] == actions
    assert {b.only_for for b in found} == {actor.id}


async def test_the_card_of_a_finished_task(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await task_steps.complete(turn_for(session, world.office, now), world.task_id)
    actions = [
        b.action for row in (await card(session, world.responsible, world, now, campaign)).rows for b in row
    ]
    assert actions == LOOKS
    assert buttons(await card(session, world.office, world, now, campaign), "task.reopen")


async def test_the_card_shows_totals_target_and_reports(
    talk: Talk, world: World, now: datetime, campaign: Campaign
) -> None:
    world.task.target_value, world.task.target_unit = Decimal(576), "处"
    await talk.report("今天清理违规广告牌匾12处")
    await talk.report("今天清理违规广告牌匾30处")
    view = await card(talk.session, world.leader, world, now, campaign)
    figure = line(view, "tasks.card.figure_of_target").values
    assert [figure[name].values["grouped"] for name in ("total", "target")] == ["42", "576"]
    assert figure["percent"] == 7
    numbers = [line.values["number"] for line in view.lines if line.key == "tasks.card.report"]
    assert numbers == ["20261215-0002", "20261215-0001"]


async def test_the_card_of_another_units_task(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    assert await refused(card(session, world.other_liaison, world, now, campaign)) == "tasks.not_yours"


# -- 签收, 办结, 复开 ----------------------------------------------------------------------------------


async def events(session: Session) -> list[tuple[str, int | None]]:
    rows = await session.exec(select(Audit).where(Audit.subject_type == "task").order_by(col(Audit.id)))
    return [(row.event, row.actor_id) for row in rows]


async def test_acknowledging_twice_counts_once(session: Session, world: World, now: datetime) -> None:
    assert await task_steps.acknowledge(turn_for(session, world.responsible, now), [world.task_id]) == 1
    assert await task_steps.acknowledge(turn_for(session, world.liaison, now), [world.task_id]) == 0
    assert world.task.state is TaskState.ACKNOWLEDGED
    assert await events(session) == [("acknowledge", world.responsible.id)]


async def test_acknowledging_is_for_those_who_report(session: Session, world: World, now: datetime) -> None:
    for actor, key in (
        (world.leader, "tasks.not_yours_to_report"),
        (world.office, "tasks.not_yours_to_report"),
        (world.other_liaison, "tasks.not_yours"),
    ):
        assert await refused(task_steps.acknowledge(turn_for(session, actor, now), [world.task_id])) == key
    assert world.task.state is TaskState.ASSIGNED


async def test_acknowledging_after_a_report_changes_nothing(talk: Talk, world: World) -> None:
    await talk.report("今天清理违规广告牌匾12处")
    assert await task_steps.acknowledge(turn_for(talk.session, talk.actor, talk.now), [world.task_id]) == 0
    assert world.task.state is TaskState.IN_PROGRESS


async def test_only_the_office_completes_and_reopens(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    for actor in (world.responsible, world.liaison, world.leader):
        assert (
            await refused(task_steps.complete(turn_for(session, actor, now), world.task_id))
            == "tasks.office_only"
        )
        reopening = task_steps.reopen(turn_for(session, actor, now, campaign), world.task_id)
        assert await refused(reopening) == "tasks.office_only"
    assert await events(session) == []


async def test_completing_twice(session: Session, world: World, now: datetime) -> None:
    assert await task_steps.complete(turn_for(session, world.office, now), world.task_id)
    assert not await task_steps.complete(turn_for(session, world.office, now), world.task_id)
    assert await events(session) == [("complete", world.office.id)]


async def test_reopening_an_open_or_cancelled_task_does_nothing(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    assert not await task_steps.reopen(turn_for(session, world.office, now, campaign), world.task_id)
    world.task.state = TaskState.CANCELLED
    await session.flush()
    assert not await task_steps.reopen(turn_for(session, world.office, now, campaign), world.task_id)


async def nagged(session: Session, at: datetime, campaign: Campaign) -> int:
    """How many people are nagged or hinted, without the office's digest."""
    told = await nags.tick(tick_for(session, at, campaign))
    return len([planned for planned in told if "task" in planned.subjects])


async def test_completion_stops_the_nags_and_reopening_resumes_them(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await task_steps.complete(turn_for(session, world.office, local(12, 15, 8, 50)), world.task_id)
    assert world.task.next_nag_at is None
    assert await nagged(session, local(12, 15, 9), campaign) == 0
    reopened = local(12, 17, 15)
    assert await task_steps.reopen(turn_for(session, world.office, reopened, campaign), world.task_id)
    assert world.task.state is TaskState.IN_PROGRESS
    assert await nagged(session, reopened, campaign) == 0, "slots before the reopening are not made up for"
    await session.refresh(world.task)
    assert world.task.next_nag_at == local(12, 18, 9)
    assert await nagged(session, local(12, 18, 9), campaign) == 1


async def test_a_long_term_task_is_asked_for_its_reports_alone(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """No deadline, no ladder: the reminder comes when 80 % of the hours until the tally are over."""
    await task_steps.complete(turn_for(session, world.office, local(12, 15)), world.task_id)
    task = await roster.task(world.unit, "长期巡查", None, world.responsible.contact)
    await task_steps.complete(turn_for(session, world.office, local(12, 15)), task.id or 0)
    assert await nagged(session, local(12, 15, 17), campaign) == 0
    await task_steps.reopen(turn_for(session, world.office, local(12, 15, 21), campaign), task.id or 0)
    fired, moment = [], local(12, 15, 21)
    while moment < local(12, 18):
        fired += [(moment.day, moment.hour, moment.minute)] * await nagged(session, moment, campaign)
        moment += timedelta(minutes=12)
    assert fired == [(16, 16, 24), (17, 16, 24)]
