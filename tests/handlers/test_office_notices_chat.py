"""我来办, the choice of hours, and a notice that its reader pressed, in the chats of the office."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from models.db import Database
from models.delivery.live_messages import LiveKind, LiveMessage
from rules.cases.case_lifecycle import CaseState
from services import office_notices
from tests.handlers.conftest import People
from tests.handlers.street import Street
from tests.support.chat import Chats, Person, Shown
from tests.support.chat import text_of as says
from tests.support.turns import tick_for

CLAIM = says("office_notices.claim_button")


@pytest.fixture
def street(database: Database, chats: Chats, people: People) -> Street:
    return Street(database, chats, people)


async def notices(chats: Chats, *readers: Person) -> list[Shown]:
    """Deliver what is promised; return the notice of each reader."""
    found = {shown.chat_id: shown for shown in await chats.post()}
    return [found[reader.id] for reader in readers]


async def lives(street: Street) -> list[int]:
    """The chats whose notices are edited when somebody sees to the matter."""
    async with street.database.reading() as session:
        query = select(LiveMessage.chat_id).where(LiveMessage.kind == LiveKind.NOTICE)
        return list(await session.exec(query))


async def test_who_presses_second_learns_who_sees_to_it(
    street: Street, chats: Chats, people: People, second_office: Person
) -> None:
    await street.make()
    mine, theirs = await notices(chats, people.office, second_office)
    await chats.press(people.office, mine, CLAIM)
    assert chats.toasts[-1] == (says("office_notices.claimed"), False)
    await chats.press(second_office, theirs, CLAIM)
    assert "已由" in (chats.toasts[-1][0] or "")


async def test_a_pressed_notice_shows_the_answer_and_is_left_alone(
    street: Street, chats: Chats, people: People, second_office: Person
) -> None:
    case = await street.make()
    mine, theirs = await notices(chats, people.office, second_office)
    assert sorted(await lives(street)) == sorted([people.office.id, second_office.id])
    # The card opens as a message of its own: the notice stays, and is edited later.
    await chats.press(second_office, theirs, says("cases.card_button"))
    (plan,) = await chats.press(people.office, mine, says("desk.quick_button"))
    assert plan.edit
    assert await lives(street) == [second_office.id]
    await chats.press(people.office, plan, says("desk.confirm_button"))
    assert (await street.now(case)).state is CaseState.DISPATCHED


async def test_twice_a_day_for_one_and_at_once_for_the_other(
    street: Street, chats: Chats, people: People, second_office: Person
) -> None:
    quiet = await chats.say(people.office, "/quiet")
    (chosen,) = await chats.press(people.office, quiet, says("quiet.notices_twice_a_day_button"))
    assert says("quiet.notices_twice_a_day") in chosen.text
    await street.make()
    assert {shown.chat_id for shown in await chats.post()} == {second_office.id}
    chats.clock.moment += timedelta(days=1)
    async with street.database.transaction() as session:
        await office_notices.tick(tick_for(session, chats.clock.moment, chats.campaign))
    (gathered,) = await notices(chats, people.office)
    assert says("office_notices.title", count=1) in gathered.text
    (opened,) = await chats.press(people.office, gathered, f"1. {says('office_notices.open_button')}")
    assert not opened.edit, "the other lines stay"
    (plan,) = await chats.press(people.office, opened, says("desk.quick_button"))
    assert "城管局" in plan.text
    assert await lives(street) == [second_office.id, people.office.id]
