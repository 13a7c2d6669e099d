"""Buttons of what people look up, and of reminders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, opens, replaces, says, shows
from handlers.work import Work
from services.access import Actor
from services.nags import reminder_views, reminders
from services.nags.reminders import ReminderTarget
from services.office import who_overview
from services.people import unit_card
from services.tasks import word_search
from services.views import say


async def _preview(work: Work, actor: Actor, *, target: ReminderTarget, again: bool | None = None) -> None:
    view = await reminder_views.preview(work.turn(actor), target, again=bool(again))
    if again is not None:
        work.replace(view)
    else:
        work.say(view)


async def _leave(work: Work, actor: Actor) -> None:
    work.replace(say("remind.left"))


ACTIONS: Final[Mapping[str, Binding]] = {
    "find.page": replaces(word_search.find),
    "unit.card": says(unit_card.card),
    "unit.tasks": opens(unit_card.task_list),
    "who.front": replaces(who_overview.front),
    "who.list": replaces(who_overview.page),
    "remind.preview": acts(_preview),
    "remind.send": shows(reminders.send),
    "remind.leave": acts(_leave),
}
