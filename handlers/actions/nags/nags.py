"""Buttons of the nags: turning pages, putting off, and the office's releases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, Arguments, Work
from services.access import Actor
from services.nags import nag_delivery, nag_forecast_view, nag_records, nag_releases, snoozing
from services.views import View


async def _page(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await nag_delivery.turn(work.turn(actor), arguments["outbox_id"], offset=arguments["offset"])
    work.replace(view)


async def _choose(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await snoozing.choose(work.turn(actor), arguments))


async def _snooze(work: Work, actor: Actor, arguments: Arguments) -> None:
    said = await snoozing.snooze(work.turn(actor), arguments)
    work.replace(View([said]))


async def _releases(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await nag_releases.view(work.turn(actor)))


async def _decide(work: Work, actor: Actor, arguments: Arguments, *, send: bool) -> None:
    said = await nag_releases.decide(work.turn(actor), arguments, send=send)
    work.flash(said)
    work.replace(await nag_releases.view(work.turn(actor)))


async def _release(work: Work, actor: Actor, arguments: Arguments) -> None:
    await _decide(work, actor, arguments, send=True)


async def _drop(work: Work, actor: Actor, arguments: Arguments) -> None:
    await _decide(work, actor, arguments, send=False)


async def _front(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Show the forecast: a message of its own below a digest, or in place of one of its days (``back``)."""
    view = await nag_forecast_view.front(work.turn(actor))
    if arguments.get("back"):
        work.replace(view)
    else:
        work.say(view)


async def _day(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await nag_forecast_view.day_page(work.turn(actor), arguments))


async def _letter(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await nag_forecast_view.letter_page(work.turn(actor), arguments))


async def _of_task(work: Work, actor: Actor, arguments: Arguments) -> None:
    offset = arguments.get("offset")
    view = await nag_records.of_task(work.turn(actor), arguments["task_id"], offset=offset or 0)
    _show(work, view, turned=offset is not None)


async def _of_case(work: Work, actor: Actor, arguments: Arguments) -> None:
    offset = arguments.get("offset")
    view = await nag_records.of_case(work.turn(actor), arguments["case_id"], offset=offset or 0)
    _show(work, view, turned=offset is not None)


def _show(work: Work, view: View, *, turned: bool) -> None:
    """Show a list: a turned page takes the place of the last one; opened from a card, it leaves the card."""
    if turned:
        work.replace(view)
    else:
        work.say(view)


ACTIONS: Final[Mapping[str, Action]] = {
    "nag.page": _page,
    "nags.front": _front,
    "nags.day": _day,
    "nags.letter": _letter,
    "task.nags": _of_task,
    "case.nags": _of_case,
    "snooze.choose": _choose,
    "snooze.until": _snooze,
    "release.list": _releases,
    "release.send": _release,
    "release.drop": _drop,
}
