"""When a notice goes out and to whom it goes later, and what cannot be sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from models import audit_log
from models.db import Database, ident
from models.delivery import messages
from models.drafts import Draft
from models.people import Contact, ContactState, Unit
from rules.notices.notice_lifecycle import NoticeState
from rules.people.roles import Role
from scheduler import missed_ticks
from services.campaign import Campaign
from tests.conftest import NOW
from tests.handlers.notice_chats import (
    ASK_ATTEND,
    BACK,
    BY_NAME,
    DEADLINE,
    EACH,
    MEETING,
    SEND,
    SENDER,
    URGENT,
    WHOM,
    NoticeChats,
    notice_chats,
)
from tests.support.chat import Chats, document, edit, message, said, update
from tests.support.chat import text_of as says
from tests.support.people import Roster

ZONE = ZoneInfo("Asia/Shanghai")
SURE = says("notices.send_now_button")
READ = says("notices.answer_button.read")


@pytest.fixture
async def notices(chats: Chats, database: Database) -> NoticeChats:
    return await notice_chats(chats, database)


def local(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


async def events(notices: NoticeChats) -> list[str]:
    async with notices.tiers.database.reading() as session:
        rows = (await session.exec(select(audit_log.Audit).order_by(col(audit_log.Audit.id)))).all()
    return [row.event for row in rows if row.subject_type == "notice"]


# -- until when ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("明天17:00", "12月16日17:00"),
        ("12月18日", "12月18日18:00"),
        ("12月18日下午3点前", "12月18日15:00"),
        ("周五", "12月18日18:00"),
        ("16:00", "12月15日16:00"),
    ],
)
async def test_a_deadline_is_written(notices: NoticeChats, words: str, shown: str) -> None:
    card = await notices.addressed(await notices.write(), DEADLINE)
    assert card.text == says("notices.ask_deadline")
    changed = await notices.chats.say(notices.person(SENDER), words)
    assert f"，{shown}前" in changed.text


async def test_a_deadline_is_pressed(notices: NoticeChats) -> None:
    asked = await notices.addressed(await notices.write(), DEADLINE)
    days = ["12月15日18:00", "12月16日18:00", "12月17日18:00", "12月18日18:00", "12月21日18:00"]
    assert asked.labels() == [*days, BACK]
    changed = await notices.tiers.press(SENDER, asked, "12月17日18:00")
    assert "12月17日18:00前" in changed.text


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("12月14日", says("notices.deadline_far")),
        ("8:00", says("notices.deadline_past")),
        ("10:00", says("notices.deadline_soon")),
        ("2028年12月1日", says("notices.deadline_far")),
        ("尽快", says("notices.unreadable_deadline", words="尽快")),
    ],
)
async def test_a_deadline_that_cannot_be(notices: NoticeChats, words: str, refusal: str) -> None:
    await notices.addressed(await notices.write(), DEADLINE)
    assert (await notices.chats.say(notices.person(SENDER), words)).text == refusal


async def test_a_deadline_that_comes_too_near_is_refused_at_the_sending(notices: NoticeChats) -> None:
    await notices.addressed(await notices.write(), DEADLINE)
    card = await notices.chats.say(notices.person(SENDER), "16:00")
    notices.chats.clock.moment = local("12-15 15:00")
    assert await notices.chats.press(notices.person(SENDER), card, SEND) == []
    assert notices.chats.toasts[-1] == (says("notices.deadline_soon"), True)
    assert await notices.notices() == 0


# -- quiet hours and urgency ---------------------------------------------------------------------------


async def test_at_night_a_notice_waits_for_the_morning(notices: NoticeChats) -> None:
    notices.chats.clock.moment = local("12-15 21:30")
    assert await notices.send() == {}
    await notices.tick(local("12-16 07:59"))
    assert await notices.posted() == {}
    await notices.tick(local("12-16 08:00"))
    assert len(await notices.posted()) == 5


async def test_an_urgent_notice_is_asked_twice_and_does_not_wait(notices: NoticeChats) -> None:
    notices.chats.clock.moment = local("12-15 21:30")
    card = await notices.addressed(await notices.write(), URGENT)
    assert says("notices.urgent") in card.text
    asked = await notices.tiers.press(SENDER, card, SEND)
    assert asked.text == says("notices.ask_urgent", people=5)
    assert await notices.notices() == 0
    await notices.tiers.press(SENDER, asked, SURE)
    copies = await notices.posted()
    assert len(copies) == 5
    assert copies["西山"].text.startswith("<b>【紧急通知】</b>")
    async with notices.tiers.database.reading() as session:
        row = (
            await session.exec(select(audit_log.Audit).where(audit_log.Audit.event == "notice_send"))
        ).one()
    assert row.after is not None
    assert row.after["urgent"] is True


async def test_the_readers_own_quiet_hours_count(notices: NoticeChats, database: Database) -> None:
    async with database.transaction() as session:
        reader = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        reader.quiet_from, reader.quiet_until = local("12-15 18:00").time(), local("12-15 09:30").time()
    notices.chats.clock.moment = local("12-15 09:00")
    assert sorted(await notices.send()) == sorted(["东山", "南山甲", "南山乙", "北山"])
    await notices.tick(local("12-15 09:30"))
    assert list(await notices.posted()) == ["西山"]


# -- what cannot be sent -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["秘密★1年", "绝 密", "内部资料，请勿外传"])
async def test_a_mark_of_secrecy_is_refused_and_not_kept(notices: NoticeChats, text: str) -> None:
    shown = await notices.write(f"通知：{text}")
    assert "不能发送" in shown.text
    async with notices.tiers.database.reading() as session:
        assert not (await session.exec(select(Draft.id))).all()
    await notices.write()
    again = await notices.chats.say(notices.person(SENDER), text)
    assert "不能发送" in again.text
    card = await notices.addressed(await notices.chats.say(notices.person(SENDER), "另请带伞。"))
    assert MEETING in card.text
    assert text not in card.text


async def test_the_name_of_a_file_is_looked_at(notices: NoticeChats) -> None:
    await notices.write()
    person = notices.person(SENDER)
    shown = await notices.chats.answer(update("message", message(person, document=document("机密.docx"))))
    assert shown.text == says("notices.secret", mark="机密")


async def test_a_mark_that_comes_by_an_edit_is_refused_at_the_sending(notices: NoticeChats) -> None:
    begun = said(notices.person(SENDER), f"/notice {MEETING}")
    await notices.chats.answer(begun)
    changed = edit(begun, text="/notice 绝密会议")
    changed["edited_message"]["entities"] = begun["message"]["entities"]
    await notices.chats.handle(changed)
    (card,) = await notices.chats.cards()
    card = await notices.addressed(card)
    assert await notices.chats.press(notices.person(SENDER), card, SEND) == []
    assert notices.chats.toasts[-1] == (says("notices.secret", mark="绝密"), True)


async def test_too_much_is_refused(notices: NoticeChats) -> None:
    assert (await notices.write("字" * 3001)).text == says("notices.too_long", limit=3000)
    await notices.write("字" * 2000)
    more = await notices.chats.say(notices.person(SENDER), "字" * 1001)
    assert more.text == says("notices.too_long", limit=3000)


async def test_files_without_words_are_not_sent(notices: NoticeChats) -> None:
    person = notices.person(SENDER)
    await notices.chats.say(person, "/notice")
    card = await notices.chats.answer(update("message", message(person, document=document("议程.pdf"))))
    assert says("notices.no_text") in card.text
    assert SEND not in (await notices.addressed(card)).labels()


async def test_nobody_to_read_it_has_no_way_to_send(notices: NoticeChats) -> None:
    await notices.tiers.presses(SENDER, await notices.write(), WHOM, BY_NAME)
    chosen = await notices.chats.say(notices.person(SENDER), "空村")
    card = await notices.tiers.press(SENDER, chosen, BACK)
    assert SEND not in card.labels()
    assert "1个单位无人任此角色：空村" in card.text


async def test_a_place_is_no_part_of_a_notice(notices: NoticeChats) -> None:
    await notices.write()
    place = message(notices.person(SENDER), location={"latitude": 30.0, "longitude": 120.0})
    assert (await notices.chats.answer(update("message", place))).text == says("notices.no_place")


async def test_a_second_press_of_send_sends_nothing_more(notices: NoticeChats) -> None:
    card = await notices.addressed(await notices.write())
    await notices.tiers.press(SENDER, card, SEND)
    await notices.chats.press(notices.person(SENDER), card, SEND)
    assert await notices.notices() == 1
    assert len(await notices.posted()) == 5


async def test_an_older_card_does_nothing(notices: NoticeChats) -> None:
    old = await notices.addressed(await notices.write())
    await notices.tiers.press(SENDER, old, ASK_ATTEND)
    await notices.chats.press(notices.person(SENDER), old, SEND)
    assert await notices.notices() == 0


async def test_readers_who_change_meanwhile_are_shown_first(notices: NoticeChats, database: Database) -> None:
    card = await notices.addressed(await notices.write())
    async with database.transaction() as session:
        gone = (await session.exec(select(Contact).where(Contact.name == "北山冯"))).one()
        gone.state = ContactState.LEFT
    again = await notices.tiers.press(SENDER, card, SEND)
    assert again.text.startswith(says("notices.changed_since"))
    assert "将发3个单位4人" in again.text
    assert await notices.notices() == 0
    await notices.tiers.press(SENDER, again, SEND)
    assert len(await notices.posted()) == 4


async def test_the_card_says_what_they_got_today(notices: NoticeChats) -> None:
    await notices.send()
    card = await notices.addressed(await notices.write("另一份通知"))
    assert says("notices.sent_today", count=1) in card.text
    notices.chats.clock.moment = NOW + timedelta(days=1)
    card = await notices.tiers.presses(SENDER, card, ASK_ATTEND)
    assert says("notices.sent_today", count=1) not in card.text


async def test_another_paper_is_finished_first(notices: NoticeChats) -> None:
    await notices.write()
    shown = await notices.chats.say(notices.person(SENDER), "/log 12月10日召开动员大会")
    assert shown.text == says("issues.finish_first.notice")
    assert (await notices.write("另一份")).text == says("issues.finish_first.notice")


# -- who joins meanwhile -------------------------------------------------------------------------------


async def test_who_joins_while_it_runs_gets_it(notices: NoticeChats, database: Database) -> None:
    async with database.transaction() as session:
        late = (await session.exec(select(Contact).where(Contact.name == "北山冯"))).one()
        account, late.telegram_user_id, late.state = late.telegram_user_id, None, ContactState.NOT_ENROLLED
    card = await notices.addressed(await notices.write())
    assert "将发4个单位4人" in card.text
    assert "1人未加入：北山冯" in card.text
    await notices.tiers.press(SENDER, card, SEND)
    assert len(await notices.posted()) == 4
    assert says("notices.count.unreached", count=1) in await notices.count()
    listed = await notices.chats.say(notices.person(SENDER), "/notice")
    opened = await notices.tiers.press(SENDER, listed, "1 12月16日")
    missed = await notices.tiers.press(SENDER, opened, "未加入（1）")
    assert missed.text.splitlines()[1:] == ["1. 北山村：北山冯"]
    async with database.transaction() as session:
        late = (await session.exec(select(Contact).where(Contact.name == "北山冯"))).one()
        late.telegram_user_id, late.state = account, ContactState.ENROLLED
    await notices.tick(NOW + timedelta(minutes=2))
    assert list(await notices.posted()) == ["北山"]
    assert says("notices.count.unreached", count=1) not in await notices.count()
    await notices.tick(NOW + timedelta(minutes=4))
    assert await notices.posted() == {}


async def test_who_comes_into_the_role_gets_it_and_their_unit_owes_an_answer(
    notices: NoticeChats, database: Database
) -> None:
    await notices.send()
    async with database.transaction() as session:
        empty = (await session.exec(select(Unit).where(Unit.name == "空村"))).one()
        new = await Roster(session, NOW, Campaign()).contact(empty, "空村新", Role.LIAISON)
        notices.tiers.accounts["空村"] = new.telegram_user_id or 0
    await notices.tick(NOW + timedelta(minutes=2))
    assert list(await notices.posted()) == ["空村"]
    assert "已答复0／5份" in await notices.count()


async def test_a_deputy_gets_it_in_the_place_of_who_is_away(notices: NoticeChats, database: Database) -> None:
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        people = {one.name: one for one in (await session.exec(select(Contact))).all()}
        await roster.leave(people["西山钱"], people["东山吴"], NOW.date())
    copies = await notices.send()
    assert "西山" not in copies
    mine = [one for one in notices.chats.shown if one.chat_id == notices.tiers.accounts["东山"]]
    assert any("代西山村 西山钱接收" in one.text for one in mine)


async def test_a_notice_ends_by_itself_five_working_days_after_the_deadline(notices: NoticeChats) -> None:
    await notices.send()
    await notices.tick(local("12-23 17:59"))
    assert (await notices.notice()).state is NoticeState.OPEN
    await notices.tick(local("12-23 18:00"))
    assert (await notices.notice()).state is NoticeState.ENDED
    assert await events(notices) == ["notice_send", "notice_end"]


async def test_who_has_blocked_the_bot_gets_it_when_they_are_back(
    notices: NoticeChats, database: Database
) -> None:
    async with database.transaction() as session:
        away = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        away.state = ContactState.UNREACHABLE
    assert "西山" not in await notices.send()
    assert says("notices.count.failed", count=1) in await notices.count()
    listed = await notices.chats.say(notices.person(SENDER), "/notice")
    opened = await notices.tiers.press(SENDER, listed, "1 12月16日")
    failed = await notices.tiers.press(SENDER, opened, "发送失败（1）")
    assert failed.text.splitlines()[1:] == ["1. 西山村：西山钱"]
    await notices.chats.handle(said(notices.person("西山"), "/tasks"))
    assert MEETING in "".join(one.text for one in await notices.chats.post())


async def test_a_person_who_moves_while_each_answers_owes_one_answer_still(
    notices: NoticeChats, database: Database
) -> None:
    await notices.send(EACH)
    async with database.transaction() as session:
        moved = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        other = (await session.exec(select(Unit).where(Unit.name == "东山村"))).one()
        moved.unit_id = ident(other)
    await notices.tick(NOW + timedelta(minutes=2))
    assert await notices.posted() == {}
    assert "已答复0／5份" in await notices.count()


async def test_after_a_restore_what_the_lost_program_sent_does_not_go_out_again(
    notices: NoticeChats, database: Database
) -> None:
    """The backup is of the night before a notice went out. The office decides about its copies."""
    notices.chats.clock.moment = local("12-15 21:30")
    await notices.send()
    campaign = notices.chats.campaign
    async with database.transaction() as session:
        await missed_ticks.play(session, campaign, local("12-15 22:00"), local("12-16 12:00"))
        assert await messages.hold_all(session) >= 5
    await notices.tick(local("12-16 12:01"))
    assert not [one for one in await notices.chats.post() if "【通知】" in one.text]
    assert says("notices.count.failed", count=5) in await notices.count()
