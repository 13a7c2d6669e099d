"""What people write with characters that nobody sees: read without them, stored as written, shown clean."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from models.delivery.inbox import Inbox
from models.progress import ProgressReport
from rules.hidden_characters import visible
from services.people import enrolment
from tests.bot.test_story_groups import BOARD
from tests.bot.town import CONFIRM, TASK, Town, one

# Telegram itself takes out U+202A to U+202E.
ZERO, TURN, BACK = "\u200b", "\u2067", "\u2069"
FAMILY = "👨\u200d👩\u200d👧"
HIDDEN = "看不见的字符"


async def test_a_number_that_may_look_otherwise_is_asked_about(town: Town) -> None:
    who = town["责任人"]
    written = f"今天清理违规广告牌匾1{ZERO}2处{FAMILY}{TURN}张三{BACK}"
    card = await town.ask(who, written)
    assert HIDDEN in card.text
    assert "12处" in card.text
    assert card.text == visible(card.text)
    assert FAMILY in card.text
    (card,) = await town.press(who, card, "本次新增")
    receipt = one(await town.press(who, card, CONFIRM), "【回执】")
    assert "本次 12处" in receipt.text
    async with town.desk.database.reading() as session:
        (report,) = (await session.exec(select(ProgressReport))).all()
    assert report.text == written


async def test_in_a_group_nothing_is_filed_unseen(town: Town) -> None:
    chat, _ = await town.group("责任人")
    board = one(await town.people.messages(chat, sender="bot"), BOARD)
    who = town["责任人"]
    said = f"今天清理违规广告牌匾{TURN}12{BACK}处"
    await town.people.send_text(chat, who, said, reply_to=board.message_id)
    assert HIDDEN in one(await town.news(chat), "12处").text


async def test_commands_searches_and_choices_are_read(town: Town) -> None:
    who, office = town["责任人"], town["组长"]
    plain = await town.ask(who, "/help")
    assert (await town.ask(who, f"{ZERO}{TURN}/help")).text == plain.text
    found = await town.say(who, f"/find 违规{ZERO}广告")
    assert [TASK in one.text for one in found] == [True]
    assert "责任人" in (await town.ask(office, f"/person 责{ZERO}任人")).text
    assert (await town.ask(who, f"{ZERO}收{ZERO}到{BACK}")).text == (await town.ask(who, "收到")).text
    receipt, _ = await town.say(who, f"今日无{ZERO}新增")
    assert "已收到零报告" in receipt.text


async def test_a_link_opens_and_is_nowhere(town: Town) -> None:
    who = await town.newcomer("新来的")
    async with town.desk.database.transaction() as session:
        (made,) = await enrolment.invite(
            session,
            now=town.desk.clock.moment,
            valid_for=timedelta(days=1),
            names=["责任人"],
            again=["责任人"],
        )
    await town.people.send_text(who, who, f"{ZERO}/start {TURN}{made.token}{BACK}")
    assert "您已入册" in one(await town.news(who), "您已入册").text
    await town.people.send_text(who, who, f"/st{ZERO}art {made.token}")
    await town.news(who)
    async with town.desk.database.reading() as session:
        kept = " ".join(row.payload for row in (await session.exec(select(Inbox))).all())
    assert made.token not in kept
