"""The picture of an evening: it follows the words, and changes when the tally is corrected."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from bot.pictures import PictureLine
from bot.workers.pictures import DrawingError
from models import wrong_time
from models.delivery import messages, pictures
from models.delivery.pictures import PictureState, PromisedPicture
from models.groups import GroupChat
from reports.pictures.picture import Picture, QuantityLine, QuantityPanel, UnitPanel
from rules.delivery.delivery import DeliveryState
from rules.people.roles import Role
from sandbox.media import generate_png
from sandbox.shapes import MessageRecord
from services.delivery import picture_contents
from services.turn import TickTurn
from tests.bot.desk import MARK, NO_TLS
from tests.bot.evening import SEVEN, SIX, Evening

FIVE_MINUTES = timedelta(minutes=5)


class Studio:
    """A line of pictures that draws one colour for each wording, and keeps what it was asked for."""

    def __init__(self, evening: Evening) -> None:
        self.evening = evening
        self.asked: list[Picture] = []
        self.fails: Exception | None = None
        desk = evening.desk
        self.line = PictureLine(desk.database, desk.clock, desk.campaign, draw=self.draw)

    async def draw(self, pictures: Sequence[Picture]) -> list[bytes | None]:
        if self.fails is not None:
            raise self.fails
        self.asked += pictures
        return [generate_png(json.dumps(one.to_json()), width=1080, height=900) for one in pictures]

    async def look(self) -> float:
        rest = await self.line.look()
        self.evening.desk.sender.wake()
        return rest

    async def pictures(self) -> list[MessageRecord]:
        return [one for one in await self.evening.tallies() if one.kind == "photo"]

    async def rows(self) -> list[PromisedPicture]:
        async with self.evening.desk.database.reading() as session:
            return list((await session.exec(select(PromisedPicture))).all())

    async def sent(self) -> MessageRecord:
        """Let the tally go out with its picture."""
        await self.evening.tally()
        await self.look()
        picture = await self.evening.desk.people.wait_for(self.evening.chat, contains="（截至")
        await self.evening.desk.until_settled()
        return picture

    async def bytes_of(self, message: MessageRecord) -> bytes:
        file = await self.evening.desk.bot.get_file(message.media[-1]["file_id"])
        async with httpx.AsyncClient(verify=NO_TLS["verify"]) as client:
            return (await client.get(str(file.file_path))).content


@pytest.fixture
def studio(evening: Evening) -> Studio:
    return Studio(evening)


async def test_the_picture_is_a_quiet_message_under_the_words(studio: Studio) -> None:
    await studio.evening.tally()
    await studio.evening.desk.people.wait_for(studio.evening.chat, contains="创城工作日报")
    assert await studio.pictures() == [], "the words do not wait for it"
    await studio.look()
    picture = await studio.evening.desk.people.wait_for(studio.evening.chat, contains="（截至")
    await studio.evening.desk.until_settled()
    words, shown = await studio.evening.tallies()
    assert (shown.message_id, shown.kind) == (picture.message_id, "photo")
    assert words.message_id < shown.message_id
    assert shown.text == "创城工作日报 12月15日（截至12月15日18:00）"
    assert shown.media[-1]["width"] == 1080
    (asked,) = studio.asked
    assert (asked.title, asked.stamp) == ("创城工作日报 12月15日", "截至12月15日18:00")
    units, quantities = asked.panels
    assert isinstance(units, UnitPanel)
    assert units.numbers == ["0/1"]
    assert isinstance(quantities, QuantityPanel)
    assert quantities.lines == [QuantityLine("清理违规广告牌匾", "今日 12处，累计 12处")]
    (call,) = await studio.evening.desk.people.calls("sendPhoto")
    assert call.params["disable_notification"] == "true"
    assert await studio.look() > 0, "nothing is left to draw"
    assert len(studio.asked) == 1


async def test_a_corrected_tally_has_its_picture_replaced(studio: Studio) -> None:
    before = await studio.sent()
    old = await studio.bytes_of(before)
    await studio.evening.edit("今天清理违规广告牌匾21处")
    await studio.look()
    await studio.evening.program.look()
    (shown,) = await studio.pictures()
    assert shown.message_id == before.message_id
    assert shown.text == "创城工作日报 12月15日（截至12月15日18:00，12月15日19:05更正）"
    assert await studio.bytes_of(shown) != old
    assert studio.asked[-1].stamp == "截至12月15日18:00，12月15日19:05更正"
    calls = len(await studio.evening.desk.people.calls())
    await studio.look()
    await studio.evening.program.look()
    assert len(await studio.evening.desk.people.calls()) == calls


async def corrected(studio: Studio) -> None:
    """The picture's tally is corrected, in nothing that the picture shows."""
    async with studio.evening.desk.database.transaction() as session:
        row = (await session.exec(select(PromisedPicture))).one()
        await pictures.correct(session, row.kind, row.subject_id or 0, SEVEN)


async def test_a_correction_that_changes_nothing_in_it_draws_nothing(studio: Studio) -> None:
    before = await studio.sent()
    await corrected(studio)
    assert [row.state for row in await studio.rows()] == [PictureState.WAITING]
    assert await studio.look() == 0.0, "more may be due"
    await studio.evening.program.look()
    (shown,) = await studio.pictures()
    assert (shown.revision, shown.text, len(studio.asked)) == (before.revision, before.text, 1)
    assert [row.state for row in await studio.rows()] == [PictureState.DRAWN]


async def test_corrections_meanwhile_do_not_keep_it_back(studio: Studio) -> None:
    """What is drawn goes out, and changes afterwards."""
    await studio.evening.tally()
    await studio.evening.desk.until_settled()

    async def draw(asked: Sequence[Picture]) -> list[bytes | None]:
        await studio.evening.edit("今天清理违规广告牌匾21处")
        return await studio.draw(asked)

    studio.line._draw = draw
    await studio.look()
    studio.line._draw = studio.draw
    first = await studio.evening.desk.people.wait_for(studio.evening.chat, contains="（截至")
    await studio.evening.desk.until_settled()
    await studio.look()
    await studio.evening.program.look()
    (shown,) = await studio.pictures()
    assert shown.message_id == first.message_id
    assert "更正" in shown.text
    assert [row.state for row in await studio.rows()] == [PictureState.DRAWN]


async def test_one_that_was_deleted_blocks_no_other(studio: Studio) -> None:
    """Its edits find nothing. The group's other pictures change all the same."""
    await studio.sent()
    desk = studio.evening.desk
    gone = "Bad Request: message to edit not found"
    await desk.people.fail("editMessageMedia", chat=studio.evening.chat, status=400, description=gone)
    for number in (21, 22):
        await studio.evening.edit(f"今天清理违规广告牌匾{number}处")
        await studio.look()
        await studio.evening.program.look()
        desk.clock.moment += FIVE_MINUTES
    async with desk.database.transaction() as session:
        row = (await session.exec(select(PromisedPicture))).one()
        other = {"id": None, "promise_key": "other", "subject_id": 99, "state": PictureState.WAITING}
        session.add(PromisedPicture(**(row.model_dump() | other)))
    async with desk.database.reading() as session:
        waiting = await pictures.to_draw(session, desk.clock.moment, FIVE_MINUTES, 9)
    assert "other" in [one.promise_key for one in waiting]


async def test_five_minutes_are_counted_from_the_change_in_the_chat(studio: Studio) -> None:
    await studio.sent()
    desk = studio.evening.desk
    await studio.evening.edit("今天清理违规广告牌匾21处")
    await studio.look()
    desk.clock.moment = SEVEN + timedelta(minutes=4)
    await studio.evening.program.look()
    (row,) = await studio.rows()
    assert row.edited_at == SEVEN + timedelta(minutes=4)


async def test_pictures_of_a_group_change_once_in_five_minutes(studio: Studio) -> None:
    await studio.sent()
    desk = studio.evening.desk

    async def change(number: int) -> None:
        await studio.evening.edit(f"今天清理违规广告牌匾{number}处")

    async def edits() -> int:
        await studio.look()
        await studio.evening.program.look()
        return len(await desk.people.calls("editMessageMedia"))

    await change(21)
    assert await edits() == 1
    await change(22)
    assert await edits() == 1
    desk.clock.moment = SEVEN + FIVE_MINUTES - timedelta(seconds=1)
    assert await edits() == 1
    desk.clock.moment = SEVEN + FIVE_MINUTES
    assert await edits() == 2


async def test_corrected_before_it_went_out_it_is_right_from_the_start(studio: Studio) -> None:
    await studio.evening.tally()
    await studio.evening.desk.until_settled()
    await studio.evening.edit("今天清理违规广告牌匾21处")
    await studio.look()
    await studio.evening.desk.people.wait_for(studio.evening.chat, contains="（截至")
    (shown,) = await studio.pictures()
    assert "更正" not in shown.text
    assert studio.asked[-1].stamp == "截至12月15日18:00"


async def test_what_cannot_be_drawn_is_given_up_and_the_words_stand(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    await studio.evening.tally()
    studio.fails = DrawingError("exit code -9")
    rests = [await studio.look() for _ in range(3)]
    assert rests == [2.0, 4.0, 8.0], "each failure in a row is followed by a longer rest"
    (row,) = await studio.rows()
    assert (row.state, row.attempts) == (PictureState.FAILED, 3)
    studio.fails = None
    await studio.look()
    assert studio.asked == []
    assert [one.kind for one in await studio.evening.tallies()] == ["text"]


async def test_one_that_fails_does_not_take_others_with_it(studio: Studio) -> None:
    """After a process has ended badly, each picture of it is drawn alone."""
    await studio.evening.desk.group("另一个群")
    await studio.evening.tally()
    studio.fails = DrawingError("exit code -9")
    await studio.look()
    studio.fails = None
    await studio.look()
    assert len(studio.asked) == 1
    await studio.look()
    assert [row.state for row in await studio.rows()] == [PictureState.DRAWN] * 2


async def test_an_unknown_outcome_comes_again_and_says_so(studio: Studio) -> None:
    await studio.evening.tally()
    await studio.evening.desk.until_settled()
    await studio.evening.desk.people.fail("sendPhoto", chat=studio.evening.chat, status=500)
    await studio.look()
    picture = await studio.evening.desk.people.wait_for(studio.evening.chat, contains=MARK)
    assert picture.kind == "photo"
    assert "截至12月15日18:00" in picture.text
    await studio.evening.desk.until_settled()
    await studio.evening.program.look()
    (shown,) = await studio.pictures()
    assert MARK in shown.text, "an edit would only take the mark away"


async def test_a_group_that_takes_no_pictures_is_named_to_the_office_once(studio: Studio) -> None:
    evening = studio.evening
    await evening.desk.contact("创城办", Role.OFFICE)
    refusal = "Bad Request: not enough rights to send photos to the chat"
    await evening.desk.people.fail("sendPhoto", chat=evening.chat, status=400, description=refusal)
    await evening.tally()
    await studio.look()
    rows = await evening.desk.until(
        lambda rows: any(row.state is DeliveryState.UNDELIVERABLE for row in rows.values())
    )
    told = [row for row in rows.values() if "no_photos" in json.dumps(row.content)]
    assert len(told) == 1
    assert not [row for row in rows.values() if row.view == "held"], "the words went out"
    async with evening.desk.database.reading() as session:
        assert await messages.held(session) == []


async def test_what_cannot_be_counted_holds_up_no_other(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await studio.evening.desk.group("另一个群")
    await studio.evening.tally()
    first, inner = [], picture_contents.said_by

    async def said_by(turn: TickTurn, picture: PromisedPicture) -> Picture | None:
        first.append(picture.id)
        if picture.id == first[0]:
            raise ValueError("a fault")
        return await inner(turn, picture)

    monkeypatch.setattr(picture_contents, "said_by", said_by)
    await studio.look()
    states = [(row.state, row.attempts) for row in await studio.rows()]
    assert states == [(PictureState.WAITING, 1), (PictureState.DRAWN, 0)]


async def test_one_of_a_day_that_is_over_is_not_sent(studio: Studio) -> None:
    await studio.evening.tally()
    await studio.evening.desk.until_settled()
    studio.evening.desk.clock.moment = SIX + timedelta(hours=15)
    await studio.look()
    await studio.evening.desk.until_settled()
    assert await studio.pictures() == []


async def test_after_a_restore_it_is_held_with_its_words(studio: Studio) -> None:
    await studio.evening.tally()
    async with studio.evening.desk.database.transaction() as session:
        await pictures.let_go(session)
    await studio.evening.desk.until_settled()
    await studio.evening.edit("今天清理违规广告牌匾21处")
    await studio.look()
    assert studio.asked == [], "no correction brings it back"


async def test_of_a_wrong_clock_nothing_is_left(studio: Studio) -> None:
    """The tally of a day to come was promised; the true one has its own picture."""
    await studio.evening.tally()
    today = SIX - timedelta(days=1)
    async with studio.evening.desk.database.transaction() as session:
        await wrong_time.forget_pictures(session, today, today.date())
    (row,) = await studio.rows()
    assert (row.state, row.promise_key) == (PictureState.FAILED, "2026-12-15/tally/picture:1:early")


async def test_a_group_that_was_let_go_gets_no_picture(studio: Studio) -> None:
    evening = studio.evening
    await evening.tally()
    await evening.desk.until_settled()
    async with evening.desk.database.transaction() as session:
        group = (await session.exec(select(GroupChat))).one()
        group.active = False
        session.add(group)
    await studio.look()
    await evening.desk.until_settled()
    assert await studio.pictures() == []


async def test_a_killed_program_has_them_drawn_by_the_next_one(studio: Studio) -> None:
    """Nothing is noted before a picture is drawn, so nothing is lost or counted as a failure."""
    await studio.evening.tally()
    begun = asyncio.Event()

    async def hangs(_pictures: Sequence[Picture]) -> list[bytes | None]:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    desk = studio.evening.desk
    killed = asyncio.create_task(PictureLine(desk.database, desk.clock, desk.campaign, draw=hangs).look())
    await begun.wait()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    (row,) = await studio.rows()
    assert (row.state, row.attempts) == (PictureState.WAITING, 0)
    await studio.look()
    await desk.people.wait_for(studio.evening.chat, contains="（截至")
    assert len(await studio.pictures()) == 1


async def test_the_process_draws_real_pictures(studio: Studio) -> None:
    """Through the command line, as the running program does."""
    desk = studio.evening.desk
    await studio.evening.tally()
    await PictureLine(desk.database, desk.clock, desk.campaign).look()
    desk.sender.wake()
    picture = await desk.people.wait_for(studio.evening.chat, contains="（截至")
    assert picture.media[-1]["width"] == 1080
