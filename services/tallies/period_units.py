"""The units of a period's picture: how their tasks stand at a moment, and which places they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from locales import Text, plain
from models import people
from models.db import Session, ident
from models.tasks.counted_tasks import CountedTask
from reports.pictures.period_picture import RankedUnit
from reports.tally import UnitLine
from rules.periods import PeriodSpan
from rules.tasks.lamps import Lamp, lamp
from rules.tasks.task_lifecycle import TaskState
from rules.tasks.unit_places import places
from services.campaign import Campaign
from services.tallies.period_tallies import TallyCut
from services.tallies.tally_counting import WORST_FIRST
from services.tallies.tally_parts import heads_of


@dataclass(frozen=True, slots=True)
class UnitTasks:
    """The tasks of a unit, and of those below it where these have no line of their own. None is cancelled."""

    name: Text
    tasks: Sequence[CountedTask]


def done_at(task: CountedTask) -> datetime | None:
    """Since when a task is done. None: it is open."""
    if task.state is not TaskState.COMPLETED:
        return None
    return task.created_at if task.completed_at is None else max(task.completed_at, task.created_at)


async def by_unit(session: Session, cut: TallyCut, found: Iterable[CountedTask]) -> list[UnitTasks]:
    """The tasks by the units under which a breakdown shows them; units without any are left out.

    Where all would be one unit, it is broken down into those below it and what is its own.
    """
    every = {ident(unit): unit for unit in await people.all_units(session, retired=True)}
    heads, root = heads_of(every, cut.units, None), None
    if len(heads) > 1 and len(set(heads.values())) == 1:
        root = next(iter(heads.values()))
        heads = heads_of(every, cut.units, root)
    mine: dict[int, list[CountedTask]] = {}
    for task in found:
        if task.state is not TaskState.CANCELLED:
            mine.setdefault(heads[task.lead_unit_id], []).append(task)

    def name(head: int) -> Text:
        unit = Text("common.as_is", text=every[head].name)
        return Text("period_tally.alone", unit=unit) if head == root else unit

    return [UnitTasks(name(head), tasks) for head, tasks in mine.items()]


def standing(units: Iterable[UnitTasks], at: datetime, campaign: Campaign, locale: str) -> list[UnitLine]:
    """How the tasks of the units stand at a moment, the worst first. Reports are not counted."""
    lines = []
    for unit in units:
        lamps: dict[Lamp, int] = {}
        done = total = 0
        for task in unit.tasks:
            if task.created_at <= at:
                its = _lamp(task, at, campaign)
                lamps[its] = lamps.get(its, 0) + 1
                done, total = done + _is_done(task, at), total + 1
        if total:
            late = lamps.get(Lamp.RED, 0)
            worst = min(lamps, key=WORST_FIRST.index)
            lines.append(UnitLine(plain(unit.name, locale), done, total - done - late, late, worst, 0))
    return sorted(lines, key=lambda line: (WORST_FIRST.index(line.lamp), -line.late, line.name))


def _is_done(task: CountedTask, at: datetime) -> bool:
    done = done_at(task)
    return done is not None and done <= at


def _lamp(task: CountedTask, at: datetime, campaign: Campaign) -> Lamp:
    return lamp(task.deadline, campaign.today(at), _is_done(task, at), campaign.calendar)


def ranked(units: Sequence[UnitTasks], span: PeriodSpan, locale: str) -> list[RankedUnit]:
    """The units by the share of their tasks that is done at the end of the span, the best first.

    Units without tasks have no place. While nobody has done anything, nobody has one either, so at first
    nothing is said of a change.
    """
    now = {at: _counts(unit, span.until) for at, unit in enumerate(units)}
    before = {} if span.since is None else {at: _counts(unit, span.since) for at, unit in enumerate(units)}
    place, was = _places(now), _places(before)
    found = []
    for at, mine in place.items():
        done, total = now[at]
        change = was[at] - mine if at in was else None
        found.append(RankedUnit(plain(units[at].name, locale), done, total, mine, change))
    return sorted(found, key=lambda one: (one.place, -one.total, one.name))


def _counts(unit: UnitTasks, at: datetime) -> tuple[int, int]:
    """How many tasks of the unit are done at a moment, and how many there are."""
    there = [task for task in unit.tasks if task.created_at <= at]
    return sum(_is_done(task, at) for task in there), len(there)


def _places(counts: Mapping[int, tuple[int, int]]) -> dict[int, int]:
    shares = {at: Fraction(done, total) for at, (done, total) in counts.items() if total}
    return places(shares) if any(shares.values()) else {}
