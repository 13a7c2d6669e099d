"""延期 in the chats, by buttons and words: from the request to the answer, and what is said to bad input."""

from __future__ import annotations

from datetime import date

import pytest

from models.db import Database
from models.people.absences import Absence
from models.tasks import Task
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, Shown
from tests.support.chat import text_of as says
from tests.support.people import Roster

ASK, MOVE = says("extensions.ask_button"), says("extensions.move_button")
GRANT, REFUSE = says("extensions.grant_button"), says("extensions.refuse_button")
REVIEW = says("extensions.review_button")


async def task_of(database: Database, people: People) -> Task:
    async with database.reading() as session:
        return await session.get_one(Task, people.task.id)


async def card_of(chats: Chats, person: Person) -> Shown:
    listed = await chats.say(person, "/tasks")
    (card,) = await chats.press(person, listed, "清理违规广告牌匾")
    return card


async def request(chats: Chats, people: People) -> Shown:
    """Let the responsible person ask in words; return the office's message."""
    (asked,) = await chats.press(people.responsible, await card_of(chats, people.responsible), ASK)
    assert asked.edit, "it is asked in place of the card"
    why = await chats.say(people.responsible, "12月25日")
    assert says("extensions.choose_reason", limit=300) in why.text
    done = await chats.say(people.responsible, "业主尚未到场")
    assert done.text.startswith(says("extensions.done.ask"))
    (order,) = await chats.post()
    assert order.chat_id == people.office.id
    return order


async def test_asked_in_words_and_granted(chats: Chats, people: People, database: Database) -> None:
    order = await request(chats, people)
    assert "业主尚未到场" in order.text
    (card,) = await chats.press(people.office, order, GRANT)
    assert card.edit
    assert "2026年12月18日→2026年12月25日" in card.text
    (told,) = await chats.post()
    assert told.chat_id == people.responsible.id
    assert "2026年12月18日 → <b>2026年12月25日</b>" in told.text
    assert (await task_of(database, people)).deadline == date(2026, 12, 25)
    (again,) = await chats.press(people.office, order, GRANT)
    assert chats.toasts[-1] == (says("extensions.refused.not_waiting"), True)
    assert "2026年12月25日" in again.text
    assert not await chats.post()


async def test_asked_by_buttons_and_refused_in_words(
    chats: Chats, people: People, database: Database
) -> None:
    (asked,) = await chats.press(people.responsible, await card_of(chats, people.responsible), ASK)
    (why,) = await chats.press(people.responsible, asked, "延7天，至2026年12月25日")
    (card,) = await chats.press(people.responsible, why, says("extensions.reason.weather"))
    assert "申请延期至" in card.text
    (order,) = await chats.post()
    (listed,) = await chats.press(people.office, await card_of(chats, people.office), REVIEW)
    assert not listed.edit, "the card stays"
    (question,) = await chats.press(people.office, order, REFUSE)
    answer = await chats.say(people.office, "请先集中力量")
    assert answer.text.startswith(says("extensions.done.refuse"))
    (told,) = await chats.post()
    assert told.chat_id == people.responsible.id
    assert "请先集中力量" in told.text
    task = await task_of(database, people)
    assert (task.deadline, task.extension_until) == (date(2026, 12, 18), None)
    (late,) = await chats.press(people.office, question, says("extensions.refusing.no_ground"))
    assert late.edit
    assert not await chats.post()


@pytest.mark.parametrize(
    ("words", "refusal"),
    [("12月18日", "not_later"), ("2026年12月1日", "past"), ("2028年1月1日", "too_far")],
)
async def test_a_bad_day_is_asked_for_again(
    chats: Chats, people: People, database: Database, words: str, refusal: str
) -> None:
    await chats.press(people.responsible, await card_of(chats, people.responsible), ASK)
    answer = await chats.say(people.responsible, words)
    assert answer.text == says(f"extensions.refused.{refusal}", most=180)
    assert says("extensions.no_day") == (await chats.say(people.responsible, "尽快")).text
    why = await chats.say(people.responsible, "2026-12-28")
    assert "2026年12月28日" in why.text
    assert (await task_of(database, people)).extension_until is None


async def test_back_from_the_question(chats: Chats, people: People, database: Database) -> None:
    """Afterwards words are no answer any more."""
    (asked,) = await chats.press(people.responsible, await card_of(chats, people.responsible), ASK)
    (card,) = await chats.press(people.responsible, asked, says("completion.back_button"))
    assert ASK in card.labels()
    answer = await chats.say(people.responsible, "12月25日")
    assert says("extensions.choose_reason", limit=300) not in answer.text
    assert (await task_of(database, people)).extension_until is None


async def test_two_devices_and_a_deputy(chats: Chats, people: People, database: Database) -> None:
    """Three question cards are open when the first one asks; the others hear that a request waits."""
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        deputy = await roster.contact(people.other_unit, "王五")
        today = chats.campaign.today(chats.clock.moment)
        session.add(
            Absence(
                contact_id=people.task.responsible_id or 0,
                deputy_id=deputy.id or 0,
                first=today,
                last=today,
                made_by=people.task.responsible_id or 0,
                made_at=chats.clock.moment,
            )
        )
    who = Person(deputy.telegram_user_id or 0)
    questions = []
    for person in (people.responsible, people.responsible, who):
        (asked,) = await chats.press(person, await card_of(chats, person), ASK)
        (why,) = await chats.press(person, asked, "延7天，至2026年12月25日")
        questions.append((person, why))
    (first, why), *others = questions
    await chats.press(first, why, says("extensions.reason.weather"))
    assert len(await chats.post()) == 1
    for person, late in others:
        await chats.press(person, late, says("extensions.reason.weather"))
        assert chats.toasts[-1] == (says("extensions.refused.waits"), True)
    assert not await chats.post()


async def test_the_office_moves_the_deadline(chats: Chats, people: People, database: Database) -> None:
    (asked,) = await chats.press(people.office, await card_of(chats, people.office), MOVE)
    (why,) = await chats.press(people.office, asked, "延15天，至2027年1月2日")
    (card,) = await chats.press(people.office, why, says("extensions.reason.plan_changed"))
    assert "2026年12月18日→2027年1月2日" in card.text
    (told,) = await chats.post()
    assert told.chat_id == people.responsible.id
    assert says("extensions.reason.plan_changed") in told.text
