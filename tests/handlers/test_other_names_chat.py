"""不再认定 in the chat: from the unit's card to the question, the present card, and the second officer."""

from __future__ import annotations

import pytest
from sqlmodel import select

from locales import LOCALES
from models.audit_log import Audit
from models.db import Database
from models.people import contact_by_account
from models.people.aliases import UnitAlias
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person
from tests.support.chat import text_of as says
from tests.support.rows import id_of

NAME = "区城管局"
FORGET = says("units.forget_button", name=NAME)
CONFIRM, KEEP = says("units.confirm_forget_button"), says("units.keep_button")


@pytest.fixture(autouse=True)
async def _names(database: Database, people: People, chats: Chats) -> None:
    async with database.transaction() as session:
        unit_id, now = id_of(people.unit), chats.clock.moment
        session.add_all(UnitAlias(name=name, unit_id=unit_id, made_at=now) for name in (NAME, "综合执法局"))


async def names(database: Database) -> list[str]:
    async with database.reading() as session:
        return sorted((await session.exec(select(UnitAlias.name))).all())


async def test_from_the_card_to_the_card(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.office, f"/unit {NAME}")
    assert "又称：区城管局、综合执法局" in card.text
    (asked,) = await chats.press(people.office, card, FORGET)
    assert asked.edit
    assert asked.labels() == [CONFIRM, KEEP]
    (back,) = await chats.press(people.office, asked, KEEP)
    assert FORGET in back.labels()
    assert len(await names(database)) == 2
    (asked,) = await chats.press(people.office, back, FORGET)
    (after,) = await chats.press(people.office, asked, CONFIRM)
    assert after.edit
    assert chats.toasts[-1] == (says("units.name_forgotten", name=NAME, unit="城管局"), False)
    assert "又称：综合执法局" in after.text
    assert FORGET not in after.labels()
    assert await names(database) == ["综合执法局"]
    shown = await chats.say(people.office, f"/unit {NAME}")
    assert shown.text == says("units.none", words=NAME)


async def test_two_officers_with_one_question_each(
    chats: Chats, people: People, database: Database, second_office: Person
) -> None:
    asked = []
    for person in (people.office, second_office):
        card = await chats.say(person, "/unit 城管局")
        asked += await chats.press(person, card, FORGET)
    await chats.press(people.office, asked[0], CONFIRM)
    (shown,) = await chats.press(second_office, asked[1], CONFIRM)
    assert chats.toasts[-1] == (says("units.name_gone", name=NAME, unit="城管局"), True)
    assert "又称：综合执法局" in shown.text
    assert FORGET not in shown.labels()
    async with database.reading() as session:
        events = [row.event for row in await session.exec(select(Audit)) if row.subject_type == "unit"]
    assert events == ["forget_alias"]


async def test_a_leader_finds_the_unit_and_sees_no_names(
    chats: Chats, people: People, database: Database
) -> None:
    shown = await chats.say(people.leader, f"/unit {NAME}")
    assert shown.text.startswith("<b>城管局</b>")
    assert "又称" not in shown.text
    assert FORGET not in shown.labels()
    card = await chats.say(people.office, "/unit 城管局")
    (asked,) = await chats.press(people.office, card, FORGET)
    # The button is the officer's own.
    await chats.press(people.leader, asked, CONFIRM)
    assert len(await names(database)) == 2
    other = await chats.say(people.other_liaison, f"/unit {NAME}")
    assert other.text == says("units.none", words=NAME)


@pytest.mark.parametrize("locale", LOCALES)
async def test_many_names_are_turned_through(
    chats: Chats, people: People, database: Database, locale: str
) -> None:
    async with database.transaction() as session:
        unit_id, now = id_of(people.unit), chats.clock.moment
        more = (f"第{number}个名称" for number in range(3, 14))
        session.add_all(UnitAlias(name=name, unit_id=unit_id, made_at=now) for name in more)
        contact = await contact_by_account(session, people.office.id)
        assert contact is not None
        contact.locale = locale
    card = await chats.say(people.office, "/unit 城管局")
    (page,) = await chats.press(people.office, card, says("units.more_names_button", locale, count=7))
    assert page.edit
    (page,) = await chats.press(people.office, page, says("tasks.next_button", locale))
    (asked,) = await chats.press(people.office, page, says("units.forget_button", locale, name="第13个名称"))
    (after,) = await chats.press(people.office, asked, says("units.confirm_forget_button", locale))
    assert says("units.more_names_button", locale, count=6) in after.labels()
    assert "第13个名称" not in await names(database)
