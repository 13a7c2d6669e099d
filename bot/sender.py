"""The sender: one lane per chat carries the promised messages of the outbox and intake's prompts."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError

from bot.clock import Clock
from bot.live import hash_of
from bot.outcomes import outcome_of
from bot.recording import record
from bot.rendering import Rendered, render
from bot.telegram import Telegram
from bot.waiting import wait_up_to
from locales import Text, html_text
from models import jobs, messages
from models.db import Database, Session
from models.messages import Outbox
from rules import delivery
from rules.delivery import DeliveryState, MessageKind, Outcome
from services import calendar, groups, outbox, past_tallies, people
from services import messages as subjects
from services.campaign import Campaign
from services.views import FileSpec, View

log = structlog.get_logger(__name__)
LOOK_SECONDS: Final = 1.0
LOOKS: Final = 4
PROMPT_TRIES: Final = 4
WAITING: Final = (DeliveryState.NEW, DeliveryState.RETRY)
HELD: Final = (DeliveryState.UNKNOWN, DeliveryState.UNDELIVERABLE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A menu, card or question: sent after the commit, at most once. ``edit``: the message it replaces.
    ``reply_to``: the person's message that it answers in a group. ``shown`` is told, in a transaction of its
    own, under which id the last part of its words is there now."""

    chat_id: int
    thread_id: int | None
    rendered: Rendered
    edit: int | None = None
    shown: Callable[[Session, int], Awaitable[None]] | None = None
    reply_to: int | None = None


@dataclass(slots=True)
class _Lane:
    prompts: deque[Prompt] = field(default_factory=deque)
    paused_until: float = 0.0
    task: asyncio.Task[None] | None = None


class Sender:
    """Delivers. Only the instance that holds the database's lock runs one."""

    def __init__(self, database: Database, telegram: Telegram, clock: Clock, campaign: Campaign) -> None:
        self._db = database
        self._telegram = telegram
        self._clock = clock
        self._campaign = campaign
        self._lanes: dict[int, _Lane] = {}
        self._wake = asyncio.Event()
        self._nudge = asyncio.Event()
        self._stopping = False
        # What goes to many is looked at by a few lanes at a time and written down one row at a time: whoever
        # waits for an answer finds a free connection, and one such transaction before his own, not thirty.
        self._looks = asyncio.Semaphore(LOOKS)
        self._bulk_books = asyncio.Lock()

    def wake(self) -> None:
        """A commit may have promised something."""
        self._wake.set()

    def network_is_back(self) -> None:
        """Telegram answered: what waits for a connection need not wait on."""
        nudged, self._nudge = self._nudge, asyncio.Event()
        nudged.set()

    def submit(self, prompts: list[Prompt]) -> None:
        """Send prompts, each after what the outbox holds for its chat."""
        for prompt in prompts:
            self._lanes.setdefault(prompt.chat_id, _Lane()).prompts.append(prompt)
            self._start(prompt.chat_id)

    async def react(self, chat_id: int, message_id: int, emoji: str) -> None:
        """Acknowledge a person's message without words."""
        await self._telegram.react(chat_id, message_id, emoji)

    async def run(self) -> None:
        """Start a lane for each chat that has something to go; ``recover`` comes first."""
        while not self._stopping:
            self._wake.clear()
            try:
                async with self._db.reading() as session:
                    chats = await messages.chats_to_send(session)
            except SQLAlchemyError:
                log.exception("the outbox cannot be read")
                chats = []
            for chat_id in chats:
                self._start(chat_id)
            await wait_up_to(LOOK_SECONDS, self._wake)

    async def stop(self, patience: float) -> None:
        """Let messages that are on their way arrive, then end the lanes; the rest waits for the restart."""
        self._stopping = True
        self.wake()
        self.network_is_back()
        running = [lane.task for lane in self._lanes.values() if lane.task is not None]
        if not running:
            return
        _, slow = await asyncio.wait(running, timeout=patience)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)

    async def recover(self) -> None:
        """Rows in ``sending`` belong to a sender that is no more: whether they arrived, nobody knows.

        Once, and before anything of this process can take a row.
        """
        async with self._db.transaction() as session:
            for row in await messages.orphaned(session):
                await self._settle(session, row, delivery.Unknown("the sender was ended"))
            for chat_id, until in (await messages.pauses(session)).items():
                rest = (until - datetime.now(UTC)).total_seconds()
                lane = self._lanes.setdefault(chat_id, _Lane())
                lane.paused_until = asyncio.get_running_loop().time() + max(rest, 0.0)

    def _start(self, chat_id: int) -> None:
        lane = self._lanes.setdefault(chat_id, _Lane())
        if lane.task is None:
            lane.task = asyncio.create_task(self._carry(chat_id, lane), name=f"lane {chat_id}")

    async def _carry(self, chat_id: int, lane: _Lane) -> None:
        try:
            while await self._step(chat_id, lane):
                pass
        finally:
            lane.task = None
            if not lane.prompts and lane.paused_until <= asyncio.get_running_loop().time():
                self._lanes.pop(chat_id, None)

    async def _step(self, chat_id: int, lane: _Lane) -> bool:
        """Do the lane's next piece of work; False: there is none, or the program ends.

        At the end prompts still go out, for nobody would send them after the restart.
        """
        pause = lane.paused_until - asyncio.get_running_loop().time()
        if pause > 0:
            await self._rest(pause)
            return not self._stopping
        try:
            delay = None if self._stopping else await self._deliver_next(chat_id, lane)
            if delay is not None:
                await self._rest(delay)
            elif lane.prompts:
                await self._send_prompt(lane, lane.prompts.popleft())
            else:
                return False
        except SQLAlchemyError:
            log.exception("lane held up", chat_id=chat_id)
            await self._rest(LOOK_SECONDS)
            return not self._stopping
        return True

    async def _rest(self, delay: float) -> None:
        """Wait, but no longer than until the network is back or the program ends."""
        if delay <= 0 or self._stopping:
            return
        await wait_up_to(delay, self._nudge)

    async def _deliver_next(self, chat_id: int, lane: _Lane) -> float | None:
        """Deliver the chat's oldest promise. Seconds to rest afterwards; None: nothing is promised."""
        # A lane with a prompt is somebody's who waits: he does not stand behind hundreds that only look.
        async with nullcontext() if lane.prompts else self._looks, self._db.reading() as session:
            waiting = await messages.first_to_send(session, chat_id)
        if waiting is None:
            return None
        async with self._telegram.turn(chat_id, bulk=_is_bulk(waiting)):
            # Claimed only now: whatever waits for its turn when the program ends has not been sent.
            async with self._books(waiting):
                claimed = None if self._stopping else await self._claim(chat_id)
            if claimed is None:
                return None
            row, rendered = claimed
            if rendered is None:
                return 0.0
            return await self._send_row(row, rendered, lane)

    def _books(self, row: Outbox) -> AbstractAsyncContextManager[None]:
        """Held while a transaction about the row is made."""
        return self._bulk_books if _is_bulk(row) else nullcontext()

    async def _send_row(self, row: Outbox, rendered: Rendered, lane: _Lane) -> float:
        first = row.parts_sent
        outcome, message_ids = await self._transmit(row, rendered)
        shown = hash_of(View.from_json(row.content), self._campaign.locale) if row.live_id else ""

        async def settle(session: Session) -> float:
            for message_id in message_ids:
                await subjects.remember(session, row.chat_id, message_id, rendered.about)
            if row.live_id is not None and isinstance(outcome, delivery.Sent):
                await past_tallies.note_sent(session, row.live_id, first, message_ids, shown)
            return await self._settle(session, row, outcome)

        async with self._books(row):
            delay = await record(self._db, settle)
        if not isinstance(outcome, delivery.Sent):
            self.wake()  # the office may have been promised a notice, or the row may wait in another chat
        if isinstance(outcome, delivery.Paused):
            lane.paused_until = asyncio.get_running_loop().time() + outcome.retry_after
            return 0.0
        return delay

    async def _claim(self, chat_id: int) -> tuple[Outbox, Rendered | None] | None:
        """Take the oldest row and render it, in one transaction; no rendering: it was withdrawn."""
        async with self._db.transaction() as session:
            row = await messages.first_to_send(session, chat_id)
            if row is None or row.id is None:
                return None
            if not await messages.move_delivery(session, row.id, WAITING, DeliveryState.SENDING):
                return row, None
            now = await self._clock.now()
            try:
                async with session.begin_nested():
                    rendered = await self._render(session, row, now)
            except Exception:
                # A message that cannot be rendered must not stop the chat's later ones, nor loop.
                log.exception("outbox row cannot be rendered", outbox_id=row.id)
                await self._settle(session, row, delivery.Rejected("rendering failed"))
                return row, None
            if rendered is None:
                await messages.move_delivery(
                    session, row.id, [DeliveryState.SENDING], DeliveryState.WITHDRAWN
                )
            return row, rendered

    async def _render(self, session: Session, row: Outbox, now: datetime) -> Rendered | None:
        campaign = await calendar.current(session, self._campaign)
        rendered = await outbox.render(session, row, campaign, now)
        if rendered is None:
            return None
        view, locale = rendered
        shown = render(session, view, locale, now)
        if row.repeats and row.parts_sent < len(shown.parts):
            mark = html_text(Text("outbox.repeat_mark"), locale)
            shown.parts[row.parts_sent] = f"{mark}\n{shown.parts[row.parts_sent]}"
        return shown

    async def _transmit(self, row: Outbox, rendered: Rendered) -> tuple[Outcome, list[int]]:
        """Send the parts that have not gone out yet. The outcome is that of the last call."""
        sent: list[int] = []
        first = row.parts_sent
        for index in range(first, len(rendered)):
            if sent:
                await self._telegram.next_part(row.chat_id)
            try:
                sent += await self._send_part(row.chat_id, row.thread_id, rendered, index)
            except TelegramError as error:
                return outcome_of(error, row.thread_id), sent
            except SQLAlchemyError:
                # Before the call: a file of ours could not be read. Raised, it would leave the row claimed.
                log.exception("a file cannot be read", outbox_id=row.id)
                return delivery.Unsent("the file cannot be read"), sent
            row.parts_sent = index + 1
            if row.parts_sent < len(rendered):
                await record(self._db, partial(self._note_part, row=row, first=first, sent=sent))
        return delivery.Sent(sent[-1] if sent else 0), sent

    async def _note_part(self, session: Session, row: Outbox, first: int, sent: list[int]) -> None:
        await messages.note_part(session, row)
        if row.live_id is not None:
            await past_tallies.note_sent(session, row.live_id, first, sent)

    async def _send_part(
        self, chat_id: int, thread_id: int | None, rendered: Rendered, index: int, reply_to: int | None = None
    ) -> list[int]:
        """Send one part of the words or one album; the ids of its messages."""
        if index < len(rendered.parts):
            part, keyboard = rendered.parts[index], rendered.keyboard_of(index)
            answers = reply_to if index == 0 else None
            return [await self._telegram.send(chat_id, thread_id, part, keyboard, reply_to=answers)]
        album = rendered.albums[index - len(rendered.parts)]
        content = None if album[0].make is None else album[0].make()
        if (stored_id := album[0].stored_id) is not None:
            async with self._db.reading() as session:
                content = await jobs.content_of(session, stored_id)
            if content is None:
                return []  # kept long enough for whoever wanted it; the words stand without it
        return await self._telegram.send_files(chat_id, thread_id, album, content, locale=rendered.locale)

    async def _settle(self, session: Session, row: Outbox, outcome: Outcome) -> float:
        """Record what became of a row that was being sent; seconds until the next try."""
        if row.id is None:
            raise ValueError("an outbox row without an id cannot have been sent")
        step = delivery.after(
            row.kind,
            outcome,
            row.attempts,
            repeats=row.repeats,
            jitter=random.random(),  # noqa: S311  # spreads retries; no secret depends on it
        )
        now = await self._clock.now()
        await messages.move_delivery(
            session,
            row.id,
            [DeliveryState.SENDING],
            step.state,
            attempts=row.attempts + step.counts,
            repeats=row.repeats + step.mark_repeat,
            parts_sent=row.parts_sent,
            sent_at=now if step.state is DeliveryState.SENT else None,
            error=None if isinstance(outcome, delivery.Sent) else type(outcome).__name__,
        )
        await self._consequences(session, row, step.state, outcome, now)
        return step.delay or 0.0

    async def _consequences(
        self, session: Session, row: Outbox, state: DeliveryState, outcome: Outcome, now: datetime
    ) -> None:
        if not isinstance(outcome, delivery.Sent):
            log.warning("not delivered", outbox_id=row.id, kind=row.kind.value, outcome=str(outcome))
        match outcome:
            case delivery.Paused(retry_after):
                await self._pause(session, row.chat_id, retry_after)
            case delivery.Migrated(new_chat_id):
                await groups.follow(session, row.chat_id, new_chat_id, now=now)
            case delivery.TopicGone() if row.thread_id is not None:
                await groups.lose_thread(session, row.chat_id, row.thread_id, now=now)
            case delivery.Forbidden():
                await self._lost(session, row.chat_id, now)
            case _ if state in HELD and row.kind is not MessageKind.NOTICE:
                # A notice about a notice that does not arrive would never end.
                await outbox.report_held(session, row, state, now=now)

    async def _pause(self, session: Session, chat_id: int, seconds: float) -> None:
        await messages.pause_chat(session, chat_id, datetime.now(UTC) + timedelta(seconds=seconds))

    async def _lost(self, session: Session, chat_id: int, now: datetime) -> None:
        if chat_id < 0:
            await groups.lose(session, chat_id, now=now)
        else:
            await people.lose(session, chat_id, now=now)

    async def _send_prompt(self, lane: _Lane, prompt: Prompt) -> None:
        """Nothing depends on a prompt: it is tried again only when it is certain that it did not go out."""
        prompt = await _made(prompt)
        for attempt in range(PROMPT_TRIES):
            try:
                await self._show(prompt)
                return
            except TelegramError as error:
                outcome = outcome_of(error, prompt.thread_id)
            if isinstance(outcome, delivery.Paused):
                lane.paused_until = asyncio.get_running_loop().time() + outcome.retry_after
                lane.prompts.appendleft(prompt)
                async with self._db.transaction() as session:
                    await self._pause(session, prompt.chat_id, outcome.retry_after)
                return
            if isinstance(outcome, delivery.Unsent):
                await self._rest(2.0**attempt)
            elif isinstance(outcome, delivery.Rejected) and prompt.edit is not None:
                prompt = replace(prompt, edit=None)
            elif isinstance(outcome, delivery.Migrated | delivery.TopicGone):
                prompt = await self._moved(prompt, outcome)
            else:
                break
        log.warning("prompt not delivered", chat_id=prompt.chat_id, outcome=str(outcome))
        if isinstance(outcome, delivery.Forbidden):
            async with self._db.transaction() as session:
                await self._lost(session, prompt.chat_id, await self._clock.now())

    async def _moved(self, prompt: Prompt, outcome: delivery.Migrated | delivery.TopicGone) -> Prompt:
        """The prompt for where its group is to be found now; its messages of before are not there."""
        async with self._db.transaction() as session:
            now = await self._clock.now()
            if isinstance(outcome, delivery.Migrated):
                await groups.follow(session, prompt.chat_id, outcome.new_chat_id, now=now)
                return Prompt(outcome.new_chat_id, None, prompt.rendered, shown=prompt.shown)
            if prompt.thread_id is not None:
                await groups.lose_thread(session, prompt.chat_id, prompt.thread_id, now=now)
            return Prompt(prompt.chat_id, None, prompt.rendered, shown=prompt.shown)

    async def _show(self, prompt: Prompt) -> None:
        rendered = prompt.rendered
        shown: list[int] = []
        if prompt.edit is not None and len(rendered.parts) == 1:
            await self._telegram.edit(prompt.chat_id, prompt.edit, rendered.parts[0], rendered.keyboard)
            shown.append(prompt.edit)
        else:
            for index in range(len(rendered.parts)):
                async with self._telegram.turn(prompt.chat_id):
                    shown += await self._send_part(
                        prompt.chat_id, prompt.thread_id, rendered, index, prompt.reply_to
                    )
        words = shown[-1]
        for index in range(len(rendered.parts), len(rendered)):
            async with self._telegram.turn(prompt.chat_id):
                shown += await self._send_part(prompt.chat_id, prompt.thread_id, rendered, index)
        if rendered.about or prompt.shown is not None:
            async with self._db.transaction() as session:
                for message_id in shown:
                    await subjects.remember(session, prompt.chat_id, message_id, rendered.about)
                if prompt.shown is not None:
                    await prompt.shown(session, words)


def _is_bulk(row: Outbox) -> bool:
    """Whether nobody is waiting for it."""
    return row.kind is not MessageKind.RECEIPT


async def _made(prompt: Prompt) -> Prompt:
    """With its files made: thousands of rows take a second, and other chats are answered meanwhile. What
    cannot be made is left out; the words stand without it."""
    albums: list[list[FileSpec]] = []
    for album in prompt.rendered.albums:
        if album[0].make is None:
            albums.append(album)
            continue
        try:
            content = await asyncio.to_thread(album[0].make)
        except Exception:
            log.exception("a file cannot be made", chat_id=prompt.chat_id, name=album[0].name)
            continue
        albums.append([replace(album[0], make=partial(bytes, content))])
    return replace(prompt, rendered=replace(prompt.rendered, albums=albums))
