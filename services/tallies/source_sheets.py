"""数字来源: a workbook of numbers and of all that they are made of, written row by row.

Loads what makes workbooks, so the worker and the command line alone import it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from locales import Text, plain
from models import tasks
from reports.ledger_book import LedgerBook, LedgerCell, LedgerSheet
from services.paper_orders import MadeWorkbook
from services.tallies.number_sources import SourceRow, TracedNumber
from services.tallies.tally_counting import unit_names
from services.turn import TickTurn

OF_ONE: Final = 10_000
"""The most lines of one number."""
MOST: Final = 100_000
"""The most lines of a workbook: further ones are left out, and the first sheet says of which numbers."""
NUMBERS: Final = (("serial", 8.0), ("number", 16.0), ("about", 48.0), ("count", 10.0), ("listed", 10.0))
ROWS: Final = (
    *(("serial", 8.0), ("number", 16.0), ("about", 36.0), ("reference", 22.0), ("counted_at", 17.0)),
    *(("unit", 18.0), ("task", 36.0), ("added", 12.0), ("approx", 8.0)),
)


async def build(
    turn: TickTurn, numbers: Sequence[TracedNumber], folder: Path, *, name: str, locale: str
) -> MadeWorkbook:
    """Write the workbook into a folder: a sheet of the numbers, and one of their sources, the last first.

    ``name``: the file's name as its reader sees it. ``OSError``: the disk is full.
    """
    session, path = turn.session, (folder / "sources").with_suffix(".xlsx")
    units, objectives = await unit_names(session), await tasks.objectives(session)
    with LedgerBook(path, turn.campaign.zone) as book:
        first = _sheet(book, "numbers", NUMBERS, locale)
        second = _sheet(book, "rows", ROWS, locale)
        for serial, number in enumerate(numbers, 1):
            rows = await number.source.rows(session, min(OF_ONE, MOST - second.written))
            # A rate is reckoned from other numbers: nothing is listed for it.
            full = second.written >= MOST
            listed = len(rows) if rows or full or not number.source.count else None
            first.add([serial, number.shown, number.about, number.source.count, listed])
            for row in rows:
                second.add(_line(serial, number, row, units, objectives, locale))
        first.end()
        second.end()
    return MadeWorkbook(name, path, first.written + second.written)


def _sheet(book: LedgerBook, name: str, columns: Sequence[tuple[str, float]], locale: str) -> LedgerSheet:
    heads = [(plain(Text(f"sources.column.{one}"), locale), width) for one, width in columns]
    return LedgerSheet(book, plain(Text(f"sources.sheet.{name}"), locale), heads)


def _line(
    serial: int,
    number: TracedNumber,
    row: SourceRow,
    units: Mapping[int, str],
    objectives: Mapping[int, str],
    locale: str,
) -> Sequence[LedgerCell]:
    unit = "" if row.unit_id is None else units.get(row.unit_id, "")
    task = "" if row.task_id is None else objectives.get(row.task_id, "")
    approx = plain(Text("sources.approx"), locale) if row.approx else ""
    return [serial, number.shown, number.about, row.reference, row.at, unit, task, row.added, approx]
