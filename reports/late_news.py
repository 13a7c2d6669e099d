"""迟报: what came after the close of a tally's day, as the groups read it whose tally goes out later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from locales import Text
from models.progress.figure_sources import ItemTotal
from reports.formats import quantity_text, short
from reports.missed_reports import MissedReport, late_window_lines

NAMED: Final = 5
_NAME: Final = 16


@dataclass(frozen=True, slots=True)
class LateNews:
    """The late reports of a day: how many of each unit, what they add, and for which windows they came late.

    ``after``: how many of them came after the tally itself.
    """

    units: Sequence[tuple[str, int]] = ()
    quantities: Sequence[ItemTotal] = ()
    windows: Sequence[MissedReport] = ()
    after: int = 0

    @property
    def reports(self) -> int:
        return sum(count for _, count in self.units)


def late_news_lines(news: LateNews, closed: str) -> list[Text]:
    """The lines, a few units and quantities by name and the others as a count. ``closed``: the hour."""
    lines = []
    if news.units:
        lines.append(Text("tally.late_news", closed=closed, count=news.reports, units=_units(news.units)))
    if news.quantities:
        lines.append(Text("tally.late_quantities", quantities=_quantities(news.quantities)))
    lines += late_window_lines(news.windows)
    if news.after:
        lines.append(Text("tally.late_after", count=news.after))
    return lines


def _units(units: Sequence[tuple[str, int]]) -> list[Text]:
    named = [Text("tally.late_unit", unit=short(name, _NAME), count=count) for name, count in units[:NAMED]]
    return named + _others("tally.late_more_units", len(units))


def _quantities(quantities: Sequence[ItemTotal]) -> list[Text]:
    named = [
        Text(
            "tally.late_quantity",
            item=one.item,
            total=quantity_text(one.total, one.measure, approx=one.approx),
        )
        for one in quantities[:NAMED]
    ]
    return named + _others("tally.late_more_quantities", len(quantities))


def _others(key: str, count: int) -> list[Text]:
    return [Text(key, count=count - NAMED)] if count > NAMED else []
