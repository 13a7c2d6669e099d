"""How a live message is shown: its parts are posted, edited and deleted; a board is pinned, too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import structlog
from telegram import InlineKeyboardMarkup
from telegram.error import TelegramError

from bot.clock import Clock
from bot.outcomes import outcome_of
from bot.rendering import RenderedView
from bot.telegram import Telegram
from locales import Text, html_text
from models import importing
from models.db import Database, ident
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind, LiveMessage
from rules.delivery import delivery
from services import office_notices
from services.campaign import Campaign
from services.groups import group_binding
from services.views import FileSpec

log = structlog.get_logger(__name__)
PROMISED: Final = frozenset(
    {LiveKind.NAG, LiveKind.NOTICE, LiveKind.PICTURE, *office_notices.LIVE_KINDS.values()}
)
"""The sender posts these."""


class OvertakenEditError(Exception):
    """The message shows an answer to a press by now."""


@dataclass(slots=True)
class ShownMessages:
    """How far the showing came: the messages that stand there now, and whether the first one is pinned."""

    ids: list[int] = field(default_factory=list)
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class WantedMessage:
    """What the chat should show. ``rendered`` None: it already does; ``pinned`` None: leave that as it is."""

    content_hash: str
    rendered: RenderedView | None
    pinned: bool | None


class LiveShowing:
    """Makes a chat show what a live message wants."""

    def __init__(self, database: Database, telegram: Telegram, clock: Clock, campaign: Campaign) -> None:
        self._db = database
        self._telegram = telegram
        self._clock = clock
        self._campaign = campaign

    async def show(self, row: LiveMessage, wanted: WantedMessage, shown: ShownMessages) -> None:
        """Make the chat show what is wanted. ``shown`` is right at every moment, also when this raises."""
        if wanted.rendered is not None:
            await self._write(row, wanted.rendered, shown)
        for stale in row.stale_ids:
            await self._put_away(row, stale)
        if wanted.pinned is None or wanted.pinned is shown.pinned:
            return
        if wanted.pinned:
            shown.pinned = await self._pin(row, shown.ids[0])
        else:
            await self._telegram.unpin(row.chat_id, shown.ids[0])
            shown.pinned = False

    async def _write(self, row: LiveMessage, rendered: RenderedView, shown: ShownMessages) -> None:
        """Edit the parts that are there, send those that are missing, delete those that are too many."""
        if row.kind is LiveKind.PICTURE:
            ((file,),) = rendered.albums
            await self._edit_picture(row, file, rendered.locale)
            return
        for index, part in enumerate(rendered.parts):
            keyboard = rendered.keyboard_of(index)
            if index < len(shown.ids):
                await self._edit(row, shown.ids[index], part, keyboard)
            else:
                # A person who sent a file waits for its message.
                async with self._telegram.turn(row.chat_id, bulk=row.kind is not LiveKind.JOB):
                    shown.ids.append(await self._telegram.send(row.chat_id, row.thread_id, part, keyboard))
        for surplus in shown.ids[len(rendered.parts) :]:
            await self._telegram.delete(row.chat_id, surplus)
        del shown.ids[len(rendered.parts) :]

    async def _edit(
        self, row: LiveMessage, message_id: int, part: str, keyboard: InlineKeyboardMarkup | None
    ) -> None:
        """Change a message. Nobody waits for a nag's or a notice's, so it takes its turn behind all who do.

        Raises ``OvertakenEditError`` if its reader pressed it meanwhile: that answer stands.
        """
        if row.kind not in PROMISED:
            await self._telegram.edit(row.chat_id, message_id, part, keyboard)
            return
        async with self._telegram.turn(row.chat_id, bulk=True):
            async with self._db.reading() as session:
                version = await live_messages.version_of(session, ident(row))
            if version != row.version:
                raise OvertakenEditError
            await self._telegram.edit(row.chat_id, message_id, part, keyboard)

    async def _edit_picture(self, row: LiveMessage, file: FileSpec, locale: str) -> None:
        """Put the last picture that was drawn in the place of an earlier one."""
        async with self._db.reading() as session:
            content = None if file.stored_id is None else await importing.content_of(session, file.stored_id)
        if content is None:
            return  # its file was kept long enough
        async with self._telegram.turn(row.chat_id, bulk=True):
            await self._telegram.edit_photo(row.chat_id, row.message_ids[0], file, content, locale=locale)

    async def _put_away(self, row: LiveMessage, message_id: int) -> None:
        """Delete a message whose place this one has taken.

        A board that is too old to be deleted is changed to say that it has moved; otherwise replies to it
        would be lost unnoticed.
        """
        if await self._telegram.delete(row.chat_id, message_id) or row.kind is not LiveKind.BOARD:
            return
        await self._telegram.unpin(row.chat_id, message_id)
        words = html_text(Text("boards.moved"), self._campaign.locale)
        try:
            await self._telegram.edit(row.chat_id, message_id, words, None)
        except TelegramError as error:
            log.info("an old board was not changed", error=type(error).__name__)

    async def _pin(self, row: LiveMessage, message_id: int) -> bool:
        """Pin a message. False: the right is missing. An error that is worth another try is raised."""
        try:
            await self._telegram.pin(row.chat_id, message_id)
        except TelegramError as error:
            outcome = outcome_of(error)
            if not isinstance(outcome, delivery.RejectedOutcome):
                raise
            if "to pin not found" in outcome.reason.lower():
                raise  # the message is missing, not the right to pin
            async with self._db.transaction() as session:
                now = await self._clock.now()
                await group_binding.note_pin_right(session, row.chat_id, False, now=now)
            return False
        return True
