"""Shows the card of a report when its album is complete. Rows say what is due, so a restart forgets none."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.loops import Loop
from bot.rendering import render_view
from bot.sender import Prompt, Sender
from bot.waiting import wait_up_to
from models.db import Database
from services import calendar
from services.campaign import Campaign
from services.delivery import album_cards
from services.drafts import draft_changes
from services.progress import group_reports
from services.turn import TickTurn

log = structlog.get_logger(__name__)
IDLE_SECONDS: Final = 60.0
# A card that is still due after this was lost on its way, for want of a network. Longer than a lane waits.
AGAIN_AFTER: Final = 300.0


class AlbumCards(Loop):
    """One loop that hands cards to the sender.

    A card goes to the sender once, and again only when the sender has had plenty of time for it. It is done
    when the draft has a note of the message that shows it.
    """

    def __init__(self, database: Database, sender: Sender, clock: Clock, campaign: Campaign) -> None:
        super().__init__("cards that are due cannot be read")
        self._db = database
        self._sender = sender
        self._clock = clock
        self._campaign = campaign
        # By draft: the due moment of the card handed over, and the loop time from which it may be again.
        self._handed_over: dict[int, tuple[datetime, float]] = {}

    async def run(self) -> None:
        """Hand over due cards, and wait between them exactly until the next is due."""
        # Parts of albums that came before a crash are handled first, so that their cards are complete.
        await wait_up_to(draft_changes.CARD_DELAY.total_seconds(), self._stopping)
        await super().run()

    async def look(self) -> float:
        """Hand over due cards. Returns seconds until the next card is due."""
        async with self._db.reading() as session:
            to_come = await album_cards.to_come(session)
        self._handed_over = {key: of for key, of in self._handed_over.items() if (key, of[0]) in to_come}
        rest = IDLE_SECONDS
        for draft_id, due in to_come:
            wait = due - datetime.now(UTC)
            # If the moment is further off than is ever set, the system's clock was put back.
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
        """File the album or hand its card over. Returns whether to try again if the card does not arrive."""
        try:
            now = await self._clock.now()
            async with self._db.transaction() as session:
                campaign = await calendar.current_campaign(session, self._campaign)
                filed = await group_reports.file_due(TickTurn(session, now, campaign), draft_id, due)
                card = None if filed else await album_cards.due_card(session, draft_id, due, campaign)
                if card is not None:
                    rendered = render_view(session, card.view, card.locale, now)
        except SQLAlchemyError:
            raise
        except Exception:
            # A card that cannot be rendered must not hold up the others, nor be tried for ever.
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
