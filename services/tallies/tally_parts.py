"""A tally broken down: by tier, by unit with those below it, by 行动, by 重点."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from locales import Text
from models import people
from models.db import Session, ident
from models.people import Unit
from models.progress import report_sums
from models.tasks.counted_tasks import CountedTask, TasksBelow
from reports.formats import short
from reports.period_tally import PartLine
from reports.tasks_below import BelowCounts
from rules.people.roles import Tier
from rules.tasks.task_lifecycle import TaskState
from services.directory_names import tier_text
from services.tallies import period_tallies
from services.tallies.period_tallies import TallyCut, TallySelection
from services.turn import Turn

_NAME: Final = 40


class TallyBreakdown(StrEnum):
    """By what a tally is broken down."""

    TIER = "tier"
    UNIT = "unit"
    ACTION = "action"
    FOCUS = "focus"


@dataclass(frozen=True, slots=True)
class TallyPart:
    """A part of a tally: what it says, and what selects it; None: it cannot be opened."""

    line: PartLine
    selection: TallySelection | None


@dataclass(frozen=True, slots=True)
class _Keys:
    """What a breakdown sorts by: a column of reports, or of their tasks; and the same of a task."""

    column: str
    of_report: Callable[[Any], Any]
    of_task: Callable[[CountedTask | TasksBelow], Any]
    selected: Callable[[Any], TallySelection | None]
    name: Callable[[Any], Text]


async def parts(turn: Turn, asked: TallySelection, cut: TallyCut, by: TallyBreakdown) -> list[TallyPart]:
    """The parts that have tasks or reports, those first that have the most late tasks.

    Each task that counts in the cut, with what lies below it, and each report is in one part, so the parts
    add up: of a unit that has units below it, what is its own is a part beside theirs; what has no 行动 or no
    重点 is a part that cannot be opened.
    """
    keys = await _keys(turn.session, asked, cut, by)
    span = cut.spans.now
    reports: dict[Any, int] = defaultdict(int)
    counted = await report_sums.counts_by(turn.session, cut.selection(span), keys.column)
    for key, found in counted.items():
        reports[keys.of_report(key)] += found.reports
    mine: dict[Any, list[CountedTask]] = defaultdict(list)
    below: dict[Any, list[TasksBelow]] = defaultdict(list)
    for one in await period_tallies.below(turn, cut) if cut.runs else ():
        below[keys.of_task(one)].append(one)
    for task in await period_tallies.tasks_of(turn, cut):
        mine[keys.of_task(task)].append(task)
    made = [
        TallyPart(
            PartLine(
                keys.name(key),
                reports[key],
                len(period_tallies.completed(mine[key], span)),
                period_tallies.stand(turn, mine[key], BelowCounts.together(below[key])) if cut.runs else None,
            ),
            keys.selected(key),
        )
        for key in dict.fromkeys([*mine, *reports])
        if reports[key] or any(task.state is not TaskState.CANCELLED for task in mine[key])
    ]
    return sorted(made, key=_badness)


def _badness(part: TallyPart) -> tuple[bool, int, int]:
    late = 0 if part.line.standing is None else part.line.standing.late
    return part.selection is None, -late, part.line.reports


async def _keys(session: Session, asked: TallySelection, cut: TallyCut, by: TallyBreakdown) -> _Keys:
    if by in (TallyBreakdown.ACTION, TallyBreakdown.FOCUS):
        return _keys_of_tasks(asked, by.value)
    every = {ident(unit): unit for unit in await people.all_units(session, retired=True)}
    if by is TallyBreakdown.TIER:
        tiers: dict[int, Tier] = {unit_id: unit.tier for unit_id, unit in every.items()}
        return _keys_of_units(tiers, lambda tier: replace(asked, tier=tier), tier_text)
    heads = heads_of(every, cut.units, asked.unit_id)

    def name(head: int) -> Text:
        unit = Text("common.as_is", text=every[head].name)
        return Text("period_tally.alone", unit=unit) if head == asked.unit_id else unit

    def selected(head: int) -> TallySelection:
        return replace(asked, unit_id=head, alone=head == asked.unit_id)

    return _keys_of_units(heads, selected, name)


def _keys_of_tasks(asked: TallySelection, field: str) -> _Keys:
    return _Keys(
        field,
        lambda words: words,
        lambda task: getattr(task, field),
        lambda words: None if words is None else replace(asked, **{field: words}),
        lambda words: (
            Text(f"period_tally.none.{field}")
            if words is None
            else Text("common.as_is", text=short(words, _NAME))
        ),
    )


def _keys_of_units(
    heads: Mapping[int, Any], selected: Callable[[Any], TallySelection], name: Callable[[Any], Text]
) -> _Keys:
    return _Keys("unit_id", heads.get, lambda task: heads.get(task.lead_unit_id), selected, name)


def heads_of(every: Mapping[int, Unit], units: Collection[int] | None, root: int | None) -> dict[int, int]:
    """For each of the units (None: all) the unit under which a breakdown shows it.

    That is the highest of the units above it, or it itself: below ``root`` if there is one. ``root`` stands
    beside those below it.
    """
    inside = set(every) if units is None else set(units)

    def head_of(unit_id: int) -> int:
        head, passed, above = unit_id, {unit_id}, every[unit_id].parent_id
        if unit_id == root:
            return head
        # Two units that were each other's parents must not be climbed for ever.
        while above is not None and above != root and above not in passed:
            head = above if above in inside else head
            passed.add(above)
            above = every[above].parent_id
        return head

    return {unit_id: head_of(unit_id) for unit_id in inside}
