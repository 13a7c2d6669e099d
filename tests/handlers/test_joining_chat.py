"""申请加入 in the chat: from a stranger's first word to their first task, and attempts to cheat."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import select

from models.db import Database
from models.delivery.messages import Button, Outbox
from models.people import Contact, JoinRequest, JoinState
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, Shown, message, own_button, pressed, said, update
from tests.support.chat import text_of as says

BEGIN = says("joining.begin_button")
SUBMIT = says("joining.submit_button")
APPROVE = says("joining.approve_button")
REFUSE = says("joining.refuse_button")
NAME = "<b>李</b>明"


async def requests(database: Database) -> list[JoinRequest]:
    async with database.reading() as session:
        return list(await session.exec(select(JoinRequest)))


async def filled_in(chats: Chats, person: Person, name: str = NAME) -> Shown:
    """Fill in an application, and return its summary."""
    greeting = await chats.say(person, "您好")
    (asked,) = await chats.press(person, greeting, BEGIN)
    assert asked.text == says("joining.ask_unit")
    assert (await chats.say(person, "城管局")).text == says("joining.ask_name", unit="城管局")
    post = await chats.say(person, name)
    (summary,) = await chats.press(person, post, says("joining.skip_button"))
    return summary


async def handed_in(chats: Chats, people: People, name: str = NAME) -> Shown:
    """Hand in an application, and return the message to the office."""
    summary = await filled_in(chats, people.stranger, name)
    (answer,) = await chats.press(people.stranger, summary, SUBMIT)
    assert answer.text == says("joining.handed_in")
    (asked,) = await chats.post()
    assert asked.chat_id == people.office.id
    return asked


async def test_from_the_first_word_to_the_first_task(
    chats: Chats, people: People, database: Database
) -> None:
    asked = await handed_in(chats, people)
    assert "&lt;b&gt;李&lt;/b&gt;明" in asked.text
    assert says("joining.roster.unknown") in asked.text
    (choice,) = await chats.press(people.office, asked, APPROVE)
    assert choice.edit
    (done,) = await chats.press(people.office, choice, says("common.role.liaison"))
    assert "&lt;b&gt;李&lt;/b&gt;明" in done.text
    (welcome,) = await chats.post()
    assert welcome.chat_id == people.stranger.id
    (listed,) = await chats.press(people.stranger, welcome, says("nags.list_button"))
    assert "清理违规广告牌匾" in listed.text
    assert (await chats.say(people.stranger, "/join")).text == says(
        "enrolment.already_enrolled", html=True, name=NAME
    )


async def test_who_has_just_come_in_is_not_taken_for_an_applicant(chats: Chats, people: People) -> None:
    """A new member's first report is a report, and their old buttons do nothing."""
    summary = await filled_in(chats, people.stranger)
    await chats.press(people.stranger, summary, SUBMIT)
    (asked,) = await chats.post()
    (choice,) = await chats.press(people.office, asked, APPROVE)
    await chats.press(people.office, choice, says("common.role.liaison"))
    assert "12" in (await chats.say(people.stranger, "今天清理违规广告牌匾12处")).text
    assert await chats.press(people.stranger, summary, SUBMIT) == []
    assert chats.toasts[-1] == (says("enrolment.already_enrolled", name=NAME), True)


async def test_what_a_stranger_hears(chats: Chats, people: People) -> None:
    stranger = people.stranger
    sticker = {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 1, "height": 1}
    sticker |= {"is_animated": False, "is_video": False}

    async def sends(**content: Any) -> list[str]:
        shown = await chats.answers(update("message", message(stranger, **content)))
        return [one.text for one in shown]

    assert await sends(sticker=sticker) == [says("enrolment.stranger")]
    assert await sends(sticker=sticker) == []
    for text in ("在吗", "/tasks", "/nothing", "今天清理违规广告牌匾12处"):
        assert (await chats.say(stranger, text)).text == says("enrolment.stranger_again")
    assert (await chats.say(stranger, "/start")).text == says("enrolment.stranger")
    chats.clock.moment += timedelta(days=1)
    assert (await chats.say(stranger, "在吗")).text == says("enrolment.stranger")


async def test_a_choice_among_units(chats: Chats, people: People) -> None:
    await chats.say(people.stranger, "/join")
    shown = await chats.say(people.stranger, "街道")
    assert shown.labels() == ["东风街道"]
    assert (await chats.say(people.stranger, "%%")).text == says("joining.no_such_unit")
    (asked,) = await chats.press(people.stranger, shown, "东风街道")
    assert asked.text == says("joining.ask_name", unit="东风街道")
    assert (await chats.say(people.stranger, "名" * 4000)).text == says("joining.bad_name", limit=30)
    assert "李明" in (await chats.say(people.stranger, "李明")).text, "they are asked on after a refusal"


async def test_they_think_better_of_it(chats: Chats, people: People, database: Database) -> None:
    summary = await filled_in(chats, people.stranger)
    (asked,) = await chats.press(people.stranger, summary, says("joining.again_button"))
    assert asked.text == says("joining.ask_unit")
    (done,) = await chats.press(people.stranger, summary, says("joining.cancel_button"))
    assert done.text == says("joining.cancelled")
    assert (await chats.say(people.stranger, "城管局")).text == says("enrolment.stranger_again")
    assert await requests(database) == []


async def test_cancel_is_understood_from_an_applicant(chats: Chats, people: People) -> None:
    await chats.say(people.stranger, "/join")
    assert (await chats.say(people.stranger, "/cancel")).text == says("joining.cancelled")
    assert (await chats.say(people.stranger, "城管局")).text == says("enrolment.stranger")


async def test_anothers_buttons(chats: Chats, people: People, database: Database) -> None:
    """Another stranger is told how to get in, an enrolled person that it is not theirs; nothing happens."""
    summary = await filled_in(chats, people.stranger)
    for label in (SUBMIT, says("joining.again_button"), says("joining.cancel_button")):
        assert await chats.press(people.foreigner, summary, label) == []
        assert chats.toasts[-1] == (says("enrolment.stranger", "en"), True)
        assert await chats.press(people.office, summary, label) == []
        assert chats.toasts[-1] == (says("buttons.not_yours"), True)
    assert await requests(database) == []


async def test_a_stranger_presses_what_is_not_for_strangers(
    chats: Chats, people: People, database: Database
) -> None:
    """A stranger presses the office's buttons, and a button that was made for their account by mistake."""
    asked = await handed_in(chats, people)
    for label in (APPROVE, REFUSE):
        for person in (people.stranger, people.foreigner):
            assert await chats.press(person, asked, label) == []
            assert chats.toasts[-1][1]
        assert await chats.press(people.liaison, asked, label) == []
        assert chats.toasts[-1] == (says("tasks.office_only"), True)
    (request,) = await requests(database)
    assert request.state is JoinState.PENDING
    forged = await own_button(chats, "join.begin", account=people.foreigner.id)
    assert await chats.answers(pressed(people.stranger, forged, 1)) == []
    assert chats.toasts[-1] == (says("enrolment.stranger"), True)


async def test_decided_twice(chats: Chats, people: People, database: Database) -> None:
    asked = await handed_in(chats, people, "李明")
    (first,) = await chats.press(people.office, asked, REFUSE)
    (second,) = await chats.press(people.office, asked, APPROVE)
    assert first.text == second.text
    (told,) = await chats.post()
    assert (told.chat_id, told.text) == (people.stranger.id, says("joining.you_are_refused"))
    async with database.reading() as session:
        assert (await session.exec(select(Contact).where(Contact.name == "李明"))).first() is None


async def test_rebinding_in_the_chat(chats: Chats, people: People, database: Database) -> None:
    asked = await handed_in(chats, people, "城管局责任人")
    role = says("common.role.responsible_person")
    assert says("joining.roster.bound", roles=role) in asked.text
    (warned,) = await chats.press(people.office, asked, APPROVE)
    assert "2026年12月15日" in warned.text
    (back,) = await chats.press(people.office, warned, says("progress.back_button"))
    (warned,) = await chats.press(people.office, back, APPROVE)
    await chats.press(people.office, warned, says("joining.rebind_button"))
    old, new = await chats.post()
    assert (old.chat_id, new.chat_id) == (people.responsible.id, people.stranger.id)
    assert old.text == says("enrolment.released", name="城管局责任人")
    assert (await chats.say(people.responsible, "今天清理违规广告牌匾12处")).text == says(
        "enrolment.stranger"
    )
    assert "清理违规广告牌匾" in (await chats.say(people.stranger, "/tasks")).text


async def test_a_flood(chats: Chats, people: People, database: Database) -> None:
    """However often a stranger presses, the office has one message and the tables do not grow."""
    summary = await filled_in(chats, people.stranger)
    for _ in range(20):
        await chats.press(people.stranger, summary, SUBMIT)
    async with database.reading() as session:
        assert len((await session.exec(select(Outbox))).all()) == 1
        before = len((await session.exec(select(Button))).all())
    for _ in range(20):
        await chats.answers(said(people.stranger, "/join"), said(people.stranger, "城管局"))
    async with database.reading() as session:
        assert len((await session.exec(select(Button))).all()) == before
