"""Buttons under a person's own filed reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, replaces, says
from handlers.work import Work
from services.access import Actor
from services.progress import corrections, my_reports


async def _begin(work: Work, actor: Actor, *, report_id: int, revision: int) -> None:
    # The next words are the correction, not the answer to an earlier question.
    await work.end_question()
    work.replace(await corrections.begin(work.turn(actor), report_id, revision))


async def _keep(work: Work, actor: Actor) -> None:
    work.replace(corrections.unchanged_view())


ACTIONS: Final[Mapping[str, Binding]] = {
    "correction.withdraw": replaces(corrections.withdraw),
    "correction.begin": acts(_begin),
    "correction.keep": acts(_keep),
    "mine.open": says(my_reports.open_one),
}
