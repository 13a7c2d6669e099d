"""未报告: lead units that owe a report and have not reported, and for how many working days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.progress import report_lookup
from models.tasks import Task, children, counted_tasks
from rules.duties.not_reported import silent_days
from rules.tasks.task_lifecycle import NAGGED_STATES
from services.turn import TickTurn


@dataclass(frozen=True, slots=True)
class SilentUnit:
    """A silent unit.

    ``days``: working days, at least one. ``last``: when it last reported, if ever. ``tasks``: those on which
    it could report; tasks that wait for the office are not among them, nor those on which units below report
    for it.
    """

    unit_id: int
    days: int
    last: datetime | None
    tasks: Sequence[Task]


async def silent_units(turn: TickTurn, unit_ids: Collection[int] | None) -> list[SilentUnit]:
    """The silent units among ``unit_ids`` (None: all), the longest silent first.

    They are expected to report on the tasks that count there.
    """
    by_unit: dict[int, list[Task]] = {}
    there = [
        task
        for task in await counted_tasks.open_in(turn.session, unit_ids)
        if task.state in NAGGED_STATES and task.own_reports
    ]
    others_report = await children.reported_by_others(turn.session, there)
    for task in there:
        if task.id not in others_report:
            by_unit.setdefault(task.lead_unit_id, []).append(task)
    last = await report_lookup.last_reported(turn.session)
    found = []
    for unit_id, mine in by_unit.items():
        entrusted = min(task.assigned_at for task in mine)
        days = silent_days(
            last.get(unit_id), entrusted, turn.now, turn.campaign.slots, turn.campaign.calendar
        )
        if days:
            found.append(SilentUnit(unit_id, days, last.get(unit_id), mine))
    return sorted(found, key=lambda silent: (-silent.days, silent.unit_id))
