"""The reports on some tasks, by the windows to which they belong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from models import progress
from models.db import Session
from models.progress import ReportArrival
from rules.duties.report_windows import Window

ASKED_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class FiledReports:
    """The reports on some tasks: when they came in, and the day and the windows that they are about.

    A zero report of a unit counts as one on each task for which it stands.
    """

    by_task: Mapping[int, list[ReportArrival]] = field(default_factory=dict)

    @classmethod
    async def of(
        cls, session: Session, task_ids: Sequence[int], windows: Sequence[Window], *, but: int | None = None
    ) -> FiledReports:
        """The reports on tasks since the first window opened; ``but``: without that report."""
        by_task: dict[int, list[ReportArrival]] = defaultdict(list)
        if not windows:
            return cls()
        since = min(window.opens for window in windows)
        for start in range(0, len(task_ids), ASKED_AT_ONCE):
            part = task_ids[start : start + ASKED_AT_ONCE]
            for report in await progress.reports_since(session, part, since):
                if report.id != but:
                    by_task[report.task_id].append(report)
        return cls(by_task)

    def on(self, task_id: int, window: Window) -> datetime | None:
        """When the first report on that window came in; None: there is none."""
        came = (
            one.reported_at
            for one in self.by_task.get(task_id, ())
            if window.takes(one.reported_at, one.about_day, one.windows)
        )
        return min(came, default=None)
