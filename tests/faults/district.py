"""A district in which faults are tried: Telegram's stand-in, a database, the program, and people at work."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlmodel import col, select

from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.delivery.messages import Outbox
from models.groups import GroupChat
from rules.delivery.delivery import DeliveryState
from rules.people.roles import Role
from sandbox.client import SandboxClient
from sandbox.client.connection import ControlError
from sandbox.clock import SandboxClock
from sandbox.testing import RunningSandbox, running
from sandbox.world import World
from services.campaign import Campaign
from tests.conftest import NOW
from tests.e2e.cast import OBJECTIVE, Cast, account, assemble
from tests.faults.ledger import TITLES, Ledger, WatchedQueue
from tests.support.patience import PATIENCE
from tests.support.people import Roster
from tests.support.postgres import PostgresServer
from tests.support.processes import Forge, Program, settings_for

UNITS: Final = 5
CONFIRM: Final = "✅ 确认提交"
_TO_GO: Final = (DeliveryState.NEW, DeliveryState.RETRY, DeliveryState.SENDING)
_LOOK: Final = 0.05
# Seconds for which a person waits for an answer, which may come late.
PATIENT: Final = 3 * PATIENCE


@dataclass(slots=True)
class District:
    """All that a family works with.

    ``chance``: of the family's choices. ``habits``: of what each person does; they act side by side, so each
    has their own. ``server``: a PostgreSQL that a family may restart.
    """

    engine: str
    forge: Forge
    telegram: RunningSandbox
    database: Database
    env: dict[str, str]
    cast: Cast
    group: int
    ledger: Ledger
    chance: random.Random
    habits: dict[int, random.Random]
    server: PostgresServer | None = None
    _working: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def people(self) -> SandboxClient:
        return self.telegram.client

    # -- the program ---------------------------------------------------------------------------------

    def program(self, **patches: Any) -> AbstractAsyncContextManager[Program]:
        """Start the program. ``hurry`` shortens its back-offs unless a family needs them whole."""
        return self.forge.program("run", env=self.env, **{"hurry": True, **patches})

    @asynccontextmanager
    async def running(self, **patches: Any) -> AsyncIterator[Program]:
        """Start the program, and wait until its parts run: from then on SIGTERM ends it with 0."""
        async with self.program(**patches) as bot:
            await bot.err.wait_for("running")
            yield bot

    async def live(self, seconds: float, **patches: Any) -> None:
        """Let the program live for so long, and kill it."""
        async with self.program(**patches) as bot:
            await asyncio.sleep(seconds)
            bot.kill()
            self.expect(await bot.ended() == -signal.SIGKILL, f"it ended before the kill: {bot.err.text}")

    async def pause(self, least: float, most: float) -> None:
        """Let everybody go on for a while; the random moment is what a family is about."""
        await asyncio.sleep(self.chance.uniform(least, most))

    async def finish(self, **patches: Any) -> None:
        """Start the program once more, let it finish all work, end it, and look at the ledger."""
        async with self.running(**patches) as bot:
            await self.settle()
            self.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
        await self.ledger.check(self.database, self.people)

    def expect(self, true: object, otherwise: str) -> None:
        if not true:
            self.ledger.findings.broken.append(otherwise)

    # -- people ----------------------------------------------------------------------------------------

    async def card(self, who: int) -> tuple[int, int]:
        """A person writes a number that nobody wrote before. Returns it, and the id of the card."""
        amount = self.ledger.next_amount()
        self.ledger.said[amount] = who
        words = f"今天新增{OBJECTIVE}{amount}处"
        if self.habits[who].random() < 0.3:
            await self.people.send_photo(who, who, caption=words)
        else:
            await self.people.send_text(who, who, words)
        shown = await self.people.wait_for(who, contains=["请核对", f"{amount}处"], timeout=PATIENT)
        return amount, shown.message_id

    async def report(self, who: int) -> None:
        """A person reports one number and is done when they have the receipt."""
        amount, card = await self.card(who)
        await self.people.press(who, who, card, CONFIRM, force=True)
        await self.people.wait_for(who, contains=["【回执】", f"{amount}处"], timeout=PATIENT)

    async def round(self) -> None:
        """Everybody reports once, all at the same time."""
        await asyncio.gather(*map(self.report, self.cast.accounts))

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Everybody reports again and again until the block ends; who has begun a report finishes it after.

        They finish while the program runs next, so the block's end does not wait for them: ``settle`` does.
        """
        working = True

        async def work(who: int) -> None:
            try:
                while working:
                    await self.report(who)
                    await asyncio.sleep(self.habits[who].uniform(0.0, 0.3))
            except ControlError as nothing:
                # Who gets no answer waits, and writes no more.
                self.ledger.findings.broken.append(str(nothing))

        self._working = [asyncio.create_task(work(who)) for who in self.cast.accounts]
        try:
            yield
        finally:
            working = False

    async def go_home(self) -> None:
        """Whoever still waits for something, because a family was broken off, waits no longer."""
        for person in self._working:
            person.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    async def titles(self) -> Counter[str]:
        """How often each chat has been shown each title of a message of slots."""
        shown: Counter[str] = Counter()
        for chat in await self.people.chats():
            for message in await self.people.messages(chat.id, sender="bot"):
                shown.update(f"{title} in {chat.id}" for title in TITLES.values() if title in message.text)
        return shown

    async def settle(self) -> None:
        """Wait until all have what they wait for, and nothing is left to handle or to send."""
        await asyncio.gather(*self._working)
        await self.until(self._idle, "all work is done")

    async def until(self, true: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait until ``true()`` is. The program cannot tell from inside when it is done, so this looks."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not await true():  # noqa: ASYNC110  # the program is another process
                    await asyncio.sleep(_LOOK)
        except TimeoutError:
            self.expect(False, f"never: {what}")

    async def _idle(self) -> bool:
        if await self.people.pending():
            return False
        async with self.database.reading() as session:
            new = await session.exec(select(Inbox.id).where(Inbox.state == InboxState.NEW).limit(1))
            to_go = await session.exec(select(Outbox.id).where(col(Outbox.state).in_(_TO_GO)).limit(1))
            return new.first() is None and to_go.first() is None


@asynccontextmanager
async def district(
    forge: Forge,
    engine: str,
    database_url: str,
    chance: random.Random,
    server: PostgresServer | None = None,
) -> AsyncIterator[District]:
    """A district on an empty database: units with a contact and a task each, an office, a leader, a group."""
    world = World(clock=SandboxClock(NOW))
    queue = world.updates = WatchedQueue(world.updates)
    database = Database(database_url)
    try:
        async with running(world) as telegram:
            people = telegram.client
            cast = await assemble(database, people, units=UNITS, deadline=NOW.date())
            leader = await _leader(database, cast)
            readers = [*cast.accounts, account(cast.office), leader]
            await people.create_user("区领导", id=leader)
            group = (await people.create_group("创城工作群", members=readers, bot="administrator")).id
            await _bind(database, cast, group)
            for reader in readers:
                await people.start(reader)
            env = settings_for(telegram, database_url)
            ledger = Ledger(queue)
            habits = {who: random.Random(chance.random()) for who in cast.accounts}  # noqa: S311  # repeatable
            place = District(
                engine, forge, telegram, database, env, cast, group, ledger, chance, habits, server
            )
            try:
                yield place
            finally:
                await place.go_home()
    finally:
        await database.close()


async def _leader(database: Database, cast: Cast) -> int:
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        return account(await roster.contact(cast.units[0], "区领导", Role.DISTRICT_LEADER))


async def _bind(database: Database, cast: Cast, group: int) -> None:
    async with database.transaction() as session:
        office = cast.office.id or 0
        session.add(GroupChat(chat_id=group, bound_by=office, bound_at=NOW, tallied_until=NOW))
