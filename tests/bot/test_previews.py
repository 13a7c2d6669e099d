"""Previews over HTTP: one quiet message, edited in place for every reader, until the last hour has passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest

from bot import live_editor
from bot.live_editor import LiveEditor
from bot.pace import Pace
from bot.telegram import Telegram
from models.people import Contact
from rules.people.roles import Role
from sandbox.shapes import MessageRecord
from services import access
from services.groups import evening_tallies, preview_choice, push_notes, push_previews
from tests.bot.desk import AT_ONCE, Desk, account
from tests.bot.test_nag_lists import Seconds
from tests.support.turns import tick_for, turn_for

SLOT = "2026-12-15/tally"


@dataclass
class PreviewDesk:
    """Two members of the office, both of whom have chosen previews, and a group."""

    desk: Desk
    one: Contact
    other: Contact
    group: int
    editor: LiveEditor
    seconds: Seconds

    async def ticks(self, hour: int, minute: int) -> None:
        """Let the clock go to that time, and what is due be promised and sent."""
        self.desk.clock.moment = at(hour, minute)
        async with self.desk.database.transaction() as session:
            turn = tick_for(session, self.desk.clock.moment, self.desk.campaign)
            await push_previews.preview_tick(turn)
            await evening_tallies.tally_tick(turn)
        await self.desk.until_settled()
        await self.look()

    async def look(self) -> None:
        self.seconds.now += 10
        await self.editor.look()

    async def seen_by(self, reader: Contact) -> MessageRecord:
        (only,) = await self.desk.received(account(reader))
        return only


def at(hour: int, minute: int) -> datetime:
    return datetime.fromisoformat(f"2026-12-15T{hour:02}:{minute:02}+08:00")


@pytest.fixture
async def previewed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> PreviewDesk:
    seconds = Seconds()
    monkeypatch.setattr(live_editor, "steady_seconds", seconds.time)
    desk.clock.moment = datetime.fromisoformat("2026-12-14T20:00+08:00")
    one, other = await desk.office(), await desk.contact("创城办第二人", Role.OFFICE)
    group = await desk.group()
    async with desk.database.transaction() as session:
        for contact in (one, other):
            actor = await access.actor_of(session, await session.get_one(Contact, contact.id))
            await preview_choice.choose(turn_for(session, actor, desk.clock.moment), on=True)
    desk.start()
    editor = LiveEditor(desk.database, Telegram(desk.bot, Pace(AT_ONCE)), desk.clock, desk.campaign)
    return PreviewDesk(desk, one, other, group, editor, seconds)


async def acts(previewed: PreviewDesk, who: Contact, words: str | None, *, stop: bool | None = None) -> None:
    desk = previewed.desk
    async with desk.database.transaction() as session:
        actor = await access.actor_of(session, await session.get_one(Contact, who.id))
        turn = turn_for(session, actor, desk.clock.moment, desk.campaign)
        if words is not None:
            await push_notes.set_remark(turn, SLOT, words)
        if stop is not None:
            await (push_notes.stop if stop else push_notes.resume)(turn, SLOT)
    await previewed.look()


async def test_a_change_by_one_is_seen_by_both_in_the_same_message(previewed: PreviewDesk) -> None:
    await previewed.ticks(17, 30)
    before = await previewed.seen_by(previewed.other)
    assert before.text.startswith("【日报预览】12月15日")
    assert before.labels == ["加按语", "今日不发"]
    assert not before.edited
    (call,) = await previewed.desk.people.calls("sendMessage", chat=account(previewed.other))
    assert call.params["disable_notification"] in (True, "true", "True")
    await acts(previewed, previewed.one, "注意 <b>进度</b>", stop=True)
    for reader in (previewed.one, previewed.other):
        seen = await previewed.seen_by(reader)
        assert "按语：注意 <b>进度</b>" in seen.text
        assert "今日不发（" in seen.text
        assert seen.labels == ["改按语", "删除按语", "恢复发送"]
    assert (await previewed.seen_by(previewed.other)).message_id == before.message_id
    await acts(previewed, previewed.other, None, stop=False)
    assert "今日不发" in (await previewed.seen_by(previewed.one)).labels
    await previewed.ticks(18, 0)
    for reader in (previewed.one, previewed.other):
        seen = await previewed.seen_by(reader)
        assert "已发出：12月15日18:00 起，共 1 个群" in seen.text
        assert seen.labels == []
    (tally,) = await previewed.desk.texts(previewed.group)
    assert tally.split("\n")[1] == "按语：注意 <b>进度</b>"


async def test_stopped_the_group_hears_nothing(previewed: PreviewDesk) -> None:
    await previewed.ticks(17, 30)
    await acts(previewed, previewed.one, None, stop=True)
    await previewed.ticks(18, 0)
    assert await previewed.desk.texts(previewed.group) == []
    seen = await previewed.seen_by(previewed.other)
    assert "未发" in seen.text
    assert seen.labels == []


async def test_a_deleted_preview_is_not_posted_again(previewed: PreviewDesk) -> None:
    await previewed.ticks(17, 30)
    mine = await previewed.seen_by(previewed.one)
    await previewed.desk.people.delete_message(
        account(previewed.one), account(previewed.one), mine.message_id
    )
    await acts(previewed, previewed.other, "按语")
    assert await previewed.desk.received(account(previewed.one)) == []
    assert "按语：按语" in (await previewed.seen_by(previewed.other)).text
