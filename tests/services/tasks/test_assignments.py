"""交办: each enrolled responsible person is told of their new tasks, once and in one message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import col, select

from models.db import Session
from models.delivery.messages import Outbox
from models.people import ContactState
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from services.campaign import Campaign
from services.delivery import rendering
from services.importing.jobs import import_notices
from services.tasks.listed_tasks import LISTED
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, line
from tests.support.people import Roster
from tests.support.turns import tick_for


async def told(
    session: Session, tasks: Sequence[Task], now: datetime, campaign: Campaign
) -> dict[int | None, View]:
    """The promised message of each contact, by contact id."""
    await import_notices.tell(tick_for(session, now, campaign), [task.id or 0 for task in tasks], "import")
    rows = (await session.exec(select(Outbox).order_by(col(Outbox.id)))).all()
    assert {row.kind for row in rows} <= {MessageKind.ORDER}
    return {row.contact_id: View.from_json(row.content) for row in rows}


async def test_one_message_for_each(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    second = await roster.task(world.unit, "整治背街小巷", date(2026, 12, 25), world.responsible.contact)
    street = await roster.task(world.other_unit, "整治楼道", date(2026, 12, 25), world.other_liaison.contact)
    found = await told(session, [world.task, second, street], now, campaign)
    assert set(found) == {world.responsible.id, world.other_liaison.id}
    mine = found[world.responsible.id]
    title = line(mine, "tasks.assigned_title").values
    assert (title["count"], title["day"].values["iso"]) == (2, "2026-12-16")
    assert list(mine.task_ids) == [world.task_id, second.id]
    (acknowledge,) = buttons(mine, "task.acknowledge_all")
    assert acknowledge.arguments == {"task_ids": [world.task_id, second.id]}
    assert acknowledge.only_for == world.responsible.id


async def test_who_is_not_enrolled_is_not_replaced(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """The person sees the tasks on enrolment; their liaison has enough to read."""
    world.responsible.contact.state = ContactState.NOT_ENROLLED
    world.responsible.contact.telegram_user_id = None
    await session.flush()
    assert await told(session, [world.task], now, campaign) == {}


async def test_many_tasks_are_listed_in_part_and_all_acknowledged(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    tasks = [
        await roster.task(world.unit, f"任务{number}", date(2026, 12, 25), world.responsible.contact)
        for number in range(40)
    ]
    view = (await told(session, tasks, now, campaign))[world.responsible.id]
    assert keys(view).count("tasks.assigned_line") == LISTED
    assert line(view, "tasks.more").values["count"] == 40 - LISTED
    (acknowledge,) = buttons(view, "task.acknowledge_all")
    assert len(acknowledge.arguments["task_ids"]) == 40


async def test_the_order_is_theirs_while_the_task_is(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await told(session, [world.task], now, campaign)
    row = (await session.exec(select(Outbox))).one()
    assert await rendering.render(tick_for(session, now, campaign), row) is not None
    world.task.responsible_id = None
    world.responsible.contact.unit_id = world.other_unit.id or 0
    await session.flush()
    assert await rendering.render(tick_for(session, now, campaign), row) is None
