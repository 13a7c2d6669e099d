"""转派 in the chat: the office picks or types a name, gives a reason or none, and presses once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from models.db import Database
from models.delivery.messages import Outbox
from models.people import Contact, ContactState
from models.tasks import Task
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, Shown, pressed
from tests.support.chat import text_of as says
from tests.support.people import Roster

START = says("reassign.button")
CONFIRM = says("reassign.confirm_button")


@pytest.fixture
async def second_office(database: Database, chats: Chats, people: People) -> Person:
    """Add 李四 of 城管局, who may take the task over, and return a second member of the office."""
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        await roster.contact(people.unit, "李四", Role.RESPONSIBLE_PERSON)
        office = await roster.contact(await roster.unit("创城办二室"), "另一位", Role.OFFICE)
    assert office.telegram_user_id is not None
    return Person(office.telegram_user_id)


async def card_of(chats: Chats, person: Person, words: str = "清理违规广告牌匾") -> Shown:
    found = await chats.say(person, f"/find {words}")
    (card,) = await chats.press(person, found, words)
    return card


async def choose(chats: Chats, person: Person, name: str) -> Shown:
    """Choose a person of the unit, and return the preview of the move."""
    (choice,) = await chats.press(person, await card_of(chats, person), START)
    (preview,) = await chats.press(person, choice, name)
    return preview


async def task(database: Database, people: People) -> Task:
    async with database.reading() as session:
        return await session.get_one(Task, people.task.id)


@pytest.mark.usefixtures("second_office")
async def test_to_a_colleague_with_a_reason(chats: Chats, people: People, database: Database) -> None:
    preview = await choose(chats, people.office, "李四")
    assert says("reassign.ask_reason") in preview.text
    with_reason = await chats.say(people.office, "张三借调，<b>由李四</b>接办")
    assert "张三借调，&lt;b&gt;由李四&lt;/b&gt;接办" in with_reason.text
    (card,) = await chats.press(people.office, with_reason, CONFIRM)
    assert chats.toasts[-1] == (says("reassign.moved"), False)
    assert "李四" in card.text
    moved = await task(database, people)
    assert (moved.responsible_person, moved.state) == ("李四", TaskState.ASSIGNED)
    posted = {shown.chat_id: shown for shown in await chats.post()}
    order = next(shown for chat, shown in posted.items() if chat not in {people.responsible.id})
    assert says("tasks.acknowledge_all_button", count=1) in order.labels()
    assert people.responsible.id in posted
    # Further words are no reason any more. The history shows the reason.
    history = await chats.say(people.office, "/history 清理违规广告牌匾")
    assert "张三借调" in history.text
    assert "李四" in history.text


@pytest.mark.usefixtures("second_office")
async def test_to_another_unit_by_a_typed_name(chats: Chats, people: People, database: Database) -> None:
    (choice,) = await chats.press(people.office, await card_of(chats, people.office), START)
    none = await chats.say(people.office, "没有这个人' OR 1=1")
    assert none.text == says("reassign.nobody_named", html=True, words="没有这个人' OR 1=1")
    for words in ("清" * 4_000, "%", "\0😀"):
        assert not (await chats.say(people.office, words)).buttons, "asked still, and answered"
    units = await chats.say(people.office, "东风街道")
    assert says("reassign.leave_button") in units.labels()
    data = dict(units.buttons)["东风街道"]
    (there,) = await chats.answers(pressed(people.office, data, units.message_id))
    (preview,) = await chats.press(people.office, there, "东风街道联络员")
    assert says("reassign.unit_changes", html=True, unit="东风街道") in preview.text
    (card,) = await chats.press(people.office, preview, CONFIRM)
    assert "东风街道联络员" in card.text
    moved = await task(database, people)
    assert moved.lead_unit_id == people.other_unit.id
    # The old unit can no longer see the task, not even by an old button.
    assert (await chats.say(people.liaison, "/find 清理违规广告牌匾")).buttons == []
    assert choice.buttons


async def test_two_members_old_buttons_and_one_who_has_left(
    chats: Chats, people: People, second_office: Person, database: Database
) -> None:
    mine = await choose(chats, people.office, "李四")
    theirs = await choose(chats, second_office, "城管局联络员")
    await chats.press(people.office, mine, CONFIRM)
    (card,) = await chats.press(second_office, theirs, CONFIRM)
    told, alert = chats.toasts[-1]
    assert alert
    assert told is not None
    assert "创城办工作人员" in told
    assert "李四" in told
    assert "李四" in card.text, "the card is as it is now"
    (again,) = await chats.press(people.office, mine, CONFIRM)
    assert again.edit
    assert chats.toasts[-1][1], "a second press moves nothing"
    assert (await task(database, people)).responsible_person == "李四"
    async with database.reading() as session:
        assert len(list(await session.exec(select(Outbox)))) == 2
    # A person who leaves between the choice and the press takes nothing over.
    preview = await choose(chats, people.office, "城管局联络员")
    async with database.transaction() as session:
        liaison = (await session.exec(select(Contact).where(Contact.name == "城管局联络员"))).one()
        liaison.state = ContactState.LEFT
        session.add(liaison)
    assert await chats.press(people.office, preview, CONFIRM) == []
    assert chats.toasts[-1] == (says("reassign.has_left", name="城管局联络员"), True)
    assert (await task(database, people)).responsible_person == "李四"


@pytest.mark.usefixtures("second_office")
async def test_only_the_office_and_only_what_is_open(chats: Chats, people: People) -> None:
    for person in (people.leader, people.liaison, people.responsible, people.inspector):
        assert START not in (await card_of(chats, person)).labels()
    card = await card_of(chats, people.office)
    preview = await choose(chats, people.office, "李四")
    await chats.press(people.office, card, says("tasks.complete_button"))
    assert await chats.press(people.office, card, START) == []
    state = says("common.task_state.completed")
    assert chats.toasts[-1] == (says("reassign.kept_closed", state=state), True)
    (after,) = await chats.press(people.office, preview, CONFIRM)
    assert chats.toasts[-1] == (says("reassign.kept_closed", state=state), True)
    assert START not in after.labels()


@pytest.mark.parametrize("asked_for", ["name", "reason"])
async def test_a_question_that_has_become_pointless_swallows_one_message(
    chats: Chats, people: People, second_office: Person, asked_for: str
) -> None:
    card = await card_of(chats, people.office)
    (choice,) = await chats.press(people.office, card, START)
    if asked_for == "reason":
        await chats.press(people.office, choice, "李四")
    await chats.press(second_office, await card_of(chats, second_office), says("tasks.complete_button"))
    closed = says("reassign.kept_closed", state=says("common.task_state.completed"))
    assert (await chats.say(people.office, "李四")).text == closed
    assert (await chats.say(people.office, "李四")).text != closed


@pytest.mark.usefixtures("second_office")
async def test_left_alone(chats: Chats, people: People, database: Database) -> None:
    preview = await choose(chats, people.office, "李四")
    long = await chats.say(people.office, "因" * 201)
    assert long.text == says("reassign.reason_too_long", chars=200)
    (left,) = await chats.press(people.office, preview, says("reassign.leave_button"))
    assert left.text == says("reassign.left")
    assert (await task(database, people)).responsible_person == "城管局责任人"
    answer: Any = await chats.say(people.office, "这句话不再是原因")
    assert "这句话不再是原因" not in answer.text or not answer.buttons
