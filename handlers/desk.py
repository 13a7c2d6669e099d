"""``/todo``: what waits for whoever asks."""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers.work import current
from services.cases import desk


async def todo(update: Update, context: Any) -> None:
    work = current.get()
    work.say(await desk.front(work.session, work.require_actor(), now=work.now))
