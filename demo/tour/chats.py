"""The part of the sandbox's control API that the tour needs: act as people, read chats, move the clock."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import httpx

from demo.stage.errors import DemoError

# How many seconds a message may take to come: many times what it takes on a slow machine.
PATIENCE: Final = 90.0
_GRACE: Final = 10.0


@dataclass(frozen=True, slots=True)
class BotMessage:
    """A message of the bot as it was when it was read.

    ``thread``: its topic in a group. ``photo``: the file of a picture in its largest size.
    """

    chat: int
    id: int
    revision: int
    text: str
    labels: Sequence[str]
    thread: int | None
    photo: str | None = None

    def label(self, part: str) -> str:
        """The first button whose label holds ``part``."""
        found = next((label for label in self.labels if part in label), None)
        if found is None:
            raise DemoError("tour.failed.no_button", button=part)
        return found


class Chats:
    """A client of the control API. Use it as ``async with Chats(control_url)``.

    ``DemoError``: the sandbox refuses an act, or an expected message does not come.
    """

    def __init__(self, control_url: str, *, patience: float = PATIENCE) -> None:
        self.patience = patience
        # Loopback is plain HTTP, so no certificates are loaded.
        no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        base = f"{control_url}/"
        self._http = httpx.AsyncClient(base_url=base, trust_env=False, timeout=_GRACE, verify=no_tls)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def act(self, action: str, **arguments: Any) -> Any:
        """Do an act of the control API, by its name; arguments that are None are left out."""
        body = {name: value for name, value in arguments.items() if value is not None}
        response = await self._post(action, body)
        if response.is_error:
            raise DemoError("tour.failed.sandbox", said=response.json()["error"])
        return response.json()

    async def _post(self, action: str, body: dict[str, Any]) -> httpx.Response:
        try:
            return await self._http.post(action, json=body, timeout=float(body.get("timeout", 0)) + _GRACE)
        except httpx.TransportError as error:
            raise DemoError("tour.failed.sandbox", said=type(error).__name__) from None

    async def wait(self, who: str, chat: int, after: int, parts: Sequence[str]) -> BotMessage:
        """The bot's first message after number ``after`` that holds all ``parts``."""
        body = {"after_message_id": after, "contains": list(parts)}
        return await self._wait(who, parts, "wait_for", chat=chat, **body)

    async def wait_for_edit(self, who: str, message: BotMessage, parts: Sequence[str]) -> BotMessage:
        """``message`` as soon as it is changed and holds all ``parts``."""
        body = {"message_id": message.id, "after_revision": message.revision, "contains": list(parts)}
        return await self._wait(who, parts, "wait_for_edit", chat=message.chat, **body)

    async def _wait(self, who: str, parts: Sequence[str], action: str, **body: Any) -> BotMessage:
        response = await self._post(action, {**body, "timeout": self.patience})
        if response.status_code == httpx.codes.REQUEST_TIMEOUT:
            raise DemoError("tour.failed.nothing_came", who=who, seconds=f"{self.patience:g}", what=parts)
        if response.is_error:
            raise DemoError("tour.failed.sandbox", said=response.json()["error"])
        return _read(response.json())

    async def picture(self, who: str, chat: int, after: int, parts: Sequence[str]) -> BotMessage:
        """The bot's first picture after number ``after`` whose caption holds all ``parts``."""
        body = {"after_message_id": after, "contains": list(parts), "kind": "photo"}
        return await self._wait(who, parts, "wait_for", chat=chat, **body)

    async def file_of(self, message: BotMessage) -> bytes:
        """The picture of a message, in its largest size."""
        return base64.b64decode((await self.act("file", file_id=message.photo))["data"])

    async def said_by_bot(self, chat: int) -> list[BotMessage]:
        """All messages of the bot in a chat, oldest first."""
        return [_read(one) for one in await self.act("messages", chat=chat, sender="bot")]

    async def last_number(self, chat: int) -> int:
        """The number of the chat's last message."""
        return max((one["message_id"] for one in await self.act("messages", chat=chat)), default=0)

    async def set_clock(self, moment: datetime) -> None:
        await self.act("set_clock", now=moment.isoformat())

    async def transcript(self, zone: str, language: str, chat: int) -> str:
        """One chat as Markdown, from its heading on."""
        answer = await self.act("transcript", zone=zone, language=language, chats=[chat])
        _, _, story = str(answer["markdown"]).partition("\n\n")
        return story.strip()


def _read(data: dict[str, Any]) -> BotMessage:
    return BotMessage(
        chat=data["chat_id"],
        id=data["message_id"],
        revision=data["revision"],
        text=data["text"],
        labels=[button["text"] for row in data["buttons"] for button in row],
        thread=data["thread_id"],
        photo=data["media"][-1]["file_id"] if data["kind"] == "photo" else None,
    )
