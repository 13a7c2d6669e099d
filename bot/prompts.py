"""Shows the prompts that are to come: cards whose album is complete, cards and questions that were lost.

Rows say what is to come, so a restart forgets none, and no cut of the network does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.loops import NET_SECONDS, Loop
from bot.rendering import render_view
from bot.sender import Sender
from bot.sending.prompt_showing import Prompt
from bot.waiting import wait_up_to
from models.db import Database
from models.drafts import Draft
from models.written import WrittenRows
from rules.delivery.delivery import Outcome, UnknownOutcome, UnsentOutcome
from services import calendar
from services.campaign import Campaign
from services.delivery import prompts
from services.delivery.prompts import PromptKey
from services.drafts import draft_changes
from services.progress import group_reports
from services.turn import TickTurn

log = structlog.get_logger(__name__)
IDLE_SECONDS: Final = NET_SECONDS
# A prompt that is still to come after this was lost on its way. Longer than a lane waits.
AGAIN_AFTER: Final = 300.0
# What Telegram never takes is not sent for ever. A try without a connection is none. A restart, and a network
# that is back, begin to count anew.
MOST_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class _HandedOver:
    """A prompt of this ``moment`` that the sender has. ``again_at``: from then on it may again.

    ``cut_off``: the sender could not reach Telegram, or got no answer.
    """

    moment: datetime
    again_at: float
    tries: int = 1
    cut_off: bool = False


class Prompts(Loop):
    """One loop that hands prompts to the sender.

    A prompt goes to the sender once, and again only when the sender has had plenty of time for it. It is done
    when its row has a note that it is out.
    """

    def __init__(self, database: Database, sender: Sender, clock: Clock, campaign: Campaign) -> None:
        super().__init__("prompts that are due cannot be read")
        self._db = database
        self._sender = sender
        self._clock = clock
        self._campaign = campaign
        self._handed_over: dict[PromptKey, _HandedOver] = {}
        self._forget_at = 0.0
        sender.watch_losses(self._lost)

    def on_its_way(self, key: PromptKey, moment: datetime) -> None:
        """Note that intake hands this prompt over itself; it may be called before the commit."""
        self._handed_over[key] = _HandedOver(moment, self._loop_time() + AGAIN_AFTER)

    def committed(self, written: WrittenRows) -> None:
        """Look if a card will be due. A prompt that intake has promised is on its way."""
        if written.has(Draft):
            self.wake()

    def network_is_back(self) -> None:
        """Telegram answered: what was cut off goes to the sender at once, however often it was tried."""
        for key, one in self._handed_over.items():
            if one.cut_off:
                self._handed_over[key] = _HandedOver(one.moment, 0.0, 0)
        self.wake()

    def _lost(self, key: PromptKey, outcome: Outcome) -> None:
        """Note why the sender gave a prompt up for now."""
        one = self._handed_over.get(key)
        if one is None:
            return
        never_out = isinstance(outcome, UnsentOutcome)
        self._handed_over[key] = replace(
            one,
            tries=one.tries - 1 if never_out else one.tries,
            cut_off=never_out or isinstance(outcome, UnknownOutcome),
        )

    async def run(self) -> None:
        """Hand over due prompts, and wait between them exactly until the next is due."""
        # Parts of albums that came before a crash are handled first, so that their cards are complete.
        await wait_up_to(draft_changes.CARD_DELAY.total_seconds(), self._stopping)
        await super().run()

    async def look(self) -> float:
        """Hand over due prompts. Returns seconds until the next is due."""
        async with self._db.reading() as session:
            to_come = await prompts.to_come(session)
        self._forget_what_arrived(to_come)
        rest = IDLE_SECONDS
        for key, due in to_come:
            wait = due - datetime.now(UTC)
            # If the moment is further off than is ever set, the system's clock was put back.
            if isinstance(key, int) and timedelta(0) < wait <= draft_changes.CARD_DELAY:
                rest = min(rest, wait.total_seconds())
                continue
            before = self._handed_over.get(key)
            if before is None or before.moment != due:
                before = _HandedOver(due, 0.0, 0)
            if self._loop_time() >= before.again_at and before.tries < MOST_TRIES:
                again_at = self._loop_time() + AGAIN_AFTER
                # Before the sender has it: it may come back to say that it is lost.
                self._handed_over[key] = _HandedOver(due, again_at, before.tries + 1)
                counted = await self._hand_over(key, due)
                one = self._handed_over[key]
                if one.moment == due:
                    self._handed_over[key] = replace(one, tries=one.tries - 1 + counted)
        return rest

    def _forget_what_arrived(self, to_come: Sequence[tuple[PromptKey, datetime]]) -> None:
        """Do so once in a while: there are as many notes as answers within some minutes."""
        now = self._loop_time()
        if now < self._forget_at:
            return
        self._forget_at = now + IDLE_SECONDS
        # What is on its way may not be committed yet.
        self._handed_over = {
            key: one
            for key, one in self._handed_over.items()
            if now < one.again_at or (key, one.moment) in to_come
        }

    def _loop_time(self) -> float:
        return asyncio.get_running_loop().time()

    async def _hand_over(self, key: PromptKey, due: datetime) -> int:
        """File the album or hand the prompt over. Returns the tries that this counts as.

        It is none while the sender has the prompt from before, as in a chat that rests. It is all if the
        prompt cannot be rendered.
        """
        try:
            now = await self._clock.now()
            async with self._db.transaction() as session:
                campaign = await calendar.current_campaign(session, self._campaign)
                filed = None
                if isinstance(key, int):
                    filed = await group_reports.file_due(TickTurn(session, now, campaign), key, due)
                prompt = None if filed else await prompts.due_prompt(session, key, due, campaign)
                if prompt is not None:
                    rendered = render_view(session, prompt.view, prompt.locale, now, stored=True)
        except SQLAlchemyError:
            raise
        except Exception:
            # A prompt that cannot be rendered must not hold up the others, nor be tried for ever.
            log.exception("prompt cannot be rendered", key=key)
            return MOST_TRIES
        if filed is not None:
            await self._sender.react(*filed)
        if prompt is None:
            return 1
        if self._sender.has_prompt(prompt.chat_id, key):
            return 0
        shown = prompts.shown(key, due)
        place = prompt.chat_id, prompt.thread_id
        self._sender.submit([Prompt(*place, rendered, prompt.edit, shown, reply_to=prompt.reply_to, key=key)])
        return 1
