"""Buttons about the ladder's policy, 迎检, and a person's own quiet hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from handlers.work import Action, Arguments, Work
from rules.nags.inspections import InspectionWords
from rules.nags.policy import ReleaseMode
from services.access import Actor
from services.nags import inspections, policies, quiet_hours


async def _show(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await policies.show_policy(work.turn(actor)))


async def _export(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await policies.export(work.session, actor))


async def _release(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await policies.set_release(work.turn(actor), ReleaseMode(arguments["release"]), arguments["seen"])
    work.replace(view)


async def _ask_reset(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(policies.ask_reset(actor, arguments["seen"]))


async def _reset(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await policies.reset(work.turn(actor), arguments["seen"])
    work.replace(view)


async def _announce(work: Work, actor: Actor, arguments: Arguments) -> None:
    first, last = (date.fromisoformat(arguments[name]) for name in ("first", "last"))
    said = InspectionWords(first, last, arguments["name"])
    work.replace(await inspections.confirm(work.turn(actor), said))


async def _call_off(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await inspections.cancel(work.turn(actor), arguments["id"]))


async def _usual_quiet(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await quiet_hours.clear(work.turn(actor)))


ACTIONS: Final[Mapping[str, Action]] = {
    "ladder.show": _show,
    "ladder.export": _export,
    "ladder.release": _release,
    "ladder.want_reset": _ask_reset,
    "ladder.reset": _reset,
    "inspection.confirm": _announce,
    "inspection.cancel": _call_off,
    "quiet.clear": _usual_quiet,
}
