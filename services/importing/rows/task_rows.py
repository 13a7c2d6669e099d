"""Reading the lines of a task breakdown from a file. ``task_units`` matches their units and people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from locales import Text
from rules.duties.frequencies import Frequency, read_frequency
from rules.tasks.deadlines import Deadline, DeadlineKind, read_deadline, year_in_title
from rules.tasks.targets import read_target
from services.importing.reading.cells import MAX_CELL_CHARS, CellValue, Grid, text_of
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.grids import read_grids
from services.importing.reading.headers import Header, SheetSource, best_table
from services.importing.rows.task_cells import TableWalk, TaskTableLine
from services.importing.rows.task_columns import TASK_HEADER, TaskColumn, task_column_name
from services.importing.rows.task_lines import ParsedTasks, RefusedRow, TaskRow, UnitCells
from services.importing.rows.task_units import Roster, pick_units, resolve_tasks, resolve_units

__all__ = [
    "ParsedTasks",
    "RefusedRow",
    "Roster",
    "TaskRow",
    "UnitCells",
    "parse_tasks",
    "read_tasks",
    "resolve_tasks",
    "resolve_units",
]

C = TaskColumn
_QUOTED: Final = 40  # characters of a cell that a reason repeats
_OPTIONAL: Final = (C.ACTION, C.FOCUS, C.ASSISTING, C.LEADER, C.SECTION, C.REMARK)


def parse_tasks(data: bytes, filename: str, *, today: date) -> ParsedTasks:
    """The tasks of the table whose header names most columns; ``today`` dates deadlines without a year.

    Lines that lack something are in ``refused``, each with all its reasons. ``notices`` names other tables of
    tasks. Raises ImportFileError if the file cannot be read or holds no table of tasks.
    """
    return read_tasks(read_grids(data, filename), filename, today=today)


def read_tasks(grids: Sequence[Grid], filename: str, *, today: date) -> ParsedTasks:
    """As ``parse_tasks``, from the tables of a file that has been opened already."""
    tables = best_table(grids, TASK_HEADER)
    if not tables:
        raise ImportFileError("no_header", file=filename, columns=wanted_task_columns())
    grid, header = tables[0]
    meant: dict[int, Mapping[TaskColumn, CellValue]] = {}
    notices = [*_notices(header, [other for other, _ in tables[1:]])]
    parsed = ParsedTasks([], [], notices, SheetSource(grid, header, meant))
    title_year = _title_year(grid, header)
    for line in TableWalk(header).lines(grid):
        meant[line.number] = line.values
        task, reasons = _LineReader(line, title_year, today).read()
        if reasons:
            parsed.refused.append(RefusedRow(task.row, task.objective, tuple(reasons), task))
        else:
            parsed.rows.append(task)
    return parsed


def wanted_task_columns() -> list[Text]:
    """The columns that a breakdown should have."""
    return [task_column_name(column) for column in (C.OBJECTIVE, C.STANDARD, C.DEADLINE, C.UNITS, C.PERSON)]


def _notices(header: Header[TaskColumn], others: Sequence[Grid]) -> Iterator[Text]:
    for column in (C.STANDARD, C.DEADLINE, C.UNITS, C.PERSON):
        if column not in header.columns and not (column is C.UNITS and C.LEAD in header.columns):
            yield Text("importing.notice.missing_column", column=task_column_name(column))
    for grid in others:
        yield Text("importing.notice.other_table", name=grid.name)


def _title_year(grid: Grid, header: Header[TaskColumn]) -> int | None:
    above = grid.rows[: header.first]
    titles = [text_of(cell.value) for row in above for cell in row.cells if cell.own]
    return year_in_title([*titles, *grid.lead_in])


class _LineReader:
    """One line: what it says, why it may be refused, and what its author should know."""

    def __init__(self, line: TaskTableLine, title_year: int | None, today: date) -> None:
        self._line = line
        self._title_year = title_year
        self._today = today
        self._reasons: list[Text] = []
        self._warnings: list[Text] = []

    def read(self) -> tuple[TaskRow, list[Text]]:
        line = self._line
        objective = self._needed(C.OBJECTIVE, line.line(C.OBJECTIVE))
        standard = self._needed(C.STANDARD, line.text(C.STANDARD))
        deadline, frequency = self._time()
        units, lead, assisting = self._units()
        person = self._needed(C.PERSON, _people(line.entries(C.PERSON)))
        leader = self._wished(C.LEADER)
        section = self._wished(C.SECTION)
        self._report_faults()
        if line.hidden:
            self._warnings.append(Text("importing.warning.hidden_row"))
        task = TaskRow(
            row=line.number,
            action=line.line(C.ACTION),
            focus=line.line(C.FOCUS),
            objective=objective,
            standard=standard,
            deadline=deadline,
            frequency=frequency,
            lead_unit=lead,
            assisting_units=assisting,
            leader_in_charge=leader,
            handling_section=section,
            responsible_person=person,
            target=read_target(objective, standard),
            remark=line.text(C.REMARK),
            unit_cells=units,
            warnings=tuple(self._warnings),
        )
        return task, self._reasons

    def _needed(self, column: TaskColumn, text: str) -> str:
        if not text and not self._is_faulty(column):
            self._reasons.append(Text("importing.reason.missing", column=task_column_name(column)))
        return text

    def _wished(self, column: TaskColumn) -> str:
        text = self._line.line(column)
        if not text and column not in self._line.faults:
            self._warnings.append(Text("importing.warning.missing", column=task_column_name(column)))
        return text

    def _is_faulty(self, column: TaskColumn) -> bool:
        """Whether a required cell is filled but has no value.

        The reason says so instead of calling it missing.
        """
        fault = self._line.faults.get(column)
        if fault is None:
            return False
        key = f"importing.reason.{fault.value}"
        self._reasons.append(Text(key, column=task_column_name(column), limit=MAX_CELL_CHARS))
        return True

    def _report_faults(self) -> None:
        for column in _OPTIONAL:
            if column in self._line.faults:
                self._warnings.append(Text("importing.warning.unread", column=task_column_name(column)))

    def _time(self) -> tuple[date | None, Frequency | None]:
        shown = self._needed(C.DEADLINE, self._line.line(C.DEADLINE))
        if not shown:
            return None, None
        found = self._deadline()
        if found.kind is DeadlineKind.DATED:
            return found.day, None
        quoted = shown if len(shown) <= _QUOTED else shown[:_QUOTED] + "…"
        if found.kind is DeadlineKind.UNREADABLE:
            self._reasons.append(Text("importing.reason.unreadable_deadline", text=quoted))
            return None, None
        frequency = read_frequency(shown) or read_frequency(self._line.text(C.REMARK))
        if frequency is None:
            self._reasons.append(Text("importing.reason.no_frequency", text=quoted))
        return None, frequency

    def _deadline(self) -> Deadline:
        value = self._line.values.get(C.DEADLINE)
        return read_deadline(value, title_year=self._title_year, today=self._today)

    def _units(self) -> tuple[UnitCells, str, tuple[str, ...]]:
        """The units of the line; 牵头单位 comes before 责任单位 if a table has both."""
        said = [self._line.entries(column) for column in (C.LEAD, C.UNITS)]
        cells = UnitCells("、".join(filter(None, said)), self._line.entries(C.ASSISTING))
        faulty = [self._is_faulty(column) for column in (C.LEAD, C.UNITS)]
        picked = pick_units(cells)
        if not cells.responsible and not any(faulty):
            self._reasons.append(Text("importing.reason.missing", column=task_column_name(C.UNITS)))
        elif not picked.lead and not any(faulty):
            self._reasons.append(Text("importing.reason.no_lead", names=picked.assisting_of_responsible))
        return cells, picked.lead, picked.assisting


def _people(entries: str) -> str:
    """Names on separate lines are joined with 、; a name that was spaced out or broken in two is joined."""
    lines = [_mended(text_of(part).split(" ")) for part in entries.splitlines() if part.strip()]
    return ("" if any(len(line) == 1 for line in lines) else "、").join(filter(None, lines))


def _mended(pieces: list[str]) -> str:
    return ("" if all(len(piece) == 1 for piece in pieces) else " ").join(pieces)
