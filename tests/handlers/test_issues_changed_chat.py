"""Changes of an unfinished problem: by 修改, by further messages, and by edits of sent messages."""

from __future__ import annotations

import pytest

from models.db import Database
from models.delivery.messages import Question
from services import questions
from tests.handlers.conftest import People
from tests.support.chat import Chats, edit, message, photo, said, update
from tests.support.chat import text_of as says
from tests.support.issues import (
    AWAY,
    EDIT,
    SQUARE,
    SUBMIT,
    Issues,
    picture,
    spot,
)

OLD_CARD, BACK = says("progress.old_card"), says("issues.back_button")
TEXT, CATEGORY, PLACE = (says(f"issues.edit_{name}_button") for name in ("text", "category", "place"))


@pytest.fixture
async def issues(database: Database, chats: Chats, people: People) -> Issues:
    return await Issues.make(database, chats, people.other_unit)


async def test_words_category_and_place_are_changed(issues: Issues, chats: Chats) -> None:
    card = await issues.ready(caption="占道经营")
    menu = await issues.press(card, EDIT)
    card = await issues.press(menu, BACK)
    card = await issues.press(await issues.press(card, EDIT), TEXT)
    assert card.text.endswith(says("issues.ask_text_again"))
    card = await chats.say(issues.grid, "占道经营，堵了盲道")
    assert says("issues.card.text", text="占道经营，堵了盲道") in card.text
    card = await issues.press(await issues.press(card, EDIT), CATEGORY)
    card = await issues.press(await issues.press(card, "市容环境"), "垃圾满溢")
    assert says("issues.card.category", category="市容环境·垃圾满溢") in card.text
    card = await issues.press(await issues.press(card, EDIT), PLACE)
    card = await issues.press(card, BACK)
    assert says("issues.card.place", place="人民路12号") in card.text
    card = await issues.press(await issues.press(card, EDIT), PLACE)
    card = await chats.say(issues.grid, "解放路3号")
    card = await issues.press(await issues.press(card, EDIT), PLACE)
    card = await issues.send(spot(issues.grid, AWAY))
    assert "解放路" not in card.text
    card = await issues.press(await issues.press(card, EDIT), PLACE)
    card = await issues.press(await issues.press(card, says("issues.points_button")), "人民广场")
    await issues.press(card, SUBMIT)
    (case,) = await issues.cases()
    assert (case.text, case.category) == ("占道经营，堵了盲道", "市容环境·垃圾满溢")
    assert (case.place, case.latitude) == ("人民广场", SQUARE[0])


async def test_a_press_turns_to_it(issues: Issues, chats: Chats) -> None:
    """A press turns to the problem; the bot no longer waits for the answer to an older question."""
    card = await issues.ready()
    async with issues.database.transaction() as session:
        where = (session, issues.grid.id, issues.grid.id)
        await questions.ask(*where, "person.post", now=chats.clock.moment, arguments={"contact_id": 1})
    await issues.press(await issues.press(card, EDIT), TEXT)
    async with issues.database.reading() as session:
        assert await session.get(Question, (issues.grid.id, issues.grid.id)) is None
    card = await chats.say(issues.grid, "占道经营，堵了盲道")
    assert says("issues.card.text", text="占道经营，堵了盲道") in card.text


async def test_further_words_and_photos_are_added(issues: Issues, chats: Chats) -> None:
    card = await issues.ready()
    card = await chats.say(issues.grid, "有三家店")
    assert says("issues.card.text", text="占道经营\n有三家店") in card.text
    card = await issues.send(picture(issues.grid, "b"))
    await issues.press(card, SUBMIT)
    (case,) = await issues.cases()
    assert await issues.files(case) == ["a-large", "b-large"]


async def test_messages_are_edited(issues: Issues, chats: Chats) -> None:
    """Edits of messages change the problem's words and its place."""
    first = picture(issues.grid, caption="占道经营")
    card = await issues.send(first)
    where = said(issues.grid, "人民路12号")
    card = await issues.send(where)
    assert await chats.answers(edit(first, caption="乱堆乱放")) == []
    (changed,) = await chats.cards()
    assert (changed.edit, changed.message_id) == (True, card.message_id)
    assert await issues.refused(card, SUBMIT) == OLD_CARD
    assert await chats.answers(edit(where, text="人民路14号")) == []
    (changed,) = await chats.cards()
    assert says("issues.card.place", place="人民路14号") in changed.text
    assert says("issues.card.category", category="街面秩序·乱堆乱放") in changed.text
    long = await issues.send(edit(where, text="很长" * 60))
    assert long.text == says("issues.place_too_long", limit=100)
    other = await issues.send(edit(said(issues.grid, "别的"), text="改了"))
    assert other.text == says("help.edited")
    await issues.press(changed, SUBMIT)
    assert [(case.text, case.place) for case in await issues.cases()] == [("乱堆乱放", "人民路14号")]


async def test_the_command_is_edited(issues: Issues, chats: Chats) -> None:
    """Words behind the command are the description, and an edit changes them; the replied-to photo stays."""
    shown = message(issues.grid, photo=photo("a"))
    command = update("message", {**message(issues.grid, text="/issue 路口摆摊"), "reply_to_message": shown})
    card = await issues.send(command)
    assert says("issues.card.text", text="路口摆摊") in card.text
    assert await chats.answers(edit(command, text="/issue 路口有十个摊")) == []
    (changed,) = await chats.cards()
    assert (changed.edit, changed.message_id) == (True, card.message_id)
    assert says("issues.card.text", text="路口有十个摊") in changed.text
    assert says("issues.card.files", count=1) in changed.text


async def test_an_edited_place_that_was_given_otherwise_since(issues: Issues, chats: Chats) -> None:
    await issues.send(picture(issues.grid, caption="占道经营"))
    where = said(issues.grid, "人民路12号")
    card = await issues.press(await issues.press(await issues.send(where), EDIT), PLACE)
    await issues.send(spot(issues.grid, AWAY))
    await chats.answers(edit(where, text="人民路14号"))
    draft = await issues.draft()
    assert draft is not None
    assert draft.content["place"] is None
    assert card.edit
