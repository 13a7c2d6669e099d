"""Keeps live messages (boards, tallies, jobs) up to date: posts, edits, pins and reposts them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError

from bot.clock import Clock, steady_seconds
from bot.loops import NET_SECONDS, Loop
from bot.outcomes import lose_chat, outcome_of, record, still_true
from bot.rendering import render_view
from bot.sending.live_showing import PROMISED, LiveShowing, OvertakenEditError, ShownMessages, WantedMessage
from bot.telegram import Telegram
from bot.waiting import wait_up_to
from models.audit_log import Audit
from models.db import Database, Session, ident
from models.delivery import live_messages, pauses
from models.delivery.live_messages import LiveKind, LiveMessage
from models.groups import GroupChat
from models.written import WrittenRows
from rules.delivery import delivery
from services import calendar, live_updates
from services.campaign import Campaign
from services.delivery import live_changes, live_views
from services.groups import boards, group_binding
from services.groups.boards import Mark
from services.live_updates import ShownColumns
from services.turn import TickTurn

log = structlog.get_logger(__name__)
# So long the acts of people gather, of which boards are marked dirty.
GATHER_SECONDS: Final = 1.0
LONGEST_COUNT_REST: Final = 1.0
# The least seconds between two edits of a message, by its kind: a group's 20 a minute are for people.
REST_SECONDS: Final = {
    LiveKind.BOARD: 15.0,
    LiveKind.TALLY: 15.0,
    LiveKind.JOB: 1.5,
    # So long a nag gathers what was done elsewhere before it is edited once.
    LiveKind.NAG: 120.0,
    LiveKind.NOTICE: 2.0,
    # How often a picture changes is decided where it is drawn.
    LiveKind.PICTURE: 2.0,
    LiveKind.PREVIEW: 2.0,
    LiveKind.BREAKDOWN: 2.0,
    LiveKind.NOTICE_COPY: 2.0,
    LiveKind.NOTICE_COUNT: 15.0,
    LiveKind.NOTICE_GROUP: 15.0,
}
LONGEST_REST: Final = 600.0
# So many messages are shown at a time: one chat that hangs must not hold up the others.
AT_ONCE: Final = 8
# After counting, a rest of so many times as long: boards leave most of the time to people who wait.
RESTS_FOR: Final = 3.0
_HISTORY: Final = frozenset(set(LiveKind) - {LiveKind.BOARD, LiveKind.JOB})
_GONE: Final = ("to edit not found", "can't be edited", "message_id_invalid")
_POSTED_ANEW: Final[ShownColumns] = {"message_ids": [], "content_hash": None, "pinned": False}


class LiveEditor(Loop):
    """One loop over the rows of live messages. Nothing depends on its speed."""

    def __init__(self, database: Database, telegram: Telegram, clock: Clock, campaign: Campaign) -> None:
        # A simulated clock may fail, too.
        super().__init__("live messages cannot be looked at", survives=Exception)
        self._db = database
        self._showing = LiveShowing(database, telegram, clock, campaign)
        self._clock = clock
        self._campaign = campaign
        self._ended = asyncio.Event()
        self._ended.set()
        # Counting takes up the event loop for a moment, so messages are counted in turn, with a rest between.
        self._counting = asyncio.Lock()
        self._mark: Mark | None = None
        self._follows = True  # whether some messages show what others do, as far as is known
        self._lists: asyncio.Task[None] | None = None
        self._rests: dict[int, float] = {}
        self._failures: dict[int, int] = {}

    async def run(self) -> None:
        """Look at dirty messages again and again, and tell ``stop`` when that has ended."""
        self._ended.clear()
        try:
            await super().run()
            if self._lists is not None:
                await self._lists
        finally:
            self._ended.set()

    async def stop(self, patience: float) -> None:
        """End the loop after the messages at work, for a cut one would be posted twice.

        The others are still dirty after the restart.
        """
        self.stop_looking()
        await wait_up_to(patience, self._ended)

    def committed(self, written: WrittenRows) -> None:
        """Look if a message is dirty, and soon if somebody did what others' messages show."""
        if written.has(LiveMessage):
            self.wake()
        elif self._follows and written.has(Audit):
            self.wake_within(GATHER_SECONDS)

    async def look(self) -> float:
        """Bring a few dirty messages up to date: those whose rest is over and whose chat is not paused.

        Only a few, so that a job that somebody waits for does not wait for hundreds of boards.
        """
        moment = await self._clock.now()
        dirty, paused = await self._read(moment)
        now = datetime.now(UTC)
        due = [row for row in dirty if self._may_be_shown(row) and paused.get(row.chat_id, now) <= now]
        due.sort(key=lambda row: (row.kind is not LiveKind.JOB, self._rests.get(ident(row), 0.0)))
        lists = [row for row in due if row.kind is LiveKind.NAG]
        due = [row for row in due if row.kind is not LiveKind.NAG]
        if lists and (self._lists is None or self._lists.done()):
            # They wait behind everybody who waits for an answer, and nothing else waits behind them.
            self._lists = asyncio.create_task(self._look_after_lists(lists[:AT_ONCE]), name="lists of nags")
        if len(due) > AT_ONCE:
            self.wake()
        async with asyncio.TaskGroup() as tasks:
            for row in due[:AT_ONCE]:
                tasks.create_task(self._look_after(row))
        return self._until_next(dirty, paused)

    async def _look_after_lists(self, rows: Sequence[LiveMessage]) -> None:
        for row in rows:
            if not self._stopping.is_set():
                await self._look_after(row)
        self.wake()  # more of them may wait

    def _may_be_shown(self, row: LiveMessage) -> bool:
        now = steady_seconds()
        if row.kind in PROMISED and not row.message_ids:
            return False  # it is on its way
        if row.kind is LiveKind.NAG:
            # It rests before an edit, so that one edit shows all that was done meanwhile.
            self._rests.setdefault(ident(row), now + REST_SECONDS[row.kind])
        return self._rests.get(ident(row), 0.0) <= now

    def _is_night(self, moment: datetime) -> bool:
        """Whether people's lists are left alone until the morning."""
        nights = replace(self._campaign.quiet, days_off=False)
        return not nights.allows(moment, self._campaign.zone, self._campaign.calendar)

    async def _look_after(self, row: LiveMessage) -> None:
        self._rest(row)
        try:
            await self._update(row)
        except Exception:
            log.exception("live message not brought up to date", live_id=row.id)

    async def _read(self, moment: datetime) -> tuple[Sequence[LiveMessage], Mapping[int, datetime]]:
        """The dirty messages, also for what others did since the last look, and the pauses of chats."""
        async with self._db.reading() as session:
            mark = await live_changes.mark(TickTurn(session, moment, self._campaign))
            self._follows = mark is not None
            if mark is None or mark == self._mark:
                return await self._dirty(session, moment)
        async with self._db.transaction() as session:
            await live_changes.touch(TickTurn(session, moment, self._campaign), self._mark, mark)
        self._mark = mark
        async with self._db.reading() as session:
            return await self._dirty(session, moment)

    async def _dirty(
        self, session: Session, moment: datetime
    ) -> tuple[Sequence[LiveMessage], Mapping[int, datetime]]:
        dirty = await live_messages.dirty_live(session, lists=not self._is_night(moment))
        return dirty, await pauses.pauses(session) if dirty else {}

    def _until_next(self, dirty: Sequence[LiveMessage], paused: Mapping[int, datetime]) -> float:
        """Seconds until the next of these messages may be shown."""
        now, moment = steady_seconds(), datetime.now(UTC)
        rests = [self._rests.get(ident(row), 0.0) - now for row in dirty]
        rests += [(until - moment).total_seconds() for until in paused.values()]
        return min([NET_SECONDS, *(rest for rest in rests if rest > 0)])

    async def _update(self, row: LiveMessage) -> None:
        wanted = await self._prepare(row)
        if wanted is None:
            await record(self._db, lambda session: live_updates.settle(session, row))
            return
        shown, began = ShownMessages(list(row.message_ids), row.pinned), datetime.now(UTC)
        try:
            await self._showing.show(row, wanted, shown)
        except OvertakenEditError:
            await record(self._db, lambda session: live_updates.settle(session, row, dirty=True))
            return
        except TelegramError as error:
            outcome = outcome_of(error, row.thread_id)

            async def failed(session: Session) -> None:
                true = await still_true(session, row.chat_id, outcome, began)
                await self._failed(session, row, shown, true)

            await record(self._db, failed)
            return
        self._failures.pop(ident(row), None)
        stands = ShownColumns(
            message_ids=shown.ids, pinned=shown.pinned, stale_ids=[], content_hash=wanted.content_hash
        )
        now = await self._clock.now()

        async def settled(session: Session) -> None:
            await live_updates.settle(session, row, **stands)
            await live_views.note_edited(TickTurn(session, now, self._campaign), row)

        await record(self._db, settled)

    def _rest(self, row: LiveMessage) -> None:
        """Let the message rest for a while; longer after each failed try in a row."""
        failures = self._failures.get(ident(row), 0)
        if row.kind is LiveKind.NAG and not failures:
            self._rests.pop(ident(row), None)
            return
        rest = min(REST_SECONDS[row.kind] * 2.0**failures, LONGEST_REST)
        self._rests[ident(row)] = steady_seconds() + rest

    async def _prepare(self, row: LiveMessage) -> WantedMessage | None:
        """What the message should show, counted outside any writing transaction. None: it already does."""
        now = await self._clock.now()
        try:
            async with self._counting:
                began = asyncio.get_running_loop().time()
                async with self._db.reading() as session:
                    campaign = await calendar.current_campaign(session, self._campaign)
                    found = await live_views.render(TickTurn(session, now, campaign), row)
                    pinned = await self._wants_pin(session, row)
                took = asyncio.get_running_loop().time() - began
                if not self._stopping.is_set():
                    await asyncio.sleep(min(took * RESTS_FOR, LONGEST_COUNT_REST))
        except SQLAlchemyError:
            raise
        except Exception:
            # A message that cannot be rendered must not hold up the others, nor be tried for ever.
            log.exception("live message cannot be rendered", live_id=row.id)
            return None
        if found is None:
            return None
        view, locale = found
        content_hash = live_updates.hash_of(view, locale)
        if content_hash == row.content_hash and row.message_ids:
            as_it_is = (pinned is None or pinned is row.pinned) and not row.stale_ids
            return None if as_it_is else WantedMessage(content_hash, None, pinned)
        if row.kind is LiveKind.BOARD:
            view = replace(view, lines=[*view.lines, boards.stamp(now, self._campaign)])
        async with self._db.transaction() as session:
            return WantedMessage(content_hash, render_view(session, view, locale, now), pinned)

    async def _wants_pin(self, session: Session, row: LiveMessage) -> bool | None:
        if row.kind is not LiveKind.BOARD:
            return None
        group = await session.get(GroupChat, row.subject_id)
        if group is None or not group.may_pin:
            return None
        return group.active

    async def _failed(
        self, session: Session, row: LiveMessage, shown: ShownMessages, outcome: delivery.Outcome
    ) -> None:
        log.info("live message not shown", live_id=row.id, outcome=str(outcome))
        now = await self._clock.now()
        match outcome:
            case delivery.MigratedOutcome(new_chat_id):
                await group_binding.follow(session, row.chat_id, new_chat_id, now=now)
                self._try_at_once(row)
            case delivery.TopicGoneOutcome() if row.thread_id is not None:
                await group_binding.lose_thread(session, row.chat_id, row.thread_id, now=now)
                await self._keep(session, row, shown)
                self._try_at_once(row)
            case delivery.ForbiddenOutcome():
                await live_updates.settle(session, row)
                await lose_chat(session, row.chat_id, now, self._campaign.today(now))
            case delivery.RejectedOutcome(reason):
                await self._rejected(session, row, reason)
            case delivery.PausedOutcome(retry_after):
                await pauses.pause_chat(session, row.chat_id, retry_after, datetime.now(UTC))
                await self._keep(session, row, shown)
            case _:
                # The network failed; the message may have arrived or not. It is tried again, ever less often.
                self._failures[ident(row)] = self._failures.get(ident(row), 0) + 1
                await self._keep(session, row, shown)

    def _try_at_once(self, row: LiveMessage) -> None:
        self._rests.pop(ident(row), None)
        self.wake()

    async def _keep(self, session: Session, row: LiveMessage, shown: ShownMessages) -> None:
        """Note the messages that were posted; the row stays dirty."""
        await live_updates.settle(session, row, dirty=True, message_ids=shown.ids, pinned=shown.pinned)

    async def _rejected(self, session: Session, row: LiveMessage, reason: str) -> None:
        """Settle a message that was deleted: a board or a job is posted again, a tally or nag is history."""
        if row.message_ids and row.kind not in _HISTORY:
            await live_updates.settle(
                session, row, dirty=True, **(_POSTED_ANEW | {"stale_ids": row.message_ids})
            )
            self._try_at_once(row)
            return
        told = log.info if row.kind is LiveKind.NAG else log.warning
        told("live message given up", live_id=row.id, chat_id=row.chat_id)
        # A tally that is gone has no messages any more: nobody is told that it is corrected.
        gone = any(words in reason.lower() for words in _GONE)
        await live_updates.settle(session, row, **(_POSTED_ANEW if gone else {}))
