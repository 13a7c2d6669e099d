"""The same words again within ten minutes: nothing counts twice unless the person says so."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col, select

from models.db import Database
from models.progress import Figure, ProgressReport
from tests.handlers.conftest import People
from tests.handlers.test_orders_chat import FEEDBACK, Scene
from tests.support.chat import Chats, edit, message, photo, said, update
from tests.support.chat import text_of as says
from tests.support.issues import Issues, picture

SENTENCE = "今天清理违规广告牌匾1101处"
NOT_COUNTED = says("progress.repeated.not_counted")
AGAIN = says("progress.repeated.again_button")
DROP = says("progress.repeated.drop_button")
CONFIRM = says("progress.confirm_button")


async def added(database: Database) -> list[int]:
    async with database.reading() as session:
        figures = (await session.exec(select(Figure).order_by(col(Figure.id)))).all()
    return [int(figure.added) for figure in figures]


async def test_a_card_that_is_open_counts_them_once(chats: Chats, people: People, database: Database) -> None:
    await chats.say(people.responsible, SENTENCE)
    card = await chats.say(people.responsible, f"  {SENTENCE}\n")
    assert NOT_COUNTED in card.text
    assert card.text.count("1101处</b>") == 1
    await chats.press(people.responsible, chats.shown[-1], CONFIRM)
    assert await added(database) == [1101]


async def test_another_time_counts_when_the_person_says_so(
    chats: Chats, people: People, database: Database
) -> None:
    await chats.say(people.responsible, SENTENCE)
    card = await chats.say(people.responsible, SENTENCE)
    (both,) = await chats.press(people.responsible, card, AGAIN)
    assert NOT_COUNTED not in both.text
    await chats.press(people.responsible, both, CONFIRM)
    assert await added(database) == [2202]


async def test_an_edit_of_the_second_message_changes_the_second(
    chats: Chats, people: People, database: Database
) -> None:
    await chats.say(people.responsible, SENTENCE)
    again = said(people.responsible, SENTENCE)
    await chats.answer(again)
    assert await chats.answers(edit(again, text=f"{SENTENCE} ")) == []
    assert await chats.cards() == [], "they still say the same"
    assert await chats.answers(edit(again, text="今天出动志愿者20人")) == []
    (card,) = await chats.cards()
    assert NOT_COUNTED not in card.text
    await chats.press(people.responsible, card, CONFIRM)
    assert await added(database) == [1101, 20]


async def test_other_words_end_the_line(chats: Chats, people: People) -> None:
    await chats.say(people.responsible, SENTENCE)
    await chats.say(people.responsible, SENTENCE)
    card = await chats.say(people.responsible, "出动志愿者20人")
    assert NOT_COUNTED not in card.text
    assert AGAIN not in card.labels()


async def test_words_that_replace_are_no_repetition(chats: Chats, people: People) -> None:
    card = await chats.say(people.responsible, SENTENCE)
    await chats.press(people.responsible, card, says("progress.edit_button"))
    assert NOT_COUNTED not in (await chats.say(people.responsible, SENTENCE)).text


async def test_after_ten_minutes_they_are_new_words(chats: Chats, people: People) -> None:
    await chats.say(people.responsible, SENTENCE)
    chats.clock.moment += timedelta(minutes=11)
    assert NOT_COUNTED not in (await chats.say(people.responsible, SENTENCE)).text


async def test_without_a_card_they_are_never_new_words(
    chats: Chats, people: People, database: Database
) -> None:
    """Telegram was away for half an hour: the person saw no card and writes again."""
    await chats.handle(said(people.responsible, SENTENCE))
    chats.screen.prompts.clear()
    chats.clock.moment += timedelta(minutes=25)
    card = await chats.say(people.responsible, SENTENCE)
    assert NOT_COUNTED in card.text
    await chats.press(people.responsible, card, CONFIRM)
    assert await added(database) == [1101]


async def test_in_the_paper_of_a_problem_they_count_once(
    chats: Chats, people: People, database: Database
) -> None:
    """They are no place either, though the card asks for one."""
    issues = await Issues.make(database, chats, people.other_unit)
    await issues.send(picture(issues.grid, caption="占道经营"))
    card = await chats.say(issues.grid, "占道经营")
    assert NOT_COUNTED in card.text
    draft = await issues.draft()
    assert draft is not None
    assert (draft.text, draft.content.get("place")) == ("占道经营", None)
    assert NOT_COUNTED not in (await chats.say(issues.grid, "人民路12号")).text


async def test_in_feedback_they_count_once(chats: Chats, people: People, database: Database) -> None:
    order, _ = await Scene(database, chats, people).order()
    await chats.press(people.liaison, order, FEEDBACK)
    await chats.say(people.liaison, "已清走摊位")
    card = await chats.say(people.liaison, "已清走摊位")
    assert NOT_COUNTED in card.text
    assert card.text.count("已清走摊位") == 1
    assert NOT_COUNTED not in (await chats.say(people.liaison, "现场已清扫")).text


async def filed(chats: Chats, people: People) -> None:
    card = await chats.say(people.responsible, SENTENCE)
    await chats.press(people.responsible, card, CONFIRM)


async def test_after_a_filing_it_is_asked(chats: Chats, people: People, database: Database) -> None:
    await filed(chats, people)
    question = await chats.say(people.responsible, SENTENCE)
    async with database.reading() as session:
        number = (await session.exec(select(ProgressReport.receipt_no))).one()
    assert question.text == says("progress.repeated.filed", html=True, words=SENTENCE, number=number)
    assert question.labels() == [AGAIN, DROP]
    (gone,) = await chats.press(people.responsible, question, DROP)
    assert gone.text == says("progress.cancelled")
    assert await added(database) == [1101]


async def test_after_a_filing_it_counts_when_the_person_says_so(
    chats: Chats, people: People, database: Database
) -> None:
    await filed(chats, people)
    question = await chats.say(people.responsible, SENTENCE)
    assert (await chats.say(people.responsible, SENTENCE)).text == question.text, "and the third time too"
    (card,) = await chats.press(people.responsible, chats.shown[-1], AGAIN)
    await chats.press(people.responsible, card, CONFIRM)
    assert await added(database) == [1101, 1101]


async def test_other_words_instead_of_an_answer_leave_them_aside(
    chats: Chats, people: People, database: Database
) -> None:
    await filed(chats, people)
    await chats.say(people.responsible, SENTENCE)
    card = await chats.say(people.responsible, "今天清理违规广告牌匾5处")
    assert "1101" not in card.text
    await chats.press(people.responsible, card, CONFIRM)
    assert await added(database) == [1101, 5]


async def test_an_edit_makes_other_words_of_them(chats: Chats, people: People, database: Database) -> None:
    await filed(chats, people)
    again = said(people.responsible, SENTENCE)
    question = await chats.answer(again)
    assert await chats.answers(edit(again, text="今天清理违规广告牌匾15处")) == []
    (card,) = await chats.cards()
    assert card.message_id == question.message_id
    await chats.press(people.responsible, card, CONFIRM)
    assert await added(database) == [1101, 15]


async def test_a_photo_makes_them_another_report(chats: Chats, people: People) -> None:
    await filed(chats, people)
    await chats.say(people.responsible, SENTENCE)
    card = await chats.answer(update("message", message(people.responsible, photo=photo("a"))))
    assert CONFIRM in card.labels()
    assert "1101处</b>" in card.text


async def test_a_report_that_was_taken_back_may_be_written_again(chats: Chats, people: People) -> None:
    await filed(chats, people)
    (undo,) = await chats.answers(said(people.responsible, "/undo"))
    await chats.press(people.responsible, undo, undo.labels()[0])
    assert CONFIRM in (await chats.say(people.responsible, SENTENCE)).labels()
