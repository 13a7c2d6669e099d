"""Control actions that only read, or wait until there is something to see."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import Any, Final

from sandbox.errors import WorldError
from sandbox.faults import LoggedCall
from sandbox.model import Json, Message
from sandbox.people import describe_chat
from sandbox.transcript import write_transcript
from sandbox.views import callback_view, message_view
from sandbox.world import World


class WaitTimeoutError(WorldError):
    """A wait ran out. The answer is 408 with what was there instead."""

    def __init__(self, what: str, seen: list[Json]) -> None:
        super().__init__(what)
        self.seen = seen


async def _wait(
    world: World,
    check: Callable[[], Json | None],
    timeout: float,  # noqa: ASYNC109 - the caller's own word
    what: str,
    seen: Callable[[], list[Json]],
) -> Json:
    found = await world.signal.until(check, timeout)
    if found is None:
        raise WaitTimeoutError(f"{what}: nothing within {timeout} s", seen())
    return found


def clock(world: World, after: str | None = None, timeout: float = 0) -> Json | Awaitable[Json]:
    """{"now": ISO 8601 UTC, "simulated": bool}; with `after` it waits up to `timeout` s until now > after."""

    def face() -> Json:
        return {"now": world.clock.now().isoformat(), "simulated": world.clock.simulated}

    if after is None:
        return face()
    moment = datetime.fromisoformat(after)

    async def later() -> Json:
        await world.signal.until(lambda: True if world.clock.now() > moment else None, timeout)
        return face()

    return later()


def chats(world: World) -> list[Json]:
    """Every chat: id, type, title, topics (name → thread id), members (id → status), pinned, blocked."""
    return [describe_chat(world, chat) for chat in world.chats.values()]


def chat(world: World, chat: int) -> Json:
    """One chat, as in `chats`."""
    return describe_chat(world, world.chat(chat))


def users(world: World) -> list[Json]:
    """Every user: id, first_name, username, is_bot, deactivated."""
    return [
        {
            "id": u.id,
            "first_name": u.first_name,
            "username": u.username,
            "is_bot": u.is_bot,
            "deactivated": u.deactivated,
        }
        for u in world.users.values()
    ]


def messages(
    world: World, chat: int, after_message_id: int = 0, sender: str = "any", include_deleted: bool = False
) -> list[Json]:
    """Messages of a chat, oldest first; `sender`: any, bot or people."""
    found = [
        message
        for message in _newest_first(world, chat, after_message_id)
        if _from(world, message, sender) and (include_deleted or not message.deleted)
    ]
    return [message_view(world, message) for message in reversed(found)]


def _newest_first(world: World, chat: int, after_message_id: int) -> Iterator[Message]:
    for message in reversed(world.chat(chat).messages.values()):
        if message.message_id <= after_message_id:
            return
        yield message


def _from(world: World, message: Message, sender: str) -> bool:
    return sender == "any" or (message.sender_id == world.bot.id) == (sender == "bot")


def _has(message: Message, contains: str | list[str] | None) -> bool:
    wanted = [contains] if isinstance(contains, str) else contains or []
    return all(part in message.words for part in wanted)


async def wait_for(
    world: World,
    chat: int,
    after_message_id: int = 0,
    contains: str | list[str] | None = None,
    kind: str | None = None,
    sender: str = "bot",
    timeout: float = 5.0,  # noqa: ASYNC109 - the caller's own word
) -> Json:
    """The first message above `after_message_id` that fits, as it is now; waits up to `timeout` s for it.

    Without `kind` every message fits but service messages.
    """

    def check() -> Json | None:
        fitting = [
            message
            for message in _newest_first(world, chat, after_message_id)
            if not message.deleted
            and _from(world, message, sender)
            and (message.kind == kind if kind else message.kind != "service")
            and _has(message, contains)
        ]
        return message_view(world, fitting[-1]) if fitting else None

    what = f"a message in chat {chat} after {after_message_id} with {contains!r}, kind {kind}"
    return await _wait(world, check, timeout, what, lambda: messages(world, chat, after_message_id)[-10:])


async def wait_for_edit(
    world: World,
    chat: int,
    message_id: int,
    after_revision: int = 0,
    contains: str | list[str] | None = None,
    timeout: float = 5.0,  # noqa: ASYNC109 - the caller's own word
) -> Json:
    """The message, once it has changed after `after_revision` and holds `contains`; waits for that."""
    message = world.message(chat, message_id)

    def check() -> Json | None:
        fits = message.edit_date is not None and message.revision > after_revision and _has(message, contains)
        return message_view(world, message) if fits else None

    what = f"an edit of message {message_id} in chat {chat} with {contains!r}"
    return await _wait(world, check, timeout, what, lambda: [message_view(world, message)])


def callback_answers(world: World, user: int | None = None) -> list[Json]:
    """Pressed buttons with the bot's answers, the oldest first."""
    return [callback_view(query) for query in world.callbacks.values() if user in (None, query.user_id)]


async def wait_for_answer(world: World, query: str, timeout: float = 5.0) -> Json:  # noqa: ASYNC109 - the caller's own word
    """The pressed button, once the bot has answered it."""
    if query not in world.callbacks:
        raise WorldError(f"no callback query {query}")
    found = world.callbacks[query]

    def check() -> Json | None:
        return callback_view(found) if found.answers else None

    return await _wait(world, check, timeout, f"an answer to query {query}", lambda: [callback_view(found)])


def calls(world: World, method: str = "*", after: int = 0, chat: int | None = None) -> list[Json]:
    """Calls of the Bot API with a number above `after`; `method` may hold wildcards."""
    return [call.to_json() for call in world.calls.find(method, after=after, chat=chat)]


async def wait_for_call(
    world: World,
    method: str,
    after: int = 0,
    chat: int | None = None,
    answered: bool = True,
    count: int = 1,
    timeout: float = 5.0,  # noqa: ASYNC109 - the caller's own word
) -> Json:
    """The `count`-th call above number `after` that is answered or, with `answered` false, that arrives."""

    position = after
    open_calls: list[LoggedCall] = []
    done: list[LoggedCall] = []

    def check() -> Json | None:
        nonlocal position
        open_calls.extend(world.calls.find(method, after=position, chat=chat))
        position = world.calls.last
        for call in list(open_calls):
            if call.status is not None or not answered:
                open_calls.remove(call)
                done.append(call)
        return done[count - 1].to_json() if len(done) >= count else None

    def last() -> list[Json]:
        return calls(world, after=max(after, world.calls.last - 10))

    return await _wait(world, check, timeout, f"call {count} of {method}", last)


def pending(world: World) -> Json:
    """{"count": number of updates that are not acknowledged}."""
    return {"count": len(world.updates)}


async def wait_until_polled(world: World, timeout: float = 5.0) -> Json:  # noqa: ASYNC109 - the caller's own word
    """Wait until the bot has acknowledged every update."""
    return await _wait(
        world,
        lambda: None if len(world.updates) else pending(world),
        timeout,
        f"{len(world.updates)} updates to be acknowledged",
        lambda: [pending(world)],
    )


def file(world: World, file_id: str) -> Json:
    """A stored file: {"kind", "path", "size", "data" in base64}."""
    stored = world.files.get(file_id)
    if stored is None:
        raise WorldError(f"no file {file_id}")
    data = base64.b64encode(stored.data).decode()
    return {"kind": stored.kind, "path": stored.path, "size": stored.size, "data": data}


def limits(world: World) -> Json:
    """Settings and counts of the sending limits."""
    return world.limits.report()


def transcript(
    world: World, zone: str = "Asia/Shanghai", language: str = "zh", chats: list[int] | None = None
) -> Json:
    """{"markdown": every chat for people to read}; times in the IANA `zone`, labels in zh or en."""
    return {"markdown": write_transcript(world, zone=zone, language=language, chats=chats)}


def bot(world: World) -> Json:
    """The bot's identity, its commands by scope and language, and its menu button."""
    commands = [{"scope": s, "language_code": lang, "commands": c} for (s, lang), c in world.commands.items()]
    return {
        "id": world.bot.id,
        "username": world.bot.username,
        "token": world.token,
        "commands": commands,
        "menu_button": world.menu_button,
        "webhook": world.updates.webhook,
    }


TABLE: Final[dict[str, Callable[..., Any]]] = {
    action.__name__: action
    for action in (
        clock,
        chats,
        chat,
        users,
        messages,
        wait_for,
        wait_for_edit,
        callback_answers,
        wait_for_answer,
        calls,
        wait_for_call,
        pending,
        wait_until_polled,
        file,
        limits,
        transcript,
        bot,
    )
}
