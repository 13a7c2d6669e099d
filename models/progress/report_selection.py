"""Which reports a number counts. The same condition adds them up and lists them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col

from models.progress import ProgressReport
from models.tasks import Task, children
from rules.progress.counted_periods import ALL_TIME, moments_of

EVER: Final = moments_of(ALL_TIME).after
"""Earlier than every report."""


@dataclass(frozen=True, slots=True)
class ReportSelection:
    """The reports that count in (since, until], of units (None: all), and of tasks.

    ``since`` None: from the first report. ``by_arrival``: the moment at which reports came in decides, not
    the one at which they count. ``task_id``: only those of one task and of all that lies below it;
    ``units_below``: of what lies below only that of these lead units. ``action``, ``focus``: only those of
    tasks of this 行动 and this 重点; ``no_focus``: only those of tasks without 重点. ``came_by``: only those
    that had come in by then.
    """

    until: datetime
    since: datetime | None = None
    unit_ids: Collection[int] | None = None
    task_id: int | None = None
    action: str | None = None
    focus: str | None = None
    no_focus: bool = False
    by_arrival: bool = False
    came_by: datetime | None = None
    units_below: Collection[int] | None = None

    @property
    def tree(self) -> sa.CompoundSelect[*tuple[Any, ...]] | None:
        """The ids of the task and of what lies below it; None: whatever task is meant."""
        return None if self.task_id is None else children.tree_of(self.task_id, self.units_below)

    def of_units(self, unit_id: Any) -> list[sa.ColumnElement[bool]]:
        """What holds for the column of the unit."""
        return [] if self.unit_ids is None else [unit_id.in_(self.unit_ids)]

    def of_tasks(self, task_id: Any) -> list[sa.ColumnElement[bool]]:
        """What holds for the column of the task; nothing, where whatever task is meant, and none as well."""
        tree = self.tree
        found = [] if tree is None else [task_id.in_(tree)]
        if self.action is None and self.focus is None and not self.no_focus:
            return found
        query: sa.Select[*tuple[Any, ...]] = sa.select(col(Task.id))
        if self.action is not None:
            query = query.where(col(Task.action) == self.action)
        if self.focus is not None:
            query = query.where(col(Task.focus) == self.focus)
        if self.no_focus:
            query = query.where(col(Task.focus).is_(None))
        return [*found, task_id.in_(query)]

    @property
    def within(self) -> list[sa.ColumnElement[bool]]:
        """What holds for their rows, whatever the task. Withdrawn reports do not count."""
        at = col(ProgressReport.reported_at if self.by_arrival else ProgressReport.counted_at)
        found = [at <= self.until, col(ProgressReport.withdrawn).is_(False)]
        if self.since is not None:
            found.append(at > self.since)
        if self.came_by is not None:
            found.append(col(ProgressReport.reported_at) <= self.came_by)
        return found + self.of_units(col(ProgressReport.unit_id))

    @property
    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What holds for the rows of these reports, their tasks included."""
        return self.within + self.of_tasks(col(ProgressReport.task_id))
