"""Which reports a number counts. The same condition adds them up and lists them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col

from models.progress import ProgressReport
from models.tasks import Task

EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Earlier than every report."""


@dataclass(frozen=True, slots=True)
class ReportSelection:
    """The reports that count in (since, until], of units (None: all), and of tasks.

    ``since`` None: from the first report. ``by_arrival``: the moment at which reports came in decides, not
    the one at which they count. ``task_id``: only those of one task; ``action``, ``focus``: only those of
    tasks of this 行动 and this 重点.
    """

    until: datetime
    since: datetime | None = None
    unit_ids: Collection[int] | None = None
    task_id: int | None = None
    action: str | None = None
    focus: str | None = None
    by_arrival: bool = False

    @property
    def task_ids(self) -> sa.Select[*tuple[Any, ...]] | None:
        """A query of the tasks of the 行动 and the 重点. None: whatever the task, and none as well."""
        if self.action is None and self.focus is None:
            return None
        query: sa.Select[*tuple[Any, ...]] = sa.select(col(Task.id))
        if self.action is not None:
            query = query.where(col(Task.action) == self.action)
        return query if self.focus is None else query.where(col(Task.focus) == self.focus)

    @property
    def within(self) -> list[sa.ColumnElement[bool]]:
        """What holds for their rows, whatever the task. Withdrawn reports do not count."""
        at = col(ProgressReport.reported_at if self.by_arrival else ProgressReport.counted_at)
        found = [at <= self.until, col(ProgressReport.withdrawn).is_(False)]
        if self.since is not None:
            found.append(at > self.since)
        if self.unit_ids is not None:
            found.append(col(ProgressReport.unit_id).in_(self.unit_ids))
        return found

    @property
    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What holds for the rows of these reports, their tasks included."""
        found = self.within
        if self.task_id is not None:
            found.append(col(ProgressReport.task_id) == self.task_id)
        if (task_ids := self.task_ids) is not None:
            found.append(col(ProgressReport.task_id).in_(task_ids))
        return found
