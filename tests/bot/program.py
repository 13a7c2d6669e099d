"""The whole program in the test's loop, over HTTP: it fetches and handles updates when a test says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import SecretStr
from telegram.ext import Application

import bot.app
from bot.live_editor import LiveEditor
from bot.pace import Pace
from bot.prompts import Prompts
from bot.receiving.polling import ALLOWED
from bot.settings import Settings
from bot.telegram import Telegram
from models.delivery import inbox, live_messages
from models.delivery.live_messages import LiveMessage
from models.delivery.messages import Outbox
from services.delivery import prompts, rendering
from tests.bot.desk import AT_ONCE, NO_TLS, Desk, intake_of
from tests.support.turns import tick_for


class Program:
    """Intake, the editor of live messages and the cards of albums, on a desk whose sender runs."""

    def __init__(self, desk: Desk, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        self.desk = desk
        parts = (desk.clock, desk.campaign)
        telegram = Telegram(application.bot, Pace(AT_ONCE))
        self.live = LiveEditor(desk.database, telegram, *parts)
        self.albums = Prompts(desk.database, desk.sender, *parts)
        self.intake = intake_of(desk, application.bot, application, telegram)
        self._updates = f"{application.bot.base_url}/getUpdates"
        self._offset = 0

    async def take_in(self, most: int | None = None, *, at_once: bool = False) -> None:
        """Fetch what people did, and handle it.

        ``most``: fetch only that many updates. ``at_once``: handle all chats side by side, as the program
        does, instead of one after the other.
        """
        async with httpx.AsyncClient(verify=NO_TLS["verify"]) as client:
            while updates := await self._fetch(client, most):
                await self.intake.store(updates)
                self._offset = updates[-1]["update_id"] + 1
                if most is not None:
                    break
        async with self.desk.database.reading() as session:
            lanes = await inbox.open_lanes(session, self.desk.bot.id)
        if at_once:
            await asyncio.gather(*(self._empty(lane) for lane in lanes))
            return
        for lane in lanes:
            await self._empty(lane)

    async def _empty(self, lane: int) -> None:
        while await self.intake._next(lane) is not None:
            pass

    async def _fetch(self, client: httpx.AsyncClient, most: int | None) -> list[dict[str, Any]]:
        asked = {"timeout": "0", "offset": str(self._offset), "allowed_updates": json.dumps(ALLOWED)}
        asked["limit"] = str(most or 100)
        answer = (await client.post(self._updates, data=asked)).json()
        found: list[dict[str, Any]] = answer["result"]
        return found

    async def look(self) -> None:
        """Bring live messages up to date without waiting for their rests."""
        self.live._rests.clear()
        await self.live.look()
        self.live._rests.clear()

    async def show_albums(self) -> None:
        """Show the cards of albums that have come in, without waiting until they are due."""
        async with self.desk.database.reading() as session:
            to_come = await prompts.to_come(session)
        for draft_id, due in to_come:
            await self.albums._hand_over(draft_id, due)

    async def live_rows(self, chat: int) -> list[LiveMessage]:
        async with self.desk.database.reading() as session:
            return list(await live_messages.live_messages_of(session, chat))

    async def text_of(self, row: Outbox) -> str:
        """The words of a promised message."""
        async with self.desk.database.reading() as session:
            shown = await rendering.render(tick_for(session, self.desk.clock.moment, self.desk.campaign), row)
        return "" if shown is None else shown[0].plain("zh")


@asynccontextmanager
async def program_at(desk: Desk) -> AsyncIterator[Program]:
    """The program's own application with a started sender."""
    telegram = desk.telegram
    settings = Settings(
        bot_token=SecretStr(telegram.token),
        api_base_url=telegram.base_url,
        api_file_url=telegram.base_file_url,
    )
    application = bot.app.build_application(settings)
    await application.initialize()
    desk.start()
    try:
        yield Program(desk, application)
    finally:
        await application.shutdown()
