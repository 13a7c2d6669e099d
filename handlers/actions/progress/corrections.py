"""Buttons under a person's own filed reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, Arguments, Work
from services.access import Actor
from services.progress import corrections, my_reports


async def _withdraw(work: Work, actor: Actor, arguments: Arguments) -> None:
    report_id, revision = arguments["report_id"], arguments["revision"]
    work.replace(await corrections.withdraw(work.turn(actor), report_id, revision))


async def _begin(work: Work, actor: Actor, arguments: Arguments) -> None:
    # The next words are the correction, not the answer to an earlier question.
    await work.end_question()
    report_id, revision = arguments["report_id"], arguments["revision"]
    work.replace(await corrections.begin(work.turn(actor), report_id, revision))


async def _keep(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(corrections.unchanged_view())


async def _open(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await my_reports.open_one(work.turn(actor), arguments["report_id"]))


ACTIONS: Final[Mapping[str, Action]] = {
    "correction.withdraw": _withdraw,
    "correction.begin": _begin,
    "correction.keep": _keep,
    "mine.open": _open,
}
