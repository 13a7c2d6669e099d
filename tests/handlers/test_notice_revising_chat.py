"""修改: the text of a notice changes, in place (更正) or with everybody asked anew (重新阅知)."""

from __future__ import annotations

from datetime import time, timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from sqlmodel import col, select

from models import audit_log
from models.db import Database, ident
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox
from models.notices import NoticeRevision
from models.people import Contact, ContactRole, ContactState
from rules.delivery.delivery import DeliveryState
from rules.people.roles import Role
from services.delivery import live_views
from tests.conftest import NOW
from tests.handlers.notice_chats import (
    ASK_ATTEND,
    ASK_REPLY,
    MEETING,
    SENDER,
    NoticeChats,
    notice_chats,
)
from tests.support.chat import Chats, Json, Shown, edit, said
from tests.support.chat import text_of as says
from tests.support.turns import tick_for

CHANGE, CORRECT, RENEW, KEEP = (
    says(f"notices.{name}_button") for name in ("revise", "correct", "renew", "keep_text")
)
READ, ABSENT = says("notices.answer_button.read"), says("notices.answer_button.absent")
REPLY = says("notices.answer_button.reply")
LATER = MEETING.replace("9时", "10时")
AT = "12月15日08:45"
NOTED = {"notice_correct", "notice_renew"}


@pytest.fixture
async def notices(chats: Chats, database: Database) -> NoticeChats:
    return await notice_chats(chats, database)


async def count_card(notices: NoticeChats) -> Shown:
    listed = await notices.chats.say(notices.person(SENDER), "/notice")
    return await notices.tiers.press(SENDER, listed, "1 12月16日")


async def offered(notices: NoticeChats, text: str = LATER) -> Shown:
    """The card with the two ways, after 修改 and the new text."""
    await notices.tiers.press(SENDER, await count_card(notices), CHANGE)
    return await notices.chats.say(notices.person(SENDER), text)


async def old_copy(notices: NoticeChats, name: str) -> str:
    """The first message that the person got of the notice, as it stands now."""
    async with notices.tiers.database.transaction() as session:
        query = select(LiveMessage).where(
            LiveMessage.kind == LiveKind.NOTICE_COPY, LiveMessage.chat_id == notices.tiers.accounts[name]
        )
        row = (await session.exec(query.order_by(col(LiveMessage.id)))).first()
        assert row is not None
        shown = await live_views.render(
            tick_for(session, notices.chats.clock.moment, notices.chats.campaign), row
        )
        assert shown is not None
        return shown[0].plain("zh")


async def texts(notices: NoticeChats) -> list[tuple[int, str, bool]]:
    async with notices.tiers.database.reading() as session:
        rows = await session.exec(select(NoticeRevision).order_by(col(NoticeRevision.number)))
        return [(row.number, row.text, row.asked_anew) for row in rows]


# -- the two ways --------------------------------------------------------------------------------------


async def test_the_new_text_is_shown_with_the_two_ways(notices: NoticeChats) -> None:
    copies = await notices.send()
    await notices.tiers.press("西山", copies["西山"], READ)
    asked = await notices.tiers.press(SENDER, await count_card(notices), CHANGE)
    assert asked.text == says("notices.ask_text") + f"\n{MEETING}"
    card = await notices.chats.say(notices.person(SENDER), LATER)
    assert LATER in card.text
    assert says("notices.offer_correct", count=1) in card.text
    assert says("notices.offer_renew", count=1, by="12月16日18:00") in card.text
    assert card.labels() == [CORRECT, RENEW, KEEP]
    assert MEETING in await notices.copy("西山")
    kept = await notices.tiers.press(SENDER, card, KEEP)
    assert "已答复1／4份" in kept.text
    assert await texts(notices) == []


async def test_a_correction_edits_the_copies_and_keeps_the_answers(notices: NoticeChats) -> None:
    copies = await notices.send()
    await notices.tiers.press("西山", copies["西山"], READ)
    done = await notices.tiers.press(SENDER, await offered(notices), CORRECT)
    assert done.text == says("notices.corrected", number=2)
    assert await notices.posted() == {}
    changed = says("notices.changed_text", number=2, at=AT)
    read = await notices.copy("西山")
    assert read.splitlines()[1:] == [LATER, changed, f"✓ 西山村 西山钱 {AT}：已阅"]
    assert (await notices.copy("东山")).splitlines()[1:3] == [LATER, changed]
    assert await notices.labels("东山") == [READ]
    assert "已答复1／4份" in await notices.count()
    assert changed in await notices.count()
    assert await texts(notices) == [(1, MEETING, False)]


async def test_an_answer_belongs_to_the_text_that_was_seen(notices: NoticeChats) -> None:
    copies = await notices.send()
    await notices.tiers.press(SENDER, await offered(notices), CORRECT)
    await notices.tiers.press("西山", copies["西山"], READ)  # their phone still shows the first text
    await notices.tiers.press("东山", await notices.now("东山"), READ)
    assert [row.revision for row in await notices.receipts()] == [1, 2]


async def test_sent_anew_everybody_answers_again(notices: NoticeChats) -> None:
    copies = await notices.send()
    await notices.tiers.press("西山", copies["西山"], READ)
    done = await notices.tiers.press(SENDER, await offered(notices), RENEW)
    assert done.text == says("notices.renewed", number=2, people=5, by="12月16日18:00")
    again = await notices.posted()
    assert sorted(again) == sorted(copies)
    assert LATER in again["西山"].text
    assert again["西山"].labels() == [READ]
    assert (await old_copy(notices, "西山")).splitlines()[1:] == [
        says("notices.void"),
        f"✓ 西山村 西山钱 {AT}：第1稿已阅",
    ]
    assert (await old_copy(notices, "东山")).splitlines()[1:] == [says("notices.void")]
    counted = await notices.count()
    assert "已发出5／5人，已答复0／4份" in counted
    assert says("notices.count.earlier", count=1) in counted
    listed = await notices.tiers.press(SENDER, await count_card(notices), "未答复（4）")
    assert "西山村：未答复（第1稿已阅）" in listed.text
    assert listed.text.count("（第1稿") == 1
    await notices.tiers.press("西山", again["西山"], READ)
    counted = await notices.count()
    assert "已答复1／4份" in counted
    assert says("notices.count.earlier", count=1) not in counted
    assert [(row.number, row.revision) for row in await notices.receipts()] == [(1, 1), (3, 2)]


async def test_a_button_of_the_void_copy_answers_nothing(notices: NoticeChats) -> None:
    copies = await notices.send()
    await notices.tiers.press(SENDER, await offered(notices), RENEW)
    await notices.tiers.press("西山", copies["西山"], READ)
    assert notices.chats.toasts[-1][0] == says("notices.newer")
    assert await notices.receipts() == []


async def test_words_asked_for_before_are_no_answer_to_the_new_text(notices: NoticeChats) -> None:
    copies = await notices.send(ASK_ATTEND)
    await notices.tiers.press("西山", copies["西山"], ABSENT)
    await notices.tiers.press(SENDER, await offered(notices), RENEW)
    await notices.posted()
    late = await notices.chats.say(notices.person("西山"), "出差")
    assert late.text == says("notices.newer")
    assert await notices.receipts() == []


async def test_the_sheet_says_who_answered_an_earlier_text(notices: NoticeChats) -> None:
    copies = await notices.send(ASK_REPLY)
    await notices.tiers.press("西山", copies["西山"], REPLY)
    shown = await notices.chats.say(notices.person("西山"), "已落实")
    await notices.tiers.press("西山", shown, says("notices.confirm_button"))
    await notices.tiers.press(SENDER, await offered(notices), RENEW)
    shown = await notices.tiers.press(SENDER, await count_card(notices), says("notices.sheet_button"))
    (file,) = shown.files
    assert file.make is not None
    sheet = load_workbook(BytesIO(file.make())).worksheets[0]
    answers = {row[1]: row[2] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert answers["西山村"] == "未答复（第1稿回复：已落实）"
    assert answers["东山村"] == "未答复"


async def test_three_texts_each_with_its_own_void_copy(notices: NoticeChats) -> None:
    copies = await notices.send()
    await notices.tiers.press("西山", copies["西山"], READ)
    await notices.tiers.press(SENDER, await offered(notices), RENEW)
    again = await notices.posted()
    await notices.tiers.press("西山", again["西山"], READ)
    await notices.tiers.press(SENDER, await offered(notices, MEETING), RENEW)
    third = await notices.posted()
    assert (await old_copy(notices, "西山")).splitlines()[-1] == f"✓ 西山村 西山钱 {AT}：第1稿已阅"
    assert says("notices.changed_text", number=3, at=AT) in third["西山"].text
    assert await texts(notices) == [(1, MEETING, True), (2, LATER, True)]


async def test_all_messages_say_that_it_was_taken_back(notices: NoticeChats) -> None:
    await notices.send()
    await notices.tiers.press(SENDER, await offered(notices), RENEW)
    await notices.posted()
    ask = await notices.tiers.press(SENDER, await count_card(notices), says("notices.withdraw_button"))
    await notices.tiers.press(SENDER, ask, says("notices.withdraw_now_button"))
    assert (await notices.copy("西山")).splitlines()[-1] == says("notices.over.withdrawn")
    assert (await old_copy(notices, "西山")).splitlines()[-1] == says("notices.over.withdrawn")


async def test_the_earlier_texts_are_read_again(notices: NoticeChats) -> None:
    await notices.send()
    assert says("notices.earlier_button") not in (await count_card(notices)).labels()
    await notices.tiers.press(SENDER, await offered(notices), CORRECT)
    await notices.tiers.press(SENDER, await offered(notices, MEETING), RENEW)
    last = await notices.tiers.press(SENDER, await count_card(notices), says("notices.earlier_button"))
    who = "东城街道 东城赵"
    assert last.text.splitlines()[1:] == [LATER, says("notices.earlier_renewed", who=who, at=AT)]
    first = await notices.tiers.press(SENDER, last, says("tasks.next_button"))
    assert first.text.splitlines()[1:] == [MEETING, says("notices.earlier_corrected", who=who, at=AT)]
    assert first.labels() == [says("tasks.previous_button")]


# -- what has not gone out yet -------------------------------------------------------------------------


@pytest.mark.parametrize("way", [CORRECT, RENEW])
async def test_at_night_only_the_last_text_waits(notices: NoticeChats, way: str) -> None:
    notices.chats.clock.moment = NOW + timedelta(hours=13)
    assert await notices.send() == {}
    await notices.tiers.press(SENDER, await offered(notices), way)
    assert await notices.posted() == {}
    await notices.tick(NOW + timedelta(hours=24))
    copies = await notices.posted()
    assert len(copies) == 5
    assert all(LATER in one.text and MEETING not in one.text for one in copies.values())


async def test_promised_copies_of_the_earlier_text_are_withdrawn(notices: NoticeChats) -> None:
    """They were promised, and were not sent when everybody was asked anew."""
    card = await notices.addressed(await notices.write())
    await notices.tiers.press(SENDER, card, says("notices.send_button"))
    listed = await notices.chats.say(notices.person(SENDER), "/notice")
    opened = await notices.tiers.press(SENDER, listed, "1 12月16日")
    await notices.tiers.press(SENDER, opened, CHANGE)
    await notices.tiers.press(SENDER, await notices.chats.say(notices.person(SENDER), LATER), RENEW)
    await notices.chats.post()
    async with notices.tiers.database.reading() as session:
        rows = (await session.exec(select(Outbox).where(Outbox.view == "notice_copy"))).all()
    sent = [row.content["revision"] for row in rows if row.state is DeliveryState.SENT]
    assert sent == [2] * 5
    assert "已发出5／5人" in await notices.count()


async def test_the_deadline_moves_if_it_leaves_no_time(notices: NoticeChats) -> None:
    await notices.send()
    notices.chats.clock.moment = NOW + timedelta(days=1, hours=8)  # the 16th, 16:45
    card = await offered(notices)
    assert "12月17日18:00" in card.text
    await notices.tiers.press(SENDER, card, RENEW)
    assert "12月17日18:00" in (await notices.posted())["西山"].text


async def test_who_has_left_gets_nothing_and_who_came_gets_it(
    notices: NoticeChats, database: Database
) -> None:
    await notices.send()
    async with database.transaction() as session:
        gone = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        gone.state = ContactState.LEFT
    await notices.tiers.press(SENDER, await offered(notices), RENEW)
    assert "西山" not in await notices.posted()
    counted = await notices.count()
    assert "已发出4／4人" in counted
    assert says("notices.count.unreached", count=1) in counted


async def test_the_readers_quiet_hours_count_again(notices: NoticeChats, database: Database) -> None:
    await notices.send()
    async with database.transaction() as session:
        reader = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        reader.quiet_from, reader.quiet_until = time(18), time(9, 30)
    await notices.tiers.press(SENDER, await offered(notices), RENEW)
    assert "西山" not in await notices.posted()
    await notices.tick(NOW + timedelta(minutes=45))
    assert list(await notices.posted()) == ["西山"]


# -- by an edit ----------------------------------------------------------------------------------------


async def sent_by(notices: NoticeChats, *messages: Json) -> None:
    """Send a notice that was made from these messages."""
    for one in messages:
        card = await notices.chats.answer(one)
    await notices.tiers.press(SENDER, await notices.addressed(card), says("notices.send_button"))
    await notices.posted()


async def test_an_edited_message_offers_the_two_ways(notices: NoticeChats) -> None:
    sender = notices.person(SENDER)
    begun, more = said(sender, f"/notice {MEETING}"), said(sender, "请带材料。")
    await sent_by(notices, begun, more)
    changed = edit(begun, text=f"/notice {LATER}")
    changed["edited_message"]["entities"] = begun["message"]["entities"]
    card = await notices.chats.answer(changed)
    assert f"{LATER}\n请带材料。" in card.text
    both = await notices.chats.answer(edit(more, text="请带全部材料。"))
    assert f"{LATER}\n请带全部材料。" in both.text
    await notices.tiers.press(SENDER, both, CORRECT)
    assert f"{LATER}\n请带全部材料。" in await notices.copy("西山")
    again = await notices.chats.answer(edit(more, text="请带材料。"))
    assert f"{LATER}\n请带材料。" in again.text


async def test_an_edit_back_changes_nothing(notices: NoticeChats) -> None:
    more = said(notices.person(SENDER), "请带材料。")
    await sent_by(notices, said(notices.person(SENDER), f"/notice {MEETING}"), more)
    await notices.chats.answer(edit(more, text="请带全部材料。"))
    back = await notices.chats.answer(edit(more, text="请带材料。"))
    assert back.text == says("notices.same_text")


async def test_an_edit_of_words_that_were_replaced_says_nothing_of_the_notice(notices: NoticeChats) -> None:
    more = said(notices.person(SENDER), "请带材料。")
    await sent_by(notices, said(notices.person(SENDER), f"/notice {MEETING}"), more)
    await notices.tiers.press(SENDER, await offered(notices), CORRECT)
    assert (await notices.chats.answer(edit(more, text="请带伞。"))).text == says("help.edited")


async def test_an_edit_after_the_end_is_refused(notices: NoticeChats) -> None:
    more = said(notices.person(SENDER), "请带材料。")
    await sent_by(notices, said(notices.person(SENDER), f"/notice {MEETING}"), more)
    await notices.tiers.press(SENDER, await count_card(notices), says("notices.end_button"))
    late = await notices.chats.answer(edit(more, text="请带伞。"))
    assert late.text == says("notices.over.ended")


# -- what cannot be ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (MEETING, says("notices.same_text")),
        ("绝密会议", says("notices.secret", mark="绝密")),
        ("字" * 3001, says("notices.too_long", limit=3000)),
    ],
)
async def test_a_text_that_cannot_be_sent_is_asked_again(
    notices: NoticeChats, text: str, refusal: str
) -> None:
    await notices.send()
    assert (await offered(notices, text)).text == refusal
    card = await notices.chats.say(notices.person(SENDER), LATER)
    assert card.labels() == [CORRECT, RENEW, KEEP]


async def test_an_edit_to_secret_words_is_not_kept(notices: NoticeChats) -> None:
    more = said(notices.person(SENDER), "请带材料。")
    await sent_by(notices, said(notices.person(SENDER), f"/notice {MEETING}"), more)
    refused = await notices.chats.answer(edit(more, text="绝密"))
    assert refused.text == says("notices.secret", mark="绝密")
    assert "绝密" not in str((await notices.notice()).parts)


async def test_an_offer_that_others_were_before_is_refused(notices: NoticeChats) -> None:
    await notices.send()
    first, second = await offered(notices), await offered(notices, "改到周五。")
    await notices.tiers.press(SENDER, first, CORRECT)
    await notices.chats.press(notices.person(SENDER), second, RENEW)
    assert notices.chats.toasts[-1] == (says("notices.changed_meanwhile"), True)
    await notices.chats.press(notices.person(SENDER), first, CORRECT)
    assert await texts(notices) == [(1, MEETING, False)]


async def test_who_lost_the_role_changes_nothing(notices: NoticeChats, database: Database) -> None:
    await notices.send()
    card = await offered(notices)
    async with database.transaction() as session:
        account = notices.tiers.accounts[SENDER]
        sender = (await session.exec(select(Contact).where(Contact.telegram_user_id == account))).one()
        await session.execute(sa.delete(ContactRole).where(col(ContactRole.contact_id) == ident(sender)))
        session.add(ContactRole(contact_id=ident(sender), role=Role.RESPONSIBLE_PERSON))
    await notices.chats.press(notices.person(SENDER), card, RENEW)
    assert notices.chats.toasts[-1] == (says("notices.not_yours"), True)
    assert await texts(notices) == []


async def test_both_stand_in_the_audit(notices: NoticeChats) -> None:
    await notices.send()
    await notices.tiers.press(SENDER, await offered(notices), CORRECT)
    await notices.tiers.press(SENDER, await offered(notices, MEETING), RENEW)
    async with notices.tiers.database.reading() as session:
        rows = (await session.exec(select(audit_log.Audit).order_by(col(audit_log.Audit.id)))).all()
    found = [(row.event, row.before, row.after) for row in rows if row.event in NOTED]
    assert found == [
        ("notice_correct", {"revision": 1}, {"revision": 2}),
        ("notice_renew", {"revision": 2}, {"revision": 3}),
    ]
