"""Notices to the office over HTTP: a colleague's step edits them, and an answer to a press stays."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlmodel import select

from bot import live_editor
from bot.live_editor import LiveEditor
from bot.pace import Pace
from bot.telegram import Telegram
from locales import Text
from models.delivery.office_matters import OfficeMatter
from models.people import Contact
from rules.people.roles import Role
from sandbox.shapes import MessageRecord
from services import access, office_notices
from services.views import View, button, say
from tests.bot.desk import AT_ONCE, Desk, account
from tests.bot.test_nag_lists import Seconds
from tests.support.turns import turn_for

ABOUT = ("case", 1)


@dataclass
class NoticeDesk:
    """Two members of the office, each of whom got a notice about one matter."""

    desk: Desk
    one: Contact
    other: Contact
    editor: LiveEditor
    seconds: Seconds

    async def look(self) -> None:
        self.seconds.now += 10
        await self.editor.look()

    async def claim(self) -> None:
        async with self.desk.database.transaction() as session:
            actor = await access.actor_of(session, await session.get_one(Contact, self.one.id))
            await office_notices.claim(turn_for(session, actor, self.desk.clock.moment), 1)

    async def settle(self) -> None:
        async with self.desk.database.transaction() as session:
            actor = await access.actor_of(session, await session.get_one(Contact, self.one.id))
            turn = turn_for(session, actor, self.desk.clock.moment)
            outcome = Text("cases.event.register")
            await office_notices.settle(session, ABOUT, actor.id, outcome, now=turn.now)

    async def seen_by(self, reader: Contact) -> MessageRecord:
        (only,) = await self.desk.received(account(reader))
        return only


@pytest.fixture
async def told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> NoticeDesk:
    seconds = Seconds()
    monkeypatch.setattr(live_editor, "steady_seconds", seconds.time)
    one, other = await desk.office(), await desk.contact("创城办第二人", Role.OFFICE)
    async with desk.database.transaction() as session:
        view = View(say("help.voice").lines, [[button("tasks.previous_button", "who.front")]])
        await office_notices.tell(session, "k", view, now=desk.clock.moment, about=ABOUT)
    desk.start()
    desk.sender.wake()
    await desk.until_settled()
    editor = LiveEditor(desk.database, Telegram(desk.bot, Pace(AT_ONCE)), desk.clock, desk.campaign)
    return NoticeDesk(desk, one, other, editor, seconds)


async def test_the_others_see_who_sees_to_it_and_then_who_settled_it(told: NoticeDesk) -> None:
    before = await told.seen_by(told.other)
    assert any("我来办" in label for label in before.labels)
    await told.claim()
    await told.look()
    claimed = await told.seen_by(told.other)
    assert claimed.message_id == before.message_id
    assert "正在办理" in claimed.text
    assert not any("我来办" in label for label in claimed.labels)
    assert any("交回" in label for label in (await told.seen_by(told.one)).labels)
    await told.settle()
    await told.look()
    for reader in (told.one, told.other):
        settled = await told.seen_by(reader)
        assert "已办理" in settled.text
        assert settled.labels == []


async def test_settled_before_it_went_out_it_is_not_sent(desk: Desk) -> None:
    await desk.office()
    async with desk.database.transaction() as session:
        await office_notices.tell(session, "k", say("help.voice"), now=desk.clock.moment, about=ABOUT)
        (matter,) = (await session.exec(select(OfficeMatter))).all()
        matter.settled_at = desk.clock.moment
    desk.start()
    desk.sender.wake()
    await desk.until_settled()
    assert await desk.people.calls("sendMessage") == []
