"""When messages wait long, the office is told once how many and since when, and it ends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from bot.alarms.alarm_notes import AlarmNotes
from bot.alarms.alarms import Alarms
from bot.alarms.backlog import LONG, BacklogWatch
from bot.pace import Pace
from bot.telegram import Telegram
from locales import LOCALES, Text, plain
from models.delivery.inbox import Inbox, InboxState
from models.people import Contact
from reports.formats import moment_text
from rules.people.roles import Role
from tests.bot.desk import AT_ONCE, Desk, account

WAITS = "正按先后顺序处理"
OLD = LONG + timedelta(seconds=1)
_numbers = count(1)


@dataclass
class Watched:
    """The inbox of a desk, the watch over it, and the alarms that it raises."""

    desk: Desk
    alarms: Alarms
    watch: BacklogWatch

    async def wait(self, lane: int, age: timedelta = OLD, times: int = 1) -> datetime:
        """Let updates wait that came so long ago; returns when."""
        since = datetime.now(UTC) - age
        async with self.desk.database.transaction() as session:
            for number in range(times):
                session.add(
                    Inbox(
                        bot_id=self.desk.bot.id,
                        update_id=next(_numbers),
                        lane=lane,
                        payload="{}",
                        received_at=since + timedelta(milliseconds=number),
                    )
                )
        return since

    async def work_off(self) -> None:
        async with self.desk.database.transaction() as session:
            await session.execute(sa.update(Inbox).values(state=InboxState.DONE))

    async def look(self, times: int = 1, *, telling: bool = True) -> None:
        for _ in range(times):
            await self.watch.look()
            if telling:
                await self.alarms.look()

    async def told(self, contact: Contact) -> list[str]:
        return [text for text in await self.desk.texts(account(contact)) if WAITS in text]


@pytest.fixture
def watched(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr("bot.alarms.alarms.COLLECT_SECONDS", 0.0)
    telegram = Telegram(desk.bot, Pace(AT_ONCE))

    def now() -> datetime:
        return datetime.now(UTC)

    alarms = Alarms(desk.database, telegram, desk.sender, desk.campaign, AlarmNotes(None), now)
    return Watched(desk, alarms, BacklogWatch(desk.database, desk.bot.id, alarms, desk.campaign.zone, now))


@pytest.mark.both_engines("outbox")
async def test_the_office_is_told_once_how_many_wait_and_since_when(desk: Desk, watched: Watched) -> None:
    office, second = await desk.office(), await desk.contact("创城办副主任", Role.OFFICE)
    person = await desk.contact("责任人")
    since = await watched.wait(account(person), timedelta(minutes=9), times=1_234)
    await watched.look(5)
    for one in (office, second):
        (text,) = await watched.told(one)
        assert "1234条" in text
        assert plain(moment_text(since, desk.campaign.zone)) in text
        assert plain(Text("alarms.ask")) not in text
    assert await watched.told(person) == []


async def test_one_look_is_not_enough(desk: Desk, watched: Watched) -> None:
    """What the last run left is old, and done a moment after the start."""
    office, chat = await desk.office(), account(await desk.contact("责任人"))
    for _ in range(3):
        await watched.wait(chat, timedelta(days=2))
        await watched.look()
        await watched.work_off()
        await watched.look()
    assert await watched.told(office) == []


async def test_it_ends_by_itself(desk: Desk, watched: Watched) -> None:
    office, chat = await desk.office(), account(await desk.contact("责任人"))
    await watched.wait(chat)
    await watched.look(2)
    await watched.work_off()
    await watched.look(2)
    # It happens again on the same day.
    await watched.wait(chat)
    await watched.look(3)
    assert len(await watched.told(office)) == 1


async def test_who_was_not_told_before_it_is_over_is_not_told(desk: Desk, watched: Watched) -> None:
    office, chat = await desk.office(), account(await desk.contact("责任人"))
    await watched.wait(chat)
    await watched.look(2, telling=False)
    await watched.work_off()
    await watched.look()
    assert await watched.told(office) == []
    await watched.wait(chat)
    await watched.look(2)
    assert len(await watched.told(office)) == 1


async def test_strangers_and_what_came_just_now_are_no_backlog(desk: Desk, watched: Watched) -> None:
    office, person = await desk.office(), await desk.contact("责任人")
    await watched.wait(account(person) + 999_999, timedelta(hours=1), times=50)
    await watched.wait(account(person), LONG - timedelta(seconds=30), times=5_000)
    await watched.look(3)
    assert await watched.told(office) == []


async def test_messages_in_groups_count(desk: Desk, watched: Watched) -> None:
    office, group = await desk.office(), await desk.group()
    await watched.wait(group)
    await watched.look(2)
    assert len(await watched.told(office)) == 1


@pytest.mark.parametrize("locale", LOCALES)
def test_the_words_say_both(locale: str) -> None:
    said = plain(Text("alarms.backlog", number=1234, since="8:15"), locale)
    assert "1234" in said
    assert "8:15" in said
    assert len(said) < 400
