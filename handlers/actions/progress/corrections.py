"""Buttons under a person's own filed reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, ending_question, replaces, says
from handlers.work import Work
from services.access import Actor
from services.progress import corrections, my_reports


async def _keep(work: Work, actor: Actor) -> None:
    work.replace(corrections.unchanged_view())


ACTIONS: Final[Mapping[str, Binding]] = {
    "correction.withdraw": replaces(corrections.withdraw),
    # The next words are the correction, not the answer to an earlier question.
    **ending_question({"correction.begin": replaces(corrections.begin)}),
    "correction.keep": acts(_keep),
    "mine.open": says(my_reports.open_one),
}
