"""Which task each cell under 上级任务 names: a line of the same file, or a task that exists already.

A 序号 means a line of the same table. What a line leaves blank of its own name (行动, 重点, 目标任务) it has
from the task above it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from locales import Text
from models.db import ident
from models.tasks import Task
from reports.formats import short
from rules.people.typed_names import identity_key, normalise, split_units
from rules.tasks.breakdown import MOST_LEVELS
from rules.tasks.task_lifecycle import OPEN_STATES
from services.importing.plans.parent_cells import (
    NamedTask,
    looks_like_serial,
    objective_key,
    readings,
    serial_key,
)
from services.importing.rows.line_refs import LineRef
from services.importing.rows.sheet_lines import quoted
from services.importing.rows.task_columns import TaskColumn
from services.importing.rows.task_lines import TaskRow
from services.importing.rows.task_units import Roster

_NAMED: Final = 3
_NAME: Final = 40
_OWN_NAME: Final = (TaskColumn.ACTION, TaskColumn.FOCUS, TaskColumn.OBJECTIVE)


@dataclass(frozen=True, slots=True)
class FoundTask:
    """A task that a cell names: a line of the file, or a stored task that no line of the file means."""

    line: LineRef | None
    task_id: int | None


@dataclass(frozen=True, slots=True)
class StoredTasks:
    """What the cells of a file may name beside its own lines.

    ``task_of``: the stored task that a line means; ``former``: the task that a line with that identity meant
    before the task moved; ``names``: of units, by id.
    """

    by_id: Mapping[int, Task]
    names: Mapping[int, str]
    task_of: Callable[[TaskRow], Task | None]
    former: Callable[[str], Task | None]


@dataclass(frozen=True, slots=True)
class FileParents:
    """What the cells of a file name, by line.

    ``reasons``: why a line is refused instead. ``rows``: the lines with the names that they have from the
    tasks above them. ``taken``: the columns that were filled so. ``levels``: how many lines of the file are
    above a line, so that those above can be written first.
    """

    found: dict[LineRef, FoundTask] = field(default_factory=dict)
    reasons: dict[LineRef, Text] = field(default_factory=dict)
    rows: dict[LineRef, TaskRow] = field(default_factory=dict)
    taken: dict[LineRef, tuple[TaskColumn, ...]] = field(default_factory=dict)
    levels: dict[LineRef, int] = field(default_factory=dict)


def find_parents(lines: Sequence[TaskRow], roster: Roster, stored: StoredTasks) -> FileParents:
    """Read the cells under 上级任务 of all lines, refused ones among them."""
    if not any(row.parent for row in lines):
        return FileParents()
    return _Finder(lines, roster, stored).found()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """``top``: no other task is above it."""

    task: FoundTask
    action: str
    unit: str
    open: bool
    top: bool
    shown: Text


class _Finder:
    """Looks in the file first: a cell must name the same before and after a part of the file is written."""

    def __init__(self, lines: Sequence[TaskRow], roster: Roster, stored: StoredTasks) -> None:
        self._lines = {row.line: row for row in lines}
        self._roster = roster
        self._stored = stored
        self._tasks: dict[LineRef, Task] = {}
        self._line_of: dict[int, LineRef] = {}
        self._serials: dict[tuple[int, str], list[_Candidate]] = {}
        self._of_lines: dict[str, list[_Candidate]] = {}
        self._of_tasks: dict[str, list[Task]] = {}
        self._known: set[str] = set()
        self._made = FileParents()

    def found(self) -> FileParents:
        cells = {line: readings(row.parent) for line, row in self._lines.items() if row.parent}
        self._index({named.what for found in cells.values() for named in found})
        waiting = dict(cells)
        # A line may name another by what that one has from the task above it.
        for _ in range(MOST_LEVELS):
            waiting = {line: found for line, found in waiting.items() if not self._resolve(line, found)}
            for line in self._made.found:
                self._add_name(self._filled(line, ()))
        for line, found in waiting.items():
            self._resolve(line, found, last=True)
        self._fill_and_rank()
        return self._made

    # -- what may be named ---------------------------------------------------------------------------

    def _index(self, wanted: Collection[str]) -> None:
        for row in self._lines.values():
            if TaskColumn.ACTION not in row.left_open:
                self._add_name(row)
            if row.serial:
                place = row.line.table, serial_key(row.serial)
                self._serials.setdefault(place, []).append(self._of_line(row))
        for task in self._stored.by_id.values():
            if (key := objective_key(task.objective)) in wanted:
                self._of_tasks.setdefault(key, []).append(task)

    def _add_name(self, row: TaskRow) -> None:
        # Of equal lines the first counts, the others are refused.
        if not row.objective or row.identity in self._known:
            return
        self._known.add(row.identity)
        if (task := self._stored.task_of(row)) is not None:
            self._tasks[row.line] = task
            self._line_of.setdefault(ident(task), row.line)
        self._of_lines.setdefault(objective_key(row.objective), []).append(self._of_line(row))

    def _of_line(self, row: TaskRow) -> _Candidate:
        task = self._tasks.get(row.line)
        is_open = task is None or task.state in OPEN_STATES
        top = not row.parent and (task is None or task.parent_id is None)
        found = FoundTask(row.line, None)
        return _Candidate(found, normalise(row.action), row.lead_unit, is_open, top, row.line.text)

    def _of_task(self, task: Task) -> _Candidate:
        unit = self._stored.names[task.lead_unit_id]
        found = FoundTask(None, ident(task))
        if (line := self._line_of.get(ident(task))) is not None:
            found = FoundTask(line, None)
        shown = short_parent_name(task.objective, unit)
        # A line may be about to put it below another.
        top = task.parent_id is None and (line is None or not self._lines[line].parent)
        is_open = task.state in OPEN_STATES
        return _Candidate(found, normalise(task.action), unit, is_open, top, shown)

    # -- what is named -------------------------------------------------------------------------------

    def _resolve(self, line: LineRef, cell: Sequence[NamedTask], *, last: bool = False) -> bool:
        """Find the task that the cell of a line names; False: there is none, unless ``last`` brings one."""
        row = self._lines[line]
        found = self._matching(cell[0], row, last=last)
        if not found:
            found = [one for named in cell[1:] for one in self._matching(named, row, last=last)]
        found = _narrowed(found, row)
        if len(found) == 1 and found[0].task.line != line:
            self._made.found[line] = found[0].task
        elif found:
            self._made.reasons[line] = _ambiguous(row, found)
        elif last:
            self._made.reasons[line] = self._unknown(row, cell)
        return bool(found)

    def _matching(self, named: NamedTask, row: TaskRow, *, last: bool) -> list[_Candidate]:
        unit = self._unit(named.unit) if named.unit else ""
        if unit is None:
            return []
        found = self._serials.get((row.line.table, serial_key(named.what)), [])
        if not found and not looks_like_serial(named.what):
            found = self._named(named.what, unit, last=last)
        return [one for one in found if one.unit == unit] if unit else found

    def _named(self, objective: str, unit: str, *, last: bool) -> list[_Candidate]:
        """The tasks of that name.

        Without a unit the name means a task that has no other above it, as long as there is one: its parts
        often have its name.
        """
        found = list(self._of_lines.get(objective, ()))
        if not unit:
            found += [self._of_task(task) for task in self._of_tasks.get(objective, ())]
            return found if last else [one for one in found if one.top]
        if last:
            found += [self._of_task(task) for task in self._of_tasks.get(objective, ())]
        return [one for one in found if one.unit == unit] or (self._moved(objective, unit) if last else [])

    def _moved(self, objective: str, unit: str) -> list[_Candidate]:
        """The tasks of that name that the unit led before they moved: the sheets of then still say so."""
        found = []
        for task in self._of_tasks.get(objective, ()):
            former = self._stored.former(identity_key(task.action, task.objective, unit))
            if former is not None and former.id == task.id:
                found.append(replace(self._of_task(task), unit=unit))
        return found

    def _unit(self, said: str) -> str | None:
        """The unit that is meant; of several, the first one leads."""
        names = split_units(said, lambda name: self._roster.unit(name) is not None)
        return self._roster.unit(names[0]) if names else None

    def _unknown(self, row: TaskRow, cell: Sequence[NamedTask]) -> Text:
        if looks_like_serial(cell[0].what):
            return Text("importing.reason.above_no_serial", text=_said(row))
        for named in cell[1:]:
            there = named.what in self._of_lines or named.what in self._of_tasks
            if there and named.unit and self._unit(named.unit) is None:
                return Text("importing.reason.above_unit_unknown", unit=quoted(named.unit))
        return Text("importing.reason.above_unknown", text=_said(row))

    # -- what follows --------------------------------------------------------------------------------

    def _fill_and_rank(self) -> None:
        circles = {line for line in self._made.found if self._is_in_circle(line)}
        for line in circles:
            del self._made.found[line]
            self._made.reasons[line] = Text("importing.reason.above_circle")
        for line, row in self._lines.items():
            filled = self._filled(line, ())
            self._made.rows[line] = filled
            taken = tuple(
                one
                for one in _OWN_NAME
                if getattr(filled, one.value)
                and (one in row.left_open or not getattr(row, one.value))
                and line in self._made.found
            )
            if taken:
                self._made.taken[line] = taken
            self._made.levels[line] = len(self._above(line))

    def _above(self, line: LineRef) -> list[LineRef]:
        """The lines above a line, the nearest first; it ends where they go round in a circle."""
        above: list[LineRef] = []
        found = self._made.found.get(line)
        while found is not None and found.line is not None and found.line not in above:
            above.append(found.line)
            found = self._made.found.get(found.line)
        return above

    def _is_in_circle(self, line: LineRef) -> bool:
        return line in self._above(line)

    def _filled(self, line: LineRef, below: tuple[LineRef, ...]) -> TaskRow:
        row, found = self._lines[line], self._made.found.get(line)
        if found is None or line in below:
            return row
        above: TaskRow | Task = (
            self._filled(found.line, (*below, line))
            if found.line is not None
            else self._stored.by_id[found.task_id or 0]
        )
        says_action = row.action and TaskColumn.ACTION not in row.left_open
        action = row.action if says_action else above.action
        focus = "" if TaskColumn.FOCUS in row.left_open else row.focus
        if not focus and normalise(action) == normalise(above.action):
            focus = above.focus or ""
        return replace(row, action=action, focus=focus, objective=row.objective or above.objective)


def _narrowed(found: Sequence[_Candidate], row: TaskRow) -> list[_Candidate]:
    """Those that may be meant: not the line itself, of the same 行动, still open, where there are such."""
    kept = list({one.task: one for one in found}.values())
    action = normalise(row.action)
    for fits in (
        lambda one: one.task.line != row.line,
        lambda one: one.action == action,
        lambda one: one.open,
    ):
        kept = list(filter(fits, kept)) or kept
    return kept


def _ambiguous(row: TaskRow, found: Sequence[_Candidate]) -> Text:
    if len(found) == 1:
        return Text("importing.reason.above_itself")
    names = [one.shown for one in found[:_NAMED]]
    return Text("importing.reason.above_ambiguous", text=_said(row), count=len(found), names=names)


def _said(row: TaskRow) -> str:
    return quoted(" ".join((row.parent or "").split()))


def parent_name(objective: str, unit: str) -> Text:
    """目标任务（责任单位）, as a cell names a task and as people read it."""
    return Text("common.task", objective=objective, unit=unit)


def short_parent_name(objective: str, unit: str) -> Text:
    """The same, as a remark names it."""
    return parent_name(short(objective, _NAME), unit)
