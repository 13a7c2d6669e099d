"""Calls to Telegram that show something to a person: paced, at most 32 at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.outcomes import outcome_of
from bot.pace import Pace
from rules import delivery

log = structlog.get_logger(__name__)
# PTB's connection pool gets slower beyond this.
AT_ONCE: Final = 32
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)


class Telegram:
    """What the sender needs of a bot. Errors are PTB's ``TelegramError``."""

    def __init__(self, bot: Bot, pace: Pace) -> None:
        self._bot = bot
        self._pace = pace
        self._at_once = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def turn(self, chat_id: int, *, bulk: bool = False) -> AsyncIterator[None]:
        """The chat's turn to be sent to; held while one message goes out. Take it *before* a row is
        claimed: what waits for its turn has certainly not been sent."""
        await self._pace.turn(chat_id, bulk=bulk)
        async with self._at_once:
            yield

    async def send(
        self, chat_id: int, thread_id: int | None, html: str, keyboard: InlineKeyboardMarkup | None
    ) -> int:
        """Send a message within the chat's turn; its id."""
        message = await self._bot.send_message(
            chat_id,
            html,
            parse_mode=ParseMode.HTML,
            message_thread_id=thread_id,
            reply_markup=keyboard,
            link_preview_options=_NO_PREVIEW,
        )
        return message.message_id

    async def next_part(self, chat_id: int) -> None:
        """Wait, within a turn, until a further message may go to the chat."""
        await self._pace.turn(chat_id)

    async def edit(
        self, chat_id: int, message_id: int, html: str, keyboard: InlineKeyboardMarkup | None
    ) -> None:
        """Change a message. One that reads so already is no error. A press sets the pace, not we."""
        async with self._at_once:
            try:
                await self._bot.edit_message_text(
                    html,
                    chat_id=chat_id,
                    message_id=message_id,
                    parse_mode=ParseMode.HTML,
                    reply_markup=keyboard,
                    link_preview_options=_NO_PREVIEW,
                )
            except BadRequest as error:
                if not isinstance(outcome_of(error), delivery.Sent):
                    raise

    async def answer(self, query_id: str, text: str | None, *, alert: bool) -> None:
        """Answer a press. Too late to answer is no error: the button's effect is committed."""
        try:
            async with self._at_once:
                await self._bot.answer_callback_query(query_id, text=text, show_alert=alert)
        except TelegramError as error:
            log.info("a press was not answered", error=type(error).__name__)
