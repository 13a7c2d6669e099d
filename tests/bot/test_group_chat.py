"""A group and the whole program, over HTTP: binding, replies, anonymous admins, the move to a supergroup."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime

import pytest
from sqlmodel import col, select

from models.groups import GroupChat
from models.people import Contact
from models.progress import ProgressReport
from rules.delivery.delivery import DeliveryState
from rules.people.roles import Role
from sandbox.shapes import MessageRecord
from services.groups import evening_tallies
from tests.bot.desk import Desk, account
from tests.bot.program import Program, program_at
from tests.support.people import Roster
from tests.support.turns import tick_for

BOARD, TALLY = "【创城进展看板】", "【创城工作日报】"


@dataclass
class Works:
    """The program, the office, a 责任人 with one task, and a group with topics that is not bound yet."""

    program: Program
    chat: int
    thread: int | None
    office: Contact
    responsible: Contact

    @property
    def desk(self) -> Desk:
        return self.program.desk

    async def say(
        self, who: Contact, text: str, *, reply_to: int | None = None, anonymous: bool = False
    ) -> MessageRecord:
        """Say something in the topic, and let the program handle it."""
        said = await self.desk.people.send_text(
            self.chat, account(who), text, reply_to=reply_to, thread=self.thread, anonymous=anonymous
        )
        await self.program.take_in()
        return said

    async def press(self, who: Contact, message: MessageRecord, label: str) -> None:
        await self.desk.people.press(self.chat, account(who), message.message_id, label)
        await self.program.take_in()

    async def shown(self, title: str, *, chat: int | None = None) -> MessageRecord:
        """Wait for the one message of the bot in the group that has these words, and return it."""
        found = await self.desk.people.wait_for(chat or self.chat, contains=title)
        assert len([m for m in await self.desk.received(chat or self.chat) if title in m.text]) == 1
        return found

    async def reactions(self, said: MessageRecord) -> list[str]:
        (now,) = [m for m in await self.desk.people.messages(said.chat_id) if m.message_id == said.message_id]
        return [emoji for given in now.reactions.values() for emoji in given]

    async def tally(self, at: datetime) -> None:
        self.desk.clock.moment = at
        async with self.desk.database.transaction() as session:
            assert await evening_tallies.tally_tick(tick_for(session, at, self.desk.campaign))
        self.desk.sender.wake()
        await self.desk.until_settled()

    async def reports(self) -> list[str]:
        async with self.desk.database.reading() as session:
            return list(await session.exec(select(ProgressReport.text).order_by(col(ProgressReport.id))))


async def works_at(program: Program, **group: object) -> Works:
    desk = program.desk
    office, responsible = await desk.office(), await desk.contact("责任人", Role.RESPONSIBLE_PERSON)
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        unit = await roster.unit("住建局")
        contact = await session.get_one(Contact, responsible.id)
        await roster.task(unit, "清理违规广告牌匾", date(2026, 12, 18), contact)
    members = [account(office), account(responsible)]
    made = await desk.people.act(
        "create_group", title="工作群", members=members, bot="administrator", **group
    )
    (thread,) = made["topics"].values() or (None,)
    return Works(program, int(made["id"]), thread, office, responsible)


@pytest.fixture
async def program(desk: Desk) -> AsyncIterator[Program]:
    async with program_at(desk) as program:
        yield program


async def test_a_day_in_a_topic(program: Program) -> None:
    """A button binds the group and the board is pinned; replies to board and tally are reports it follows."""
    works = await works_at(program, topics=["每日播报"])
    people = works.desk.people
    command = await works.say(works.office, "/bind")
    question = await works.shown("请选择本群的统计范围")
    assert (question.thread_id, question.reply_to) == (works.thread, command.message_id)
    await works.press(works.office, question, "部门")
    await people.wait_for_edit(question, contains="已绑定本群（范围：部门）")
    await program.look()
    board = await works.shown(BOARD)
    assert board.thread_id == works.thread
    assert (await people.chat(works.chat)).pinned == [board.message_id]

    said = await works.say(works.responsible, "今天清理违规广告牌匾12处", reply_to=board.message_id)
    await people.wait_for(account(works.responsible), contains="回执")
    assert await works.reactions(said) == ["👌"]
    await program.look()
    assert "清理违规广告牌匾：今日 12处" in (await works.shown(BOARD)).text

    await works.tally(datetime(2026, 12, 15, 10, 0, tzinfo=works.desk.clock.moment.tzinfo))
    tally = await works.shown(TALLY)
    assert tally.thread_id == works.thread
    doubtful = await works.say(works.responsible, "清理违规广告牌匾30处", reply_to=tally.message_id)
    card = await works.shown("请核对后提交")
    assert (card.thread_id, card.reply_to) == (works.thread, doubtful.message_id)
    assert await works.reactions(doubtful) == []
    await works.press(works.office, card, "确认提交")
    assert len(await works.reports()) == 1, "only they may"
    await works.press(works.responsible, card, "1 本次新增")
    card = await people.wait_for_edit(card, contains="无误请点“确认提交”")
    await works.press(works.responsible, card, "确认提交")
    done = await works.shown("✅ 已提交")
    assert done.message_id == card.message_id
    assert len(done.text.splitlines()) == 1

    await people.edit_text(
        works.chat, account(works.responsible), said.message_id, "今天清理违规广告牌匾21处"
    )
    talk = await works.say(works.responsible, "收到", reply_to=board.message_id)
    assert await works.reports() == ["今天清理违规广告牌匾21处", "清理违规广告牌匾30处"]
    assert await works.reactions(talk) == []
    await program.look()
    assert "清理违规广告牌匾：今日 51处" in (await works.shown(BOARD)).text


async def test_an_album_in_reply(program: Program) -> None:
    works = await works_at(program)
    await works.say(works.office, "/bind 全部")
    await program.look()
    board = await works.shown(BOARD)
    parts = await works.desk.people.send_media_group(
        works.chat,
        account(works.responsible),
        count=3,
        caption="今天清理违规广告牌匾12处",
        reply_to=board.message_id,
    )
    await program.take_in()
    assert await works.reports() == []
    await program.show_albums()
    assert await works.reports() == ["今天清理违规广告牌匾12处"]
    assert await works.reactions(parts[0]) == ["👌"]
    receipt = await works.desk.people.wait_for(account(works.responsible), contains="回执")
    assert "佐证：3 张图片" in receipt.text


async def test_an_anonymous_admin(program: Program) -> None:
    """An anonymous admin is asked once to write privately; their words change nothing."""
    works = await works_at(program)
    await works.desk.people.set_anonymous(works.chat, account(works.office))
    for text in ("大家好", "/bind", "/bind 全部"):
        await works.say(works.office, text, anonymous=True)
    await works.shown("请私聊我")
    async with works.desk.database.reading() as session:
        assert (await session.exec(select(GroupChat))).all() == []


@pytest.mark.parametrize("told", ["by_telegram", "by_an_error"])
async def test_to_the_supergroup_with_all_that_waits(program: Program, told: str) -> None:
    """Service messages and the error both tell of the move; whichever comes first, it takes effect once."""
    works = await works_at(program, kind="group")
    desk = works.desk
    await works.say(works.office, "/bind 全部")
    await program.look()
    await works.shown(BOARD)
    desk.clock.moment = datetime(2026, 12, 15, 10, 0, tzinfo=desk.clock.moment.tzinfo)
    async with desk.database.transaction() as session:
        await evening_tallies.tally_tick(tick_for(session, desk.clock.moment, desk.campaign))
    new = (await desk.people.migrate(works.chat, account(works.office))).id
    if told == "by_telegram":
        await program.take_in()
    desk.sender.wake()
    await desk.until(lambda rows: all(row.state is DeliveryState.SENT for row in rows.values()))
    await program.take_in()
    for _ in range(2):
        await program.look()
    await works.shown(TALLY, chat=new)
    board = await works.shown(BOARD, chat=new)
    assert (await desk.people.chat(new)).pinned == [board.message_id]
    works.chat = new
    said = await works.say(works.responsible, "今天清理违规广告牌匾12处", reply_to=board.message_id)
    assert await works.reactions(said) == ["👌"]


async def test_demoted_promoted_removed_and_back(program: Program) -> None:
    works = await works_at(program)
    desk, chat = works.desk, works.chat
    office = account(works.office)

    async def told() -> list[str]:
        await desk.until_settled()
        return [text[:20] for text in await desk.texts(office)]

    await works.say(works.office, "/bind 全部")
    await program.look()
    await desk.people.set_member(chat, desk.telegram.world.bot.id, "member", by=office)
    await program.take_in()
    assert len(await told()) == 1
    await desk.people.set_member(chat, desk.telegram.world.bot.id, "administrator", by=office)
    await program.take_in()
    await program.look()
    board = await works.shown(BOARD)
    assert (await desk.people.chat(chat)).pinned == [board.message_id]
    await desk.people.remove_bot(chat, office)
    await program.take_in()
    assert len(await told()) == 2
    await desk.people.add_bot(chat, office)
    await program.take_in()
    await works.shown("请创城办工作人员在本群发送 /bind")
    await works.say(works.office, "/bind 全部")
    await program.look()
    again = await works.shown(BOARD)
    assert again.message_id > board.message_id, "what stood there meanwhile told nothing new, and is gone"
