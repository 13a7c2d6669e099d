"""Shows the cards of reports whose albums have come in: as due rows say, so that a restart forgets none."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.rendering import render_view
from bot.sender import Prompt, Sender
from bot.waiting import wait_up_to
from models.db import Database
from services import calendar
from services.campaign import Campaign
from services.delivery import album_cards
from services.drafts import draft_changes
from services.progress import group_reports

log = structlog.get_logger(__name__)
IDLE_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 1.0
# A card that is due still was lost on its way, as when there was no network. Well beyond the waits of a lane.
AGAIN_AFTER: Final = 300.0


class AlbumCards:
    """One loop. A card goes to the sender once, and again only when that has had plenty of time; it is done
    when the sender has noted it in the draft."""

    def __init__(self, database: Database, sender: Sender, clock: Clock, campaign: Campaign) -> None:
        self._db = database
        self._sender = sender
        self._clock = clock
        self._campaign = campaign
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        # For which moment, and from when on, by the loop's clock, it may be handed over again.
        self._handed_over: dict[int, tuple[datetime, float]] = {}

    def wake(self) -> None:
        """A commit may have made a card due."""
        self._wake.set()

    def stop(self) -> None:
        """Cards that are not handed over yet are due still after the restart."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Hand over what is due, and wait for just as long as nothing is, until ``stop``."""
        # What came in before a crash is handled first, so that its cards are whole.
        await wait_up_to(draft_changes.CARD_DELAY.total_seconds(), self._stopping)
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                rest = await self.look()
            except SQLAlchemyError:
                log.exception("cards that are due cannot be read")
                rest = RETRY_SECONDS
            await wait_up_to(rest, self._wake)

    async def look(self) -> float:
        """Hand over what is due; seconds until the next look without a wake."""
        async with self._db.reading() as session:
            to_come = await album_cards.to_come(session)
        self._handed_over = {key: of for key, of in self._handed_over.items() if (key, of[0]) in to_come}
        rest = IDLE_SECONDS
        for draft_id, due in to_come:
            wait = due - datetime.now(UTC)
            # Further off than ever set: the system's clock was put back.
            if timedelta(0) < wait <= draft_changes.CARD_DELAY:
                rest = min(rest, wait.total_seconds())
            elif self._is_to_go(draft_id, due):
                again_after = AGAIN_AFTER if await self._hand_over(draft_id, due) else math.inf
                self._handed_over[draft_id] = due, asyncio.get_running_loop().time() + again_after
        return rest

    def _is_to_go(self, draft_id: int, due: datetime) -> bool:
        moment, again_at = self._handed_over.get(draft_id, (None, 0.0))
        return moment != due or asyncio.get_running_loop().time() >= again_at

    async def _hand_over(self, draft_id: int, due: datetime) -> bool:
        """Whether it makes sense to try again what does not arrive."""
        try:
            now = await self._clock.now()
            async with self._db.transaction() as session:
                campaign = await calendar.current_campaign(session, self._campaign)
                filed = await group_reports.file_due(session, draft_id, due, now=now, campaign=campaign)
                card = None if filed else await album_cards.due_card(session, draft_id, due, campaign)
                if card is not None:
                    rendered = render_view(session, card.view, card.locale, now)
        except SQLAlchemyError:
            raise
        except Exception:
            # One that cannot be rendered must not hold up the others, nor be tried for ever.
            log.exception("card cannot be rendered", draft_id=draft_id)
            return False
        if filed is not None:
            self._sender.wake()
            await self._sender.react(*filed)
        if card is None:
            return True
        shown = album_cards.shown(draft_id, due)
        self._sender.submit(
            [Prompt(card.chat_id, card.thread_id, rendered, card.edit, shown, reply_to=card.reply_to)]
        )
        return True
