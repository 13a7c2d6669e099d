"""An open question of the bot never swallows a report, even from a member of the office with a task."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select

from models.db import Database
from models.delivery.messages import Question
from models.people import Contact, ContactRole, Unit
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from tests.handlers.conftest import People
from tests.handlers.test_completion_chat import OTHER, RETURN, submitted, task_of
from tests.support.chat import Chats, Person, Shown, message, photo, update
from tests.support.chat import text_of as says
from tests.support.people import Roster

SENTENCE = "今天清运建筑垃圾5吨"
CONFIRM = says("progress.confirm_button")


@pytest.fixture
async def both(database: Database, people: People, chats: Chats) -> Person:
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        unit = await session.get_one(Unit, people.unit.id)
        contact = await roster.contact(unit, "身兼两职", Role.OFFICE, Role.RESPONSIBLE_PERSON)
        await roster.task(unit, "清运建筑垃圾", date(2026, 12, 25), contact)
    assert contact.telegram_user_id
    return Person(contact.telegram_user_id)


async def own_card(chats: Chats, person: Person) -> Shown:
    (card,) = await chats.press(person, await chats.say(person, "/tasks"), "清运建筑垃圾")
    return card


async def asked_for_a_reason(chats: Chats, people: People, person: Person) -> Shown:
    order = (await submitted(chats, people))[person.id]
    (reasons,) = await chats.press(person, order, RETURN)
    (question,) = await chats.press(person, reasons, OTHER)
    return question


async def is_reported(chats: Chats, people: People, card: Shown) -> bool:
    """Whether the words became a report's words, and were no reason for a return."""
    async with chats.database.reading() as session:
        asked = (await session.exec(select(Question))).all()
    task = await task_of(chats.database, people)
    return CONFIRM in card.labels() and not asked and task.state is TaskState.SUBMITTED


async def test_words_after_a_press_that_begins_a_report(chats: Chats, people: People, both: Person) -> None:
    card = await own_card(chats, both)
    await asked_for_a_reason(chats, people, both)
    await chats.press(both, card, says("tasks.report_button"))
    assert await is_reported(chats, people, await chats.say(both, SENTENCE))


@pytest.mark.parametrize("filed", [False, True])
async def test_words_after_a_press_that_asks_for_others(
    chats: Chats, people: People, both: Person, filed: bool
) -> None:
    """修改 of a card and 更正 of a filed report both ask for other words."""
    await own_card(chats, both)
    card, label = await chats.say(both, SENTENCE), says("progress.edit_button")
    if filed:
        await chats.press(both, card, CONFIRM)
        await chats.post()
        card, label = await chats.say(both, "/undo"), says("corrections.correct_button")
    await asked_for_a_reason(chats, people, both)
    await chats.press(both, card, label)
    assert await is_reported(chats, people, await chats.say(both, "今天清运建筑垃圾6吨"))


async def test_a_reply_about_another_task(chats: Chats, people: People, both: Person) -> None:
    card = await own_card(chats, both)
    await asked_for_a_reason(chats, people, both)
    reply = await chats.say(both, SENTENCE, reply_to=card.message_id)
    assert await is_reported(chats, people, reply)


async def test_a_reply_to_the_question_answers_it(chats: Chats, people: People, both: Person) -> None:
    question = await asked_for_a_reason(chats, people, both)
    await chats.say(both, "照片看不清门牌", reply_to=question.message_id)
    assert (await task_of(chats.database, people)).return_reason == "照片看不清门牌"


async def test_words_after_a_photo(chats: Chats, people: People, both: Person) -> None:
    await asked_for_a_reason(chats, people, both)
    await chats.answers(update("message", message(both, photo=photo("a"), caption="清运建筑垃圾")))
    assert await is_reported(chats, people, await chats.say(both, SENTENCE))


async def test_who_is_of_the_office_no_more_is_asked_nothing(
    chats: Chats, people: People, both: Person
) -> None:
    await asked_for_a_reason(chats, people, both)
    async with chats.database.transaction() as session:
        roles = select(ContactRole).join(Contact).where(Contact.telegram_user_id == both.id)
        for role in (await session.exec(roles.where(ContactRole.role == Role.OFFICE))).all():
            await session.delete(role)
    assert await is_reported(chats, people, await chats.say(both, SENTENCE))


async def test_a_clock_that_was_put_back_keeps_no_question_open(
    chats: Chats, people: People, both: Person
) -> None:
    await asked_for_a_reason(chats, people, both)
    chats.clock.moment -= timedelta(days=300)
    assert await is_reported(chats, people, await chats.say(both, SENTENCE))
