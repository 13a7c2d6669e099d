"""Commands of the office for the ladder's policy and 迎检, and of everybody for their own quiet hours."""

from __future__ import annotations

from telegram import Update

from handlers.work import Context, current
from services.nags import inspections, policies, quiet_hours


async def ladder(update: Update, context: Context) -> None:
    work = current.get()
    work.say(await policies.show_policy(work.turn(work.require_actor())))


async def inspection(update: Update, context: Context) -> None:
    """``/inspection``, alone or with the days and the name of an inspection to announce."""
    work = current.get()
    actor, words = work.require_actor(), " ".join(context.args or [])
    if words:
        work.say(await inspections.preview(work.turn(actor), words))
    else:
        work.say(await inspections.list_inspections(work.turn(actor)))


async def own_quiet(update: Update, context: Context) -> None:
    """``/quiet``, alone or with the sender's own hours."""
    work = current.get()
    actor, words = work.require_actor(), " ".join(context.args or [])
    if words:
        work.say(await quiet_hours.set_own(work.turn(actor), words))
    else:
        work.say(quiet_hours.show_quiet_hours(actor, campaign=work.campaign))
