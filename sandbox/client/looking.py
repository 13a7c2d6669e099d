"""The client's calls that look at chats and calls, and wait for what comes."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final, Literal

from sandbox.client.connection import Connection
from sandbox.shapes import ApiCall, Json, MessageRecord, QueryRecord

Sender = Literal["any", "bot", "people"]
PATIENCE: Final = 60.0
"""Seconds. A wait ends as soon as the thing comes; a slow machine takes longer than one would think."""


class LookingClient(Connection):
    """Messages, answers, calls, files, transcript. The server does the waiting."""

    async def messages(
        self, chat: int, *, after_message_id: int = 0, sender: Sender = "any", include_deleted: bool = False
    ) -> list[MessageRecord]:
        """Messages of a chat, the oldest first."""
        found = await self.act(
            "messages",
            chat=chat,
            after_message_id=after_message_id,
            sender=sender,
            include_deleted=include_deleted,
        )
        return [MessageRecord.read(one) for one in found]

    async def wait_for(
        self,
        chat: int,
        after_message_id: int = 0,
        *,
        contains: str | Sequence[str] | None = None,
        kind: str | None = None,
        sender: Sender = "bot",
        timeout: float = PATIENCE,  # noqa: ASYNC109 - it is the server that waits
    ) -> MessageRecord:
        """The first message above `after_message_id` that fits; without `kind` no service message.

        Raises NothingCameError after `timeout` seconds.
        """
        body = {"after_message_id": after_message_id, "kind": kind, "sender": sender, "timeout": timeout}
        return MessageRecord.read(await self.act("wait_for", chat=chat, contains=_parts(contains), **body))

    async def wait_for_edit(
        self,
        message: MessageRecord,
        *,
        contains: str | Sequence[str] | None = None,
        timeout: float = PATIENCE,  # noqa: ASYNC109 - it is the server that waits
    ) -> MessageRecord:
        """The message, once it has changed after this record of it."""
        body = {"message_id": message.message_id, "after_revision": message.revision, "timeout": timeout}
        answer = await self.act("wait_for_edit", chat=message.chat_id, contains=_parts(contains), **body)
        return MessageRecord.read(answer)

    async def callback_answers(self, user: int | None = None) -> list[QueryRecord]:
        """Pressed buttons with the bot's answers, the oldest first."""
        return [QueryRecord.read(one) for one in await self.act("callback_answers", user=user)]

    async def wait_for_answer(self, query: str, *, timeout: float = PATIENCE) -> QueryRecord:  # noqa: ASYNC109 - it is the server that waits
        """The pressed button with this query id, once the bot has answered."""
        return QueryRecord.read(await self.act("wait_for_answer", query=query, timeout=timeout))

    async def calls(self, method: str = "*", *, after: int = 0, chat: int | None = None) -> list[ApiCall]:
        """Calls with a number above `after`; `method` may hold wildcards such as ``send*``."""
        return [ApiCall(**one) for one in await self.act("calls", method=method, after=after, chat=chat)]

    async def wait_for_call(
        self,
        method: str,
        *,
        after: int = 0,
        chat: int | None = None,
        answered: bool = True,
        count: int = 1,
        timeout: float = PATIENCE,  # noqa: ASYNC109 - it is the server that waits
    ) -> ApiCall:
        """The `count`-th such call above number `after`, once answered; `answered` False: once it arrives."""
        body = {"method": method, "after": after, "chat": chat, "answered": answered, "count": count}
        return ApiCall(**await self.act("wait_for_call", timeout=timeout, **body))

    async def pending(self) -> int:
        """The number of updates that the bot has not acknowledged."""
        return int((await self.act("pending"))["count"])

    async def wait_until_polled(self, *, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109 - it is the server that waits
        """Wait until the bot has acknowledged every update."""
        await self.act("wait_until_polled", timeout=timeout)

    async def file(self, file_id: str) -> bytes:
        return base64.b64decode((await self.act("file", file_id=file_id))["data"])

    async def bot(self) -> Json:
        """The bot's identity, token, commands by scope and language, menu button, webhook."""
        answer: Json = await self.act("bot")
        return answer

    async def transcript(
        self,
        *,
        zone: str = "Asia/Shanghai",
        language: Literal["zh", "en"] = "zh",
        chats: Sequence[int] | None = None,
    ) -> str:
        """All chats (or those given) as Markdown."""
        chosen = list(chats) if chats is not None else None
        answer = await self.act("transcript", zone=zone, language=language, chats=chosen)
        return str(answer["markdown"])


def _parts(contains: str | Sequence[str] | None) -> str | list[str] | None:
    return contains if contains is None or isinstance(contains, str) else list(contains)
