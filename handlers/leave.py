"""``/leave``: being away, with somebody who stands in."""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers.work import current
from services import leave_dialogue


async def begin(update: Update, context: Any) -> None:
    """``/leave 12月1日-12月5日 由李四代``, or alone."""
    work = current.get()
    actor, words = work.require_actor(), " ".join(context.args or [])
    work.say(await leave_dialogue.begin(work.session, actor, words, now=work.now, campaign=work.campaign))
