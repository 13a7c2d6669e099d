"""Buttons and written answers of taking leave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from handlers.binding import Binding, acts, replaces
from handlers.work import Work
from services.access import Actor
from services.people import leave, leave_dialogue
from services.views import say


async def _person(work: Work, actor: Actor, *, contact_id: int) -> None:
    turn = work.turn(actor)
    work.say(await leave.of_person(turn, contact_id, today=turn.today))


async def _deputy(
    work: Work, actor: Actor, *, contact_id: int, deputy_id: int, first: date, last: date
) -> None:
    turn = work.turn(actor)
    work.replace(await leave_dialogue.preview(turn, contact_id, deputy_id, first, last, today=turn.today))


async def _other(work: Work, actor: Actor, *, contact_id: int, first: date, last: date) -> None:
    work.replace(await leave_dialogue.other_deputy(work.turn(actor), contact_id, (first, last)))


async def _drop(work: Work, actor: Actor) -> None:
    await work.end_question()
    work.replace(say("leave.dropped"))


async def _deputy_named(work: Work, text: str, *, contact_id: int, first: date, last: date) -> None:
    turn = work.turn(work.require_actor())
    days = (first, last)
    work.say(await leave_dialogue.deputy_named(turn, contact_id, days, text, today=turn.today))


async def _days_named(work: Work, text: str, *, contact_id: int) -> None:
    turn = work.turn(work.require_actor())
    work.say(await leave_dialogue.days_named(turn, contact_id, text, today=turn.today))


ACTIONS: Final[Mapping[str, Binding]] = {
    "leave.person": acts(_person),
    "leave.deputy": acts(_deputy),
    "leave.other": acts(_other),
    "leave.confirm": replaces(leave.confirm),
    "leave.end": replaces(leave.end),
    "leave.drop": acts(_drop),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "away.deputy": acts(_deputy_named),
    "away.days": acts(_days_named),
}
