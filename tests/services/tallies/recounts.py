"""A recount of the tasks and reports by rules of its own.

It reads the rows and nothing else. It shares no condition, no sum and no walk with the program.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import col, select

from models.db import Session
from models.progress import Figure, ProgressReport
from models.tasks import Metric, Task
from tests.support.rows import id_of

DAY = date(2026, 12, 15)
Sums = dict[tuple[str, str], Decimal]
Counts = tuple[int, int, int, int, int, int]
"""Completed, open in time, open and late; below: all, completed, open and late."""


@dataclass(frozen=True, slots=True)
class Recount:
    """The rows, and what follows from them by rules written here."""

    tasks: Mapping[int, Task]
    reports: Sequence[ProgressReport]
    figures: Sequence[tuple[Figure, ProgressReport, Metric]]

    @classmethod
    async def of(cls, session: Session) -> Recount:
        await session.flush()
        rows = (await session.exec(select(Task))).all()
        query = (
            select(Figure, ProgressReport, Metric)
            .join(ProgressReport, col(ProgressReport.id) == col(Figure.report_id))
            .join(Metric, col(Metric.id) == col(Figure.metric_id))
        )
        filed = select(ProgressReport).where(col(ProgressReport.withdrawn).is_(False))
        reports = (await session.exec(filed)).all()
        return cls({id_of(task): task for task in rows}, reports, list(await session.exec(query)))

    def over(self, task: Task) -> list[Task]:
        found = []
        while task.parent_id is not None:
            task = self.tasks[task.parent_id]
            found.append(task)
        return found

    def totals(self, task: Task) -> Sums:
        found: Sums = defaultdict(Decimal)
        for figure, report, metric in self.figures:
            if report.withdrawn or figure.revision != report.revision or report.task_id is None:
                continue
            reported = self.tasks[report.task_id]
            if task.id in {reported.id, *(one.id for one in self.over(reported))}:
                found[metric.item, metric.unit] += figure.added
        return dict(found)

    def counting(self, units: Collection[int]) -> list[Task]:
        """The tasks, without cancelled ones, that have no parent of these units."""
        found = []
        for task in self.tasks.values():
            above = self.over(task)[:1]
            hidden = any(one.state != "cancelled" and one.lead_unit_id in units for one in above)
            if task.state != "cancelled" and task.lead_unit_id in units and not hidden:
                found.append(task)
        return found

    def not_reported(self, units: Collection[int]) -> set[int]:
        """Whose tasks are late or due within three working days, with no report of theirs or from below."""
        return {
            task.lead_unit_id
            for task in self.counting(units)
            if task.state != "completed"
            and task.deadline is not None
            and task.deadline <= DAY + timedelta(days=3)
            and self.is_waited_for(task)
        } - self.reported()

    def is_waited_for(self, task: Task) -> bool:
        """Of a task that was broken down, whether a part that was not is waited for."""
        parts = [one for one in self.tasks.values() if one.parent_id == task.id and one.state != "cancelled"]
        if parts:
            return any(self.is_waited_for(one) for one in parts)
        return task.state != "completed"

    def reported(self) -> set[int]:
        found = {report.unit_id for report in self.reports}
        for report in self.reports:
            task = None if report.task_id is None else self.tasks[report.task_id]
            while task is not None and task.state != "cancelled":
                task = None if task.parent_id is None else self.tasks[task.parent_id]
                if task is not None and task.state != "cancelled":
                    found.add(task.lead_unit_id)
        return found

    def counts(self, units: Collection[int]) -> dict[int, Counts]:
        """By lead unit of the tasks that count."""
        roots = {task.id for task in self.counting(units)}
        found: dict[int, Counter[str]] = defaultdict(Counter)
        for task in self.tasks.values():
            if task.state == "cancelled":
                continue
            late = task.state != "completed" and task.deadline is not None and task.deadline < DAY
            how = "done" if task.state == "completed" else "late" if late else "on_time"
            if task.id in roots:
                found[task.lead_unit_id][how] += 1
                continue
            root = next((one for one in self.over(task) if one.id in roots), None)
            if root is not None:
                found[root.lead_unit_id]["below"] += 1
                found[root.lead_unit_id][f"below {how}"] += 1
        names = ("done", "on_time", "late", "below", "below done", "below late")
        return {unit: (*(some[name] for name in names),) for unit, some in found.items()}  # type: ignore[misc]


def added(counts: Collection[Counts]) -> Counts:
    done, on_time, late, below, below_done, below_late = zip((0,) * 6, *counts, strict=True)
    return sum(done), sum(on_time), sum(late), sum(below), sum(below_done), sum(below_late)
