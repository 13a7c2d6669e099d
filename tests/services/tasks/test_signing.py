"""Only the lead unit gives 签收; an assisting unit reports without signing in its place."""

from __future__ import annotations

from datetime import date

from rules.tasks.task_lifecycle import TaskState
from services.access import actor_of
from services.tasks import task_card, task_steps
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, refused
from tests.support.people import Roster
from tests.support.turns import turn_for


async def test_an_assisting_unit_reports_but_does_not_sign(talk: Talk, world: World, roster: Roster) -> None:
    shared = await roster.task(
        world.unit, "清理野广告", date(2026, 12, 20), world.responsible.contact, assisting=(world.other_unit,)
    )
    helper = await actor_of(talk.session, world.other_liaison.contact)
    shared_id = shared.id or 0
    card = await task_card.card(turn_for(talk.session, helper, talk.now, talk.campaign), shared_id)
    assert buttons(card, "report.start")
    assert not buttons(card, "task.acknowledge")
    assert await refused(task_steps.acknowledge(turn_for(talk.session, helper, talk.now), [shared_id])) == (
        "tasks.lead_unit_signs"
    )
    helping = Talk(talk.session, helper, talk.now, talk.campaign)
    report = await helping.report("清理野广告300张", about=[shared_id])
    assert report.unit_id == world.other_unit.id
    await talk.session.refresh(shared)
    assert shared.state is TaskState.ASSIGNED
    assert await task_steps.acknowledge(turn_for(talk.session, world.responsible, talk.now), [shared_id]) == 1
