"""``/nags``: what will go out in the days ahead, for the office."""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers.work import current
from services.nags import forecast_view


async def ahead(update: Update, context: Any) -> None:
    work = current.get()
    actor = work.require_actor()
    work.say(await forecast_view.front(work.session, actor, now=work.now, campaign=work.campaign))
