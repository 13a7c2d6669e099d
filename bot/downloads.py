"""Fetches a file that somebody sent. Its address holds the token, so the address is never kept or logged."""

from __future__ import annotations

from typing import Final

import httpx
from telegram import Bot
from telegram.error import TelegramError

from bot.certificates import trusted
from bot.outcomes import outcome_of
from rules.delivery import delivery

_TIMEOUT: Final = httpx.Timeout(10.0, read=20.0)
_TOO_BIG: Final = "too big"


class GoneError(Exception):
    """Telegram does not have the file, or no longer has it."""


class TooLargeError(Exception):
    """The file is larger than wanted, or larger than bots may fetch."""


class UnreachedError(Exception):
    """The network or Telegram fails at present. ``rest``: seconds for which Telegram wants no calls."""

    def __init__(self, reason: str, rest: float = 0.0) -> None:
        super().__init__(reason)
        self.rest = rest


async def download(bot: Bot, file_id: str, limit: int) -> bytes:
    """The file's bytes. ``TooLargeError``: they are more than ``limit``."""
    address = await _address(bot, file_id, limit)
    try:
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT, verify=trusted()) as client,
            client.stream("GET", address) as response,
        ):
            if response.status_code in {httpx.codes.NOT_FOUND, httpx.codes.BAD_REQUEST, httpx.codes.GONE}:
                raise GoneError
            if response.status_code != httpx.codes.OK:
                raise UnreachedError(f"HTTP {response.status_code}")
            return await _content(response, limit)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The error's own text may hold the address.
        raise UnreachedError(type(error).__name__) from None


async def _address(bot: Bot, file_id: str, limit: int) -> str:
    try:
        file = await bot.get_file(file_id)
    except TelegramError as error:
        match outcome_of(error):
            case delivery.RejectedOutcome(reason) if _TOO_BIG in reason.lower():
                raise TooLargeError from None
            case delivery.RejectedOutcome():
                raise GoneError from None
            case delivery.PausedOutcome(retry_after):
                raise UnreachedError("429", retry_after) from None
            case _:
                raise UnreachedError(type(error).__name__) from None
    if file.file_size is not None and file.file_size > limit:
        raise TooLargeError
    if not file.file_path:
        raise GoneError
    return file.file_path


async def _content(response: httpx.Response, limit: int) -> bytes:
    """Read the file, whatever size was announced; stop as soon as it is too large."""
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > limit:
            raise TooLargeError
    return bytes(content)
