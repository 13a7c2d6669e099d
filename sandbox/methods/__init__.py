"""The Bot API's methods: name → function, and the context of every call."""

from __future__ import annotations

from typing import Final

from sandbox.methods import callbacks, chats, commands, editing, sending, updates
from sandbox.methods.context import CallContext, Handler

METHODS: Final[dict[str, Handler]] = {
    name.lower(): handler
    for table in (updates.TABLE, sending.TABLE, editing.TABLE, chats.TABLE, callbacks.TABLE, commands.TABLE)
    for name, handler in table.items()
}

__all__ = ["METHODS", "CallContext", "Handler"]
