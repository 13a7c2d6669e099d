"""催办 by hand of a child: by who decides on it, in their own name, and by the office."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Session, ident
from models.delivery.messages import Outbox
from models.people import ContactState
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.campaign import Campaign
from services.duties.task_duties import ReminderKind
from services.nags import reminder_views, reminders
from services.nags.messages import nag_delivery
from services.nags.reminders import ReminderTarget
from services.tasks import task_steps
from services.views import View
from tests.services.conftest import Local
from tests.services.nags.families import OBJECTIVE, Broken, Family, make_family, village
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.binding import brought
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

TASK = ReminderKind.TASK


@pytest.fixture
async def family(session: Session, roster: Roster, local: Local) -> Family:
    broken = Broken(deadline=date(2026, 12, 14), since=local(12, 1))
    return await make_family(roster, broken, "西山村", "东山村")


async def preview(session: Session, actor: Actor, local: Local, target: ReminderTarget) -> View:
    return await reminder_views.preview(turn_for(session, actor, local(12, 15, 10)), target)


async def send(session: Session, actor: Actor, local: Local, view: View) -> str:
    (button,) = buttons(view, "remind.send")
    sent = await reminders.send(turn_for(session, actor, local(12, 15, 10)), **brought(button))
    return sent.view.lines[0].key


def about(family: Family) -> ReminderTarget:
    return ReminderTarget(TASK, family.parts[0].id)


async def test_who_decides_reminds_in_their_own_name(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    view = await preview(session, family.decider, local, about(family))
    title = "【农业农村局 农业农村局责任人提醒】12月15日，共 1 项"
    assert title in view.plain("zh")
    assert await send(session, family.decider, local, view) == "remind.sent"
    (row,) = await session.exec(select(Outbox).where(Outbox.view == "nag"))
    assert row.contact_id == family.villages[0].person.id
    told = await nag_delivery.render(tick_for(session, local(12, 15, 10), campaign), row)
    assert told is not None
    text = told.plain("zh")
    assert text.splitlines()[0] == title
    assert f"{OBJECTIVE}，已逾期1天" in text
    (noted,) = await session.exec(select(Audit).where(Audit.event == "remind"))
    assert (noted.actor_id, (noted.after or {})["task_ids"]) == (family.decider.id, [family.parts[0].id])


async def test_the_office_reminds_as_the_office(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    view = await preview(session, family.office, local, about(family))
    assert "【创城办提醒】" in view.plain("zh")
    assert await send(session, family.office, local, view) == "remind.sent"


async def test_who_may_remind_of_what(session: Session, roster: Roster, family: Family, local: Local) -> None:
    """Of a child who decides on it, and of no other; of anything else the office alone."""
    unit = family.villages[0].unit
    liaison = await roster.actor(unit, "西山村联络员", Role.LIAISON)
    for actor in (family.villages[0].person, family.villages[0].leader, liaison, family.leader):
        assert await refused(preview(session, actor, local, about(family))) == "tasks.deciders_only"
    stranger = family.villages[1].person
    assert await refused(preview(session, stranger, local, about(family))) == "tasks.not_yours"
    for target in (
        ReminderTarget(TASK, family.task_id),
        ReminderTarget(ReminderKind.UNSIGNED),
        ReminderTarget(ReminderKind.SILENT),
        ReminderTarget(ReminderKind.OVERDUE),
        ReminderTarget(ReminderKind.UNIT, unit.id),
    ):
        assert await refused(preview(session, family.decider, local, target)) == "tasks.office_only"
    view = await preview(session, family.decider, local, about(family))
    assert await refused(send(session, family.villages[0].person, local, view)) == "tasks.deciders_only"
    assert await send(session, family.liaison, local, view) == "remind.sent"


async def test_who_cannot_be_told_is_named(session: Session, family: Family, local: Local) -> None:
    """Who decides would hear in their place; they see in the preview that they have to ring them up."""
    family.villages[0].person.contact.state = ContactState.UNREACHABLE
    await session.flush()
    view = await preview(session, family.decider, local, about(family))
    assert line(view, "remind.lost").values["count"] == 1
    assert not buttons(view, "remind.send")


async def test_a_deputy_is_shown_what_they_will_read(
    session: Session, roster: Roster, family: Family, local: Local, campaign: Campaign
) -> None:
    """Who stands in has the duty, and has nothing to pass on: the preview says so, as the message does."""
    west, east = (one.person for one in family.villages)
    await roster.leave(west.contact, east.contact, date(2026, 12, 15))
    view = await preview(session, family.decider, local, about(family))
    assert line(view, "remind.person_deputy").values["whom"] == [west.contact.name]
    assert "nags.deputised" in keys(view)
    assert await send(session, family.decider, local, view) == "remind.sent"
    (row,) = await session.exec(select(Outbox).where(Outbox.view == "nag"))
    told = await nag_delivery.render(tick_for(session, local(12, 15, 10), campaign), row)
    assert told is not None
    assert "nags.deputised" in keys(told)


async def test_of_two_who_remind_the_first_sends(session: Session, family: Family, local: Local) -> None:
    """Only what was about this task is told of: not what the office sent about others."""
    mine, theirs = [await preview(session, family.decider, local, about(family)) for _ in range(2)]
    assert await send(session, family.decider, local, mine) == "remind.sent"
    assert await send(session, family.decider, local, theirs) == "remind.overtaken"
    assert "remind.reminded" in keys(await preview(session, family.decider, local, about(family)))
    other = ReminderTarget(TASK, family.parts[1].id)
    two = [await preview(session, family.liaison, local, other) for _ in range(2)]
    turn = turn_for(session, family.villages[1].person, local(12, 15, 10))
    await task_steps.submit(turn, ident(family.parts[1]))
    assert await send(session, family.liaison, local, two[0]) == "remind.nothing_left"


async def test_the_lists_of_the_office_hold_no_parts(
    session: Session, roster: Roster, family: Family, local: Local, campaign: Campaign
) -> None:
    """What counts in the district is reminded of together; of a unit, all that is its own.

    No village has reported on the task, so its lead unit is among the silent ones.
    """
    new = Broken(deadline=date(2026, 12, 31), since=local(12, 15, 9), state=TaskState.ASSIGNED)
    north = await village(roster, family.task, new, "北山村")
    turn = turn_for(session, family.office, local(12, 15, 10), campaign)
    assert [task.id for task in await reminders.overdue_tasks(turn)] == [family.task_id]
    menu = await reminder_views.menu(turn, "")
    counts = [one.label.values["count"] for one in buttons(menu, "remind.preview")]
    assert counts == [0, 1, 1]
    by_unit = await preview(session, family.office, local, ReminderTarget(ReminderKind.UNIT, north.unit.id))
    assert line(by_unit, "remind.people").values == {"count": 1}


async def test_a_reminder_by_hand_is_no_nag_of_the_ladder(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    """Who was reminded by hand today is left out by the office, too."""
    view = await preview(session, family.decider, local, about(family))
    await send(session, family.decider, local, view)
    again = await preview(session, family.office, local, about(family))
    assert line(again, "remind.reminded").values["count"] == 1
    rows = await session.exec(select(Outbox).order_by(col(Outbox.id)))
    assert [ident(row) for row in rows] == [1]
