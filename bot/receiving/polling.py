"""Long polling over raw JSON: an update is acknowledged only when it is in the inbox.

PTB's own ``getUpdates`` raises on an update that it cannot parse and never gets past it. It offers no raw
updates, so this one call is made with httpx.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

import httpx
import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot

from bot.certificates import trusted
from bot.clock import steady_seconds
from bot.fatal import FatalError
from bot.receiving.intake import Intake
from bot.receiving.raw_updates import id_in, id_of
from bot.waiting import wait_up_to, work_unless

log = structlog.get_logger(__name__)
POLL_SECONDS: Final = 25
CONFLICTS: Final = 5
CONFLICT_WINDOW: Final = 120.0
LONGEST_REST: Final = 30.0
# Telegram never asks for more between two polls. More would be a mistake, and we would be deaf.
LONGEST_PAUSE: Final = 300.0
SHORTEST_PAUSE: Final = 1.0
UNREADABLE_REST: Final = 1.0
# No poll lasts longer while the machine is awake.
LONGEST_POLL: Final = 60.0
ALLOWED: Final = ["message", "edited_message", "callback_query", "my_chat_member"]


class PollingError(Exception):
    """Telegram gave no updates this time. ``code``: its error code; 0: there was no answer at all."""

    def __init__(self, reason: str, code: int = 0, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.retry_after = retry_after


class UnparsableError(Exception):
    """A whole answer with updates came, but its JSON cannot be read, as with a number of 5,000 digits."""


class Poller:
    """Asks Telegram for updates until it is stopped or Telegram refuses for good.

    ``polled`` is called after each answer whose updates are stored, ``network_is_back`` after one that
    follows a failure, ``heard`` with the ``Date`` of an answer that Telegram has just given.
    """

    def __init__(
        self,
        bot: Bot,
        intake: Intake,
        network_is_back: Callable[[], None] = lambda: None,
        polled: Callable[[], None] = lambda: None,
        heard: Callable[[str | None], None] = lambda _date: None,
    ) -> None:
        self._url = f"{bot.base_url}/getUpdates"
        self._intake = intake
        self._network_is_back = network_is_back
        self._polled = polled
        self._heard = heard
        self._offset: int | None = None
        self._singly = False
        self._failures = 0
        self._conflicts: list[float] = []
        self._stopping = asyncio.Event()
        self.asking = asyncio.Event()
        """Set when the first poll is on its way."""

    def stop(self) -> None:
        """End ``run``. What Telegram has answered by then is still stored."""
        self._stopping.set()

    async def run(self) -> None:
        """Poll until ``stop``. ``FatalError``: a 401 or a 404, or a 409 that persists.

        All else is tried again.
        """
        timeout = httpx.Timeout(10.0, read=POLL_SECONDS + 10.0)
        async with httpx.AsyncClient(timeout=timeout, verify=trusted()) as client:
            while not self._stopping.is_set():
                try:
                    response = await work_unless(self._stopping, self._fetch(client))
                    if response is None:
                        return
                    await self._keep(response)
                except (PollingError, SQLAlchemyError) as error:
                    # Updates that were not stored were not acknowledged either: Telegram gives them again.
                    await self._failed(error)
                except Exception as error:
                    log.exception("updates could not be kept")
                    await self._failed(PollingError(type(error).__name__))
                else:
                    self._recovered()

    async def _fetch(self, client: httpx.AsyncClient) -> httpx.Response:
        asked = {"timeout": str(POLL_SECONDS), "allowed_updates": json.dumps(ALLOWED)}
        if self._offset is not None:
            asked["offset"] = str(self._offset)
        if self._singly:
            asked["limit"] = "1"
        began = steady_seconds()
        try:
            response = await client.post(self._url, data=asked, extensions={"trace": self._traced})
        except httpx.HTTPError as error:
            # The error's own text may hold the address and so the token.
            raise PollingError(type(error).__name__) from None
        # An answer from before the machine slept says how late it was then.
        if steady_seconds() - began < LONGEST_POLL:
            self._heard(response.headers.get("date"))
        return response

    async def _traced(self, step: str, _details: object) -> None:
        if step.endswith("send_request_body.complete"):
            self.asking.set()

    async def _keep(self, response: httpx.Response) -> None:
        """Store what an answer brings. An answer that cannot be read as a whole is asked for again singly."""
        try:
            result = _result_of(response)
            if result:
                await self._intake.store(result)
        except (RecursionError, UnparsableError):
            if self._singly:
                await self._keep_as_text(response.text)
            self._singly = not self._singly
            return
        ids = [update_id for update_id in map(id_of, result) if update_id is not None]
        if ids:
            # The last id of the batch, not the highest ever: after a quiet week ids may start lower again.
            self._offset = ids[-1] + 1
        elif result:
            # It cannot be acknowledged, so Telegram gives it again with whatever comes next.
            await wait_up_to(UNREADABLE_REST, self._stopping)
        else:
            self._singly = False

    async def _keep_as_text(self, text: str) -> None:
        """Keep the only update of an answer as text, and go on behind it."""
        update_id = id_in(text)
        if update_id is None:
            raise PollingError("an update that cannot be read, without an id")
        await self._intake.store_text(text)
        self._offset = update_id + 1

    async def _failed(self, error: PollingError | SQLAlchemyError) -> None:
        code = error.code if isinstance(error, PollingError) else 0
        if code in {httpx.codes.UNAUTHORIZED, httpx.codes.NOT_FOUND}:
            raise FatalError("run.token_refused") from None
        if code == httpx.codes.CONFLICT:
            self._count_conflict()
        self._failures += 1
        rest = min(2.0 ** (self._failures - 1), LONGEST_REST)
        if isinstance(error, PollingError) and error.retry_after is not None:
            # Whatever an answer asks for, there is a rest. What is no number asks for the shortest.
            rest = min(max(SHORTEST_PAUSE, error.retry_after), LONGEST_PAUSE)
        reason = str(error) if isinstance(error, PollingError) else type(error).__name__
        log.warning("polling failed", reason=reason, code=code, retry_in=rest)
        await wait_up_to(rest, self._stopping)

    def _count_conflict(self) -> None:
        """End this program after several conflicts within two minutes.

        Polls that went well between them make no difference: two programs that take turns would both be half
        deaf for ever.
        """
        now = asyncio.get_running_loop().time()
        self._conflicts = [at for at in self._conflicts if now - at < CONFLICT_WINDOW] + [now]
        if len(self._conflicts) >= CONFLICTS:
            raise FatalError("run.conflict") from None

    def _recovered(self) -> None:
        self._polled()
        if self._failures:
            log.info("polling works again", after_failures=self._failures)
            self._network_is_back()
        self._failures = 0


def _result_of(response: httpx.Response) -> list[Any]:
    """The updates of an answer, not yet looked at; ``PollingError`` if it has none.

    ``UnparsableError``: it would have some, but cannot be read.
    """
    try:
        answer = response.json()
    except ValueError as error:
        whole = response.text.rstrip().endswith("}")
        if response.status_code == httpx.codes.OK and whole and id_in(response.text) is not None:
            raise UnparsableError from None
        raise PollingError(type(error).__name__) from None
    if response.status_code == httpx.codes.OK and isinstance(answer, dict) and answer.get("ok"):
        result = answer.get("result")
        if isinstance(result, list):
            return result
        raise PollingError("an answer without updates")
    raise _refusal(response.status_code, answer)


def _refusal(status: int, answer: object) -> PollingError:
    """The error that an answer states; a proxy in between may answer in another form than Telegram's."""
    body = answer if isinstance(answer, dict) else {}
    parameters = body.get("parameters")
    after = parameters.get("retry_after") if isinstance(parameters, dict) else None
    code = body.get("error_code")
    return PollingError(
        f"HTTP {status}",
        code if isinstance(code, int) else status,
        float(after) if isinstance(after, int | float) else None,
    )
