"""Buttons and written answers of taking leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, answers, replaces, says
from handlers.work import Work
from services.access import Actor
from services.people import leave, leave_dialogue
from services.views import say


async def _drop(work: Work, actor: Actor) -> None:
    await work.end_question()
    work.replace(say("leave.dropped"))


ACTIONS: Final[Mapping[str, Binding]] = {
    "leave.person": says(leave.of_person),
    "leave.deputy": replaces(leave_dialogue.preview),
    "leave.other": replaces(leave_dialogue.other_deputy),
    "leave.confirm": replaces(leave.confirm),
    "leave.end": replaces(leave.end),
    "leave.drop": acts(_drop),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "away.deputy": answers(leave_dialogue.deputy_named),
    "away.days": answers(leave_dialogue.days_named),
}
