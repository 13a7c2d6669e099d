"""/notice in the chat: a notice is written, addressed and sent, and who may send one."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, delete, select

from models import audit_log
from models.db import Database
from models.drafts import Draft
from models.notices import NoticeFile
from models.people import Contact, ContactRole, Unit
from rules.people.roles import Role, Tier
from services.campaign import Campaign
from tests.conftest import NOW
from tests.handlers.notice_chats import (
    ALL,
    BACK,
    BY_NAME,
    EACH,
    LIAISON,
    MEETING,
    RESPONSIBLE,
    SEND,
    SENDER,
    WHOM,
    NoticeChats,
    notice_chats,
)
from tests.support.chat import Chats, Shown, document, edit, message, photo, said, update
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


# -- the straight path ---------------------------------------------------------------------------------


async def test_a_notice_goes_to_each_reader_once_and_its_count_follows(notices: NoticeChats) -> None:
    card = await notices.addressed(await notices.write())
    assert card.text.splitlines() == [
        says("notices.card_title", html=True),
        MEETING,
        "发给：全部下属单位·联络员、责任人",
        "每单位一份回执：阅知，12月16日18:00前",
        "将发4个单位5人",
        "1个单位无人任此角色：空村",
        says("notices.no_secrets"),
    ]
    sent = await notices.tiers.press(SENDER, card, SEND)
    assert sent.text == says("notices.sending", units=4, people=5)
    copies = await notices.posted()
    assert sorted(copies) == sorted(["西山", "东山", "南山甲", "南山乙", "北山"])
    assert copies["西山"].text.splitlines() == [
        "<b>【通知】</b>东城街道 东城赵",
        MEETING,
        "请阅后点“已阅”（12月16日18:00前）",
    ]
    assert copies["西山"].labels() == [READ]
    assert "已发出5／5人，已答复0／4份" in await notices.count()
    assert await notices.posted() == {}
    assert await events(notices) == ["notice_send"]


async def test_a_notice_is_asked_for_without_words_and_listed_afterwards(notices: NoticeChats) -> None:
    person = notices.person(SENDER)
    asked = await notices.chats.say(person, "/notice")
    assert asked.text == says("notices.ask_words")
    card = await notices.chats.say(person, MEETING)
    assert MEETING in card.text
    await notices.tiers.press(SENDER, await notices.addressed(card), SEND)
    listed = await notices.chats.say(person, "/notice")
    assert listed.text.splitlines()[0] == says("notices.mine_title", count=1, html=True)
    opened = await notices.tiers.press(SENDER, listed, "1 12月16日9时")
    assert MEETING in opened.text
    assert says("notices.begin_button") in listed.labels()


async def test_files_go_along_and_are_sent_on_demand(notices: NoticeChats) -> None:
    person = notices.person(SENDER)
    caption = message(person, caption=f"/notice {MEETING}", photo=photo("map"))
    await notices.chats.answer(update("message", caption))
    card = await notices.chats.answer(update("message", message(person, document=document("议程.pdf"))))
    assert "附件：" in card.text
    await notices.tiers.press(SENDER, await notices.addressed(card), SEND)
    copies = await notices.posted()
    files = await notices.tiers.press("西山", copies["西山"], says("notices.files_button", count=2))
    assert [file.file_id for file in files.files] == ["map-large", "a-file"]
    async with notices.tiers.database.reading() as session:
        kept = (await session.exec(select(NoticeFile).order_by(col(NoticeFile.position)))).all()
    assert [row.file_name for row in kept] == [None, "议程.pdf"]


async def test_the_words_are_changed_by_editing_them(notices: NoticeChats) -> None:
    begun = said(notices.person(SENDER), f"/notice {MEETING}")
    await notices.chats.answer(begun)
    changed = edit(begun, text="/notice 会议改到10时。")
    changed["edited_message"]["entities"] = begun["message"]["entities"]
    await notices.chats.handle(changed)
    (card,) = await notices.chats.cards()
    assert "会议改到10时。" in card.text
    assert MEETING not in card.text


async def test_cancelled_nothing_goes_out(notices: NoticeChats) -> None:
    card = await notices.addressed(await notices.write())
    over = await notices.tiers.press(SENDER, card, says("notices.cancel_button"))
    assert over.text == says("notices.cancelled")
    assert await notices.notices() == 0
    async with notices.tiers.database.reading() as session:
        assert not (await session.exec(select(Draft.id))).all()


# -- to whom -------------------------------------------------------------------------------------------


async def test_the_office_writes_to_tiers_and_to_all(notices: NoticeChats) -> None:
    card = await notices.write(name="创城办")
    scopes = await notices.tiers.press("创城办", card, WHOM)
    for tier in (Tier.DEPARTMENT, Tier.STREET, Tier.VILLAGE):
        assert says(f"groups.scope.{tier.value}") in scopes.labels()
    streets = says("groups.scope.street")
    chosen = await notices.tiers.presses("创城办", scopes, streets, RESPONSIBLE)
    assert says("notices.chosen", label=streets) in chosen.labels()
    assert "发给：街道·联络员、责任人" in chosen.text
    card = await notices.tiers.press("创城办", chosen, BACK)
    await notices.tiers.press("创城办", card, SEND)
    assert sorted(await notices.posted()) == sorted(["街道", "街道联络员", "外街道"])


async def test_a_role_is_taken_out_again_and_one_stays(notices: NoticeChats) -> None:
    chosen = await notices.tiers.presses(SENDER, await notices.write(), WHOM, ALL, RESPONSIBLE)
    alone = await notices.tiers.press(SENDER, chosen, says("notices.chosen", label=LIAISON))
    assert "发给：全部下属单位·责任人" in alone.text
    last = says("notices.chosen", label=RESPONSIBLE)
    assert await notices.chats.press(notices.person(SENDER), alone, last) == []
    assert notices.chats.toasts[-1] == (says("notices.one_role"), True)


@pytest.mark.parametrize(
    ("words", "readers"),
    [
        ("西山村", ["西山"]),
        ("西山村、东山村", ["西山", "东山"]),
        ("西山钱，北山冯", ["西山", "北山"]),
        ("南山村南山甲", ["南山甲"]),
    ],
)
async def test_units_and_people_are_named(notices: NoticeChats, words: str, readers: list[str]) -> None:
    asked = await notices.tiers.presses(SENDER, await notices.write(), WHOM, ALL, RESPONSIBLE, BY_NAME)
    assert asked.text == says("notices.ask_readers")
    chosen = await notices.chats.say(notices.person(SENDER), words)
    await notices.tiers.presses(SENDER, chosen, BACK, SEND)
    assert sorted(await notices.posted()) == sorted(readers)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("外村", says("notices.no_such_reader", words="外村")),
        ("外村陈", says("notices.no_such_reader", words="外村陈")),
        ("、", says("notices.no_such_reader", words="、")),
        ("西山村、南山甲", says("notices.units_or_people")),
        ("山村、空村", says("notices.several_readers", words="山村")),
        ("、".join(["西山村"] * 51), says("notices.too_many_readers", limit=50)),
    ],
)
async def test_names_that_cannot_be_readers(notices: NoticeChats, words: str, refusal: str) -> None:
    await notices.tiers.presses(SENDER, await notices.write(), WHOM, BY_NAME)
    assert (await notices.chats.say(notices.person(SENDER), words)).text == refusal


async def test_a_name_that_means_several_is_asked(notices: NoticeChats) -> None:
    await notices.tiers.presses(SENDER, await notices.write(), WHOM, BY_NAME)
    which = await notices.chats.say(notices.person(SENDER), "山村")
    assert which.text == says("notices.which_reader")
    assert which.labels() == ["西山村", "东山村", "南山村", "北山村", BACK]
    chosen = await notices.tiers.press(SENDER, which, "北山村")
    assert "发给：北山村及下级·联络员" in chosen.text


async def test_people_of_one_name_are_asked(notices: NoticeChats, database: Database) -> None:
    async with database.transaction() as session:
        village = (await session.exec(select(Unit).where(Unit.name == "北山村"))).one()
        await Roster(session, NOW, Campaign()).contact(village, "西山钱", Role.RESPONSIBLE_PERSON)
    await notices.tiers.presses(SENDER, await notices.write(), WHOM, BY_NAME)
    which = await notices.chats.say(notices.person(SENDER), "西山钱")
    assert which.labels() == ["西山村 西山钱", "北山村 西山钱", BACK]
    chosen = await notices.tiers.press(SENDER, which, "西山村 西山钱")
    assert "发给：西山钱" in chosen.text


async def test_each_person_answers_for_themselves(notices: NoticeChats) -> None:
    copies = await notices.send(EACH)
    assert len(copies) == 5
    await notices.tiers.press("南山甲", copies["南山甲"], READ)
    assert READ in await notices.labels("南山乙")
    assert "已答复1／5份" in await notices.count()


# -- who may send --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["局", "街道", "西山"])
async def test_a_responsible_person_sends_no_notices(notices: NoticeChats, name: str) -> None:
    for words in ("/notice", f"/notice {MEETING}"):
        shown = await notices.chats.say(notices.person(name), words)
        assert shown.text == says("notices.not_yours")


@pytest.mark.parametrize("name", ["局长", "局联络员", "北山"])
async def test_a_unit_without_units_below_sends_no_notices(notices: NoticeChats, name: str) -> None:
    shown = await notices.chats.say(notices.person(name), f"/notice {MEETING}")
    assert shown.text == says("notices.nobody_below")


async def test_who_loses_the_role_before_the_sending_sends_nothing(
    notices: NoticeChats, database: Database
) -> None:
    card = await notices.addressed(await notices.write())
    async with database.transaction() as session:
        sender = (await session.exec(select(Contact).where(Contact.name == "东城赵"))).one()
        await session.exec(delete(ContactRole).where(col(ContactRole.contact_id) == sender.id))
    assert await notices.chats.press(notices.person(SENDER), card, SEND) == []
    assert notices.chats.toasts[-1] == (says("notices.not_yours"), True)
    assert await notices.notices() == 0


async def test_the_sender_reads_it_in_english(notices: NoticeChats, database: Database) -> None:
    async with database.transaction() as session:
        sender = (await session.exec(select(Contact).where(Contact.name == "东城赵"))).one()
        sender.locale = "en"
    card: Shown = await notices.write()
    assert card.text.startswith(says("notices.card_title", "en", html=True))
