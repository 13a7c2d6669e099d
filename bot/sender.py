"""The sender: one lane per chat carries the promised messages of the outbox and the prompts of intake."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog
from telegram.error import TelegramError

from bot.clock import Clock
from bot.delivery import Delivery, DeliveryResult
from bot.loops import NET_SECONDS, Loop
from bot.outcomes import lose_chat, outcome_of, still_true
from bot.sending.lane import Lane, asking
from bot.sending.prompt_showing import Prompt, PromptShowing
from bot.telegram import Telegram
from bot.waiting import wait_up_to
from bot.workers.papers import PaperLine
from models.db import Database
from models.delivery import messages
from models.delivery.messages import Outbox
from models.written import WrittenRows
from rules.delivery import delivery
from services.campaign import Campaign
from services.delivery.prompts import PromptKey

log = structlog.get_logger(__name__)
LOOK_SECONDS: Final = 1.0
LOOKS: Final = 4
# Until a message that the clock holds up, or a list that gathers, is looked at again.
WAIT_SECONDS: Final = 10.0
PROMPT_TRIES: Final = 4
# While so many prompts wait, as many as leave in a quarter of a minute, no chat that waits for one gets more.
MOST_PROMPTS: Final = 500


class Sender(Loop):
    """Sends the messages of all chats. Only the instance that holds the database's lock runs one.

    ``clock_is_settled``: while it says no, the messages that belong to a day wait, as the ticks do.
    """

    def __init__(
        self,
        database: Database,
        telegram: Telegram,
        clock: Clock,
        campaign: Campaign,
        clock_is_settled: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__("the outbox cannot be read")
        self._db = database
        self._telegram = telegram
        self._clock = clock
        self._campaign = campaign
        self._papers = PaperLine(fetch=telegram.fetch_photo)
        self._making: set[asyncio.Task[None]] = set()
        self._delivery = Delivery(database, telegram, clock, campaign, clock_is_settled)
        self._prompts = PromptShowing(database, telegram, clock, self._delivery)
        self._lanes: dict[int, Lane] = {}
        self._lost: Callable[[PromptKey, delivery.Outcome], None] = lambda _key, _outcome: None
        self._waiting_prompts = 0
        self._claimed: set[int] = set()
        # Whether each chat with a message to send has a lane. From then on commits tell of more.
        self._knows = False
        self._nudge = asyncio.Event()
        # Only a few lanes at a time look for messages to many people: a person who waits for an answer
        # finds a free connection.
        self._looks = asyncio.Semaphore(LOOKS)

    def watch_losses(self, lost: Callable[[PromptKey, delivery.Outcome], None]) -> None:
        """Call ``lost`` for each card or question that does not go out, with what became of its last try."""
        self._lost = lost

    def network_is_back(self) -> None:
        """Telegram answered: lanes that wait for a connection go on at once."""
        nudged, self._nudge = self._nudge, asyncio.Event()
        nudged.set()
        for lane in self._lanes.values():
            if lane.again_at:
                lane.again_at = 0.0
                lane.hurry.set()

    def submit(self, prompts: list[Prompt]) -> None:
        """Send prompts, each after the receipts that the outbox holds for its chat.

        One with files that have to be made comes when they are made. The chat's other answers do not wait.
        """
        for prompt in prompts:
            if any(album[0].make is not None for album in prompt.rendered.albums):
                making = asyncio.create_task(self._make(prompt), name=f"files for {prompt.chat_id}")
                self._making.add(making)
                making.add_done_callback(self._making.discard)
            else:
                self._put(prompt)

    async def _make(self, prompt: Prompt) -> None:
        rendered = await self._papers.with_files(prompt.rendered, prompt.chat_id)
        self._put(replace(prompt, rendered=rendered))

    def _put(self, prompt: Prompt) -> None:
        lane = self._lanes.setdefault(prompt.chat_id, Lane())
        lane.prompts.append(prompt)
        self._waiting_prompts += 1
        lane.hurry.set()
        self._run(prompt.chat_id, lane)

    def committed(self, written: WrittenRows) -> None:
        """Start the lanes of the chats to which something was promised just now."""
        promised = written.told(Outbox)
        if promised is None or not self._knows:
            self.wake()
            return
        for chat_id, awaited in promised:
            lane = self._lanes.setdefault(chat_id, Lane())
            if awaited:
                lane.hurry.set()
            if lane.asks:
                lane.stale = True
            else:
                lane.ahead = awaited or bool(lane.ahead)
            self._run(chat_id, lane)

    def has_prompt(self, chat_id: int, key: PromptKey) -> bool:
        """Whether a prompt about this is being sent, or waits for its turn, as in a chat that has to rest."""
        lane = self._lanes.get(chat_id)
        return lane is not None and (lane.at == key or any(prompt.key == key for prompt in lane.prompts))

    def is_behind(self, chat_id: int) -> bool:
        """Whether the chat should get no further answers now: it waits for one, and so do many others."""
        lane = self._lanes.get(chat_id)
        return self._waiting_prompts >= MOST_PROMPTS and lane is not None and bool(lane.prompts)

    def rest_of(self, chat_id: int) -> float:
        """Seconds for which Telegram wants the chat left alone."""
        lane = self._lanes.get(chat_id)
        return 0.0 if lane is None else max(lane.paused_until - asyncio.get_running_loop().time(), 0.0)

    def rest(self, chat_id: int, seconds: float) -> None:
        """Leave a chat alone for so long: Telegram told another part so."""
        self._lanes.setdefault(chat_id, Lane()).paused_until = asyncio.get_running_loop().time() + seconds

    def end_card(self, chat_id: int, message_id: int) -> None:
        """Take the buttons off a card that is over, behind all that somebody waits for."""
        lane = self._lanes.setdefault(chat_id, Lane())
        lane.over.append(message_id)
        self._run(chat_id, lane)

    async def react(self, chat_id: int, message_id: int, emoji: str) -> None:
        """Acknowledge a person's message without words."""
        await self._telegram.react(chat_id, message_id, emoji)

    async def look(self) -> float:
        """Start a lane for each chat that has a message to send; ``recover`` must come first."""
        self._claimed.clear()
        async with self._db.reading() as session:
            chats = await messages.chats_to_send(session)
        self._knows = True
        for chat_id, awaited in chats.items():
            # A message claimed since the look began may be the one that the look saw.
            self._start(chat_id, None if chat_id in self._claimed else awaited)
        return NET_SECONDS

    async def stop(self, patience: float) -> None:
        """Let messages on their way arrive, then end the lanes; the rest waits for the restart."""
        self.stop_looking()
        self.network_is_back()
        for lane in self._lanes.values():
            lane.hurry.set()  # so that no lane stands in the line any more
        await _finished(list(self._making), patience)
        await _finished([lane.task for lane in self._lanes.values() if lane.task is not None], patience)

    async def recover(self) -> None:
        """Settle the rows that an earlier sender left; once, before this process can take a row."""
        for chat_id, rest in (await self._delivery.recover()).items():
            lane = self._lanes.setdefault(chat_id, Lane())
            lane.paused_until = asyncio.get_running_loop().time() + rest

    def _start(self, chat_id: int, ahead: bool | None = None) -> None:
        """Give the chat a lane.

        ``ahead``: what is certain about its next promised message, see ``Lane``. A lane that is at work
        looks for itself.
        """
        lane = self._lanes.setdefault(chat_id, Lane())
        if ahead:
            lane.hurry.set()
        if lane.task is None:
            lane.ahead, lane.stale = ahead, ahead is None
        else:
            lane.stale = True
        self._run(chat_id, lane)

    def _run(self, chat_id: int, lane: Lane) -> None:
        """Have the lane at work. Until the first look nothing is known of its chat."""
        lane.stale = lane.stale or not self._knows
        if lane.task is None:
            lane.task = asyncio.create_task(self._carry(chat_id, lane), name=f"lane {chat_id}")

    async def _carry(self, chat_id: int, lane: Lane) -> None:
        try:
            while await self._step(chat_id, lane):
                pass
        finally:
            lane.task = None
            if not lane.prompts and lane.paused_until <= asyncio.get_running_loop().time():
                self._lanes.pop(chat_id, None)

    async def _step(self, chat_id: int, lane: Lane) -> bool:
        """Do the lane's next piece of work. False: there is none, or the program ends.

        While the program ends, prompts still go out, for nothing sends them after the restart.
        """
        lane.at = None
        pause = lane.paused_until - asyncio.get_running_loop().time()
        if pause > 0:
            await self._rest(pause)
            return not self._stopping.is_set()
        try:
            delay = None if self._stopping.is_set() else await self._deliver_next(chat_id, lane)
            if delay is not None:
                await self._rest(delay)
            elif lane.stale and not self._stopping.is_set() and (lane.hurry.is_set() or not lane.prompts):
                return True  # more was promised during the look; it goes before the prompts
            elif lane.prompts:
                prompt = lane.prompts.popleft()
                self._waiting_prompts -= 1
                lane.at = prompt.key
                await self._send_prompt(lane, prompt)
            elif lane.over:
                await self._telegram.take_buttons(chat_id, lane.over.popleft())
            else:
                return False
        except Exception:
            # An error of the database, or an unforeseen one, must not stop the lane's other messages.
            log.exception("lane held up", chat_id=chat_id)
            lane.stale = True
            await self._rest(LOOK_SECONDS)
        return True

    async def _rest(self, delay: float) -> None:
        """Wait for ``delay`` seconds, or until the network is back or the program ends."""
        if delay <= 0 or self._stopping.is_set():
            return
        await wait_up_to(delay, self._nudge)

    async def _deliver_next(self, chat_id: int, lane: Lane) -> float | None:
        """Deliver the chat's next promised message. Returns seconds to rest afterwards.

        None: there is none, or none that goes before the prompts.
        """
        lane.hurry.clear()  # before the look, which may miss a person who begins to wait during it
        if lane.stale:
            lane.ahead = await self._look(chat_id, lane)
        if lane.ahead is None or (lane.prompts and not lane.ahead):
            return None
        if not lane.ahead and (rest := lane.again_at - asyncio.get_running_loop().time()) > 0:
            await wait_up_to(rest, lane.hurry)
            return 0.0
        async with self._telegram.turn(chat_id, bulk=not lane.ahead, hurry=lane.hurry) as mine:
            # Claimed only now: a message that waits for its turn when the program ends has not been sent.
            if self._stopping.is_set():
                return None
            if not mine:
                return 0.0
            self._claimed.add(chat_id)
            with asking(lane):
                claimed = await self._delivery.claim(chat_id, bulk=not lane.ahead)
            lane.ahead = None if claimed is None else claimed.ahead
            if claimed is None:
                return None
            if claimed.waits:
                lane.stale, lane.again_at = True, asyncio.get_running_loop().time() + WAIT_SECONDS
            if claimed.rendered is None:
                return 0.0
            done = await self._delivery.send(claimed.row, claimed.rendered)
        return self._after(lane, claimed.row, done)

    def _after(self, lane: Lane, row: Outbox, done: DeliveryResult) -> float:
        """Note in the lane what follows from a call. Returns seconds to rest."""
        if isinstance(done.outcome, delivery.SentOutcome):
            return done.delay
        lane.stale = True
        now = asyncio.get_running_loop().time()
        if isinstance(done.outcome, delivery.PausedOutcome):
            lane.paused_until = now + done.outcome.retry_after
        elif row.awaited:
            return done.delay
        else:
            lane.again_at = now + done.delay
        return 0.0

    async def _look(self, chat_id: int, lane: Lane) -> bool | None:
        """Whether somebody waits for the chat's next promised message. None: there is none."""
        # A lane with a prompt has a person who waits: it does not stand behind hundreds that only look.
        async with nullcontext() if lane.prompts else self._looks:
            with asking(lane):
                async with self._db.reading() as session:
                    rows = await messages.next_to_send(session, chat_id, 1)
        return rows[0].awaited if rows else None

    async def _show(self, prompt: Prompt) -> None:
        over = await self._prompts.show(prompt)
        if over is not None:
            self.end_card(prompt.chat_id, over)

    async def _send_prompt(self, lane: Lane, prompt: Prompt) -> None:
        """Send a prompt.

        A card or question is tried again as long as it may not have arrived: of two copies, both work. A menu
        is tried again only if it certainly did not go out.
        """
        for attempt in range(PROMPT_TRIES):
            began = datetime.now(UTC)
            try:
                await self._show(prompt)
                log.debug("prompt shown", chat_id=prompt.chat_id, parts=len(prompt.rendered))
                return
            except TelegramError as error:
                outcome = outcome_of(error, prompt.thread_id)
            if isinstance(outcome, delivery.PausedOutcome):
                await self._put_back(lane, prompt, outcome.retry_after)
                return
            again = await self._for_next_try(outcome, prompt, attempt)
            if again is None:
                break
            prompt = again
        log.warning("prompt not delivered", chat_id=prompt.chat_id, outcome=str(outcome))
        await self._lose(prompt, outcome, began)

    async def _put_back(self, lane: Lane, prompt: Prompt, retry_after: float) -> None:
        """Have a prompt wait as long as Telegram wants its chat left alone."""
        lane.paused_until = asyncio.get_running_loop().time() + retry_after
        lane.prompts.appendleft(prompt)
        self._waiting_prompts += 1
        async with self._db.transaction() as session:
            await self._delivery.pause(session, prompt.chat_id, retry_after)

    async def _for_next_try(self, outcome: delivery.Outcome, prompt: Prompt, attempt: int) -> Prompt | None:
        """The prompt as it is to be tried again after this outcome, when it is time; None: it is not."""
        unknown = isinstance(outcome, delivery.UnknownOutcome) and prompt.shown is not None
        if unknown or isinstance(outcome, delivery.UnsentOutcome):
            await self._rest(2.0**attempt)
            return prompt
        if isinstance(outcome, delivery.RejectedOutcome) and prompt.edit is not None:
            return replace(prompt, edit=None)
        if isinstance(outcome, delivery.MigratedOutcome | delivery.TopicGoneOutcome):
            return await self._prompts.moved(prompt, outcome)
        return None

    async def _lose(self, prompt: Prompt, outcome: delivery.Outcome, began: datetime) -> None:
        """Note that a prompt does not go out. ``began``: when its last try began."""
        if prompt.key is not None:
            self._lost(prompt.key, outcome)
        if isinstance(outcome, delivery.ForbiddenOutcome):
            async with self._db.transaction() as session:
                if await still_true(session, prompt.chat_id, outcome, began) is outcome:
                    now = await self._clock.now()
                    await lose_chat(session, prompt.chat_id, now, self._campaign.today(now))


async def _finished(running: Sequence[asyncio.Task[None]], patience: float) -> None:
    """Wait so many seconds for tasks, and cut those that take longer."""
    if running:
        _, slow = await asyncio.wait(running, timeout=patience)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
