"""Buttons of what people look up, and of reminders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, Arguments, Work
from services.access import Actor
from services.nags import reminder_views, reminders
from services.nags.reminders import ReminderTarget
from services.office import who_overview
from services.office.who_overview import OverviewGap
from services.people import unit_card
from services.tasks import word_search
from services.views import View, say


async def _find_page(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await word_search.find(work.turn(actor), arguments["words"], offset=arguments["offset"]))


async def _unit(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await unit_card.card(work.turn(actor), arguments["unit_id"])
    work.say(view)


async def _unit_tasks(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await unit_card.task_list(
        work.turn(actor),
        arguments["unit_id"],
        offset=arguments.get("offset", 0),
        assisting=arguments.get("assisting", False),
    )
    _turn(work, view, arguments)


def _turn(work: Work, view: View, arguments: Arguments) -> None:
    """Show a list: a turned page takes the place of the last one, an opened list is a message of its own."""
    if "offset" in arguments:
        work.replace(view)
    else:
        work.say(view)


async def _who(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await who_overview.front(work.turn(actor)))


async def _who_list(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await who_overview.page(
        work.turn(actor), OverviewGap(arguments["gap"]), offset=arguments.get("offset", 0)
    )
    work.replace(view)


async def _preview(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await reminder_views.preview(
        work.turn(actor), ReminderTarget.from_json(arguments), again=arguments.get("again", False)
    )
    if "again" in arguments:
        work.replace(view)
    else:
        work.say(view)


async def _send(work: Work, actor: Actor, arguments: Arguments) -> None:
    outcome, news = await reminders.send(work.turn(actor), arguments)
    if not news:
        work.flash(outcome, alert=True)
    work.replace(View([outcome]))


async def _leave(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(say("remind.left"))


ACTIONS: Final[Mapping[str, Action]] = {
    "find.page": _find_page,
    "unit.card": _unit,
    "unit.tasks": _unit_tasks,
    "who.front": _who,
    "who.list": _who_list,
    "remind.preview": _preview,
    "remind.send": _send,
    "remind.leave": _leave,
}
