"""A report's card that was replaced, cancelled or filed has no buttons any more."""

from __future__ import annotations

import pytest

from tests.handlers.conftest import People
from tests.support.chat import Chats, Shown, edit, message, photo, update
from tests.support.chat import text_of as says

SENTENCE = "今天清理违规广告牌匾12处"
CONFIRM, ADJUST = says("progress.confirm_button"), says("progress.adjust_button")


async def card_of(chats: Chats, people: People) -> Shown:
    card = await chats.say(people.responsible, SENTENCE)
    assert chats.has_buttons(card)
    return card


@pytest.mark.parametrize("word", ["/cancel", "取消"])
async def test_a_cancelled_card_loses_its_buttons(chats: Chats, people: People, word: str) -> None:
    card = await card_of(chats, people)
    if word == "取消":
        await chats.press(people.responsible, card, word)
    else:
        await chats.say(people.responsible, word)
    assert not chats.has_buttons(card)


async def test_a_filed_card_loses_its_buttons(chats: Chats, people: People) -> None:
    card = await card_of(chats, people)
    await chats.press(people.responsible, card, CONFIRM)
    assert not chats.has_buttons(card)
    assert chats.screen.over == [], "the answer in its place has none: no further call"


async def test_more_words_replace_the_card(chats: Chats, people: People) -> None:
    card = await card_of(chats, people)
    again = await chats.say(people.responsible, "清运垃圾3吨")
    assert (chats.has_buttons(card), chats.has_buttons(again)) == (False, True)
    await chats.press(people.responsible, again, ADJUST)
    assert chats.has_buttons(again), "the card itself was pressed"


async def test_a_card_that_is_shown_again_replaces_the_one_before(chats: Chats, people: People) -> None:
    card = await card_of(chats, people)
    again = await chats.say(people.responsible, "/report")
    assert (chats.has_buttons(card), chats.has_buttons(again)) == (False, True)


async def test_the_question_for_other_words_replaces_the_card(chats: Chats, people: People) -> None:
    card = await card_of(chats, people)
    (asked,) = await chats.press(people.responsible, card, says("progress.edit_button"))
    assert (chats.has_buttons(card), chats.has_buttons(asked)) == (False, True)
    (back,) = await chats.press(people.responsible, asked, says("progress.back_button"))
    assert back.message_id == asked.message_id
    assert SENTENCE in back.text
    more = await chats.say(people.responsible, "清运垃圾3吨")
    assert SENTENCE in more.text, "返回: further words are added"
    (asked,) = await chats.press(people.responsible, more, says("progress.edit_button"))
    again = await chats.say(people.responsible, "今天清理违规广告牌匾15处")
    assert (chats.has_buttons(asked), chats.has_buttons(again)) == (False, True)
    assert SENTENCE not in again.text
    (asked,) = await chats.press(people.responsible, again, says("progress.edit_button"))
    (gone,) = await chats.press(people.responsible, asked, says("progress.cancel_button"))
    assert gone.text == says("progress.cancelled")


async def test_an_edit_answers_the_question_for_other_words(chats: Chats, people: People) -> None:
    sent = update("message", message(people.responsible, text=SENTENCE))
    card = await chats.answer(sent)
    (asked,) = await chats.press(people.responsible, card, says("progress.edit_button"))
    assert await chats.answers(edit(sent, text="今天清理违规广告牌匾15处")) == []
    (changed,) = await chats.cards()
    assert changed.message_id == asked.message_id
    assert "15处" in changed.text
    assert chats.has_buttons(changed)


async def test_words_for_a_correction_replace_what_was_filed_even_after_back(
    chats: Chats, people: People
) -> None:
    await chats.press(people.responsible, await card_of(chats, people), CONFIRM)
    asked = await chats.say(people.responsible, "/undo")
    (card,) = await chats.press(people.responsible, asked, says("corrections.correct_button"))
    (asked,) = await chats.press(people.responsible, card, says("progress.edit_button"))
    await chats.press(people.responsible, asked, says("progress.back_button"))
    again = await chats.say(people.responsible, "今天清理违规广告牌匾15处")
    assert SENTENCE not in again.text


async def test_a_late_album_replaces_the_card_and_its_further_parts_change_it(
    chats: Chats, people: People
) -> None:
    card = await card_of(chats, people)

    def part(name: str) -> dict[str, object]:
        return update("message", message(people.responsible, photo=photo(name), media_group_id="g"))

    assert await chats.answers(part("a")) == []
    (again,) = await chats.cards()
    assert (chats.has_buttons(card), chats.has_buttons(again)) == (False, True)
    assert await chats.answers(part("b")) == []
    (changed,) = await chats.cards()
    assert changed.message_id == again.message_id
    assert chats.has_buttons(again)


async def test_a_correction_that_began_replaces_the_card(chats: Chats, people: People) -> None:
    """更正 is pressed twice: the second card is the one that counts."""
    await chats.press(people.responsible, await card_of(chats, people), CONFIRM)
    asked = await chats.say(people.responsible, "/undo")
    correct = says("corrections.correct_button")
    (first,) = await chats.press(people.responsible, asked, correct)
    asked = await chats.say(people.responsible, "/undo")
    (second,) = await chats.press(people.responsible, asked, correct)
    assert (chats.has_buttons(first), chats.has_buttons(second)) == (False, True)


async def test_an_edited_message_leaves_the_card_its_buttons(chats: Chats, people: People) -> None:
    sent = update("message", message(people.responsible, text=SENTENCE))
    card = await chats.answer(sent)
    assert await chats.answers(edit(sent, text="今天清理违规广告牌匾15处")) == []
    (changed,) = await chats.cards()
    assert changed.message_id == card.message_id
    assert chats.has_buttons(card)


async def test_a_card_that_goes_out_after_its_draft_has_no_buttons(chats: Chats, people: People) -> None:
    """The person cancels before the program knows which message shows the card."""
    await chats.handle(update("message", message(people.responsible, text=SENTENCE)))
    card, cancelled = await chats.answers(update("message", message(people.responsible, text="/cancel")))
    assert cancelled.text == says("progress.cancelled")
    assert not chats.has_buttons(card)


async def test_two_messages_in_quick_succession_leave_one_card(chats: Chats, people: People) -> None:
    await chats.handle(update("message", message(people.responsible, text=SENTENCE)))
    first, second = await chats.answers(update("message", message(people.responsible, text="清运垃圾3吨")))
    assert (chats.has_buttons(first), chats.has_buttons(second)) == (False, True)


async def test_a_refusal_leaves_the_card_its_buttons(chats: Chats, people: People) -> None:
    card = await card_of(chats, people)
    await chats.say(people.responsible, "长" * 4_096)
    assert chats.has_buttons(card)
