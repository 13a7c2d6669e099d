"""停用单位 and 恢复单位 in the chat, from the card to its end, and what happens between the two presses."""

from __future__ import annotations

import pytest
from sqlmodel import select

from locales import LOCALES
from models import people as rows
from models.audit_log import Audit
from models.db import Database
from models.people import Unit
from rules.people.roles import Role, Tier
from services.campaign import Campaign
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.rows import id_of

RETIRE, CONFIRM, KEEP, REVIVE = (
    says(f"units.{name}_button") for name in ("retire", "confirm_retire", "keep", "revive")
)


@pytest.fixture
async def typo(database: Database) -> Unit:
    async with database.transaction() as session:
        unit = Unit(name="城管居", tier=Tier.DEPARTMENT)
        session.add(unit)
    return unit


async def is_retired(database: Database, unit: Unit) -> bool:
    async with database.reading() as session:
        return (await session.get_one(Unit, id_of(unit))).retired_at is not None


async def second_officer(database: Database, chats: Chats, campaign: Campaign) -> Person:
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, campaign)
        office = (await rows.units_named(session, ["创城办"]))["创城办"]
        contact = await roster.contact(office, "创城办乙", Role.OFFICE)
    assert contact.telegram_user_id
    return Person(contact.telegram_user_id)


async def test_a_typo_goes_and_comes_back(
    chats: Chats, people: People, database: Database, typo: Unit
) -> None:
    card = await chats.say(people.office, "/unit 城管居")
    (asked,) = await chats.press(people.office, card, RETIRE)
    assert asked.edit
    assert asked.labels() == [CONFIRM, KEEP]
    (back,) = await chats.press(people.office, asked, KEEP)
    assert RETIRE in back.labels()
    assert not await is_retired(database, typo)
    (asked,) = await chats.press(people.office, back, RETIRE)
    (retired,) = await chats.press(people.office, asked, CONFIRM)
    assert retired.edit
    assert "<b>已停用</b>" in retired.text
    assert retired.labels() == [REVIVE]
    assert await is_retired(database, typo)
    found = await chats.say(people.office, "/find 城管居")
    assert found.text == says("find.nothing", words="城管居")
    again = await chats.say(people.office, "/unit 城管居")
    assert "<b>已停用</b>" in again.text
    (revived,) = await chats.press(people.office, again, REVIVE)
    assert "已停用" not in revived.text
    assert RETIRE in revived.labels()
    assert not await is_retired(database, typo)


async def test_others_see_no_button_and_no_retired_unit(
    chats: Chats, people: People, database: Database, typo: Unit
) -> None:
    async with database.transaction() as session:
        (await session.get_one(Unit, id_of(typo))).parent_id = people.unit.id
    card = await chats.say(people.leader, "/unit 城管居")
    assert RETIRE not in card.labels()
    office = await chats.say(people.office, "/unit 城管居")
    (asked,) = await chats.press(people.office, office, RETIRE)
    # The button is the officer's own.
    await chats.press(people.leader, asked, CONFIRM)
    assert not await is_retired(database, typo)
    await chats.press(people.office, asked, CONFIRM)
    for person in (people.leader, people.liaison, people.responsible, people.inspector):
        shown = await chats.say(person, "/unit 城管居")
        assert "已停用" not in shown.text
        assert REVIVE not in shown.labels()


async def test_somebody_comes_between_the_card_and_the_press(
    chats: Chats, people: People, database: Database, typo: Unit, campaign: Campaign
) -> None:
    card = await chats.say(people.office, "/unit 城管居")
    (asked,) = await chats.press(people.office, card, RETIRE)
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, campaign)
        await roster.contact(await session.get_one(Unit, id_of(typo)), "新来的", Role.LIAISON)
    assert await chats.press(people.office, asked, CONFIRM) == []
    text, alert = chats.toasts[-1]
    assert alert
    assert text == "城管居暂不能停用，还有：在册人员1人。请先处理，再停用。"
    assert not await is_retired(database, typo)
    async with database.reading() as session:
        assert not [row for row in await session.exec(select(Audit)) if row.event == "retire"]
    # The card shows what is, without the button.
    assert RETIRE not in (await chats.say(people.office, "/unit 城管居")).labels()


async def test_two_officers_with_one_card_each(
    chats: Chats, people: People, database: Database, typo: Unit, campaign: Campaign
) -> None:
    second = await second_officer(database, chats, campaign)
    asked = []
    for person in (people.office, second):
        card = await chats.say(person, "/unit 城管居")
        asked += await chats.press(person, card, RETIRE)
    await chats.press(people.office, asked[0], CONFIRM)
    assert await chats.press(second, asked[1], CONFIRM) == []
    text, alert = chats.toasts[-1]
    assert alert
    assert text is not None
    assert text.startswith("城管居已经停用（12月15日")
    assert "创城办工作人员" in text


async def test_a_unit_with_people_has_no_button(chats: Chats, people: People) -> None:
    for name in ("城管局", "东风街道", "创城办"):
        assert RETIRE not in (await chats.say(people.office, f"/unit {name}")).labels()


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_offices_help_names_it(
    chats: Chats, people: People, database: Database, locale: str
) -> None:
    async with database.transaction() as session:
        contact = await rows.contact_by_account(session, people.office.id)
        assert contact is not None
        contact.locale = locale
    shown = await chats.say(people.office, "/help")
    (whole,) = await chats.press(people.office, shown, says("help.more_button", locale=locale))
    assert {"zh": "停用已无人员", "en": "/unit retires"}[locale] in whole.text
