"""``kill -9`` during a case: while its album comes in, and between the dispatch and its sending."""

from __future__ import annotations

import signal
from collections import Counter
from typing import Any

from sqlmodel import col, select

from locales import Text, plain
from models.cases import Case, CaseFile, CaseStep, OrderCase, SupervisionOrder
from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.drafts import Draft
from rules.cases.case_lifecycle import CaseEvent, CaseState
from sandbox.client import SandboxClient
from sandbox.shapes import MessageRecord
from sandbox.testing import RunningSandbox
from services.campaign import Campaign
from tests.bot.streets import CARD, DISPATCH, QUICK, SIGN, SUBMIT, piece
from tests.conftest import NOW
from tests.e2e.cast import Cast, account, assemble
from tests.support.cases import CaseDesk
from tests.support.chat import text_of as says
from tests.support.processes import Forge

ALBUM = "14000000000000002"
PHOTOS, NAMED = 8, 3
CALM: dict[str, Any] = {"hurry": True, "ticks": 60}
MARK = plain(Text("outbox.repeat_mark"))
STEPS = (CaseEvent.REPORT, CaseEvent.REGISTER, CaseEvent.DISPATCH, CaseEvent.ACKNOWLEDGE)
# Each life of the program ends when it has passed its stage the given number of times. The part with the
# caption, which says what the album is for, is handled in the middle of them.
ALBUM_LIVES = (
    ("before parts of an album are stored", 2, 60),
    ("before a part of an album is committed", 2, 60),
    ("after a part of an album is committed", 2, 60),
    ("after a part of an album is committed", PHOTOS - 3, 60),
    ("before a card is noted", 1, 0.2),
)
ORDER_LIVES = ("between claim and send of an order", "between send and mark of an order")


async def test_neither_the_album_nor_the_order_is_lost_or_doubled(
    forge: Forge, env: dict[str, str], telegram: RunningSandbox, database: Database
) -> None:
    people = telegram.client
    cast = await assemble(database, people, units=2)
    for who in (account(cast.office), *cast.accounts):
        telegram.world.chats[who].started = True
    async with database.transaction() as session:
        await CaseDesk(session, NOW, Campaign()).category(unit=cast.units[1])
    reporter, unit = cast.accounts
    for number in range(PHOTOS):
        caption = "/issue 占道经营，走不过去" if number == NAMED else None
        await people.act("send_photo", chat=reporter, user=reporter, media_group_id=ALBUM, caption=caption)
    for stage, n, delay in ALBUM_LIVES:
        async with forge.program("run", env=env, crash=[stage, n], card_delay=delay, **CALM) as bot:
            assert await bot.ended() == -signal.SIGKILL, f"{stage}: {bot.err.text}"
    await dispatched(forge, env, people, cast)
    for stage in ORDER_LIVES:
        async with forge.program("run", env=env, crash=[stage, 1], **CALM) as bot:
            assert await bot.ended() == -signal.SIGKILL, f"{stage}: {bot.err.text}"
    out = (await people.messages(unit, sender="bot"))[-1].message_id
    async with forge.program("run", env=env, **CALM) as bot:
        await signed(people, unit, out)
        await people.wait_for(reporter, contains=f"：{says('cases.event.acknowledge')}")
        assert await bot.stop() == 0, bot.err.text
    await check(database)
    told = [message.text for message in await bot_said(people, reporter, "📌 案卷")]
    for event in ("dispatch", "acknowledge"):
        assert any(f"：{says(f'cases.event.{event}')}" in text for text in told), event
    fresh = Counter(text for text in told if MARK not in text)
    assert max(fresh.values()) == 1, "what comes again says so"


async def dispatched(forge: Forge, env: dict[str, str], people: SandboxClient, cast: Cast) -> None:
    """Submit and dispatch the case; the program is killed after the commit, before any of it goes out."""
    (reporter, unit), office = cast.accounts, account(cast.office)
    async with forge.program("run", env=env, crash=["after the commit", 3], card_delay=0.2, **CALM) as bot:
        await people.wait_for(reporter, contains=[piece("issues.card.title"), f"{PHOTOS} 个"])
        await people.send_text(reporter, reporter, "人民路12号")
        summary = await people.wait_for(reporter, contains=["人民路12号", "无误请点“提交”"])
        await people.press(reporter, reporter, summary.message_id, SUBMIT)
        await people.wait_for(reporter, contains=["【回执】", f"照片等附件：{PHOTOS} 个"])
        news = await people.wait_for(office, contains=piece("cases.new"))
        await people.press(office, office, news.message_id, CARD)
        card = await people.wait_for(office, news.message_id, contains="状态：待立案")
        await people.press(office, office, card.message_id, QUICK)
        plan = await people.wait_for_edit(card, contains="共 1 件")
        await people.press(office, office, plan.message_id, DISPATCH)
        assert await bot.ended() == -signal.SIGKILL, bot.err.text
    assert await bot_said(people, unit, piece("orders.title")) == []


async def signed(people: SandboxClient, unit: int, out: int) -> None:
    """Sign the order after the kill, and check what the unit has got.

    The order's words are there once, because they were known to be out. They say that they may have come
    before. Only the photos come again; ``out`` is the last message that was there at the kill. One 签收
    counts: the second tap is for a button that may be gone by then.
    """
    again = await people.wait_for(unit, out, kind="photo")
    (order,) = await bot_said(people, unit, piece("orders.title"))
    assert MARK in order.text
    for said in (says("orders.signed", count=1), says("orders.signed_before")):
        pressed = await people.press(unit, unit, order.message_id, SIGN, force=True)
        assert pressed.query is not None
        answer = await people.wait_for_answer(pressed.query.id)
        assert [one.text for one in answer.answers] == [said]
    photos = Counter(m.media_group_id for m in await people.messages(unit, sender="bot") if m.kind == "photo")
    assert photos[again.media_group_id] == PHOTOS
    assert list(photos.values()) == [PHOTOS] * 2


async def bot_said(people: SandboxClient, chat: int, part: str) -> list[MessageRecord]:
    return [message for message in await people.messages(chat, sender="bot") if part in message.text]


async def check(database: Database) -> None:
    async with database.reading() as session:
        (case,) = (await session.exec(select(Case))).all()
        files = (await session.exec(select(CaseFile))).all()
        steps = (await session.exec(select(CaseStep).order_by(col(CaseStep.number)))).all()
        (order,) = (await session.exec(select(SupervisionOrder))).all()
        (line,) = (await session.exec(select(OrderCase))).all()
        assert (await session.exec(select(Draft))).all() == []
        assert (await session.exec(select(Inbox).where(Inbox.state != InboxState.DONE))).all() == []
    assert (case.state, case.order_id, line.case_id) == (CaseState.ACKNOWLEDGED, order.id, case.id)
    assert case.text == "占道经营，走不过去"
    assert len({file.file_unique_id for file in files}) == len(files) == PHOTOS
    assert tuple(step.event for step in steps) == STEPS
