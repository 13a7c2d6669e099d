"""The client's calls that act as people in chats."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Literal

from sandbox.client.connection import Connection
from sandbox.shapes import Json, MessageRecord, PressRecord, QueryRecord


class SpeakingClient(Connection):
    """Write, send files, edit, delete, react, press."""

    async def start(self, user: int, payload: str | None = None) -> MessageRecord:
        """Follow a deep link: the user sends ``/start PAYLOAD``."""
        return MessageRecord.read(await self.act("start", user=user, payload=payload))

    async def send_text(
        self,
        chat: int,
        user: int,
        text: str,
        *,
        reply_to: int | None = None,
        thread: int | None = None,
        anonymous: bool | None = None,
    ) -> MessageRecord:
        where = {"reply_to": reply_to, "thread": thread, "anonymous": anonymous}
        return MessageRecord.read(await self.act("send_text", chat=chat, user=user, text=text, **where))

    async def send_photo(
        self,
        chat: int,
        user: int,
        data: bytes | None = None,
        *,
        caption: str | None = None,
        size: int | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
    ) -> MessageRecord:
        """Send a photo of `data`, or a generated one; `size` may claim more bytes than there are."""
        where = {"reply_to": reply_to, "thread": thread}
        more = {"data": _encode(data), "caption": caption, "size": size}
        return MessageRecord.read(await self.act("send_photo", chat=chat, user=user, **more, **where))

    async def send_document(
        self,
        chat: int,
        user: int,
        data: bytes | None = None,
        *,
        name: str = "文件.txt",
        mime: str | None = None,
        caption: str | None = None,
        size: int | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
    ) -> MessageRecord:
        where = {"reply_to": reply_to, "thread": thread}
        more = {"data": _encode(data), "name": name, "mime": mime, "caption": caption, "size": size}
        return MessageRecord.read(await self.act("send_document", chat=chat, user=user, **more, **where))

    async def send_media_group(
        self,
        chat: int,
        user: int,
        *,
        count: int = 2,
        data: Sequence[bytes] | None = None,
        kind: Literal["photo", "document"] = "photo",
        caption: str | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
    ) -> list[MessageRecord]:
        where = {"reply_to": reply_to, "thread": thread}
        more: Json = {"count": count, "caption": caption, "kind": kind}
        more["data"] = [_encode(one) for one in data] if data else None
        sent = await self.act("send_media_group", chat=chat, user=user, **more, **where)
        return [MessageRecord.read(one) for one in sent]

    async def send_location(
        self,
        chat: int,
        user: int,
        latitude: float,
        longitude: float,
        *,
        reply_to: int | None = None,
        thread: int | None = None,
    ) -> MessageRecord:
        where = {"reply_to": reply_to, "thread": thread}
        place = {"latitude": latitude, "longitude": longitude}
        return MessageRecord.read(await self.act("send_location", chat=chat, user=user, **place, **where))

    async def send_other(
        self,
        chat: int,
        user: int,
        kind: str,
        fields: Json | None = None,
        *,
        caption: str | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
    ) -> MessageRecord:
        """Send a video, voice, audio, animation, video_note, sticker, contact, poll, venue or dice."""
        where = {"reply_to": reply_to, "thread": thread}
        body = {"kind": kind, "fields": fields, "caption": caption}
        return MessageRecord.read(await self.act("send_other", chat=chat, user=user, **body, **where))

    async def forward(self, chat: int, user: int, from_chat: int, message_id: int) -> MessageRecord:
        body = {"chat": chat, "user": user, "from_chat": from_chat, "message_id": message_id}
        return MessageRecord.read(await self.act("forward", **body))

    async def edit_text(self, chat: int, user: int, message_id: int, text: str) -> MessageRecord:
        """Edit a person's own message. The bot gets ``edited_message``."""
        answer = await self.act("edit_text", chat=chat, user=user, message_id=message_id, text=text)
        return MessageRecord.read(answer)

    async def delete_message(self, chat: int, user: int, message_id: int) -> None:
        await self.act("delete_message", chat=chat, user=user, message_id=message_id)

    async def react(self, chat: int, user: int, message_id: int, emoji: str | None) -> None:
        await self.act("react", chat=chat, user=user, message_id=message_id, emoji=emoji)

    async def press(
        self, chat: int, user: int, message_id: int, button: str | int, *, force: bool = False
    ) -> PressRecord:
        """Press a button by label, callback data or place. `force`: a former button, or forged data."""
        body = {"chat": chat, "user": user, "message_id": message_id, "button": button, "force": force}
        answer = await self.act("press", **body)
        return PressRecord(answer["button"], QueryRecord.read(answer["query"]) if answer["query"] else None)


def _encode(data: bytes | None) -> str | None:
    return base64.b64encode(data).decode() if data is not None else None
