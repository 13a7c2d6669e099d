"""The tally of a period as a workbook or a Word file, with the numbers of the chat and all others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from locales import Text, plain
from reports import period_tally_sheets
from reports.papers import TallyCopy, Workbook
from reports.period_tally import PartLine, PeriodTally, span_text
from reports.sheet_tables import SheetTable
from services import exports
from services.tallies import period_tallies, tally_parts
from services.tallies.period_tallies import TallyCut, TallySelection
from services.tallies.tally_parts import TallyBreakdown
from services.turn import Turn
from services.views import FileSpec, View

COLUMNS: Final = (
    *(("item", 36.0), ("measure", 10.0), ("now", 14.0), ("before", 14.0), ("change", 12.0)),
    *(("year_before", 14.0), ("year_change", 12.0), ("total", 14.0), ("note", 10.0)),
)
PART_COLUMNS: Final = (
    *(("unit", 30.0), ("reports", 12.0), ("completed", 12.0), ("on_time", 12.0), ("late", 12.0)),
)
BELOW_COLUMNS: Final = (("below", 12.0), ("below_done", 12.0), ("below_late", 12.0))
"""The columns of what lies below the tasks of the parts."""


async def export(turn: Turn, asked: TallySelection, cut: TallyCut, *, title: Text) -> View:
    """The workbook. ``title``: the period and the cut, for the file's name."""
    tally, parts, locale = await _counted(turn, asked, cut)
    name = exports.file_title(plain(title, locale))
    make = Workbook(partial(tables, tally, parts, locale))
    return View([Text("period_tally.exported")], files=[FileSpec("document", name=f"{name}.xlsx", make=make)])


async def paper(turn: Turn, asked: TallySelection, cut: TallyCut, *, title: Text, head: Text) -> View:
    """The Word file. ``title``: see ``export``; ``head``: the title in it."""
    tally, parts, locale = await _counted(turn, asked, cut)
    name = exports.file_title(plain(title, locale))
    about = [plain(span_text(tally.span, turn.campaign.zone, turn.today.year), locale)]
    make = TallyCopy(plain(head, locale), about, partial(tables, tally, parts, locale), turn.now)
    return View([Text("period_tally.exported")], files=[FileSpec("document", name=f"{name}.docx", make=make)])


async def _counted(
    turn: Turn, asked: TallySelection, cut: TallyCut
) -> tuple[PeriodTally, list[PartLine], str]:
    """The tally, the units where there are several, and the reader's language."""
    tally = await period_tallies.count(turn, cut, await period_tallies.tasks_of(turn, cut))
    parts: list[PartLine] = []
    if cut.units is None or len(cut.units) > 1:
        found = await tally_parts.parts(turn, asked, cut, TallyBreakdown.UNIT)
        parts = [part.line for part in found]
    return tally, parts, turn.actor.contact.locale or turn.campaign.locale


def tables(tally: PeriodTally, parts: Sequence[PartLine], locale: str) -> list[SheetTable]:
    """The sheets of the workbook: the numbers, and the units where there are several."""
    heads = [(plain(Text(f"period_tally.column.{name}"), locale), width) for name, width in COLUMNS]
    title = plain(Text("period_tally.sheet.numbers"), locale)
    tables = [SheetTable(title, heads, period_tally_sheets.tally_rows(tally, locale))]
    if parts:
        below = BELOW_COLUMNS if period_tally_sheets.some_lie_below(parts) else ()
        columns = (*PART_COLUMNS, *below)
        heads = [(plain(Text(f"period_tally.part_column.{n}"), locale), width) for n, width in columns]
        title = plain(Text("period_tally.sheet.parts"), locale)
        tables.append(SheetTable(title, heads, period_tally_sheets.part_rows(parts, locale)))
    return tables
