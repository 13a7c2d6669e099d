"""已知悉 under a leader's hint: recorded once, and the list stays as it is."""

from __future__ import annotations

from datetime import date

from sqlmodel import select

from locales import plain
from models.audit_log import Audit
from models.db import Session
from models.delivery.messages import Outbox
from models.people import Contact
from services.campaign import Campaign
from services.nags import nag_engine, noting, snoozing
from services.nags.messages import nag_delivery
from services.nags.snoozing import SnoozeSubject
from services.tasks import task_history, task_steps
from services.views import View
from tests.services.conftest import Local, World
from tests.services.progress.talk import buttons, refused
from tests.support.rows import id_of
from tests.support.turns import tick_for, turn_for


async def shown(
    session: Session, world: World, local: Local, campaign: Campaign
) -> dict[str, tuple[int, View]]:
    """Who hears what on the first morning on which the task is late: the message and its id, by name."""
    world.task.deadline, world.task.created_at = date(2026, 12, 14), local(12, 1)
    task_steps.schedule_nags(world.task, local(12, 15, 8))
    turn = tick_for(session, local(12, 15, 9), campaign)
    await nag_engine.tick(turn)
    found = {}
    for row in (await session.exec(select(Outbox).where(Outbox.view == "nag"))).all():
        view = await nag_delivery.render(turn, row)
        assert view is not None
        found[(await session.get_one(Contact, row.contact_id)).name] = id_of(row), view
    return found


async def test_a_leader_says_so_once(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    heard = await shown(session, world, local, campaign)
    outbox_id, hint = heard["城管局分管领导"]
    assert len(buttons(hint, "nag.noted")) == 1
    assert not buttons(heard["城管局责任人"][1], "nag.noted"), "who has to act does not only take note"
    at = turn_for(session, world.leader, local(12, 15, 10), campaign)
    for _ in range(2):
        assert plain(await noting.note(at, outbox_id), "zh") == "已记录：您已知悉。"
    rows = (await session.exec(select(Audit).where(Audit.event == noting.EVENT))).all()
    assert [(row.subject_type, row.subject_id, row.actor_id) for row in rows] == [
        ("task", world.task_id, world.leader.id)
    ]
    told = await task_history.view(turn_for(session, world.office, campaign=campaign), world.task_id)
    assert "已知悉提示" in told.plain("zh")


async def test_nobody_takes_note_of_anothers_hint_or_of_what_is_over(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    heard = await shown(session, world, local, campaign)
    outbox_id, _ = heard["城管局分管领导"]
    at = local(12, 15, 10)
    assert await refused(noting.note(turn_for(session, world.liaison, at), outbox_id)) == "buttons.expired"
    await task_steps.complete(turn_for(session, world.office, at), world.task_id)
    assert await refused(noting.note(turn_for(session, world.leader, at), outbox_id)) == "nags.nothing_left"


async def test_of_yesterdays_list_what_is_still_late_is_noted_and_put_off(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The list still stands in the chat the next morning, and nobody is told that its tasks are done."""
    heard = await shown(session, world, local, campaign)
    morning = local(12, 16, 8)
    leader = turn_for(session, world.leader, morning, campaign)
    assert plain(await noting.note(leader, heard["城管局分管领导"][0]), "zh") == "已记录：您已知悉。"
    mine = SnoozeSubject(outbox_id=heard["城管局责任人"][0])
    choices = await snoozing.choose(turn_for(session, world.responsible, morning, campaign), mine)
    assert buttons(choices, "snooze.until")
