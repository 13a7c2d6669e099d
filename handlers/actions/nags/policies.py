"""Buttons about the ladder's policy, 迎检, and a person's own quiet hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from handlers.binding import Binding, acts, replaces
from handlers.work import Work
from rules.nags.inspections import InspectionWords
from services.access import Actor
from services.nags import inspections, policies, quiet_hours


async def _export(work: Work, actor: Actor) -> None:
    work.say(await policies.export(work.session, actor))


async def _ask_reset(work: Work, actor: Actor, *, seen: int) -> None:
    work.replace(policies.ask_reset(actor, seen))


async def _announce(work: Work, actor: Actor, *, first: date, last: date, name: str) -> None:
    work.replace(await inspections.confirm(work.turn(actor), InspectionWords(first, last, name)))


async def _call_off(work: Work, actor: Actor, *, id: int) -> None:
    work.replace(await inspections.cancel(work.turn(actor), id))


ACTIONS: Final[Mapping[str, Binding]] = {
    "ladder.show": replaces(policies.show_policy),
    "ladder.export": acts(_export),
    "ladder.release": replaces(policies.set_release),
    "ladder.want_reset": acts(_ask_reset),
    "ladder.reset": replaces(policies.reset),
    "inspection.confirm": acts(_announce),
    "inspection.cancel": acts(_call_off),
    "quiet.clear": replaces(quiet_hours.clear),
}
