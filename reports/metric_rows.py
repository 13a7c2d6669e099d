"""Which metrics a tally, a board and a brief show, and how a row reads: one rule for all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from locales import Text
from models.progress.report_sums import QuantitySum
from reports.formats import quantity_text, short

SHOWN: Final = 12
UNLIMITED: Final = 1_000
"""Longer than every item and unit of measure."""


def biggest_first(sums: Sequence[QuantitySum]) -> list[QuantitySum]:
    """First what was added to in the period, by that amount, then the rest by its total."""
    return sorted(sums, key=lambda line: (line.added == 0, -line.added, -line.total))


def chosen(sums: Sequence[QuantitySum], targeted: Collection[tuple[str, str]]) -> list[QuantitySum]:
    """The metrics that are shown: those of the period or with a target, the biggest first, at most twelve.

    ``targeted``: item and unit of measure of the metrics that have a target.
    """
    worth = [line for line in sums if line.added or (line.item, line.measure) in targeted]
    return biggest_first(worth)[:SHOWN]


def metric_rows(
    sums: Sequence[QuantitySum],
    targeted: Collection[tuple[str, str]],
    *,
    daily: bool,
    item: int = UNLIMITED,
    measure: int = UNLIMITED,
) -> list[Text]:
    """The rows of the chosen metrics, and how many more there are; a line of its own where none is chosen.

    ``daily``: the period is a day. ``item``, ``measure``: the most characters of a name.
    """
    shown = chosen(sums, targeted)
    rows = [metric_row(line, daily=daily, item=item, measure=measure) for line in shown]
    if len(sums) > len(shown):
        key = "tally.more_quantities" if shown else "tally.no_quantities"
        rows.append(Text(key, count=len(sums) - len(shown)))
    return rows


def metric_row(line: QuantitySum, *, daily: bool, item: int = UNLIMITED, measure: int = UNLIMITED) -> Text:
    """One metric: what was added in the period, if anything was, and its total."""
    name, unit = short(line.item, item), short(line.measure, measure)
    total = quantity_text(line.total, unit, approx=line.approx)
    if not line.added:
        return Text("tally.quantity_total", item=name, total=total)
    added = quantity_text(line.added, unit, approx=line.added_approx)
    key = "tally.quantity_today" if daily else "tally.quantity_period"
    return Text(key, item=name, added=added, total=total)
