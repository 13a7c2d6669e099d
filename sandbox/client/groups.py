"""The client's calls that create people and groups and change who is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sandbox.client.connection import Connection
from sandbox.shapes import ChatRecord, Json, UserRecord


class GroupsClient(Connection):
    """People, groups, topics, memberships, blocks."""

    async def create_user(
        self,
        first_name: str,
        *,
        id: int | None = None,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
    ) -> UserRecord:
        """Create a person who has not started the bot yet."""
        answer = await self.act(
            "create_user",
            first_name=first_name,
            id=id,
            last_name=last_name,
            username=username,
            language_code=language_code,
        )
        return UserRecord(**answer)

    async def create_group(
        self,
        title: str,
        *,
        members: Sequence[int] = (),
        admins: Sequence[int] = (),
        topics: Sequence[str] = (),
        kind: Literal["supergroup", "group", "channel"] = "supergroup",
        bot: Literal["member", "administrator", "none"] = "member",
    ) -> ChatRecord:
        """Create a group; its creator is the first member. With `topics` it is a forum. `bot`: its status."""
        body: Json = {"members": list(members), "admins": list(admins), "topics": list(topics), "kind": kind}
        return ChatRecord.read(await self.act("create_group", title=title, bot=bot, **body))

    async def create_topic(self, chat: int, user: int, name: str) -> int:
        """Open a topic and return its thread id."""
        return int((await self.act("create_topic", chat=chat, user=user, name=name))["thread_id"])

    async def close_topic(self, chat: int, user: int, thread: int) -> None:
        """Close a topic (1: the general one), so that only those who manage topics may write there."""
        await self.act("close_topic", chat=chat, user=user, thread=thread)

    async def reopen_topic(self, chat: int, user: int, thread: int) -> None:
        await self.act("reopen_topic", chat=chat, user=user, thread=thread)

    async def edit_topic(self, chat: int, user: int, thread: int, name: str) -> None:
        await self.act("edit_topic", chat=chat, user=user, thread=thread, name=name)

    async def delete_topic(self, chat: int, thread: int) -> None:
        """Delete a topic. From now on messages to it get "message thread not found"."""
        await self.act("delete_topic", chat=chat, thread=thread)

    async def set_member(
        self,
        chat: int,
        user: int,
        status: str = "member",
        *,
        by: int | None = None,
        without: Sequence[str] = (),
    ) -> ChatRecord:
        """Add, promote (administrator, maybe `without` some rights), restrict or remove (left, kicked)."""
        body = {"status": status, "by": by, "without": list(without)}
        return ChatRecord.read(await self.act("set_member", chat=chat, user=user, **body))

    async def add_bot(
        self,
        chat: int,
        by: int,
        status: Literal["member", "administrator", "restricted"] = "member",
        *,
        without: Sequence[str] = (),
    ) -> ChatRecord:
        """Add the bot, restrict it, or make it an administrator, maybe `without` some rights."""
        return ChatRecord.read(
            await self.act("add_bot", chat=chat, by=by, status=status, without=list(without))
        )

    async def remove_bot(self, chat: int, by: int) -> ChatRecord:
        return ChatRecord.read(await self.act("remove_bot", chat=chat, by=by))

    async def set_anonymous(self, chat: int, user: int, anonymous: bool = True) -> None:
        await self.act("set_anonymous", chat=chat, user=user, anonymous=anonymous)

    async def block(self, user: int) -> None:
        await self.act("block", user=user)

    async def unblock(self, user: int) -> None:
        await self.act("unblock", user=user)

    async def deactivate(self, user: int) -> None:
        """Delete the person's account for good."""
        await self.act("deactivate", user=user)

    async def migrate(self, chat: int, by: int) -> ChatRecord:
        """Upgrade a group and return the supergroup with its new id."""
        return ChatRecord.read(await self.act("migrate", chat=chat, by=by))

    async def chat(self, chat: int) -> ChatRecord:
        return ChatRecord.read(await self.act("chat", chat=chat))

    async def chats(self) -> list[ChatRecord]:
        return [ChatRecord.read(one) for one in await self.act("chats")]
