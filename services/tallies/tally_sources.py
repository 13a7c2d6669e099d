"""数据来源: the reports behind the totals, and the button to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from locales import Text
from models.progress import figure_sources
from models.progress.figure_sources import FigureSource, ItemTotal, UnitTotal
from models.progress.report_selection import ReportSelection
from models.tasks import children
from reports.formats import first_moment_text, moment_text, quantity_text, short
from rules.delivery.delivery import MessageKind
from services import outbox
from services.access import Actor, scope_below, visible_task
from services.tallies.tally_counting import unit_names
from services.turn import Turn
from services.views import ButtonSpec, View, arguments_of, button, paging


@dataclass(frozen=True, slots=True)
class SourceSelection:
    """Whose figures are meant: in (since, until], of units (None: all), of one task, of a 行动 or a 重点.

    ``since`` None: from the first. ``came_by``: as far as they had come in by then.
    """

    until: datetime
    units: Collection[int] | None = None
    task_id: int | None = None
    since: datetime | None = None
    action: str | None = None
    focus: str | None = None
    came_by: datetime | None = None

    def reports(self, units: Collection[int] | None, below: Collection[int] | None = None) -> ReportSelection:
        """The reports of these units. ``below``: what lies below the task, only of these lead units."""
        about = self.task_id, self.action, self.focus
        return ReportSelection(self.until, self.since, units, *about, came_by=self.came_by, units_below=below)


def sources_button(until: datetime, units: Collection[int] | None = None, **more: Any) -> ButtonSpec:
    """数据来源: the button to the reports behind the numbers of ``units`` (None: all) up to ``until``.

    ``more``: what else the selection says.
    """
    return button("sources.button", "figures.sources", until=until, units=_listed(units), **more)


def _listed(units: Collection[int] | None) -> list[int] | None:
    """The units in the order in which a button keeps them."""
    return None if units is None else sorted(units)


LISTED_SOURCES: Final = 60
LISTED_ITEMS: Final = 10


async def sources(turn: Turn, asked: SourceSelection, *, offset: int = 0) -> View:
    """The totals of the selection, ten on a page, each with its last reports.

    There are the reports that the reader may see; the view says so if these are fewer than the totals that
    they read contain.
    """
    selection = await _reports(turn, asked)
    found = await figure_sources.item_totals(turn.session, selection)
    if not found:
        return View([Text("sources.none"), *await _note(turn, asked, selection)], (), _tasks(asked))
    page = found[offset : offset + LISTED_ITEMS]
    listed = max(LISTED_SOURCES // len(page), 1)
    parts = [await figure_sources.of_item(turn.session, selection, total, listed) for total in page]
    reading = await _reading(turn, asked, selection, [one for some in parts for one in some])
    lines, more = [_title(turn, asked)], []
    about = arguments_of(asked) | {"units": _listed(asked.units)}
    for total, its in zip(page, parts, strict=True):
        lines += reading.item_lines(total, its)
        if total.figures > listed:
            lines.append(Text("sources.earlier", count=total.figures - listed))
            label = Text("sources.all_button", item=short(total.item, 16), count=total.figures)
            item = {"item": total.item, "measure": total.measure}
            more.append([button(label, "figures.of_item", turn.actor.id, **item, **about)])
    rows = more + paging("figures.sources", turn.actor.id, offset, len(found), page=LISTED_ITEMS, **about)
    return View([*lines, *await _note(turn, asked, selection)], rows, _tasks(asked))


async def of_item(turn: Turn, asked: SourceSelection, *, item: str, measure: str, offset: int = 0) -> View:
    """All reports behind the total of one item, the last first, page by page."""
    selection = await _reports(turn, asked)
    named = [
        one
        for one in await figure_sources.item_totals(turn.session, selection)
        if (one.item, one.measure) == (item, measure)
    ]
    if not named:
        return View([Text("sources.none"), *await _note(turn, asked, selection)], (), _tasks(asked))
    parts = await figure_sources.of_item(turn.session, selection, named[0], LISTED_SOURCES, offset)
    reading = await _reading(turn, asked, selection, parts)
    lines = [_title(turn, asked), *reading.item_lines(named[0], parts)]
    about = arguments_of(asked) | {"units": _listed(asked.units)}
    shown = (turn.actor.id, offset, named[0].figures)
    rows = paging("figures.of_item", *shown, page=LISTED_SOURCES, item=item, measure=measure, **about)
    return View([*lines, *await _note(turn, asked, selection)], rows, _tasks(asked))


async def task_sources(turn: Turn, task_id: int) -> View:
    """The reports behind one task's totals."""
    return await sources(turn, SourceSelection(turn.now, task_id=task_id))


async def _reports(turn: Turn, asked: SourceSelection) -> ReportSelection:
    """What the reader may see of what is asked.

    Who may see a task sees all reports about it; of what lies below, see ``scope_below``.
    """
    if asked.task_id is None:
        return asked.reports(in_view(turn.actor, asked.units))
    task = await visible_task(turn.session, turn.actor, asked.task_id)
    return asked.reports(None, await scope_below(turn.session, turn.actor, task))


def _title(turn: Turn, asked: SourceSelection) -> Text:
    zone, year = turn.campaign.zone, turn.today.year
    until = moment_text(asked.until, zone, year)
    if asked.since is None:
        return Text("sources.title", until=until)
    since = first_moment_text(asked.since, zone, year)
    return Text("sources.period_title", since=since, until=until)


def _tasks(asked: SourceSelection) -> list[int]:
    return [] if asked.task_id is None else [asked.task_id]


async def _note(turn: Turn, asked: SourceSelection, selection: ReportSelection) -> list[Text]:
    if asked.task_id is None:
        return note_of_view(turn.actor, asked.units)
    seen = selection.units_below
    if seen is None:
        return []
    below = await children.descendants(turn.session, asked.task_id)
    return [Text("sources.own_below")] if any(task.lead_unit_id not in seen for task in below) else []


@dataclass(frozen=True, slots=True)
class _SourceReading:
    """How the items read. ``by_unit``: the totals of the units, where reports came from below the task."""

    asked: SourceSelection
    names: Mapping[int, str]
    by_unit: Sequence[UnitTotal]

    def item_lines(self, total: ItemTotal, parts: Sequence[FigureSource]) -> list[Text]:
        """The total, and these figures of it with their reports; with totals by unit, unit by unit."""
        shown = quantity_text(total.total, total.measure, approx=total.approx)
        key = "sources.total" if self.asked.since is None else "sources.period_total"
        lines = [Text(key, item=total.item, total=shown)]
        if not self.by_unit:
            return [*lines, *(self._part_line(total, part) for part in parts)]
        there = {part.unit_id for part in parts}
        for unit in self.by_unit:
            if (unit.item, unit.measure) == (total.item, total.measure) and unit.unit_id in there:
                reported = quantity_text(unit.total, unit.measure, approx=unit.approx)
                lines.append(Text("sources.of_unit", unit=self.names[unit.unit_id], total=reported))
                lines += [self._part_line(total, part) for part in parts if part.unit_id == unit.unit_id]
        return lines

    def _part_line(self, total: ItemTotal, part: FigureSource) -> Text:
        added = quantity_text(part.added, total.measure, approx=part.approx)
        return Text("sources.part", number=part.receipt_no, unit=self.names[part.unit_id], added=added)


async def _reading(
    turn: Turn, asked: SourceSelection, selection: ReportSelection, parts: Iterable[FigureSource]
) -> _SourceReading:
    by_unit: Sequence[UnitTotal] = ()
    if asked.task_id is not None and any(part.task_id != asked.task_id for part in parts):
        by_unit = await figure_sources.unit_totals(turn.session, selection)
    return _SourceReading(asked, await unit_names(turn.session), by_unit)


def in_view(actor: Actor, units: Collection[int] | None) -> Collection[int] | None:
    """Those of ``units`` (None: all) whose reports ``actor`` may see."""
    if actor.scope is None:
        return units
    return actor.scope if units is None else actor.scope.intersection(units)


def note_of_view(actor: Actor, units: Collection[int] | None) -> list[Text]:
    """The line that says that the actor sees fewer reports than the totals that they read contain."""
    if actor.scope is None or (units is not None and actor.scope.issuperset(units)):
        return []
    return [Text("sources.within_your_view")]


async def send_privately(turn: Turn, view: View, name: str) -> bool:
    """Answer a question from a group in the reader's private chat; False if we cannot write there.

    ``name``: what was asked for.
    """
    key = f"{name}:{turn.actor.id}:{turn.now.isoformat()}"
    return await outbox.enqueue(
        turn.session, MessageKind.NOTICE, key, view, now=turn.now, contact=turn.actor.contact
    )
