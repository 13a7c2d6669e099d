"""/issue in a group, in reply to a photo: the person who sends it finishes the problem privately."""

from __future__ import annotations

from typing import Any

import pytest

from models.db import Database
from tests.handlers.conftest import People
from tests.support.chat import BOT, Chats, Json, Person, bot_status, group, message, photo, said, update
from tests.support.chat import text_of as says
from tests.support.issues import SUBMIT, Issues, picture

GROUP = group(-1_004_012_345_678)


@pytest.fixture
async def issues(database: Database, chats: Chats, people: People) -> Issues:
    assert await chats.answers(said(people.office, "/bind 全部", chat=GROUP)) == []
    await chats.post()
    chats.screen.reactions.clear()
    chats.telegram.reactions.clear()
    return await Issues.make(database, chats, people.other_unit)


def shown(person: Person, **content: Any) -> Json:
    """A message that a person posted in the group."""
    return message(person, chat=GROUP, **content)


def answering(person: Person, posted: Json | None, text: str = "/issue", **where: Any) -> Json:
    reply = {} if posted is None else {"reply_to_message": posted}
    return update("message", {**message(person, chat=GROUP, text=text, **where), **reply})


async def test_from_somebodys_photo(issues: Issues, chats: Chats, people: People) -> None:
    """The group sees a sign; the card comes privately and is finished there, though the person has a task."""
    for name, words, text in (("a", "/issue", "路口摆摊"), ("b", "/issue 占道经营", "占道经营")):
        posted = shown(people.leader, photo=photo(name), caption="路口摆摊", media_group_id="g")
        command = answering(people.responsible, posted, words)
        assert await chats.answers(command) == []
        assert chats.reactions == [(GROUP["id"], command["message"]["message_id"], "👌")]
        chats.telegram.reactions.clear()
        chats.screen.reactions.clear()
        (card,) = await chats.cards()
        assert (card.chat_id, card.thread_id, card.edit) == (people.responsible.id, None, False)
        assert says("issues.card.text", text=text) in card.text
        assert says("progress.card.forwarded", sources=["某人"]) in card.text
        if name == "a":
            card = await issues.press(card, "街面秩序", people.responsible)
            await issues.press(card, "占道经营", people.responsible)
        card = await chats.say(people.responsible, "人民路12号")
        await issues.press(card, SUBMIT, people.responsible)
    first, second = await issues.cases()
    assert (first.text, second.text) == ("路口摆摊", "占道经营")
    assert await issues.files(second) == ["b-large"]
    assert first.reporter_id == (await issues.actor(people.responsible)).id


async def test_their_own_photo_needs_no_source(issues: Issues, chats: Chats, people: People) -> None:
    posted = shown(issues.grid, photo=photo("a"))
    assert await chats.answers(answering(issues.grid, posted)) == []
    (card,) = await chats.cards()
    assert "某人" not in card.text


async def test_a_video(issues: Issues, chats: Chats, people: People) -> None:
    video = {"file_id": "v", "file_unique_id": "u", "width": 1, "height": 1, "duration": 3}
    assert await chats.answers(answering(issues.grid, shown(people.leader, video=video))) == []
    (card,) = await chats.cards()
    assert says("issues.card.files", count=1) in card.text


async def test_no_photo(issues: Issues, chats: Chats, people: People) -> None:
    sheet = {"file_id": "x", "file_unique_id": "u", "file_name": "台账.xlsx"}
    for posted in (None, shown(people.leader, text="占道经营"), shown(people.leader, document=sheet)):
        answer = await issues.send(answering(issues.grid, posted, "/issue 占道经营"))
        assert answer.text == says("issues.group.reply_to_photo")
        assert answer.chat_id == GROUP["id"]
    assert await issues.draft() is None
    assert chats.reactions == []


async def test_a_group_that_is_not_bound(issues: Issues, chats: Chats, people: People) -> None:
    await chats.answers(said(people.office, "/unbind", chat=GROUP))
    answer = await issues.send(answering(issues.grid, shown(people.leader, photo=photo("a"))))
    assert answer.text == says("groups.bind_first")
    assert await issues.draft() is None


async def test_a_stranger(issues: Issues, chats: Chats, people: People) -> None:
    posted = shown(people.leader, photo=photo("a"))
    answer = await issues.send(answering(people.stranger, posted))
    assert answer.text == says("groups.not_enrolled")
    assert await chats.answers(answering(people.stranger, posted)) == []
    assert await chats.cards() == []


async def test_something_unfinished(issues: Issues, chats: Chats, people: People) -> None:
    """An unfinished problem or report stays as it is."""
    await issues.send(picture(issues.grid, "mine"))
    await chats.say(people.responsible, "今天清理违规广告牌匾12处")
    posted = shown(people.leader, photo=photo("a"))
    for person in (issues.grid, people.responsible):
        answer = await issues.send(answering(person, posted))
        assert answer.text == says("issues.group.busy")
    assert chats.reactions == []
    card = await chats.say(issues.grid, "/issue")
    assert says("issues.card.files", count=1) in card.text


async def test_who_cannot_be_written_to(issues: Issues, chats: Chats, people: People) -> None:
    """The person has blocked the bot, but is still in the group."""
    await chats.handle(bot_status(issues.grid, "kicked", old="member"))
    answer = await issues.send(answering(issues.grid, shown(people.leader, photo=photo("a"))))
    assert answer.text == says("issues.group.write_first")
    assert await issues.draft() is None


async def test_without_categories(issues: Issues, chats: Chats, people: People) -> None:
    for name in ("占道经营", "乱堆乱放", "垃圾满溢"):
        await issues.retire(name)
    answer = await issues.send(answering(issues.grid, shown(people.leader, photo=photo("a"))))
    assert answer.text == says("issues.no_categories")


async def test_what_the_bot_posted_is_no_problem(issues: Issues, chats: Chats, people: People) -> None:
    posted = {**shown(people.leader, photo=photo("tally"), caption="创城工作日报"), "from": BOT}
    refused = await chats.answer(answering(issues.grid, posted))
    assert refused.text == says("issues.group.reply_to_photo")
    assert await chats.cards() == []


async def test_photo_of_an_anonymous_administrator(issues: Issues, chats: Chats, people: People) -> None:
    anonymous = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
    posted = {**shown(people.leader, photo=photo("anonymous")), "from": anonymous, "sender_chat": GROUP}
    assert await chats.answers(answering(issues.grid, posted)) == []
    (card,) = await chats.cards()
    assert says("progress.card.forwarded", sources=[GROUP["title"]]) in card.text
