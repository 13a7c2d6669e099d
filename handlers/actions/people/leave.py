"""Buttons and written answers of taking leave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from handlers.work import Action, AnswerAction, Arguments, Work
from services.access import Actor
from services.people import leave, leave_dialogue
from services.views import say


def _days(arguments: Arguments) -> tuple[date, date]:
    return date.fromisoformat(arguments["first"]), date.fromisoformat(arguments["last"])


async def _person(work: Work, actor: Actor, arguments: Arguments) -> None:
    today = work.campaign.today(work.now)
    work.say(await leave.of_person(work.turn(actor), arguments["contact_id"], today=today))


async def _deputy(work: Work, actor: Actor, arguments: Arguments) -> None:
    who = (arguments["contact_id"], arguments["deputy_id"])
    today = work.campaign.today(work.now)
    work.replace(await leave_dialogue.preview(work.turn(actor), *who, *_days(arguments), today=today))


async def _other(work: Work, actor: Actor, arguments: Arguments) -> None:
    who = arguments["contact_id"]
    work.replace(await leave_dialogue.other_deputy(work.turn(actor), who, _days(arguments)))


async def _confirm(work: Work, actor: Actor, arguments: Arguments) -> None:
    who = (arguments["contact_id"], arguments["deputy_id"])
    work.replace(await leave.confirm(work.turn(actor), *who, *_days(arguments)))


async def _end(work: Work, actor: Actor, arguments: Arguments) -> None:
    absence_id = arguments["absence_id"]
    work.replace(await leave.end(work.turn(actor), absence_id))


async def _drop(work: Work, actor: Actor, arguments: Arguments) -> None:
    await work.end_question()
    work.replace(say("leave.dropped"))


async def _deputy_named(work: Work, text: str, arguments: Arguments) -> None:
    actor, today = work.require_actor(), work.campaign.today(work.now)
    who, days = arguments["contact_id"], _days(arguments)
    work.say(await leave_dialogue.deputy_named(work.turn(actor), who, days, text, today=today))


async def _days_named(work: Work, text: str, arguments: Arguments) -> None:
    actor, today = work.require_actor(), work.campaign.today(work.now)
    who = arguments["contact_id"]
    work.say(await leave_dialogue.days_named(work.turn(actor), who, text, today=today))


ACTIONS: Final[Mapping[str, Action]] = {
    "leave.person": _person,
    "leave.deputy": _deputy,
    "leave.other": _other,
    "leave.confirm": _confirm,
    "leave.end": _end,
    "leave.drop": _drop,
}
ANSWERS: Final[Mapping[str, AnswerAction]] = {
    "away.deputy": _deputy_named,
    "away.days": _days_named,
}
