"""Long polling over raw JSON: nothing is acknowledged that is not in the inbox."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.intake import Intake
from bot.outcomes import outcome_of
from bot.sender import Sender
from rules import delivery

log = structlog.get_logger(__name__)
POLL_SECONDS: Final = 25
CONFLICTS: Final = 5
ALLOWED: Final = ["message", "edited_message", "callback_query", "my_chat_member"]


class FatalError(Exception):
    """The program cannot go on; ``key`` names the sentence that says why and what to do."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Poller:
    """Asks Telegram for updates until it is cancelled or Telegram says no for good."""

    def __init__(self, bot: Bot, intake: Intake, sender: Sender) -> None:
        self._bot = bot
        self._intake = intake
        self._sender = sender
        self._request = HTTPXRequest(connect_timeout=10, pool_timeout=10)
        self._offset: int | None = None
        self._failures = 0
        self._conflicts = 0

    async def run(self) -> None:
        """``FatalError`` on 401 and 404 at once, and on a 409 that persists; all else is tried again."""
        async with self._request:
            while True:
                await self._once()

    async def _once(self) -> None:
        try:
            await self._keep(await self._fetch())
        except InvalidToken:
            raise FatalError("run.token_refused") from None
        except Conflict:
            await self._conflict()
        except (TelegramError, SQLAlchemyError) as error:
            # What could not be kept was not acknowledged: Telegram gives it again.
            await self._back_off(error)
        else:
            self._recovered()

    async def _fetch(self) -> list[dict[str, Any]]:
        # Raw JSON on purpose: PTB's own getUpdates raises on one update that it cannot parse and never
        # gets past it.
        asked = {"timeout": str(POLL_SECONDS), "allowed_updates": json.dumps(ALLOWED)}
        if self._offset is not None:
            asked["offset"] = str(self._offset)
        url = f"{self._bot.base_url}/getUpdates?{urlencode(asked)}"
        answer: Any = await self._request.post(url, read_timeout=POLL_SECONDS + 10)
        return list(answer)

    async def _keep(self, updates: list[dict[str, Any]]) -> None:
        if not updates:
            return
        await self._intake.store(updates)
        # The last of the batch, not a maximum: ids may start lower again after a quiet week.
        self._offset = int(updates[-1]["update_id"]) + 1

    async def _conflict(self) -> None:
        self._conflicts += 1
        if self._conflicts >= CONFLICTS:
            raise FatalError("run.conflict") from None
        log.warning("another program polls with this token", times=self._conflicts)
        await asyncio.sleep(2.0 ** (self._conflicts - 1))

    async def _back_off(self, error: Exception) -> None:
        self._failures += 1
        delay = min(2.0 ** (self._failures - 1), 30.0)
        if isinstance(error, RetryAfter) and isinstance(paused := outcome_of(error), delivery.Paused):
            delay = paused.retry_after
        log.warning("polling failed", error=type(error).__name__, retry_in=delay)
        await asyncio.sleep(delay)

    def _recovered(self) -> None:
        if self._failures:
            log.info("polling works again", after_failures=self._failures)
            self._sender.network_is_back()
        self._failures = self._conflicts = 0
