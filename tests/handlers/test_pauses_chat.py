"""暂停催办 in the office's chats, by buttons and words."""

from __future__ import annotations

import pytest

from models.db import Database
from models.people import ContactRole, contact_by_account
from models.tasks import Task
from rules.people.roles import Role
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, Shown
from tests.support.chat import text_of as says
from tests.support.people import Roster

START, RESUME, RENEW = (says(f"pauses.{name}_button") for name in ("start", "resume", "renew"))


async def task_of(database: Database, people: People) -> Task:
    async with database.reading() as session:
        return await session.get_one(Task, people.task.id)


async def card_of(chats: Chats, person: Person) -> Shown:
    listed = await chats.say(person, "/tasks")
    (card,) = await chats.press(person, listed, "清理违规广告牌匾")
    return card


async def test_paused_renewed_and_resumed(chats: Chats, people: People, database: Database) -> None:
    (asked,) = await chats.press(people.office, await card_of(chats, people.office), START)
    assert asked.edit, "it is asked in place of the card"
    (why,) = await chats.press(people.office, asked, "7天，至2026年12月22日")
    (card,) = await chats.press(people.office, why, says("pauses.reason.season"))
    assert "⏸ 暂停催办至 <b>2026年12月22日</b>，原因：受季节天气影响" in card.text
    assert START not in card.labels()
    seen = await card_of(chats, people.responsible)
    assert "⏸ 暂停催办至" in seen.text
    assert not {START, RESUME, RENEW} & set(seen.labels())

    (again,) = await chats.press(people.office, card, RENEW)
    assert says("pauses.until_now", day="2026年12月22日") in again.text
    answer = await chats.say(people.office, "10天")
    assert "2026年12月25日" in answer.text
    renewed = await chats.say(people.office, "审批延后")
    assert "审批延后" in renewed.text
    (old,) = await chats.press(people.office, card, RESUME)
    assert chats.toasts[-1] == (says("pauses.paused_now", day="2026年12月25日"), True)
    (resumed,) = await chats.press(people.office, old, RESUME)
    assert START in resumed.labels()
    assert (await task_of(database, people)).paused_until is None


@pytest.mark.parametrize("words", ["0天", "31天", "12月15日"])
async def test_a_bad_day_is_asked_for_again(
    chats: Chats, people: People, database: Database, words: str
) -> None:
    await chats.press(people.office, await card_of(chats, people.office), START)
    assert (await chats.say(people.office, words)).text == says("pauses.too_long", most=30)
    assert (await chats.say(people.office, "一阵子")).text == says("pauses.no_day")
    assert "2026年12月16日" in (await chats.say(people.office, "1天")).text
    assert (await task_of(database, people)).paused_until is None


async def test_a_question_that_somebody_else_has_answered(
    chats: Chats, people: People, database: Database
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        contact = await roster.contact(people.unit, "创城办第二人", Role.OFFICE)
    second = Person(contact.telegram_user_id or 0)
    questions = []
    for person in (people.office, second):
        (asked,) = await chats.press(person, await card_of(chats, person), START)
        (why,) = await chats.press(person, asked, "7天，至2026年12月22日")
        questions.append((person, why))
    for person, why in questions:
        await chats.press(person, why, says("pauses.reason.season"))
    assert chats.toasts[-1] == (says("pauses.paused_now", day="2026年12月22日"), True)


async def test_who_is_no_longer_in_the_office(chats: Chats, people: People, database: Database) -> None:
    """Rights are looked at on each press."""
    card = await card_of(chats, people.office)
    async with database.transaction() as session:
        contact = await contact_by_account(session, people.office.id)
        assert contact is not None
        await session.delete(await session.get_one(ContactRole, (contact.id, Role.OFFICE)))
    await chats.press(people.office, card, START)
    assert (await task_of(database, people)).paused_until is None
