"""People of the tour, who write, press and wait in their private chats with the bot."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Coroutine, Iterable
from typing import Any, Self

from demo.tour.chats import BotMessage, Chats


class Person:
    """A person with a phone. ``id`` is also the id of their private chat."""

    def __init__(self, chats: Chats, name: str, user_id: int) -> None:
        self._chats = chats
        self.name = name
        self.id = user_id
        # Messages up to this id are old news.
        self._seen = 0
        self.last_written = 0

    @classmethod
    async def arrive(cls, chats: Chats, name: str, language: str) -> Self:
        """A new person, who has not started the bot yet."""
        user = await chats.act("create_user", first_name=name, language_code=language)
        return cls(chats, name, user["id"])

    async def start(self, payload: str | None = None) -> None:
        """Follow a link to the bot."""
        await self._chats.act("start", user=self.id, payload=payload)

    async def write(self, text: str, *, reply_to: BotMessage | None = None, photo: bool = False) -> None:
        """Send words, or a photo with these words under it."""
        where = {"chat": self.id, "user": self.id, "reply_to": reply_to.id if reply_to else None}
        if photo:
            sent = await self._chats.act("send_photo", caption=text, **where)
        else:
            sent = await self._chats.act("send_text", text=text, **where)
        self._seen = self.last_written = sent["message_id"]

    async def send_place(self, latitude: float, longitude: float) -> None:
        """Send a location, in degrees."""
        where = {"chat": self.id, "user": self.id, "latitude": latitude, "longitude": longitude}
        self._seen = (await self._chats.act("send_location", **where))["message_id"]

    async def send_album(self, text: str, photos: int) -> None:
        """Send several photos at once, with these words under the first; each comes as its own update."""
        where = {"chat": self.id, "user": self.id}
        sent = await self._chats.act("send_media_group", count=photos, caption=text, **where)
        self._seen = sent[-1]["message_id"]

    async def send_file(self, name: str, content: bytes) -> None:
        """Send a document."""
        data = base64.b64encode(content).decode()
        sent = await self._chats.act("send_document", chat=self.id, user=self.id, name=name, data=data)
        self._seen = sent["message_id"]

    async def change_words(self, text: str) -> None:
        """Edit the words that were written last."""
        self._seen = max(self._seen, await self._chats.last_number(self.id))
        body = {"chat": self.id, "user": self.id, "message_id": self.last_written}
        await self._chats.act("edit_text", text=text, **body)

    async def receive_file(self) -> tuple[str, bytes]:
        """The next document from the bot: its name and its content."""
        got = await self._chats.act(
            "wait_for",
            chat=self.id,
            after_message_id=self._seen,
            kind="document",
            timeout=self._chats.patience,
        )
        file = await self._chats.act("file", file_id=got["media"]["file_id"])
        return got["media"]["file_name"], base64.b64decode(file["data"])

    async def press(self, message: BotMessage, part: str) -> str:
        """Press the button whose label holds ``part``. Returns the line of the bot's answer, or ""."""
        self._seen = max(self._seen, await self._chats.last_number(self.id))
        body = {"chat": message.chat, "user": self.id, "message_id": message.id}
        pressed = await self._chats.act("press", button=message.label(part), **body)
        timeout = self._chats.patience
        query = await self._chats.act("wait_for_answer", query=pressed["query"]["id"], timeout=timeout)
        return str(query["answers"][0]["text"])

    async def hear(self, *parts: str) -> BotMessage:
        """The bot's first message since this person's last act that holds all ``parts``."""
        return await self._chats.wait(self.name, self.id, self._seen, parts)

    async def see(self, message: BotMessage, *parts: str) -> BotMessage:
        """``message`` as soon as it is changed and holds all ``parts``."""
        return await self._chats.wait_for_edit(self.name, message, parts)


async def together(acts: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run acts of several people side by side; the first failure ends the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for act in acts:
                group.create_task(act)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
