"""A town for stories: people act in the sandbox, and see what their own chats show."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Final

import openpyxl

from bot.commands.job_worker import JobWork
from bot.jobs import JobRunner
from models.db import Session
from models.people import Contact, Unit
from rules.people.roles import Role, Tier
from sandbox.client import SandboxClient
from sandbox.shapes import MessageRecord
from services.turn import TickTurn
from tests.bot.desk import Desk, account
from tests.bot.program import Program, program_at
from tests.support.people import Roster

TASK, OTHER_TASK = "清理违规广告牌匾", "整治背街小巷环境"
SENTENCE = "今天清理违规广告牌匾12处"
CONFIRM = "确认提交"
_accounts = count(6_000_000_001)
Tick = Callable[..., Coroutine[Any, Any, Any]]


@dataclass
class Town:
    """The program, and its people by name; a person is the id of their account and their private chat."""

    program: Program
    units: dict[str, Unit] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    task_id: int = 0
    _seen: dict[int, dict[int, MessageRecord]] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        return self.program.desk

    @property
    def people(self) -> SandboxClient:
        return self.desk.people

    def __getitem__(self, name: str) -> int:
        return account(self.contacts[name])

    # -- actions of people -----------------------------------------------------------------------------

    async def say(self, who: int, text: str, *, to: MessageRecord | None = None) -> list[MessageRecord]:
        """Say something privately, and return what the bot shows in answer."""
        await self.people.send_text(who, who, text, reply_to=to.message_id if to else None)
        return await self.news(who)

    async def ask(self, who: int, text: str, *, to: MessageRecord | None = None) -> MessageRecord:
        """Say something privately, and return its one answer."""
        (answer,) = await self.say(who, text, to=to)
        return answer

    async def press(
        self, who: int, message: MessageRecord, button: str | int, *, force: bool = False
    ) -> list[MessageRecord]:
        """Press a button, and return the news of the chat. ``force``: see the sandbox's ``press``."""
        await self.people.press(message.chat_id, who, message.message_id, button, force=force)
        return await self.news(message.chat_id)

    async def toast(self, who: int) -> tuple[str, bool]:
        """The answer to the last press, and whether it is an alert that must be closed."""
        answer = (await self.people.callback_answers(who))[-1].answers[-1]
        return answer.text, answer.show_alert

    async def forge(self, who: int, message: MessageRecord, label: str) -> tuple[str, bool]:
        """Send the data of a button of another person's message from one's own chat; return the answer."""
        (data,) = [button.data for row in message.buttons for button in row if button.text == label]
        there = await self.people.messages(who)
        assert await self.press(who, there[0], data or "", force=True) == []
        return await self.toast(who)

    async def report(self, who: int, text: str = SENTENCE) -> MessageRecord:
        """Report something and confirm it; return the person's own message."""
        said = await self.people.send_text(who, who, text)
        (card,) = await self.news(who)
        await self.press(who, card, CONFIRM)
        return said

    async def group(self, *members: str, bind: str = "全部", **group: Any) -> tuple[int, int | None]:
        """Make a group of the 组长 and ``members``, and bind it; return its chat and its topic's thread."""
        everybody = [self["组长"], *(self[name] for name in members)]
        made = await self.people.act(
            "create_group", title="工作群", members=everybody, **{"bot": "administrator", **group}
        )
        chat, (thread,) = int(made["id"]), made["topics"].values() or (None,)
        await self.people.send_text(chat, self["组长"], f"/bind {bind}", thread=thread)
        await self.program.take_in()
        await self.program.look()
        return chat, thread

    async def newcomer(self, name: str) -> int:
        """A person whom the bot has never seen."""
        return (await self.people.create_user(name, id=next(_accounts))).id

    # -- actions of the program ------------------------------------------------------------------------

    async def news(self, chat: int) -> list[MessageRecord]:
        """Let the program handle all updates; return what is new in a chat, in order.

        New is what the bot has written or changed there since the last call; a card that only lost its
        buttons is not.
        """
        await self.program.take_in()
        return await self.shown(chat)

    async def shown(self, chat: int) -> list[MessageRecord]:
        """The same as ``news``, without fetching what people did."""
        await self.quiet()
        seen = self._seen.setdefault(chat, {})
        there = await self.people.messages(chat, sender="bot")
        new = [one for one in there if _is_news(one, seen.get(one.message_id))]
        seen.update({one.message_id: one for one in there})
        return sorted(new, key=lambda one: one.revision)

    async def albums(self, chat: int) -> list[MessageRecord]:
        """Let an album come in, and return what the chat then shows."""
        await self.program.take_in()
        await self.program.show_albums()
        return await self.shown(chat)

    async def quiet(self) -> None:
        """Wait until all promises and prompts are out."""
        sender = self.desk.sender
        while True:
            sender.wake()
            await self.desk.until_settled()
            busy = [lane.task for lane in sender._lanes.values() if lane.task is not None]
            busy += sender._making
            if not busy:
                return
            for task in busy:
                await task

    async def tick(self, tick: Tick, at: datetime | None = None) -> None:
        """Do what the scheduler does at ``at``; that is the time from then on."""
        self.desk.clock.moment = at or self.desk.clock.moment
        async with self.desk.database.transaction() as session:
            await tick(TickTurn(session, self.desk.clock.moment, self.desk.campaign))
        await self.quiet()

    async def work(self, chat: int) -> list[MessageRecord]:
        """Work off the waiting files in this process, and return what the chat then shows."""
        await self.program.take_in()
        desk = self.desk

        async def work(job_id: int, worker: int, now: datetime) -> int:
            await JobWork(desk.database, desk.campaign, now, pause=0).do(job_id, worker)
            return 0

        runner = JobRunner(desk.database, desk.bot, desk.clock, desk.campaign, desk.sender.wake, work=work)
        while await runner.step():
            pass
        await self.program.look()
        return await self.shown(chat)

    async def sheet(self, message: MessageRecord) -> list[list[Any]]:
        """The rows of a workbook that a chat received."""
        assert message.kind == "document"
        assert message.media["file_name"].endswith(".xlsx")
        book = openpyxl.load_workbook(io.BytesIO(await self.people.file(message.file_id or "")))
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


PLACES: Final = {
    "创城办": Tier.DEPARTMENT,
    "城管局": Tier.DEPARTMENT,
    "住建局": Tier.DEPARTMENT,
    "东风街道": Tier.STREET,
}
CAST: Final = {
    "组长": ("创城办", Role.OFFICE),
    "副组长": ("创城办", Role.OFFICE),
    "责任人": ("城管局", Role.RESPONSIBLE_PERSON),
    "联络员": ("城管局", Role.LIAISON),
    "分管领导": ("城管局", Role.LEADER_IN_CHARGE),
    "协办": ("住建局", Role.LIAISON),
    "街道": ("东风街道", Role.LIAISON),
}


@asynccontextmanager
async def town_at(desk: Desk) -> AsyncIterator[Town]:
    """A town: 城管局 leads a task and 住建局 assists, 东风街道 has a task, the office has two people."""
    async with program_at(desk) as program:
        town = Town(program)
        async with desk.database.transaction() as session:
            await _settle(town, session)
        for name in town.contacts:
            await desk.people.create_user(name, id=town[name])
            desk.telegram.world.chats[town[name]].started = True
        yield town


async def _settle(town: Town, session: Session) -> None:
    roster = Roster(session, town.desk.clock.moment, town.desk.campaign)
    town.units = {name: await roster.unit(name, tier) for name, tier in PLACES.items()}
    for name, (unit, role) in CAST.items():
        town.contacts[name] = await roster.contact(town.units[unit], name, role)
    units, due = town.units, date(2026, 12, 18)
    task = await roster.task(
        units["城管局"], TASK, due, town.contacts["责任人"], assisting=(units["住建局"],), leader="分管领导"
    )
    task.target_value, task.target_unit = Decimal(50), "处"
    await roster.task(units["东风街道"], OTHER_TASK, date(2026, 12, 25), town.contacts["街道"])
    town.task_id = task.id or 0


def one(messages: Sequence[MessageRecord], *parts: str) -> MessageRecord:
    """The one message that has all of these words."""
    (found,) = [message for message in messages if all(part in message.text for part in parts)]
    return found


def at(hour: int, minute: int = 0, day: int = 15) -> datetime:
    """The moment of an hour in Shanghai, on a day of December 2026."""
    return datetime(2026, 12, day, hour - 8, minute, tzinfo=UTC)


def _is_news(message: MessageRecord, before: MessageRecord | None) -> bool:
    if before is None:
        return True
    return message.revision != before.revision and (message.html != before.html or bool(message.buttons))
