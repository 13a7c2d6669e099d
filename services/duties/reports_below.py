"""The windows of a task whose children report in its place: how many of them have reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.db import ident
from models.tasks import Task, child_duties
from models.tasks.child_duties import PartRhythm
from rules.duties.report_windows import Window
from rules.tasks.task_lifecycle import NAGGED_STATES
from services.duties import report_windows
from services.duties.filed_reports import FiledReports
from services.duties.report_windows import OwedWindows
from services.turn import TickTurn


@dataclass(frozen=True, slots=True)
class WindowBelow:
    """A window of a task: how many of its children owe the report, and how many of these have met it.

    ``missing``: the ids of the others.
    """

    window: Window
    owed: int
    met: int
    missing: Sequence[int] = ()


async def standing(turn: TickTurn, task: Task) -> list[WindowBelow]:
    """The last window of the task that closed, and the open one, as far as its children owe their reports.

    Children that were completed, submitted or cancelled owe none. A child that was broken down, too, has met
    a window when all below it have.
    """
    one = report_windows.rhythm(task, turn.campaign)
    if one is None or task.state not in NAGGED_STATES:
        return []
    every = await child_duties.rhythms_below(turn.session, ident(task))
    by_parent: dict[int, list[PartRhythm]] = {}
    for child in every:
        by_parent.setdefault(child.parent_id, []).append(child)
    owed = report_windows.last_and_open(every, turn.now, turn.campaign)
    windows = [window for many in owed.values() for window in many]
    known = _Known(by_parent, owed, await FiledReports.of(turn.session, list(owed), windows))
    found = []
    for window in one.last_and_open(turn.now):
        each = {child.id: known.is_met(child, window) for child in by_parent.get(ident(task), ())}
        told = {child_id: met for child_id, met in each.items() if met is not None}
        if told:
            missing = [child_id for child_id, met in told.items() if not met]
            found.append(WindowBelow(window, len(told), sum(told.values()), missing))
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    by_parent: Mapping[int, Sequence[PartRhythm]]
    owed: OwedWindows
    filed: FiledReports

    def is_met(self, part: PartRhythm, window: Window) -> bool | None:
        """Whether the part has met the window, with all below it; None: nobody owes it there."""
        found = [self.is_met(child, window) for child in self.by_parent.get(part.id, ())]
        if any(one.key == window.key for one in self.owed.get(part.id, ())):
            found.append(self.filed.on(part.id, window) is not None)
        told = [met for met in found if met is not None]
        return all(told) if told else None
