"""Answers to a notice in the chat: 已阅, 参会 and 回复, their changes, the counts, the end and 撤回."""

from __future__ import annotations

from datetime import time, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from locales import Text
from models.db import Database, Session
from models.delivery import messages
from models.nags import Nag, NagState
from models.people import Contact, ContactState, Unit
from rules.delivery.delivery import MessageKind
from rules.nags.levels import Level
from rules.notices.notice_lifecycle import NoticeState
from rules.notices.receipt_kinds import ReceiptKind
from rules.people.roles import Role
from services import outbox
from services.campaign import Campaign
from services.views import View
from tests.conftest import NOW
from tests.handlers.notice_chats import (
    ASK_ATTEND,
    ASK_REPLY,
    EACH,
    MEETING,
    SENDER,
    NoticeChats,
    notice_chats,
)
from tests.support.chat import Chats, Shown, message, pressed, update
from tests.support.chat import text_of as says
from tests.support.people import Roster

READ, ATTEND, ABSENT, SUBSTITUTE, REPLY = (
    says(f"notices.answer_button.{kind.value}") for kind in ReceiptKind
)
CONFIRM, AGAIN = says("notices.confirm_button"), says("notices.again_button")
END, WITHDRAW = says("notices.end_button"), says("notices.withdraw_button")
WITHDRAW_NOW = says("notices.withdraw_now_button")
AT = "12月15日08:45"


@pytest.fixture
async def notices(chats: Chats, database: Database) -> NoticeChats:
    return await notice_chats(chats, database)


async def count_card(notices: NoticeChats) -> Shown:
    """The sender's notice, opened from the list."""
    listed = await notices.chats.say(notices.person(SENDER), "/notice")
    return await notices.tiers.press(SENDER, listed, "1 12月16日")


def flash(notices: NoticeChats) -> str | None:
    return notices.chats.toasts[-1][0]


# -- 已阅 ----------------------------------------------------------------------------------------------


async def test_one_press_is_the_receipt_of_the_unit(notices: NoticeChats) -> None:
    copies = await notices.send()
    read = await notices.tiers.press("南山甲", copies["南山甲"], READ)
    assert read.text.splitlines()[-1] == f"✓ 南山村 南山甲 {AT}：已阅"
    assert read.labels() == []
    assert flash(notices) == says("notices.noted_read", answer="已阅")
    assert (await notices.copy("南山乙")).splitlines()[-1] == f"✓ 南山村 南山甲 {AT}：已阅"
    assert await notices.labels("南山乙") == []
    assert await notices.labels("西山") == [READ]
    assert "已答复1／4份" in await notices.count()


async def test_a_second_press_changes_nothing(notices: NoticeChats) -> None:
    copies = await notices.send()
    await notices.tiers.press("西山", copies["西山"], READ)
    await notices.tiers.press("西山", copies["西山"], READ)
    assert flash(notices) == says("notices.answered_before", who="西山村 西山钱")
    assert len(await notices.receipts()) == 1


async def test_who_comes_second_sees_who_was_first(notices: NoticeChats) -> None:
    copies = await notices.send()
    await notices.tiers.press("南山甲", copies["南山甲"], READ)
    late = await notices.tiers.press("南山乙", copies["南山乙"], READ)
    assert flash(notices) == says("notices.answered_before", who="南山村 南山甲")
    assert late.text.splitlines()[-1] == f"✓ 南山村 南山甲 {AT}：已阅"
    (receipt,) = await notices.receipts()
    assert (receipt.answer, receipt.number) == (ReceiptKind.READ, 1)


# -- 参会 ----------------------------------------------------------------------------------------------


async def test_a_meeting_is_attended_with_name_and_post(notices: NoticeChats, database: Database) -> None:
    async with database.transaction() as session:
        reader = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        reader.post = "村主任"
    copies = await notices.send(ASK_ATTEND)
    assert copies["西山"].text.splitlines()[-1] == "请答复是否参会（12月16日18:00前）"
    assert copies["西山"].labels() == [ATTEND, ABSENT, SUBSTITUTE]
    shown = await notices.tiers.press("西山", copies["西山"], ATTEND)
    assert shown.text.splitlines()[-1] == f"✓ 西山村 西山钱 {AT}：参加（西山钱 村主任）"
    change = [says(f"notices.change_button.{kind}") for kind in ("absent", "substitute")]
    assert shown.labels() == change


async def test_an_absence_has_its_reason_and_is_changed_again(notices: NoticeChats) -> None:
    copies = await notices.send(ASK_ATTEND)
    asked = await notices.tiers.press("西山", copies["西山"], ABSENT)
    name = "12月16日9时在区会议中心召开创城推进会，请…"
    assert asked.text == says("notices.ask_answer.absent", notice=name)
    noted = await notices.chats.say(notices.person("西山"), "外出学习")
    assert noted.text == says("notices.noted", answer="请假（外出学习）")
    assert (await notices.copy("西山")).splitlines()[-1] == f"✓ 西山村 西山钱 {AT}：请假（外出学习）"
    assert "请假（1）" in (await count_card(notices)).labels()
    changed = [says(f"notices.change_button.{kind}") for kind in ("attend", "absent", "substitute")]
    assert await notices.labels("西山") == changed
    notices.chats.clock.moment = NOW + timedelta(minutes=5)
    again = await notices.tiers.press("西山", await notices.now("西山"), changed[0])
    assert again.text.splitlines()[-1] == "✓ 西山村 西山钱 12月15日08:50：参加（西山钱）"
    assert [row.answer for row in await notices.receipts()] == [ReceiptKind.ABSENT, ReceiptKind.ATTEND]
    assert (await notices.party("西山")).answers == 2


async def test_somebody_else_comes(notices: NoticeChats) -> None:
    copies = await notices.send(ASK_ATTEND)
    asked = await notices.tiers.press("北山", copies["北山"], SUBSTITUTE)
    assert "姓名" in asked.text
    noted = await notices.chats.say(notices.person("北山"), "北山郑 副主任")
    assert noted.text == says("notices.noted", answer="由北山郑 副主任代")
    listed = await notices.tiers.press(SENDER, await count_card(notices), "由他人代（1）")
    assert listed.text.splitlines()[1] == f"1. 北山村：由北山郑 副主任代（北山冯 {AT}）"


async def test_words_that_are_too_long_are_asked_again(notices: NoticeChats) -> None:
    copies = await notices.send(ASK_ATTEND)
    await notices.tiers.press("西山", copies["西山"], ABSENT)
    refused = await notices.chats.say(notices.person("西山"), "字" * 201)
    assert refused.text == says("notices.words_too_long", limit=200, count=201)
    await notices.tiers.press("西山", refused, AGAIN)
    noted = await notices.chats.say(notices.person("西山"), "外出")
    assert noted.text == says("notices.noted", answer="请假（外出）")


# -- 回复 ----------------------------------------------------------------------------------------------


async def test_a_reply_is_shown_and_counts_with_the_confirmation(notices: NoticeChats) -> None:
    copies = await notices.send(ASK_REPLY)
    assert copies["西山"].labels() == [REPLY]
    await notices.tiers.press("西山", copies["西山"], REPLY)
    shown = await notices.chats.say(notices.person("西山"), "已传达到各组，<b>12人</b>参加。")
    assert "&lt;b&gt;12人" in shown.text
    assert await notices.receipts() == []
    noted = await notices.tiers.press("西山", shown, CONFIRM)
    assert noted.text.startswith("已登记：回复：已传达到各组")
    assert "已答复1／4份" in await notices.count()
    twice = await notices.tiers.press("西山", shown, CONFIRM)
    assert twice.text == says("notices.answered_before", who="西山村 西山钱")
    assert len(await notices.receipts()) == 1


async def test_a_reply_of_5000_characters_is_refused(notices: NoticeChats) -> None:
    copies = await notices.send(ASK_REPLY)
    await notices.tiers.press("西山", copies["西山"], REPLY)
    refused = await notices.chats.say(notices.person("西山"), "字" * 4096)
    assert refused.text == says("notices.words_too_long", limit=1000, count=4096)
    assert await notices.receipts() == []


async def test_a_voice_message_is_no_reply_and_the_words_still_are(notices: NoticeChats) -> None:
    copies = await notices.send(ASK_REPLY)
    await notices.tiers.press("西山", copies["西山"], REPLY)
    person = notices.person("西山")
    voice = {"file_id": "v", "file_unique_id": "uv", "duration": 3}
    spoken = await notices.chats.answer(update("message", message(person, voice=voice)))
    assert spoken.text == says("help.voice")
    shown = await notices.chats.say(person, "已传达")
    assert shown.text == says("notices.reply_shown", words="已传达")


async def test_a_reply_is_written_again(notices: NoticeChats) -> None:
    copies = await notices.send(ASK_REPLY)
    await notices.tiers.press("西山", copies["西山"], REPLY)
    shown = await notices.chats.say(notices.person("西山"), "已传大")
    await notices.tiers.press("西山", shown, AGAIN)
    shown = await notices.chats.say(notices.person("西山"), "已传达")
    await notices.tiers.press("西山", shown, CONFIRM)
    assert [row.words for row in await notices.receipts()] == ["已传达"]


# -- who may answer ------------------------------------------------------------------------------------


async def test_a_deputy_answers_in_the_place_of_who_is_away(notices: NoticeChats, database: Database) -> None:
    async with database.transaction() as session:
        people = {one.name: one for one in (await session.exec(select(Contact))).all()}
        roster = Roster(session, NOW, Campaign())
        await roster.leave(people["北山冯"], people["东山吴"], NOW.date())
    await notices.send(ASK_ATTEND)
    mine = [one for one in notices.chats.shown if "代北山村 北山冯接收" in one.text]
    await notices.tiers.press("东山", mine[0], ATTEND)
    (receipt,) = await notices.receipts()
    assert receipt.place == "北山村 北山冯"
    assert "未答复（3）" in (await count_card(notices)).labels()


async def test_the_deputy_of_a_day_that_is_over_answers_no_more(
    notices: NoticeChats, database: Database
) -> None:
    async with database.transaction() as session:
        people = {one.name: one for one in (await session.exec(select(Contact))).all()}
        await Roster(session, NOW, Campaign()).leave(people["北山冯"], people["东山吴"], NOW.date())
    await notices.send()
    mine = [one for one in notices.chats.shown if "代北山村 北山冯接收" in one.text]
    notices.chats.clock.moment = NOW + timedelta(days=1)
    assert await notices.chats.press(notices.person("东山"), mine[0], READ) == []
    assert flash(notices) == says("notices.not_for_you")


async def test_who_has_moved_answers_no_more(notices: NoticeChats, database: Database) -> None:
    copies = await notices.send()
    async with database.transaction() as session:
        moved = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        other = (await session.exec(select(Unit).where(Unit.name == "东山村"))).one()
        moved.unit_id = other.id or 0
    assert await notices.chats.press(notices.person("西山"), copies["西山"], READ) == []
    assert flash(notices) == says("notices.not_for_you")


async def test_who_has_left_answers_no_more(notices: NoticeChats, database: Database) -> None:
    copies = await notices.send()
    async with database.transaction() as session:
        left = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        left.state, left.telegram_user_id = ContactState.LEFT, None
    await notices.chats.press(notices.person("西山"), copies["西山"], READ)
    assert await notices.receipts() == []


async def test_nobody_answers_with_a_button_of_somebody_else(notices: NoticeChats) -> None:
    copies = await notices.send()
    stolen = pressed(notices.person("东山"), copies["西山"].data(READ), copies["西山"].message_id)
    await notices.chats.handle(stolen)
    assert await notices.receipts() == []


# -- following it --------------------------------------------------------------------------------------


async def test_the_lists_name_who_answered_and_who_did_not(notices: NoticeChats) -> None:
    copies = await notices.send(EACH)
    await notices.tiers.press("西山", copies["西山"], READ)
    card = await count_card(notices)
    assert [label for label in card.labels() if "（" in label] == ["已阅（1）", "未答复（4）"]
    read = await notices.tiers.press(SENDER, card, "已阅（1）")
    assert read.text.splitlines()[1:] == [f"1. 西山村 西山钱：已阅（西山钱 {AT}）"]
    still = await notices.tiers.press(SENDER, card, "未答复（4）")
    assert "2. 南山村 南山甲：未答复" in still.text


async def test_a_colleague_of_the_office_follows_it_and_others_do_not(
    notices: NoticeChats, database: Database
) -> None:
    async with database.transaction() as session:
        office = (await session.exec(select(Unit).where(Unit.name == "创城办"))).one()
        new = await Roster(session, NOW, Campaign()).contact(office, "创城办小李", Role.OFFICE)
        notices.tiers.accounts["小李"] = new.telegram_user_id or 0
    await notices.send(name="创城办")
    listed = await notices.chats.say(notices.person("小李"), "/notice")
    opened = await notices.tiers.press("小李", listed, "1 12月16日")
    ended = await notices.tiers.press("小李", opened, END)
    assert says("notices.over.ended") in ended.text
    alone = await notices.chats.say(notices.person(SENDER), "/notice")
    assert alone.text == says("notices.ask_words")


async def test_the_sheet_has_one_row_for_each_answer_in_the_order_of_the_roster(
    notices: NoticeChats, database: Database
) -> None:
    async with database.transaction() as session:
        people = {one.name: one for one in (await session.exec(select(Contact))).all()}
        people["西山钱"].post, people["西山钱"].phone = "村主任", "13800000001"
        people["北山冯"].state, people["北山冯"].telegram_user_id = ContactState.NOT_ENROLLED, None
    copies = await notices.send(ASK_ATTEND)
    await notices.tiers.press("西山", copies["西山"], ATTEND)
    await notices.tiers.press("东山", copies["东山"], SUBSTITUTE)
    await notices.chats.say(notices.person("东山"), "东山郑 副主任")
    await notices.tiers.press("南山甲", copies["南山甲"], ABSENT)
    await notices.chats.say(notices.person("南山甲"), "外出学习")
    shown = await notices.tiers.press(SENDER, await count_card(notices), says("notices.sheet_button"))
    (file,) = shown.files
    assert file.name == "通知回执表 12月16日9时在区会议中心召开创城推进会，请… 2026-12-15.xlsx"
    assert file.make is not None
    page = load_workbook(BytesIO(file.make())).worksheets[0]
    rows = [[cell or "" for cell in row] for row in page.iter_rows(values_only=True)]
    assert [row for row in rows if isinstance(row[0], int | str) and str(row[0]).isdigit()] == [
        [1, "西山村", "参加", "西山钱", "村主任", "13800000001", "", "2026-12-15 08:45"],
        [2, "东山村", "由他人代", "东山郑 副主任", "", "", "", "2026-12-15 08:45"],
        [3, "南山村", "请假", "南山甲", "", "", "外出学习", "2026-12-15 08:45"],
        [4, "北山村", "未加入", "", "", "", "", ""],
    ]


async def test_who_has_not_answered_is_reminded_by_hand_once_a_day(notices: NoticeChats) -> None:
    """One message a person over all notices that wait for them, whoever presses."""
    copies = await notices.send(ASK_ATTEND)
    await notices.send(text="另一份通知，请阅。")
    await notices.tiers.press("西山", copies["西山"], ATTEND)
    listed = await notices.chats.say(notices.person(SENDER), "/notice")
    meeting, other = [
        await notices.tiers.press(SENDER, listed, label) for label in ("2 12月16日", "1 另一份")
    ]
    await notices.tiers.press(SENDER, meeting, says("notices.remind_button"))
    assert flash(notices) == says("notices.reminded", count=4)
    told = await notices.posted()
    assert sorted(told) == sorted(["东山", "南山甲", "南山乙", "北山"])
    assert told["东山"].text.splitlines() == [
        says("notices.remind_title", count=2, html=True),
        "1. 12月16日9时在区会议中心召开创城推进会，请准时参加。（12月16日18:00前）",
        "2. 另一份通知，请阅。（12月16日18:00前）",
    ]
    copy = await notices.tiers.press("东山", told["东山"], "1 看通知")
    assert copy.labels() == [ATTEND, ABSENT, SUBSTITUTE]
    await notices.tiers.press(SENDER, other, says("notices.remind_button"))
    assert flash(notices) == says("notices.reminded_some", count=1, left=4)
    assert list(await notices.posted()) == ["西山"]
    notices.chats.clock.moment = NOW + timedelta(days=1)
    await notices.tiers.press(SENDER, meeting, says("notices.remind_button"))
    assert len(await notices.posted()) == 4


async def test_a_reminder_disturbs_nobodys_quiet_hours_and_keeps_the_measure_of_the_day(
    notices: NoticeChats, database: Database
) -> None:
    copies = await notices.send()
    async with database.transaction() as session:
        people = {one.name: one for one in (await session.exec(select(Contact))).all()}
        people["西山钱"].quiet_from, people["西山钱"].quiet_until = time(18), time(9, 30)
        for number in range(2):
            await had_a_nag(session, people["东山吴"], number)
    await notices.tiers.press(SENDER, await count_card(notices), says("notices.remind_button"))
    assert flash(notices) == says("notices.reminded_some", count=3, left=2)
    for name in ("西山", "东山", "南山甲", "北山"):
        await notices.tiers.press(name, copies[name], READ)
    assert not [one for one in await notices.chats.post() if "通知提醒" in one.text], "all have answered"
    assert says("notices.remind_button") not in (await count_card(notices)).labels()


async def had_a_nag(session: Session, reader: Contact, number: int) -> None:
    view = View([Text("notices.cancelled")])
    await outbox.enqueue(session, MessageKind.NAG, f"nag:{number}", view, now=NOW, contact=reader)
    ids = await messages.ids_of_keys(session, [f"nag:{number}"])
    session.add(
        Nag(
            subject="task",
            subject_id=1,
            kind="task",
            cycle="c",
            slot=f"s{number}",
            key=f"k{number}",
            rung="working_day:0",
            level=Level.RESPONSIBLE,
            contact_id=reader.id,
            state=NagState.TOLD,
            outbox_id=ids[f"nag:{number}"],
            due_at=NOW,
            created_at=NOW,
            settled_at=NOW,
        )
    )


# -- its end -------------------------------------------------------------------------------------------


async def test_an_end_takes_the_buttons_away(notices: NoticeChats) -> None:
    copies = await notices.send()
    ended = await notices.tiers.press(SENDER, await count_card(notices), END)
    assert ended.text.splitlines()[-1] == says("notices.over.ended")
    assert END not in ended.labels()
    assert (await notices.copy("西山")).splitlines()[-1] == says("notices.over.ended")
    late = await notices.tiers.press("西山", copies["西山"], READ)
    assert flash(notices) == says("notices.over.ended")
    assert late.labels() == []
    assert await notices.receipts() == []


async def test_a_notice_taken_back_says_so_everywhere(notices: NoticeChats) -> None:
    copies = await notices.send()
    await notices.tiers.press("西山", copies["西山"], READ)
    card = await count_card(notices)
    asked = await notices.tiers.press(SENDER, card, WITHDRAW)
    assert asked.text == says("notices.ask_withdraw", notice=MEETING)
    assert (await notices.notice()).state is NoticeState.OPEN
    await notices.tiers.press(SENDER, asked, WITHDRAW_NOW)
    shown = await notices.copy("东山")
    assert shown.splitlines()[-1] == says("notices.over.withdrawn")
    assert MEETING not in shown
    await notices.tiers.press("东山", copies["东山"], READ)
    assert flash(notices) == says("notices.over.withdrawn")
    assert len(await notices.receipts()) == 1


async def test_what_was_taken_back_before_it_went_out_never_does(notices: NoticeChats) -> None:
    card = await notices.addressed(await notices.write())
    await notices.tiers.press(SENDER, card, says("notices.send_button"))
    asked = await notices.tiers.press(SENDER, await count_card(notices), WITHDRAW)
    await notices.tiers.press(SENDER, asked, WITHDRAW_NOW)
    assert await notices.posted() == {}


async def test_what_waits_for_the_morning_is_taken_back_too(notices: NoticeChats) -> None:
    notices.chats.clock.moment = NOW.replace(hour=14)
    await notices.send()
    asked = await notices.tiers.press(SENDER, await count_card(notices), WITHDRAW)
    await notices.tiers.press(SENDER, asked, WITHDRAW_NOW)
    await notices.tick(NOW + timedelta(days=1))
    assert await notices.posted() == {}


async def test_a_question_from_before_the_end_counts_no_more(notices: NoticeChats) -> None:
    copies = await notices.send(ASK_ATTEND)
    await notices.tiers.press("西山", copies["西山"], ABSENT)
    await notices.tiers.press(SENDER, await count_card(notices), END)
    assert (await notices.chats.say(notices.person("西山"), "外出")).text == says("notices.over.ended")
    assert await notices.receipts() == []


async def test_a_notice_is_ended_once(notices: NoticeChats) -> None:
    await notices.send()
    card = await count_card(notices)
    await notices.tiers.press(SENDER, card, END)
    await notices.tiers.press(SENDER, card, END)
    assert flash(notices) == says("notices.over.ended")
    asked = await notices.tiers.press(SENDER, await count_card(notices), WITHDRAW)
    await notices.tiers.press(SENDER, asked, WITHDRAW_NOW)
    assert (await notices.notice()).state is NoticeState.WITHDRAWN
