"""Pressed buttons: the opaque key is resolved, then one action runs."""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers.actions import ACTIONS
from handlers.work import current
from services import buttons


async def pressed(update: Update, context: Any) -> None:
    work = current.get()
    query = update.callback_query
    actor = work.require_actor()
    button = await buttons.resolve(work.session, query.data if query else None, actor)
    await ACTIONS[button.action](work, actor, button.arguments)
