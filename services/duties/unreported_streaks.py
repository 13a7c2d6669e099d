"""Since when nobody has reported on a task that is due every day or every shift.

Each window ends when the next one opens, and its nags end with it. The levels above the responsible person
hear of the whole row of missed windows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from models import audit_log, progress
from models.db import ident
from models.tasks import Task
from rules.duties.frequencies import Frequency
from rules.duties.report_windows import Rhythm, Window
from rules.nags.ladder import Obligation
from rules.nags.policy import DutyKind
from rules.tasks.task_lifecycle import NAGGED_STATES
from services.duties import report_windows
from services.turn import TickTurn

LOOKED_BACK: Final = timedelta(days=60)
"""A last report before that makes no difference: the levels that hear only once heard long ago."""
_SHORT: Final = frozenset({Frequency.DAILY, Frequency.SHIFT})


async def obligations(turn: TickTurn, found: Iterable[Task]) -> dict[int, Obligation]:
    """What is owed on each task that is due every day or shift since its last report, by task id.

    It is owed once the first window since then has closed. Nothing is owed for the time in which the task
    waited for the office's check, was done, or had another frequency.
    """
    mine = [task for task in found if task.frequency in _SHORT and task.state in NAGGED_STATES]
    if not mine:
        return {}
    ids = [ident(task) for task in mine]
    reported = await progress.last_arrivals(turn.session, ids, turn.now - LOOKED_BACK)
    first: dict[tuple[Frequency | None, datetime], Window] = {}
    again = await audit_log.taken_up_again(turn.session, ids)
    owed = {}
    for task in mine:
        task_id = ident(task)
        moments = (reported.get(task_id), again.get(task_id))
        since = max([task.assigned_at, *(at for at in moments if at is not None)])
        key = task.frequency, since
        if key not in first and task.frequency is not None:
            first[key] = _first(report_windows.rhythm(task.frequency, turn.campaign), since)
        owed[task_id] = _obligation(first[key])
    return owed


def _first(rhythm: Rhythm, since: datetime) -> Window:
    """The first window that opens after that moment."""
    opens = rhythm.next_open(since)
    return next(window for window in rhythm.current(opens) if window.opens == opens)


def _obligation(window: Window) -> Obligation:
    return Obligation(
        DutyKind.REPORT,
        cycle=f"{window.key}~",
        opens=window.closes,
        limit=window.closes,
        day=window.day,
        above=True,
    )
