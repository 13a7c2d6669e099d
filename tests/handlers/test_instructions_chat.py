"""批示 in the chat of a leader: confirmed, interrupted, withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.cases import Case
from models.db import Database
from tests.handlers.conftest import People
from tests.handlers.street import Street
from tests.support.chat import Chats, Shown, message, photo, said, update
from tests.support.chat import text_of as says

WORDS = "请城管局三日内整改到位"


@pytest.fixture
def street(database: Database, chats: Chats, people: People) -> Street:
    return Street(database, chats, people)


async def asked(street: Street, chats: Chats, people: People) -> tuple[Case, Shown]:
    """A dispatched case, and the question for a leader's 批示 on it."""
    case = await street.dispatched()
    await chats.post()
    card = await street.card(people.leader, case)
    return case, await street.press(people.leader, card, says("checking.instruct_button"))


async def test_confirmed_before_it_goes(street: Street, chats: Chats, people: People) -> None:
    await asked(street, chats, people)
    draft = await chats.say(people.leader, WORDS)
    assert WORDS in draft.text
    assert await chats.post() == []
    anew = await chats.say(people.leader, WORDS + "，不得拖延")
    old = await chats.press(people.leader, draft, says("checking.send_button"))
    assert chats.toasts[-1] == (says("checking.written_anew"), True)
    assert not old
    (sent,) = await chats.press(people.leader, anew, says("checking.send_button"))
    (order,) = await chats.post()
    assert (order.chat_id, "不得拖延" in order.text) == (people.office.id, True)
    (back,) = await chats.press(people.leader, sent, says("checking.withdraw_button"))
    assert says("checking.own_instruction.withdrawn") in back.text
    (late,) = await chats.press(people.office, order, says("checking.release_button"))
    assert chats.toasts[-1] == (says("checking.instruction_withdrawn"), True)
    assert says("checking.release_button") not in late.labels()
    assert await chats.post() == []


async def test_not_swallowed_by_what_a_photo_would_begin(
    street: Street, chats: Chats, people: People
) -> None:
    """A photo meanwhile begins no problem: the words that follow are still the 批示."""
    case, question = await asked(street, chats, people)
    answer = await chats.answer(update("message", message(people.leader, photo=photo("p"), caption="看这里")))
    assert answer.text == says("checking.words_only")
    album = [
        update("message", message(people.leader, photo=photo(name), media_group_id="a"))
        for name in ("p1", "p2")
    ]
    assert [shown.text for shown in await chats.answers(*album)] == [says("checking.words_only")]
    await chats.say(people.leader, "/todo")
    await street.card(people.leader, case)
    draft = await chats.say(people.leader, WORDS)
    assert says("checking.send_button") in draft.labels()
    assert WORDS in draft.text
    assert question.edit


async def test_a_photo_behind_a_draft_shows_the_draft_again(
    street: Street, chats: Chats, people: People
) -> None:
    await asked(street, chats, people)
    await chats.say(people.leader, WORDS)
    again = await chats.answer(update("message", message(people.leader, photo=photo("p"))))
    assert says("checking.words_only_sent") in again.text
    assert WORDS in again.text
    await chats.press(people.leader, again, says("checking.send_button"))
    (order,) = await chats.post()
    assert order.chat_id == people.office.id


async def test_left_by_its_button(street: Street, chats: Chats, people: People) -> None:
    case, question = await asked(street, chats, people)
    (card,) = await chats.press(people.leader, question, says("checking.no_instruction_button"))
    assert case.number in card.text
    words = await chats.say(people.leader, WORDS)
    assert says("checking.send_button") not in words.labels()
    taken = await chats.answers(update("message", message(people.leader, photo=photo("p"))))
    assert says("checking.words_only") not in "".join(shown.text for shown in taken)


@pytest.mark.parametrize("command", ["/issue", "/cancel"])
async def test_left_by_a_command_that_begins_or_ends_a_paper(
    street: Street, chats: Chats, people: People, command: str
) -> None:
    await asked(street, chats, people)
    await chats.answers(said(people.leader, command))
    shown = await chats.answers(said(people.leader, WORDS))
    assert says("checking.send_button") not in [label for one in shown for label in one.labels()]


async def test_words_after_half_an_hour_are_no_instruction(
    street: Street, chats: Chats, people: People
) -> None:
    await asked(street, chats, people)
    chats.clock.moment += timedelta(minutes=31)
    words = await chats.say(people.leader, WORDS)
    assert says("checking.send_button") not in words.labels()


async def test_without_words(street: Street, chats: Chats, people: People) -> None:
    """The question stays after an answer that cannot be read."""
    await asked(street, chats, people)
    assert (await chats.say(people.leader, "\u200b")).text == says("checking.invisible")
    assert says("checking.send_button") in (await chats.say(people.leader, WORDS)).labels()


async def test_an_unconfirmed_one_waits_in_todo(street: Street, chats: Chats, people: People) -> None:
    case, _ = await asked(street, chats, people)
    await chats.say(people.leader, WORDS)
    await chats.answers(said(people.leader, "/issue"))
    todo = await chats.say(people.leader, "/todo")
    (draft,) = await chats.press(people.leader, todo, says("checking.unsent_button", number="")[:6])
    assert WORDS in draft.text
    (dropped,) = await chats.press(people.leader, draft, says("checking.discard_button"))
    assert says("checking.instruction_dropped", number="")[:6] in dropped.text
    assert (await chats.say(people.leader, "/todo")).text == says("desk.nothing_to_know")
    assert await chats.post() == []
    assert case.number
