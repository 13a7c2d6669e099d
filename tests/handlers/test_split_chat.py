"""One message about two tasks, and a second message about another, in the chat."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import col, select

from models.db import Database
from models.progress import Evidence, ProgressReport
from tests.handlers.conftest import People
from tests.support.chat import Chats, message, photo, update
from tests.support.chat import text_of as says
from tests.support.people import Roster

BOTH = "今天清理违规广告牌匾12处，清运垃圾3车"
CONFIRM = says("progress.confirm_button")


@pytest.fixture(autouse=True)
async def rubbish(chats: Chats, people: People, database: Database) -> int | None:
    async with database.transaction() as session:
        mine = await session.get_one(type(people.task), people.task.id)
        roster = Roster(session, chats.clock.moment, chats.campaign)
        task = await roster.task(people.unit, "垃圾日产日清", date(2026, 12, 31))
        task.responsible_id = mine.responsible_id
        return task.id


async def reports(database: Database) -> list[ProgressReport]:
    async with database.reading() as session:
        return list(await session.exec(select(ProgressReport).order_by(col(ProgressReport.id))))


async def test_one_tap_files_both_and_one_receipt_names_both(
    chats: Chats, people: People, database: Database, rubbish: int
) -> None:
    card = await chats.say(people.responsible, BOTH)
    assert "【1】清理违规广告牌匾" in card.text
    assert "【2】垃圾日产日清" in card.text
    (done,) = await chats.press(people.responsible, card, CONFIRM)
    found = await reports(database)
    assert [report.task_id for report in found] == [people.task.id, rubbish]
    (receipt,) = await chats.post()
    for report in found:
        assert report.receipt_no in done.text
        assert report.receipt_no in receipt.text


async def test_not_split_after_all(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.responsible, BOTH)
    (card,) = await chats.press(people.responsible, card, says("progress.unsplit_button", place=1))
    await chats.press(people.responsible, card, CONFIRM)
    assert [report.task_id for report in await reports(database)] == [people.task.id]


async def test_a_photo_is_moved(chats: Chats, people: People, database: Database) -> None:
    sent = update("message", message(people.responsible, photo=photo("a"), caption=BOTH))
    card = await chats.answer(sent)
    (card,) = await chats.press(people.responsible, card, says("progress.files_for_button", place=2))
    (card,) = await chats.press(people.responsible, card, says("progress.files_for_all_button"))
    (card,) = await chats.press(people.responsible, card, says("progress.files_for_button", place=1))
    await chats.press(people.responsible, card, CONFIRM)
    first, _ = await reports(database)
    async with database.reading() as session:
        assert [file.report_id for file in await session.exec(select(Evidence))] == [first.id]


@pytest.mark.parametrize(("answer", "count"), [("another", 2), ("same", 1), ("nothing", 1)])
async def test_another_report_is_asked_about(
    chats: Chats, people: People, database: Database, answer: str, count: int
) -> None:
    await chats.say(people.responsible, "今天清理违规广告牌匾12处")
    question = await chats.say(people.responsible, "今天清运垃圾3车")
    assert question.text.startswith("另一份报告？")
    (card,) = await chats.press(people.responsible, question, says(f"progress.another.{answer}_button"))
    await chats.press(people.responsible, card, CONFIRM)
    assert len(await reports(database)) == count
