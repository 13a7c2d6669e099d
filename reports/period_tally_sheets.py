"""The tally of a period as the rows of two sheets: its numbers, and its parts by unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from locales import Text, plain
from reports.period_tally import Comparison, PartLine, PeriodTally, change_text
from reports.sheet_tables import SheetCell

COUNTS: Final = ("reports", "units", "zero", "late", "made_up", "completed", "registered", "closed")
"""The rows above the quantities, as far as the tally has them."""
STANDING: Final = ("done", "on_time", "overdue")
"""The rows of how the tasks stand now."""
BELOW: Final = ("below", "below_done", "below_late")
"""The rows of what lies below the tasks, if anything does."""


def tally_rows(tally: PeriodTally, locale: str) -> list[list[SheetCell]]:
    """The counts, how the tasks stand, and all quantities. What there is not is an empty cell."""
    rows = []
    for name in COUNTS:
        value = getattr(tally, name)
        if value is not None:
            number = value if isinstance(value, Comparison) else Comparison(Decimal(value))
            rows.append(_row(name, count_measure(name), number, locale))
    if (now := tally.standing) is not None:
        counts = dict(zip(STANDING, (now.done, now.on_time, now.late), strict=True))
        if now.below.every:
            counts |= dict(zip(BELOW, (now.below.every, now.below.done, now.below.late), strict=True))
        for name, value in counts.items():
            rows.append(
                _row(name, Text("period_tally.measure.completed"), Comparison(Decimal(value)), locale)
            )
    for line in tally.quantities:
        note = plain(Text("period_tally.approx"), locale) if line.approx or line.total_approx else ""
        cells = _cells(line.added, locale)
        rows.append([line.item, line.measure, *cells, number_of(line.total), note])
    return rows


def count_name(name: str) -> Text:
    """What one of ``COUNTS`` or of ``STANDING`` is called."""
    return Text(f"period_tally.row.{name}")


def count_measure(name: str) -> Text:
    """The unit of measure of one of ``COUNTS``."""
    return Text(f"period_tally.measure.{name}")


def _row(name: str, measure: Text, number: Comparison, locale: str) -> list[SheetCell]:
    item = plain(count_name(name), locale)
    return [item, plain(measure, locale), *_cells(number, locale), "", ""]


def _cells(number: Comparison, locale: str) -> list[SheetCell]:
    cells: list[SheetCell] = [number_of(number.now)]
    for earlier in (number.before, number.year_before):
        if earlier is None:
            cells += ["", ""]
        else:
            changed = plain(change_text(number.now, earlier), locale) if earlier > 0 else ""
            cells += [number_of(earlier), changed]
    return cells


def some_lie_below(parts: Iterable[PartLine]) -> bool:
    """Whether anything lies below the tasks of the parts: only then they have cells for it."""
    return any(part.standing is not None and part.standing.below.every for part in parts)


def part_rows(parts: Sequence[PartLine], locale: str) -> list[list[SheetCell]]:
    """A row for each part. Of a period that is over nothing is said of the open tasks."""
    below = some_lie_below(parts)
    rows: list[list[SheetCell]] = []
    for part in parts:
        stands: Sequence[SheetCell] = ("", "")
        if (now := part.standing) is not None:
            stands = (now.on_time, now.late)
            stands = (*stands, now.below.every, now.below.done, now.below.late) if below else stands
        rows.append([plain(part.name, locale), part.reports, part.completed, *stands])
    return rows


def number_of(value: Decimal) -> int | float:
    """A quantity as a cell holds it: whole if it is whole."""
    return int(value) if value == value.to_integral_value() else float(value)
