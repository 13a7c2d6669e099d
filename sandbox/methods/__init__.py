"""The Bot API's methods: name → function, and the context of every call."""

from __future__ import annotations

from typing import Final

from sandbox.methods import (
    callbacks,
    chats,
    commands,
    editing,
    forum,
    places,
    sending,
    updates,
)
from sandbox.methods.context import CallContext, Handler

_TABLES: Final = (
    *(updates.TABLE, sending.TABLE, places.TABLE, editing.TABLE),
    *(callbacks.TABLE, chats.TABLE, forum.TABLE, commands.TABLE),
)
METHODS: Final[dict[str, Handler]] = {
    name.lower(): handler for table in _TABLES for name, handler in table.items()
}

__all__ = ["METHODS", "CallContext", "Handler"]
