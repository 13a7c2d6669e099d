"""未报告: lead units that owe a report and have not reported, and for how many working days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.db import ident
from models.progress import from_below
from models.tasks import Task, child_duties, counted_tasks
from rules.duties.not_reported import silence
from rules.tasks.task_lifecycle import NAGGED_STATES
from services.turn import TickTurn


@dataclass(frozen=True, slots=True)
class SilentUnit:
    """A silent unit.

    ``days``: working days that are over; 0: only today has no report yet. ``last``: when it last reported, or
    somebody below its tasks, if ever. ``tasks``: those on which a report could come, of it or of the units of
    their parts; tasks that wait for the office are not among them.
    """

    unit_id: int
    days: int
    last: datetime | None
    tasks: Sequence[Task]


async def silent_units(turn: TickTurn, unit_ids: Collection[int] | None) -> list[SilentUnit]:
    """The silent units among ``unit_ids`` (None: all), the longest silent first.

    They are expected to report on the tasks that count there, or the units of the parts of these are.
    """
    by_unit: dict[int, list[Task]] = {}
    there = [
        task for task in await counted_tasks.open_in(turn.session, unit_ids) if task.state in NAGGED_STATES
    ]
    parts = await child_duties.parts_that_report(turn.session, there)
    for task in there:
        if parts.get(ident(task), task.own_reports):
            by_unit.setdefault(task.lead_unit_id, []).append(task)
    last = await from_below.last_reported(turn.session)
    found = []
    for unit_id, mine in by_unit.items():
        entrusted = min(task.assigned_at for task in mine)
        said = last.get(unit_id)
        silent = silence(said, entrusted, turn.now, turn.campaign.slots, turn.campaign.calendar)
        if silent.days or silent.today:
            found.append(SilentUnit(unit_id, silent.days, said, mine))
    return sorted(found, key=lambda silent: (-silent.days, silent.unit_id))
