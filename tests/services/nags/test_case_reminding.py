"""催办 of cases: who hears what, 提示 for leaders, once a day, and two members who send at once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.cases import Case
from models.cases.categories import Category
from models.db import Database, Session
from models.delivery.messages import Outbox
from models.people import set_roles
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.delivery import rendering
from services.nags.orders import case_reminders
from services.views import View
from tests.services.conftest import Local, World, make_world
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.binding import brought
from tests.support.cases import TO_DISPATCHED, CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

KINDS = (MessageKind.NAG, MessageKind.HINT)
SIGNED = (*TO_DISPATCHED, CaseEvent.ACKNOWLEDGE)


@pytest.fixture
def at(now: datetime, campaign: Campaign) -> dict[str, Any]:
    return {"now": now, "campaign": campaign}


@pytest.fixture
async def category(case_desk: CaseDesk, world: World) -> Category:
    return await case_desk.category(unit=world.unit)


async def make(
    desk: CaseDesk, world: World, category: Category, *events: CaseEvent, unit: Actor | None = None
) -> Case:
    case = await desk.report(world.other_liaison, category)
    return await desk.bring(case, *events, office=world.office, unit=unit or world.liaison)


async def sent(session: Session) -> dict[int | None, Outbox]:
    """The promised reminders by reader; each reader has at most one."""
    query = select(Outbox).where(col(Outbox.kind).in_(KINDS)).order_by(col(Outbox.id))
    rows = list(await session.exec(query))
    found = {row.contact_id: row for row in rows}
    assert len(found) == len(rows)
    return found


async def words(session: Session, row: Outbox, at: dict[str, Any]) -> str:
    shown = await rendering.render(tick_for(session, at["now"], at["campaign"]), row)
    assert shown is not None
    return shown[0].plain("zh")


async def remind(session: Session, actor: Actor, view: View, **at: Any) -> tuple[str, bool]:
    (send,) = buttons(view, "desk.remind_send")
    sent = await case_reminders.send(turn_for(session, actor, **at), **brought(send))
    return sent.view.lines[0].key, sent.done


async def test_a_leader_who_answers_himself_gets_a_hint(
    session: Session, case_desk: CaseDesk, world: World, category: Category, at: dict[str, Any]
) -> None:
    """Leaders receive 提示, never 催办, even where they do the unit's work."""
    await set_roles(session, world.responsible.id, [Role.RESPONSIBLE_PERSON, Role.LEADER_IN_CHARGE])
    case = await make(case_desk, world, category, *SIGNED, unit=world.responsible)
    view = await case_reminders.preview(turn_for(session, world.office, **at), [case.id or 0])
    assert line(view, "desk.remind_title").values == {"count": 1, "people": 2}
    assert keys(view)[1:] == ["desk.remind_person", "desk.remind_leader"]
    assert await remind(session, world.office, view, **at) == ("desk.reminded", True)
    found = await sent(session)
    assert {contact_id: row.kind for contact_id, row in found.items()} == {
        world.liaison.id: MessageKind.NAG,
        world.responsible.id: MessageKind.HINT,
    }
    hint = await words(session, found[world.responsible.id], at)
    assert "提示" in hint
    assert "催办" not in hint
    assert "催办" in await words(session, found[world.liaison.id], at)


async def test_whoever_signed_hears_beside_the_liaison_and_nobody_else(
    session: Session, case_desk: CaseDesk, world: World, category: Category, at: dict[str, Any]
) -> None:
    signed = await make(case_desk, world, category, *SIGNED, unit=world.responsible)
    other = await make(case_desk, world, category, *TO_DISPATCHED)
    view = await case_reminders.preview(
        turn_for(session, world.office, **at), [signed.id or 0, other.id or 0]
    )
    await remind(session, world.office, view, **at)
    found = await sent(session)
    told = {contact_id: row.content["case_ids"] for contact_id, row in found.items()}
    assert told == {world.liaison.id: [signed.id, other.id], world.responsible.id: [signed.id]}
    said = await words(session, found[world.liaison.id], at)
    assert signed.number in said
    assert other.number in said
    opened = [b["arguments"]["case_id"] for row in found[world.liaison.id].content["rows"] for b in row]
    assert opened == [signed.id, other.id]


async def test_what_was_fed_back_meanwhile_is_left_out(
    session: Session, case_desk: CaseDesk, world: World, category: Category, at: dict[str, Any]
) -> None:
    one, other = [await make(case_desk, world, category, *TO_DISPATCHED) for _ in range(2)]
    both = await case_reminders.preview(turn_for(session, world.office, **at), [one.id or 0, other.id or 0])
    alone = await case_reminders.preview(turn_for(session, world.office, **at), [one.id or 0])
    await case_desk.step(one, CaseEvent.FEEDBACK, world.liaison)
    assert await remind(session, world.office, alone, **at) == ("desk.remind_nothing_left", False)
    assert await remind(session, world.office, both, **at) == ("desk.reminded", True)
    assert (await sent(session))[world.liaison.id].content["case_ids"] == [other.id]


async def test_a_new_local_day_begins_at_midnight(
    session: Session, case_desk: CaseDesk, world: World, category: Category, local: Local, campaign: Campaign
) -> None:
    case = await make(case_desk, world, category, *TO_DISPATCHED)
    evening: dict[str, Any] = {"now": local(12, 15, 23, 50), "campaign": campaign}
    view = await case_reminders.preview(turn_for(session, world.office, **evening), [case.id or 0])
    await remind(session, world.office, view, **evening)
    again = await case_reminders.preview(
        turn_for(session, world.office, local(12, 15, 23, 59), campaign), [case.id or 0]
    )
    assert line(again, "desk.remind_before").values["numbers"] == [case.number]
    assert not buttons(again, "desk.remind_send")
    night = await case_reminders.preview(
        turn_for(session, world.office, local(12, 16, 0, 1), campaign), [case.id or 0]
    )
    assert buttons(night, "desk.remind_send")


async def test_who_has_left_the_unit_is_not_urged(
    session: Session,
    case_desk: CaseDesk,
    roster: Roster,
    world: World,
    category: Category,
    at: dict[str, Any],
) -> None:
    case = await make(case_desk, world, category, *SIGNED, unit=world.responsible)
    world.responsible.contact.unit_id = world.other_unit.id or 0
    await session.flush()
    view = await case_reminders.preview(turn_for(session, world.office, **at), [case.id or 0])
    await remind(session, world.office, view, **at)
    assert list(await sent(session)) == [world.liaison.id]


async def test_nothing_chosen_and_unknown_cases(session: Session, world: World, at: dict[str, Any]) -> None:
    assert (
        await refused(case_reminders.preview(turn_for(session, world.office, **at), []))
        == "desk.nothing_chosen"
    )
    view = await case_reminders.preview(turn_for(session, world.office, **at), [987_654])
    assert line(view, "desk.remind_none")
    assert not buttons(view, "desk.remind_send")


@pytest.mark.both_engines("side by side")
async def test_two_members_send_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> None:
    """One member reminds, the other is told that it is done; nobody of the unit hears twice."""
    async with database.transaction() as session:
        roster, desk = Roster(session, now, campaign), CaseDesk(session, now, campaign)
        world = await make_world(roster)
        second = await roster.actor(await roster.unit("督查科"), "创城办第二人", Role.OFFICE)
        case = await make(desk, world, await desk.category(unit=world.unit), *TO_DISPATCHED)
        views = [
            await case_reminders.preview(turn_for(session, actor, now, campaign), [case.id or 0])
            for actor in (world.office, second)
        ]
    other = Database(database_url)

    async def press(engine: Database, actor: Actor, view: View) -> str:
        async with engine.transaction() as session:
            key, _ = await remind(session, actor, view, now=now + timedelta(minutes=1), campaign=campaign)
        return key

    try:
        answers = await asyncio.gather(
            press(database, world.office, views[0]), press(other, second, views[1])
        )
    finally:
        await other.close()
    assert sorted(answers) == ["desk.remind_sent_before", "desk.reminded"]
    async with database.reading() as session:
        assert list(await sent(session)) == [world.liaison.id]
