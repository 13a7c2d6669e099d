"""Pressed buttons: the opaque key is resolved, then one action runs.

A stranger has few buttons, and those only for their own account.
"""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers.actions import ACTIONS, STRANGERS
from handlers.work import current
from services import buttons


async def pressed(update: Update, context: Any) -> None:
    work = current.get()
    query = update.callback_query
    data = query.data if query else None
    if work.actor is None:
        button = await buttons.resolve_for_stranger(work.session, data, work.user_id)
        await STRANGERS[button.action](work, button.arguments)
        return
    button = await buttons.resolve(work.session, data, work.actor)
    await ACTIONS[button.action](work, work.actor, button.arguments)
