"""A desk to send from: promises go into the outbox, and the sender runs in the test's own loop."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlmodel import col, select
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.pace import Pace, PaceIntervals
from bot.receiving.intake import Intake
from bot.receiving.update_handling import UpdateHandling
from bot.rendering import RenderedView
from bot.sender import Sender
from bot.sending.prompt_showing import Prompt
from bot.telegram import Telegram
from locales import Text, plain
from models.db import Database
from models.delivery.messages import Outbox
from models.groups import GroupChat
from models.people import Contact, Unit
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Role
from sandbox.shapes import MessageRecord
from sandbox.testing import RunningSandbox
from services import access, outbox
from services.campaign import Campaign
from services.delivery import resending
from services.message_subjects import MessageSubjects
from services.views import ButtonSpec, View
from tests.support.patience import PATIENCE
from tests.support.people import Roster
from tests.support.turns import turn_for

MARK = plain(Text("outbox.repeat_mark"))
NO_TLS = {"verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}
AT_ONCE = PaceIntervals(overall=1e-4, private=1e-4, group=1e-4)
Rows = dict[str, Outbox]


def make_bot(telegram: RunningSandbox, read_timeout: float = 5.0) -> Bot:
    """A real bot. Its HTTP clients load no certificates: loading would take longer than most tests."""
    return Bot(
        telegram.token,
        base_url=telegram.base_url,
        base_file_url=telegram.base_file_url,
        request=HTTPXRequest(connection_pool_size=64, read_timeout=read_timeout, httpx_kwargs=NO_TLS),
        get_updates_request=HTTPXRequest(httpx_kwargs=NO_TLS),
    )


class HandClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.moment = now

    async def now(self) -> datetime:
        return self.moment

    async def close(self) -> None:
        return None


class GoingClock(HandClock):
    """A clock that goes: no two moments are the same, by which promises are told apart."""

    async def now(self) -> datetime:
        self.moment += timedelta(microseconds=1)
        return self.moment


class Commits:
    """Tells when a transaction of this process was committed."""

    def __init__(self) -> None:
        self._more = asyncio.Event()

    def note(self, _session: object) -> None:
        self._more.set()

    async def next(self) -> None:
        await self._more.wait()

    def rearm(self) -> None:
        self._more.clear()


class Place(NamedTuple):
    """A chat, the name of its owner, and the arguments of ``Desk.promise`` for it."""

    chat: int
    name: str
    where: dict[str, Any]


class Desk:
    """A sender with people to write to; each of them has a chat that the bot may write to."""

    def __init__(
        self, telegram: RunningSandbox, bot: Bot, database: Database, commits: Commits, now: datetime
    ) -> None:
        self.telegram, self.people, self.bot, self.database = telegram, telegram.client, bot, database
        self.clock, self.campaign = HandClock(now), Campaign()
        self._commits = commits
        self._running: asyncio.Task[None] | None = None
        self._unit: Unit | None = None
        self.sender = self.new_sender()
        database.follow(lambda written: self.sender.committed(written))

    def new_sender(
        self,
        bot: Bot | None = None,
        rates: PaceIntervals = AT_ONCE,
        clock_is_settled: Callable[[], bool] = lambda: True,
    ) -> Sender:
        """Make another sender, as after a restart; the earlier one must have been stopped."""
        paced = Telegram(bot or self.bot, Pace(rates))
        self.sender = Sender(self.database, paced, self.clock, self.campaign, clock_is_settled)
        return self.sender

    def start(self) -> None:
        self._running = asyncio.create_task(self._work())

    async def _work(self) -> None:
        """Settle what an earlier sender left, then send, as the program does."""
        await self.sender.recover()
        await self.sender.run()

    async def stop(self) -> None:
        """End the sender cleanly."""
        await self.sender.stop(PATIENCE)
        if self._running is not None:
            await self._running
            self._running = None

    async def crash(self) -> None:
        """End the sender and let no lane finish. Call it while lanes hang in a call, not in the database."""
        self.sender.stop_looking()
        if self._running is not None:
            await self._running
            self._running = None
        lanes = [lane.task for lane in self.sender._lanes.values() if lane.task is not None]
        lanes += self.sender._making
        for task in lanes:
            task.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)

    async def contact(self, name: str, *roles: Role) -> Contact:
        async with self.database.transaction() as session:
            roster = Roster(session, self.clock.moment, self.campaign)
            self._unit = self._unit or await roster.unit("城管局")
            contact = await roster.contact(self._unit, name, *roles or (Role.RESPONSIBLE_PERSON,))
        chat = account(contact)
        await self.people.create_user(name, id=chat)
        self.telegram.world.chats[chat].started = True
        return contact

    async def office(self) -> Contact:
        return await self.contact("创城办工作人员", Role.OFFICE)

    async def group(
        self, title: str = "工作群", *, kind: Literal["supergroup", "group"] = "supergroup"
    ) -> int:
        """Make a group that is bound for the tally, and return its chat."""
        owner = await self.contact(f"{title}群主")
        chat = (await self.people.create_group(title, members=[account(owner)], kind=kind)).id
        async with self.database.transaction() as session:
            row = GroupChat(
                chat_id=chat,
                title=title,
                bound_by=owner.id or 0,
                bound_at=self.clock.moment,
                tallied_until=self.clock.moment,
            )
            session.add(row)
        return chat

    async def place(self, kind: MessageKind) -> Place:
        """The place for messages of a kind: a group for tallies, a contact for all others."""
        if kind is MessageKind.TALLY:
            chat = await self.group()
            return Place(chat, "工作群", {"chat": chat})
        contact = await self.contact("责任人")
        return Place(account(contact), "责任人", {"to": contact})

    async def promise(
        self,
        key: str,
        *,
        to: Contact | None = None,
        chat: int | None = None,
        thread: int | None = None,
        kind: MessageKind = MessageKind.RECEIPT,
        text: str | None = None,
        buttons: list[list[ButtonSpec]] | None = None,
        task_ids: list[int] | None = None,
    ) -> None:
        """Put a message into the outbox; its text is its key unless another text is given."""
        view = View([Text("common.as_is", text=text or key)], buttons or [], task_ids or [])
        where = None if chat is None else (chat, thread)
        async with self.database.transaction() as session:
            assert await outbox.enqueue(
                session, kind, key, view, now=self.clock.moment, contact=to, chat=where
            )
        self.sender.wake()

    def show(self, chat: int, *texts: str, edit: int | None = None, task_ids: Sequence[int] = ()) -> None:
        """Hand prompts to the sender, as intake does after a commit."""
        self.sender.submit(
            [
                Prompt(chat, None, RenderedView([text], None, MessageSubjects(list(task_ids))), edit)
                for text in texts
            ]
        )

    async def resend(self, office: Contact, row: Outbox) -> str:
        """Let the office press 重发, and return the answer."""
        async with self.database.transaction() as session:
            actor = await access.actor_of(session, office)
            turn = turn_for(session, actor, self.clock.moment, self.campaign)
            answer = await resending.resend(turn, row.id or 0)
        self.sender.wake()
        return answer.plain("zh")

    async def rows(self) -> Rows:
        async with self.database.reading() as session:
            found = await session.exec(select(Outbox).order_by(col(Outbox.id)))
            return {row.dedupe_key: row for row in found}

    async def until(self, check: Callable[[Rows], Any]) -> Rows:
        """Read the outbox after each commit, and return its rows when ``check`` accepts them."""
        rows: Rows = {}
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    self._commits.rearm()
                    rows = await self.rows()
                    if check(rows):
                        return rows
                    await self._commits.next()
        except TimeoutError:
            states = {key: (row.state.value, row.attempts, row.error) for key, row in rows.items()}
            raise AssertionError(f"the outbox stays at {states}") from None

    async def until_state(self, key: str, state: DeliveryState) -> Outbox:
        return (await self.until(lambda rows: key in rows and rows[key].state is state))[key]

    async def until_settled(self) -> Rows:
        """Wait until no message is waiting or on its way."""
        open_states = {DeliveryState.NEW, DeliveryState.RETRY, DeliveryState.SENDING}
        return await self.until(lambda rows: all(row.state not in open_states for row in rows.values()))

    async def received(self, chat: int) -> list[MessageRecord]:
        return await self.people.messages(chat, sender="bot")

    async def texts(self, chat: int) -> list[str]:
        return [message.text for message in await self.received(chat)]


def account(contact: Contact) -> int:
    """The contact's account, which is also the id of their private chat."""
    assert contact.telegram_user_id is not None
    return contact.telegram_user_id


def intake_of(desk: Desk, bot: Bot, application: Any = None, telegram: Any = None) -> Intake:
    """The intake of a desk. Without an ``application`` it only stores."""
    parts = (desk.sender, desk.clock, desk.campaign)
    handling = UpdateHandling(desk.database, application, telegram, *parts)
    return Intake(desk.database, bot, *parts, handling)
