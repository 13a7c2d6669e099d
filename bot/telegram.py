"""Calls to Telegram that show something to a person: paced, and at most 32 at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.downloads import download
from bot.outcomes import outcome_of
from bot.pace import Pace
from bot.waiting import place_unless
from locales import DEFAULT, plain
from rules.delivery import delivery
from rules.hidden_characters import visible
from services.views import FileSpec

log = structlog.get_logger(__name__)
# PTB's connection pool gets slower beyond this number.
AT_ONCE: Final = 32
# So many of them are for messages to many people: a person who waits for an answer finds one free, even
# while the database or the network is slower than the pace.
BULK_AT_ONCE: Final = 12
GROUPS_AT_ONCE: Final = 4
# However many strangers write at once, their answers take no more.
STRANGERS_AT_ONCE: Final = 2
PHOTO_BYTES: Final = 5 * 1024 * 1024
"""A photo is never larger: Telegram shrinks it to 1280 pixels."""

_TOO_OLD: Final = "can't be deleted"
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
_IN_ALBUM: Final = {"photo": InputMediaPhoto, "video": InputMediaVideo, "document": InputMediaDocument}


def _caption(file: FileSpec, locale: str) -> str | None:
    return None if file.caption is None else visible(plain(file.caption, locale))


class Telegram:
    """The calls of a bot that the sender needs. Their errors are PTB's ``TelegramError``."""

    def __init__(self, bot: Bot, pace: Pace) -> None:
        self._bot = bot
        self._pace = pace
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._bulk = asyncio.Semaphore(BULK_AT_ONCE)
        self._groups = asyncio.Semaphore(GROUPS_AT_ONCE)
        self._strangers = asyncio.Semaphore(STRANGERS_AT_ONCE)

    async def fetch_photo(self, file_id: str) -> bytes:
        """The bytes of a photo that Telegram keeps. The errors are those of ``downloads``."""
        return await download(self._bot, file_id, PHOTO_BYTES)

    @asynccontextmanager
    async def turn(
        self, chat_id: int, *, bulk: bool = False, hurry: asyncio.Event | None = None
    ) -> AsyncIterator[bool]:
        """The chat's turn to be sent to; it is held while one message goes out.

        Take it *before* a row is claimed: a message that waits for its turn has certainly not been sent.
        ``bulk``: nobody waits for the message, so it stands in a line. Yields False, without a turn, if
        ``hurry`` is set while it stands there.
        """
        if not bulk:
            async with self._turn(chat_id, bulk=False):
                yield True
        elif chat_id < 0:
            # A group rests for seconds between two messages, but not in the line.
            await self._pace.chat_turn(chat_id)
            async with self._groups, self._turn(chat_id, bulk=True, rested=True):
                yield True
        elif not await place_unless(self._bulk, hurry or asyncio.Event()):
            yield False
        else:
            try:
                async with self._turn(chat_id, bulk=True):
                    yield True
            finally:
                self._bulk.release()

    @asynccontextmanager
    async def strangers_turn(self, chat_id: int) -> AsyncIterator[None]:
        """The turn of a chat with a stranger, behind all others. The chat rests outside of the line."""
        await self._pace.chat_turn(chat_id)
        async with self._strangers, self._turn(chat_id, bulk=True, rested=True):
            yield

    @asynccontextmanager
    async def _turn(self, chat_id: int, *, bulk: bool, rested: bool = False) -> AsyncIterator[None]:
        if not rested:
            await self._pace.chat_turn(chat_id)
        await self._pace.overall_turn(chat_id, bulk=bulk)
        async with self._at_once:
            yield

    async def send(
        self,
        chat_id: int,
        thread_id: int | None,
        html: str,
        keyboard: InlineKeyboardMarkup | None,
        *,
        reply_to: int | None = None,
        silent: bool = False,
    ) -> int:
        """Send a message within the chat's turn. Returns its id.

        ``reply_to``: the message that it answers, if that is still there. ``silent``: without a sound.
        """
        answers = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
        async with self._pace.passage(chat_id):
            message = await self._bot.send_message(
                chat_id,
                html,
                parse_mode=ParseMode.HTML,
                message_thread_id=thread_id,
                reply_parameters=answers,
                reply_markup=keyboard,
                link_preview_options=_NO_PREVIEW,
                disable_notification=silent or None,
            )
        return message.message_id

    async def send_files(
        self,
        chat_id: int,
        thread_id: int | None,
        album: Sequence[FileSpec],
        content: bytes | None = None,
        *,
        locale: str = DEFAULT,
        silent: bool = False,
    ) -> list[int]:
        """Send one album within the chat's turn, or one file of ours with its ``content``.

        Returns the messages' ids. ``locale``: the reader's, for the captions. ``silent``: without a sound.
        """
        async with self._pace.passage(chat_id):
            if content is None and len(album) > 1:
                return await self._send_album(chat_id, thread_id, album, locale)
            message = await self._send_file(chat_id, thread_id, album[0], content, locale, silent=silent)
            return [message.message_id]

    async def _send_album(
        self, chat_id: int, thread_id: int | None, album: Sequence[FileSpec], locale: str
    ) -> list[int]:
        media = [_IN_ALBUM[file.kind](file.file_id or "", caption=_caption(file, locale)) for file in album]
        sent = await self._bot.send_media_group(chat_id, media, message_thread_id=thread_id)
        return [message.message_id for message in sent]

    async def _send_file(
        self,
        chat_id: int,
        thread_id: int | None,
        file: FileSpec,
        content: bytes | None,
        locale: str,
        *,
        silent: bool,
    ) -> Message:
        sent = (file.file_id or "") if content is None else content
        how: dict[str, Any] = {
            "caption": _caption(file, locale),
            "message_thread_id": thread_id,
            "disable_notification": silent or None,
        }
        if file.kind == "photo":
            return await self._bot.send_photo(chat_id, sent, filename=file.name, **how)
        if file.kind == "video":
            return await self._bot.send_video(chat_id, sent, filename=file.name, **how)
        return await self._bot.send_document(chat_id, sent, filename=file.name, **how)

    async def react(self, chat_id: int, message_id: int, emoji: str) -> None:
        """Put a reaction under a person's message. A group that allows none is no error."""
        try:
            async with self._at_once:
                await self._bot.set_message_reaction(chat_id, message_id, emoji)
        except TelegramError as error:
            log.info("no reaction was set", error=type(error).__name__)

    async def pin(self, chat_id: int, message_id: int) -> None:
        """Pin a message without a sound."""
        async with self._at_once:
            await self._bot.pin_chat_message(chat_id, message_id, disable_notification=True)

    async def unpin(self, chat_id: int, message_id: int) -> None:
        """Unpin a message of ours. A message that is not pinned is no error."""
        try:
            async with self._at_once:
                await self._bot.unpin_chat_message(chat_id, message_id)
        except TelegramError as error:
            log.info("a message was not unpinned", error=type(error).__name__)

    async def delete(self, chat_id: int, message_id: int) -> bool:
        """Delete a message of ours. One that is gone is no error. False: the message is too old for that."""
        try:
            async with self._at_once:
                await self._bot.delete_message(chat_id, message_id)
        except TelegramError as error:
            log.info("a message was not deleted", error=type(error).__name__)
            return _TOO_OLD not in str(error).lower()
        return True

    async def next_part(self, chat_id: int) -> None:
        """Wait, within a turn, until the chat may get a further message."""
        await self._pace.turn(chat_id)

    async def edit(
        self, chat_id: int, message_id: int, html: str, keyboard: InlineKeyboardMarkup | None
    ) -> None:
        """Change a message; one that already reads so is no error. People's presses set the pace, not we."""
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
                if not isinstance(outcome_of(error), delivery.SentOutcome):
                    raise

    async def edit_photo(
        self, chat_id: int, message_id: int, file: FileSpec, content: bytes, *, locale: str = DEFAULT
    ) -> None:
        """Put another picture of ours in the place of one; if it is the same one, that is no error."""
        media = InputMediaPhoto(content, caption=_caption(file, locale), filename=file.name)
        async with self._at_once:
            try:
                await self._bot.edit_message_media(media, chat_id=chat_id, message_id=message_id)
            except BadRequest as error:
                if not isinstance(outcome_of(error), delivery.SentOutcome):
                    raise

    async def take_buttons(self, chat_id: int, message_id: int) -> None:
        """Take the buttons off a message of ours. One that cannot be changed any more is no error."""
        try:
            async with self._at_once:
                await self._bot.edit_message_reply_markup(chat_id, message_id)
        except TelegramError as error:
            log.info("a card kept its buttons", error=type(error).__name__)

    async def answer(self, query_id: str, text: str | None, *, alert: bool) -> None:
        """Answer a press. An answer that comes too late is no error: the button's effect is committed."""
        try:
            async with self._at_once:
                await self._bot.answer_callback_query(query_id, text=text, show_alert=alert)
        except TelegramError as error:
            log.info("a press was not answered", error=type(error).__name__)
