"""延期 and the nags: the office's duty to answer, and a ladder that follows the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pytest
from sqlmodel import select

from locales import plain
from models.db import Session
from models.delivery import live_messages
from models.delivery.messages import Outbox
from models.tasks import Task
from rules.tasks.task_extensions import ExtensionStep
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.delivery import rendering
from services.dry_run import PlannedMessage
from services.nags import nag_engine, nag_forecast, nag_records
from services.nags.messages import live_nags
from services.nags.tasks import task_pauses
from services.nags.tasks.task_pauses import PauseMatter
from services.nags.tasks.task_subject import TASKS
from services.tasks import extension_answers, extensions
from services.tasks.extensions import ExtensionMatter
from tests.services.conftest import Local, World
from tests.services.progress.talk import buttons
from tests.support.turns import tick_for, turn_for

ASK = ExtensionStep.ASK
WANTED = date(2026, 12, 25)


@pytest.fixture
async def world(session: Session, world: World) -> World:
    world.task.state = TaskState.IN_PROGRESS
    await session.flush()
    return world


async def ask(session: Session, world: World, at: datetime, seen: int = 0) -> int:
    """Ask; returns what the office's buttons have seen."""
    matter = ExtensionMatter(world.task_id, ASK, seen, WANTED)
    assert (await extensions.decide(turn_for(session, world.responsible, at), matter, "工作量较大")).done
    request = await extension_answers.review(turn_for(session, world.office, at), world.task_id)
    (found,) = buttons(request, "extension.grant")
    return int(found.arguments["seen"])


async def tick(session: Session, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    await session.refresh(await session.get_one(Task, 1))
    told = await nag_engine.tick(tick_for(session, at, campaign))
    return [await one.made() for one in told if not one.slot.endswith("/nag-office")]


def to_office(told: Sequence[PlannedMessage], world: World) -> list[PlannedMessage]:
    return [one for one in told if one.chat == world.office.contact.telegram_user_id]


async def test_the_office_is_reminded_until_it_answers(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Asked on Tuesday at 9:00: after four working hours, at 15:00, then each working day at that hour."""
    seen = await ask(session, world, local(12, 15, 9))
    heard = []
    for day in range(15, 22):
        for hour in (9, 11, 13, 15, 16):
            told = to_office(await tick(session, local(12, day, hour), campaign), world)
            heard += [(day, hour) for _ in told]
            for one in told:
                view = one.view
                text = "\n".join(plain(line, "zh") for line in view.lines)
                assert "以下任务申请延期，请批复（1项）" in text
                assert "城管局 城管局责任人，申请延期至2026年12月25日" in text
                assert [b.arguments["task_id"] for b in buttons(view, "extension.review")] == [world.task_id]
                assert not buttons(view, "task.card"), "each request stands once"
    assert heard == [(15, 15), (16, 15), (17, 15), (18, 15), (21, 15)]
    assert (
        await extension_answers.refuse(
            turn_for(session, world.office, local(12, 21, 17)), world.task_id, seen, "原时限足够"
        )
    ).done
    assert not to_office(await tick(session, local(12, 22, 15), campaign), world)


async def test_the_office_is_reminded_of_a_paused_task(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """A pause silences the nags of others; what the office owes goes on."""
    await ask(session, world, local(12, 18, 9))
    matter = PauseMatter(world.task_id, 0, date(2026, 12, 31))
    assert (
        await task_pauses.decide(turn_for(session, world.office, local(12, 18, 9)), matter, "待审批")
    ).done
    (told,) = await tick(session, local(12, 18, 15), campaign)
    assert told.chat == world.office.contact.telegram_user_id
    row = (await session.exec(select(Outbox).where(Outbox.view == "nag"))).one()
    rendered = await rendering.render(tick_for(session, local(12, 18, 15, 1), campaign), row)
    assert rendered is not None
    assert buttons(rendered[0], "extension.review")


async def test_while_it_waits_the_nags_go_on(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await ask(session, world, local(12, 15, 9, 30))
    for day in (18, 21):
        told = await tick(session, local(12, day, 9), campaign)
        assert world.responsible.contact.telegram_user_id in {one.chat for one in told}


async def test_nags_follow_the_deadline(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Granted on Wednesday until Friday the 25th: the nags of the 18th fall away, those of the 25th come."""
    await tick(session, local(12, 15, 9), campaign)
    seen = await ask(session, world, local(12, 16, 9))
    turn = turn_for(session, world.office, local(12, 16, 10))
    assert (await extension_answers.grant(turn, world.task_id, seen)).done
    days = []
    for day in range(16, 30):
        told = await tick(session, local(12, day, 10, 30), campaign)
        days += [day for one in told if one.chat == world.responsible.contact.telegram_user_id]
    assert days == [22, 25, 28, 29]


async def test_what_was_stored_for_the_old_deadline_is_not_told(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The nag of the deadline's day waits for the end of a night when the office moves the deadline."""
    await tick(session, local(12, 15, 9), campaign)
    seen = await ask(session, world, local(12, 18, 8))
    world.responsible.contact.quiet_from, world.responsible.contact.quiet_until = (
        campaign.quiet.begins,
        campaign.quiet.ends.replace(hour=10),
    )
    await session.flush()
    assert not await tick(session, local(12, 18, 9), campaign)
    turn = turn_for(session, world.office, local(12, 18, 9, 30))
    assert (await extension_answers.grant(turn, world.task_id, seen)).done
    assert not await tick(session, local(12, 18, 10), campaign)


async def test_the_forecast_knows_of_the_office(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await ask(session, world, local(12, 15, 9))
    await tick(session, local(12, 15, 9), campaign)
    coming = await nag_forecast.forecast(tick_for(session, local(12, 15, 10), campaign))
    at = [one.at for one in coming.letters if one.office]
    assert at[:2] == [local(12, 15, 15), local(12, 16, 15)]
    view = await nag_records.of_subject(
        turn_for(session, world.office, local(12, 15, 10), campaign), "task", world.task_id
    )
    assert "创城办工作人员" in "\n".join(plain(line, "zh") for line in view.lines)


async def test_the_person_cannot_put_off_what_the_office_owes(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    turn = turn_for(session, world.responsible, local(12, 15, 10), campaign)
    await ask(session, world, local(12, 15, 9))
    (mine,) = await TASKS.own(turn, world.task_id)
    assert [part.kind for part in TASKS.put_off(mine)] == ["task"]


async def test_what_one_of_the_office_answered_is_marked_in_the_others_list(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    seen = await ask(session, world, local(12, 15, 9))
    (told,) = to_office(await tick(session, local(12, 15, 15), campaign), world)
    assert told.chat is not None
    query = select(Outbox).where(Outbox.view == "nag", Outbox.chat_id == told.chat)
    row = (await session.exec(query)).one()
    turn = tick_for(session, local(12, 15, 15, 1), campaign)
    shown = await rendering.render(turn, row)
    assert shown is not None
    assert shown[0].listed is not None
    await live_messages.keep_list(session, row.id or 0, row.chat_id, shown[0].listed)
    assert await live_nags.render(turn, row.id or 0) is None
    office = turn_for(session, world.office, local(12, 15, 16))
    assert (await extension_answers.grant(office, world.task_id, seen)).done
    marked = await live_nags.render(tick_for(session, local(12, 15, 16, 5), campaign), row.id or 0)
    assert marked is not None
    assert any(
        line.startswith("<s>") and line.endswith("已批复") for line in marked[0].html("zh").splitlines()
    )
