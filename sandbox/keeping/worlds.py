"""A world as JSON: its own record, its chats and its files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any, Final

from sandbox.changes import Changes
from sandbox.clock import SandboxClock
from sandbox.keeping.records import query_record, read_chat, read_query, record
from sandbox.methods.callbacks import MAX_AGE
from sandbox.model import GROUP_ANONYMOUS_BOT_ID, Json, MediaFile, User
from sandbox.world import World

FORMAT: Final = "sandbox world"
VERSION: Final = 1


def world_record(world: World) -> Json:
    """All of the world but its chats and files."""
    queue, now = world.updates, world.clock.now()
    open_queries = [query for query in world.callbacks.values() if now - query.asked_at <= MAX_AGE]
    return {
        "format": FORMAT,
        "version": VERSION,
        "token": world.token,
        "clock": now.isoformat() if world.clock.simulated else None,
        "remember": world.remember,
        "max_upload": world.max_upload,
        "date_ahead": world.date_ahead,
        "last_number": world.last_number,
        "last_revision": world.last_revision,
        "changes": [world.changes.revision, world.changes.in_order()],
        "users": [record(user) for user in world.users.values()],
        "commands": [[scope, language, kept] for (scope, language), kept in world.commands.items()],
        "menu_button": world.menu_button,
        "limits": asdict(world.limits.settings),
        "callbacks": [query_record(query) for query in open_queries],
        "updates": {
            "next_id": queue.next_id,
            "allowed": None if queue.allowed is None else sorted(queue.allowed),
            "webhook": queue.webhook,
            "pending": queue.pending(),
        },
        "file_count": world.files.count,
    }


def file_part(files: Sequence[MediaFile], media: Sequence[tuple[list[str], Any]]) -> Json:
    """Some files, with what messages show for them; a group of ids belongs to the part of its first one."""
    ids = {stored.file_id for stored in files}
    return {
        "files": [_file_record(stored) for stored in files],
        "media": [[group, value] for group, value in media if group[0] in ids],
    }


def _file_record(stored: MediaFile) -> Json:
    names = ("file_id", "file_unique_id", "kind", "path", "size")
    return {name: getattr(stored, name) for name in names} | {"digest": stored.digest()}


def read_world(
    data: Json,
    chats: list[Json],
    parts: list[Json],
    bytes_of: Callable[[str], bytes],
    monotonic: Callable[[], float] = time.monotonic,
) -> World:
    """The world of these records; `parts` are of `file_part`, `bytes_of` gives bytes by their digest."""
    world = _new_world(data, monotonic)
    world.max_upload, world.date_ahead = data["max_upload"], data["date_ahead"]
    world.last_number, world.last_revision = data["last_number"], data["last_revision"]
    world.commands = {(scope, language): kept for scope, language, kept in data["commands"]}
    world.menu_button = data["menu_button"]
    world.limits.settings.change(data["limits"])
    world.callbacks = {query.id: query for query in map(read_query, data["callbacks"])}
    world.chats = {chat.id: chat for chat in map(read_chat, chats)}
    revision, last = data["changes"]
    world.changes = Changes(revision, [(chat_id, changed) for chat_id, changed in last])
    _read_updates(world, data["updates"])
    once = cache(bytes_of)  # all sizes of a photo have the same bytes
    stored = [_read_file(one, once) for part in parts for one in part["files"]]
    media = [(ids, value) for part in parts for ids, value in part["media"]]
    world.files.restore(stored, media, data["file_count"])
    return world


def _new_world(data: Json, monotonic: Callable[[], float]) -> World:
    """A world with this bot and these people, and nothing else yet."""
    users = [User(**one) for one in data["users"]]
    bot = next(user for user in users if user.is_bot and user.id != GROUP_ANONYMOUS_BOT_ID)
    clock = SandboxClock(datetime.fromisoformat(data["clock"]) if data["clock"] else None)
    world = World(
        token=data["token"],
        bot_username=str(bot.username),
        bot_name=bot.first_name,
        clock=clock,
        monotonic=monotonic,
        remember=data["remember"],
    )
    world.users = {user.id: user for user in users}
    world.bot = world.users[world.bot.id]
    return world


def _read_updates(world: World, data: Json) -> None:
    for update in data["pending"]:
        world.updates.add_raw(update)
    world.updates.next_id, world.updates.webhook = data["next_id"], data["webhook"]
    world.updates.allowed = None if data["allowed"] is None else frozenset(data["allowed"])


def _read_file(data: Json, bytes_of: Callable[[str], bytes]) -> MediaFile:
    fields: dict[str, Any] = dict(data)
    return MediaFile(data=bytes_of(fields.pop("digest")), **fields)
