"""The copies of a 通知 over HTTP: each reader gets one message, whatever happens while it is on its way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from bot import live_editor
from bot.live_editor import LiveEditor
from bot.pace import Pace
from bot.telegram import Telegram
from models.db import ident
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind
from models.delivery.messages import Outbox
from models.notices import Notice, NoticeCopy, NoticeParty
from models.people import Contact
from rules.notices.notice_lifecycle import NoticeState
from rules.notices.receipt_kinds import NoticeAsk
from rules.people.roles import Role
from services.notices import notice_copies, notice_sending
from services.notices.audience import Audience
from tests.bot.desk import AT_ONCE, Desk, account
from tests.bot.test_nag_lists import Seconds
from tests.support.turns import tick_for


async def promised(desk: Desk) -> tuple[Contact, NoticeCopy]:
    """A reader, and the copy of a notice that is promised to them."""
    issuer, reader = await desk.office(), await desk.contact("联络员", Role.LIAISON)
    now = desk.clock.moment
    async with desk.database.transaction() as session:
        notice = Notice(
            issuer_id=ident(issuer),
            text="召开创城推进会",
            ask=NoticeAsk.READ,
            per_unit=True,
            urgent=False,
            answer_by=now + timedelta(days=1),
            audience=Audience().to_json(),
            state=NoticeState.OPEN,
            sent_at=now,
        )
        session.add(notice)
        await session.flush()
        party = NoticeParty(notice_id=ident(notice), unit_id=reader.unit_id, look_at=now, nagged_until=now)
        session.add(party)
        await session.flush()
        copy = NoticeCopy(
            notice_id=ident(notice), party_id=ident(party), contact_id=ident(reader), due_at=now
        )
        session.add(copy)
        await session.flush()
        await notice_sending.promise_due(tick_for(session, now, desk.campaign))
    return reader, copy


async def test_a_copy_that_changes_while_it_is_on_its_way_is_sent_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colleague answers between rendering and sending. The editor does not send what is promised."""
    seconds = Seconds()
    monkeypatch.setattr(live_editor, "steady_seconds", seconds.time)
    reader, copy = await promised(desk)
    async with desk.database.transaction() as session:
        row = (await session.exec(select(Outbox).where(Outbox.view == "notice_copy"))).one()
        kind = LiveKind.NOTICE_COPY
        await live_messages.keep_list(session, ident(row), account(reader), {"kept": True}, kind=kind)
        await notice_copies.touch(session, [copy])
    editor = LiveEditor(desk.database, Telegram(desk.bot, Pace(AT_ONCE)), desk.clock, desk.campaign)
    seconds.now += 10
    await editor.look()
    assert await desk.received(account(reader)) == []
    desk.start()
    desk.sender.wake()
    await desk.until_settled()
    seconds.now += 10
    await editor.look()
    (only,) = await desk.received(account(reader))
    assert "召开创城推进会" in only.text
