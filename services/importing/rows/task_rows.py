"""Reading the lines of task breakdowns from a file. ``task_units`` matches their units and people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from locales import Text
from rules.tasks.deadlines import month_in_title, year_in_title
from services.importing.reading.cells import CellValue, Grid, text_of
from services.importing.reading.grids import read_grids
from services.importing.reading.headers import Header, SheetSource, tables_of
from services.importing.rows.chosen_columns import chosen_notices, no_header, with_chosen
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.questions import NO_ANSWERS, Answers
from services.importing.rows.task_cells import TableWalk
from services.importing.rows.task_columns import NEEDED, TASK_HEADER, TaskColumn, lacking, task_column_name
from services.importing.rows.task_line_reader import LineReading, TableTitle, read_line
from services.importing.rows.task_lines import ParsedTasks, RefusedRow, TaskRow, UnitCells
from services.importing.rows.task_units import Roster, resolve_tasks, resolve_units
from services.importing.rows.unread import join_stacked, notices_of, unread_columns

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
Table = tuple[Grid, Header[TaskColumn]]


def parse_tasks(data: bytes, filename: str, *, today: date, answers: Answers = NO_ANSWERS) -> ParsedTasks:
    """The tasks of all tables with such a header; ``today`` dates deadlines without a year.

    Lines that lack something are in ``refused``, each with all its reasons. ``notices`` names what is not
    imported. Raises ImportFileError if the file cannot be read or holds no table of tasks.
    """
    return read_tasks(read_grids(data, filename), filename, today=today, answers=answers)


def read_tasks(
    grids: Sequence[Grid], filename: str, *, today: date, answers: Answers = NO_ANSWERS
) -> ParsedTasks:
    """As ``parse_tasks``, from the tables of a file that has been opened already."""
    words = with_chosen(TASK_HEADER, FileKind.TASKS, answers)
    grids, stacked = join_stacked(grids, words)
    tables = tables_of(grids, words)
    if not tables:
        raise no_header(filename, grids, words, NEEDED)
    several = len(tables) > 1
    unread = [
        one for grid, header in tables for one in unread_columns(grid, header, grid.name if several else "")
    ]
    notices = [*stacked, *_missing_columns(tables), *notices_of(grids, tables, unread)]
    parsed = ParsedTasks([], [], notices, unread=unread)
    titles = _titles(tables, today)
    for number, (grid, header) in enumerate(tables):
        sheet = grid.name if several else ""
        parsed.notices.extend(chosen_notices(header, grid, sheet))
        reading = LineReading(titles[number], today, answers, parsed.meanings)
        _read_table(grid, TableWalk(header, parsed.meanings, number, sheet), reading, parsed, header)
    if several:
        names = [grid.name for grid, _ in tables]
        parsed.notices.insert(0, Text("importing.notice.tables_read", names=names))
    return parsed


def _read_table(
    grid: Grid, walk: TableWalk, reading: LineReading, parsed: ParsedTasks, header: Header[TaskColumn]
) -> None:
    meant: dict[int, Mapping[TaskColumn, CellValue]] = {}
    parsed.sources.append(SheetSource(grid, header, meant))
    for line in walk.lines(grid):
        meant[line.ref.row] = line.values
        task, reasons, asks = read_line(line, reading)
        if reasons:
            parsed.refused.append(RefusedRow(task.line, task.objective, tuple(reasons), task, tuple(asks)))
        else:
            parsed.rows.append(task)


def _missing_columns(tables: Sequence[Table]) -> Iterator[Text]:
    for grid, header in tables:
        missing = [column for column in (C.LEADER, C.SECTION) if column not in header.columns]
        for column in (*lacking(header.columns), *missing):
            named = task_column_name(column)
            if len(tables) > 1:
                yield Text("importing.notice.missing_column_of", sheet=grid.name, column=named)
            else:
                yield Text("importing.notice.missing_column", column=named)


def _titles(tables: Sequence[Table], today: date) -> list[TableTitle]:
    """The title of each table. One without a year has the first year that a title of the file names."""
    texts = [_title_lines(grid, header) for grid, header in tables]
    years = [year_in_title(lines) for lines in texts]
    first = next((year for year in years if year is not None), None)
    return [
        TableTitle(year or first, month_in_title(lines, title_year=year or first, today=today))
        for lines, year in zip(texts, years, strict=True)
    ]


def _title_lines(grid: Grid, header: Header[TaskColumn]) -> list[str]:
    above = grid.rows[: header.first]
    return [*(text_of(cell.value) for row in above for cell in row.cells if cell.own), *grid.lead_in]
