"""Intake: it commits raw updates before Telegram is told, then has each handled.

Updates of one chat are handled in order, chats side by side.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from telegram import Bot
from telegram.error import NetworkError

from bot.clock import Clock
from bot.loops import NET_SECONDS, Loop
from bot.receiving.raw_updates import (
    UnreadableUpdate,
    Writing,
    lane_of,
    read_batch,
    subject_of,
    unreadable,
)
from bot.receiving.throttle import Throttle
from bot.receiving.update_handling import DoneElsewhereError, UpdateHandling
from bot.rendering import RenderedView
from bot.sender import Sender
from bot.sending.prompt_showing import Prompt
from bot.waiting import wait_up_to
from locales import Text, html_text, spoken
from models import inserts
from models.db import ColumnValues, Database, Session, ident
from models.delivery import inbox
from models.delivery.inbox import THROTTLED, Inbox, InboxState
from models.written import WrittenRows
from rules.delivery.retry import next_attempt
from services.campaign import Campaign
from services.delivery import dead_letters

log = structlog.get_logger(__name__)
# What may be better in a moment. Any other error comes again with the same update.
_PASSING: Final = (OperationalError, InterfaceError, NetworkError, ConnectionError, TimeoutError)
LANES: Final = 32
# However many strangers write at once, the enrolled find a lane, and the database, all but free.
LANES_OF_STRANGERS: Final = 2
# So many updates wait in memory. Further ones are read from the inbox when it is their turn.
MOST_HANDED: Final = 1_000
AGAIN_SECONDS: Final = 1.0


@dataclass(slots=True)
class _InboxLane:
    """What waits in a chat's lane; its updates are handled in ``places``.

    ``rows``: the oldest ones, as they were stored. ``behind``: others may wait in the inbox behind them.
    ``news``: more of those came since the inbox was asked.
    """

    places: AbstractAsyncContextManager[Any]
    rows: deque[Inbox] = field(default_factory=deque)
    behind: bool = False
    news: bool = False
    task: asyncio.Task[None] | None = None


class Intake(Loop):
    """The inbox and the lanes that empty it."""

    def __init__(
        self,
        database: Database,
        bot: Bot,
        sender: Sender,
        clock: Clock,
        campaign: Campaign,
        handling: UpdateHandling,
    ) -> None:
        super().__init__("the inbox cannot be read")
        self._db = database
        self._bot = bot
        self._handling = handling
        self._sender = sender
        self._clock = clock
        self._campaign = campaign
        self._lanes: dict[int, _InboxLane] = {}
        self._handed = 0
        # Whether each chat with something in the inbox has a lane. From then on what comes is handed over.
        self._knows = False
        self._storing = asyncio.Lock()  # a look does not see what is stored but not yet handed over
        self._at_once = asyncio.Semaphore(LANES)
        self._for_strangers = asyncio.Semaphore(LANES_OF_STRANGERS)
        self._throttle = Throttle(clock)

    async def store(self, result: Sequence[Any]) -> None:
        """Commit raw updates; only then may Telegram forget them. Those stored earlier stay as they are.

        Two are the same one if their ids and subjects are. What cannot be stored as an update is kept as
        text. What strangers write beyond the limit is stored as such, and not handled.
        ``RecursionError``: something is too deeply nested, and nothing was stored.
        """
        updates, others = read_batch(result, self._bot.token)
        now = datetime.now(UTC)
        async with self._storing:
            async with self._db.transaction() as session:
                weighed = await self._throttle.weigh(session, updates)
                rows = [
                    self._row_of(update, now, throttled=place in weighed.excess)
                    for place, update in enumerate(updates)
                ]
                stored = await inbox.store(session, rows)
                known = await self._known(session, stored, weighed.bound)
                for other in others:
                    await self._keep_text(session, other, now)
            self._hand_over(stored, known)
        if len(stored) < len(rows):
            self.wake()  # nobody may have handed over what was stored earlier
        self._throttle.keep(weighed)
        if weighed.excess:
            log.info("strangers are throttled", updates=len(weighed.excess), told=len(weighed.told))
        self._sender.submit([self._slower(writing) for writing in weighed.told.values()])

    async def _known(self, session: Session, stored: Sequence[Inbox], bound: Collection[int]) -> set[int]:
        """The chats of these updates that we know. ``bound``: accounts that belong to contacts."""
        unsure = {row.lane for row in stored}.difference(bound)
        return {*bound, *(await inbox.known_lanes(session, unsure) if unsure else ())}

    def _hand_over(self, stored: Sequence[Inbox], known: Collection[int]) -> None:
        """Put updates that were stored just now into their lanes."""
        if not self._knows:
            self.wake()
            return
        for row in stored:
            if row.state is not InboxState.NEW or self._stopping.is_set():
                continue
            lane = self._lane(row.lane, known=row.lane in known)
            if lane.behind or self._handed >= MOST_HANDED:
                lane.behind = lane.news = True
            else:
                lane.rows.append(row)
                self._handed += 1

    def _lane(self, chat_id: int, *, known: bool) -> _InboxLane:
        """The chat's lane, at work."""
        lane = self._lanes.get(chat_id)
        if lane is None:
            lane = self._lanes[chat_id] = _InboxLane(nullcontext() if known else self._for_strangers)
            lane.task = asyncio.create_task(self._empty(chat_id, lane), name=f"inbox {chat_id}")
        return lane

    def _row_of(self, update: Mapping[str, Any], now: datetime, *, throttled: bool) -> ColumnValues:
        return {
            "bot_id": self._bot.id,
            "update_id": update["update_id"],
            "subject": subject_of(update),
            "lane": lane_of(update),
            "payload": json.dumps(update),
            "state": InboxState.DONE if throttled else InboxState.NEW,
            "attempts": 0,
            "received_at": now,
            "done_at": now if throttled else None,
            "error": THROTTLED if throttled else None,
        }

    def _slower(self, writing: Writing) -> Prompt:
        """The answer to a stranger who writes too much."""
        locale = spoken(writing.language) or self._campaign.locale
        rendered = RenderedView([html_text(Text("enrolment.throttled"), locale)], None)
        return Prompt(writing.account, None, rendered, stranger=True)

    async def store_text(self, text: str) -> None:
        """Commit an update that cannot be read at all as text, for the office to see."""
        other = unreadable(text, self._bot.token)
        async with self._db.transaction() as session:
            await self._keep_text(session, other, datetime.now(UTC))

    async def _keep_text(self, session: Session, other: UnreadableUpdate, now: datetime) -> None:
        row = {
            "bot_id": self._bot.id,
            "update_id": other.key,
            "subject": "text",
            "lane": 0,
            "payload": other.text,
            "state": InboxState.DEAD,
            "attempts": 0,
            "received_at": now,
            "done_at": now,
            "error": "unreadable",
        }
        if await inserts.insert_once(session, Inbox, [row]):
            log.error("an update that cannot be stored is kept as text", update_id=other.key)
            kept = await inbox.of_update(session, self._bot.id, other.key)
            await dead_letters.tell(session, kept, now=await self._clock.now())

    def committed(self, written: WrittenRows) -> None:
        """Look if an update is to be handled anew."""
        if written.has(Inbox):
            self.wake()

    async def look(self) -> float:
        """Have a lane at work for each chat that has something in the inbox."""
        async with self._storing:
            async with self._db.reading() as session:
                waiting = await inbox.open_lanes(session, self._bot.id)
            self._knows = True
            for chat_id, known in waiting.items():
                lane = self._lane(chat_id, known=known)
                lane.behind = lane.news = True
        return NET_SECONDS

    async def stop(self, patience: float) -> None:
        """Let each lane finish its present update and the answer to it; the rest waits for the restart."""
        self.stop_looking()
        running = [lane.task for lane in self._lanes.values() if lane.task is not None]
        if not running:
            return
        _, slow = await asyncio.wait(running, timeout=patience)
        for task in slow:
            # A cut transaction rolls back: its update is handled again after the restart.
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)

    async def _empty(self, chat_id: int, lane: _InboxLane) -> None:
        """Handle all that waits in a lane, each time in one of its places."""
        is_empty = False
        try:
            while not (self._stopping.is_set() or is_empty):
                async with lane.places:
                    delay = await self._next(chat_id)
                if delay is not None:
                    await wait_up_to(delay, self._stopping)
                is_empty = delay is None and not lane.rows and not lane.news
        except SQLAlchemyError:
            log.exception("inbox lane stopped", lane=chat_id)
            await wait_up_to(AGAIN_SECONDS, self._stopping)
        finally:
            self._fall_behind(lane)
            del self._lanes[chat_id]
            if not is_empty:
                # What is stored before the next look would overtake what this lane leaves behind.
                self._knows = False
                self.wake()

    async def _next(self, chat_id: int) -> float | None:
        """Handle the chat's oldest update. Returns seconds until the next look; None: there is none."""
        if self._sender.is_behind(chat_id):
            return AGAIN_SECONDS  # the answers that it waits for leave no sooner
        async with self._at_once:
            row = await self._oldest(chat_id)
            if row is None:
                return None
            try:
                await self._handling.handle(row)
            except Exception as error:
                if (lane := self._lanes.get(chat_id)) is not None:
                    self._fall_behind(lane)
                if isinstance(error, DoneElsewhereError):
                    log.warning("update was handled by another instance", update_id=row.update_id)
                    return 0.0
                log.exception("update failed", update_id=row.update_id, attempt=row.attempts + 1)
                return await self._failed(row, error)
            return 0.0

    async def _oldest(self, chat_id: int) -> Inbox | None:
        """The chat's oldest update: its lane has it, or else the inbox may."""
        lane = self._lanes.get(chat_id)
        if lane is not None and lane.rows:
            self._handed -= 1
            return lane.rows.popleft()
        if lane is not None:
            if not lane.behind:
                return None
            lane.news = False
        async with self._db.reading() as session:
            return await inbox.first_of_lane(session, self._bot.id, chat_id)

    def _fall_behind(self, lane: _InboxLane) -> None:
        """Have the lane ask the inbox: an update that failed comes again before those that it has."""
        self._handed -= len(lane.rows)
        lane.rows.clear()
        lane.behind = True

    async def _failed(self, row: Inbox, error: Exception) -> float:
        """Count a failure, of which nothing was kept: try again later, or give up and tell the office."""
        delay = next_attempt(row.attempts, passing=isinstance(error, _PASSING))
        kind = type(error).__name__
        async with self._db.transaction() as session:
            await inbox.count_inbox_attempt(session, ident(row), kind)
            if delay is None:
                now = await self._clock.now()
                await inbox.finish_inbox(session, ident(row), InboxState.DEAD, datetime.now(UTC), kind)
                await dead_letters.tell(session, row, now=now)
        return 0.0 if delay is None else delay.total_seconds()
