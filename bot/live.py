"""Keeps live messages (boards, tallies, jobs) up to date: posted, edited, pinned, and posted again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError

from bot.clock import Clock
from bot.outcomes import outcome_of
from bot.rendering import Rendered, render
from bot.telegram import Telegram
from bot.waiting import wait_up_to
from models import messages
from models.campaign import GroupChat
from models.db import Database, Session
from models.messages import LiveKind, LiveMessage
from rules import delivery
from services import groups, live_views, people
from services.campaign import Campaign
from services.views import View

log = structlog.get_logger(__name__)
LOOK_SECONDS: Final = 1.0
# How often one message is edited at most, by its kind: a group's 20 a minute are for people.
REST_SECONDS: Final = {LiveKind.BOARD: 15.0, LiveKind.TALLY: 15.0, LiveKind.JOB: 1.5}


@dataclass(slots=True)
class _Shown:
    """What became of an edit."""

    ids: list[int]
    pinned: bool


class LiveEditor:
    """One loop; a message at a time. Nothing depends on its speed, all of it on the rows."""

    def __init__(self, database: Database, telegram: Telegram, clock: Clock, campaign: Campaign) -> None:
        self._db = database
        self._telegram = telegram
        self._clock = clock
        self._campaign = campaign
        self._wake = asyncio.Event()
        self._stopping = False
        self._rests: dict[int, float] = {}

    def wake(self) -> None:
        """A commit may have changed something."""
        self._wake.set()

    async def run(self) -> None:
        """Look at what is dirty, until ``stop``."""
        while not self._stopping:
            self._wake.clear()
            try:
                await self.look()
            except SQLAlchemyError:
                log.exception("live messages cannot be read")
            await wait_up_to(LOOK_SECONDS, self._wake)

    def stop(self) -> None:
        """End after the message that is at work; the rest is still dirty after the restart."""
        self._stopping = True
        self._wake.set()

    async def look(self) -> None:
        """Bring every dirty message up to date whose rest is over and whose chat is not paused."""
        async with self._db.reading() as session:
            dirty = await messages.dirty_live(session)
            pauses = await messages.pauses(session)
        time, now = asyncio.get_running_loop().time(), datetime.now(UTC)
        for row in dirty:
            paused = row.chat_id in pauses and pauses[row.chat_id] > now
            if self._stopping or paused or self._rests.get(row.id or 0, 0.0) > time:
                continue
            self._rests[row.id or 0] = asyncio.get_running_loop().time() + REST_SECONDS[row.kind]
            await self._update(row)

    async def _update(self, row: LiveMessage) -> None:
        prepared = await self._prepare(row)
        if prepared is None:
            return
        view_hash, rendered = prepared
        try:
            shown = await self._show(row, rendered)
        except TelegramError as error:
            await self._failed(row, outcome_of(error))
            return
        async with self._db.transaction() as session:
            await messages.settle_live(
                session,
                row.id or 0,
                row.version,
                content_hash=view_hash,
                message_ids=shown.ids,
                pinned=shown.pinned,
            )

    async def _prepare(self, row: LiveMessage) -> tuple[str, Rendered] | None:
        """Render in one transaction; None: it shows what it should already."""
        async with self._db.transaction() as session:
            now = await self._clock.now()
            try:
                found = await live_views.render(session, row, self._campaign, now)
            except Exception:
                # One that cannot be rendered must not hold up the others, nor be tried for ever.
                log.exception("live message cannot be rendered", live_id=row.id)
                found = None
            if found is None:
                await messages.settle_live(session, row.id or 0, row.version)
                return None
            view, locale = found
            view_hash = hash_of(view, locale)
            wants_pin = row.kind is LiveKind.BOARD and not row.pinned and await self._may_pin(session, row)
            if view_hash == row.content_hash and row.message_ids and not wants_pin:
                await messages.settle_live(session, row.id or 0, row.version)
                return None
            return view_hash, render(session, view, locale, now)

    async def _may_pin(self, session: Session, row: LiveMessage) -> bool:
        group = await session.get(GroupChat, row.subject_id)
        return group is not None and group.may_pin

    async def _show(self, row: LiveMessage, rendered: Rendered) -> _Shown:
        """Edit the parts that are there, send those that are not, delete those that are too many."""
        ids: list[int] = []
        for index, part in enumerate(rendered.parts):
            keyboard = rendered.keyboard_of(index)
            if index < len(row.message_ids):
                await self._telegram.edit(row.chat_id, row.message_ids[index], part, keyboard)
                ids.append(row.message_ids[index])
                continue
            async with self._telegram.turn(row.chat_id, bulk=True):
                ids.append(await self._telegram.send(row.chat_id, row.thread_id, part, keyboard))
        for surplus in row.message_ids[len(rendered.parts) :]:
            await self._telegram.delete(row.chat_id, surplus)
        return _Shown(ids, await self._pinned(row, ids[0]))

    async def _pinned(self, row: LiveMessage, message_id: int) -> bool:
        """Pin a board that is not; without the right to do so it is a message like any other."""
        if row.kind is not LiveKind.BOARD or (row.pinned and row.message_ids):
            return row.pinned
        async with self._db.reading() as session:
            if not await self._may_pin(session, row):
                return False
        try:
            await self._telegram.pin(row.chat_id, message_id)
        except TelegramError as error:
            log.info("a board was not pinned", chat_id=row.chat_id, error=type(error).__name__)
            async with self._db.transaction() as session:
                await groups.lost_pin(session, row.subject_id, now=await self._clock.now())
            return False
        return True

    async def _failed(self, row: LiveMessage, outcome: delivery.Outcome) -> None:
        log.info("live message not shown", live_id=row.id, outcome=str(outcome))
        async with self._db.transaction() as session:
            now = await self._clock.now()
            match outcome:
                case delivery.Paused(retry_after):
                    until = datetime.now(UTC) + timedelta(seconds=retry_after)
                    await messages.pause_chat(session, row.chat_id, until)
                case delivery.Migrated(new_chat_id):
                    await groups.follow(session, row.chat_id, new_chat_id, now=now)
                case delivery.Forbidden():
                    await messages.settle_live(session, row.id or 0, row.version)
                    await self._lost(session, row.chat_id, now)
                case delivery.Rejected():
                    await self._rejected(session, row)
                case _:
                    return  # the network: the next look tries again

    async def _rejected(self, session: Session, row: LiveMessage) -> None:
        """The message was deleted, or the topic: a board or a job is posted again, a tally is history."""
        if row.message_ids and row.kind is not LiveKind.TALLY:
            again: dict[str, Any] = {"message_ids": [], "content_hash": None, "pinned": False}
            await messages.settle_live(session, row.id or 0, row.version - 1, **again)
            self._rests.pop(row.id or 0, None)
            return
        log.warning("live message given up", live_id=row.id, chat_id=row.chat_id)
        await messages.settle_live(session, row.id or 0, row.version)

    async def _lost(self, session: Session, chat_id: int, now: datetime) -> None:
        if chat_id < 0:
            await groups.lose(session, chat_id, now=now)
        else:
            await people.lose(session, chat_id, now=now)


def hash_of(view: View, locale: str) -> str:
    """What is shown, as one value: equal ones need no edit."""
    shown: Sequence[object] = [locale, view.to_json()]
    return hashlib.sha256(json.dumps(shown, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
