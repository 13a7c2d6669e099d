"""The picture of a period's tally: its panels, cut to the rows that have room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from locales import Text, plain
from models.cases.case_standing import MovedCases
from reports.formats import day_text, first_moment_text, moment_text, quantity_text, short
from reports.pictures.picture import (
    BurnDownPanel,
    CasePanel,
    DailyPanel,
    DailyQuantity,
    Panel,
    Picture,
    RankLine,
    RankPanel,
)
from reports.pictures.room import fitted, row_count
from reports.pictures.tally_picture import TARGETS, UNITS, TargetSum, target_panel, unit_panel
from reports.tally import UnitLine
from rules.period_buckets import BucketLength, DayBucket
from rules.periods import PeriodSpan
from rules.tasks.unit_places import named_first

QUANTITIES: Final = 5
RANKED: Final = 10
"""So many are shown at most."""
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ITEM, _MEASURE = 40, 12


@dataclass(frozen=True, slots=True)
class RankedUnit:
    """A unit's done tasks among all of its tasks, and its place by them.

    ``change``: by how many places it rose since the period began; None: it had no place then.
    """

    name: str
    done: int
    total: int
    place: int
    change: int | None


@dataclass(frozen=True, slots=True)
class BucketQuantity:
    """What was added to an item in each bucket, and in all; ``approx``: an approximate figure is in it."""

    item: str
    measure: str
    added: Decimal
    approx: bool
    values: Sequence[Decimal]


@dataclass(frozen=True, slots=True)
class OpenTasks:
    """Tasks with a deadline. ``left``: how many are open at the end of each bucket that has begun.

    ``planned``: how many would be by their deadlines, at the end of each bucket.
    """

    left: Sequence[int]
    planned: Sequence[int]


@dataclass(frozen=True, slots=True)
class PanelDraft:
    """A panel of which rows can be left out.

    ``make``: the panel with so many rows, the first ones. ``rows``: how many it has at most; 0: it is a plot.
    """

    make: Callable[[int], Panel]
    rows: int = 0


def fitted_picture(title: str, stamp: str, drafts: Sequence[PanelDraft]) -> Picture:
    """The picture of these panels. Each says of how many rows it shows so many, as many as have room."""
    rows = [draft.rows for draft in drafts]
    while True:
        panels = [draft.make(count) for draft, count in zip(drafts, rows, strict=True)]
        room = [row_count(panel) for panel in fitted(Picture(title, stamp, panels)).panels]
        if room == rows:
            return Picture(title, stamp, panels)
        rows = room


def span_stamp(span: PeriodSpan, zone: ZoneInfo, this_year: int) -> Text:
    """The moments of a picture. ``this_year``: moments of other years name theirs."""
    since = Text("period_tally.from_first")
    if span.since is not None:
        since = first_moment_text(span.since, zone, this_year)
    return Text("pictures.span", since=since, until=moment_text(span.until, zone, this_year))


def bucket_names(buckets: Sequence[DayBucket], length: BucketLength, locale: str) -> list[str]:
    """The names of the buckets: of a week its days; of a month also the year, where there are several."""
    if length is BucketLength.DAY:
        return [plain(day_text(bucket.first), locale) for bucket in buckets]
    if length is BucketLength.WEEK:
        return [plain(_week(bucket), locale) for bucket in buckets]
    several = buckets[0].first.year != buckets[-1].first.year
    return [plain(_month(bucket.first, several), locale) for bucket in buckets]


def _month(first: date, several: bool) -> Text:
    month = Text(f"pictures.month.{MONTHS[first.month - 1]}")
    return Text("pictures.month_of_year", year=first.year, month=month) if several else month


def _week(bucket: DayBucket) -> Text:
    first, last = bucket.first, bucket.last
    days = {"month": first.month, "day": first.day, "last_month": last.month, "last_day": last.day}
    return Text("pictures.week", **days)


def units_draft(units: Sequence[UnitLine], locale: str) -> PanelDraft:
    """How the tasks of the units stand, the worst first."""
    return PanelDraft(partial(_units, units, locale), min(len(units), UNITS))


def _units(units: Sequence[UnitLine], locale: str, rows: int) -> Panel:
    return unit_panel(units, locale, rows)


def targets_draft(targets: Sequence[TargetSum], locale: str) -> PanelDraft:
    """The quantities that have a target, the least reached first."""
    return PanelDraft(partial(_targets, targets, locale), min(len(targets), TARGETS))


def _targets(targets: Sequence[TargetSum], locale: str, rows: int) -> Panel:
    return target_panel(targets, locale, rows)


def rank_draft(units: Sequence[RankedUnit], locale: str) -> PanelDraft:
    """The units with the greatest share of done tasks. They are the first ones: nobody reads who is last."""
    able = sum(unit.done > 0 for unit in units)
    return PanelDraft(partial(_ranks, units, locale), min(named_first(len(units)), able, RANKED))


def _ranks(units: Sequence[RankedUnit], locale: str, rows: int) -> Panel:
    shown = units[:rows]
    compared = any(unit.change is not None for unit in shown)
    heading = Text("pictures.rank_compared" if compared else "pictures.rank")
    rest = Text("pictures.rank_rest", count=len(units), shown=len(shown)) if len(units) > rows else None
    lines = [
        RankLine(unit.place, unit.change, unit.name, unit.done / unit.total, plain(_share(unit), locale))
        for unit in shown
    ]
    return RankPanel(plain(heading, locale), lines, "" if rest is None else plain(rest, locale))


def _share(unit: RankedUnit) -> Text:
    """The done tasks of a unit. Only all of them are 100 per cent."""
    percent = (200 * unit.done + unit.total) // (2 * unit.total)
    percent = min(percent, 100 if unit.done == unit.total else 99)
    return Text("pictures.done_share", percent=percent, done=unit.done, total=unit.total)


def quantities_draft(
    names: Sequence[str],
    length: BucketLength,
    quantities: Sequence[BucketQuantity],
    count: int,
    locale: str,
) -> PanelDraft:
    """What was added, by bucket. ``count``: of how many items ``quantities`` are the first ones."""
    heading = plain(Text(f"pictures.quantities.{length.value}"), locale)
    lines = [
        DailyQuantity(
            short(one.item, _ITEM),
            plain(quantity_text(one.added, short(one.measure, _MEASURE), approx=one.approx), locale),
            [float(value) for value in one.values],
        )
        for one in quantities
    ]

    def make(rows: int) -> Panel:
        others = count - rows
        rest = plain(Text("pictures.more_quantities", count=others), locale) if others else ""
        return DailyPanel(heading, names, lines[:rows], rest)

    return PanelDraft(make, len(lines))


def cases_draft(names: Sequence[str], cases: Sequence[MovedCases], locale: str) -> PanelDraft:
    """Cases registered and closed, by bucket."""
    registered, closed = [one.registered for one in cases], [one.closed for one in cases]
    labels = (
        plain(Text("pictures.registered", count=sum(registered)), locale),
        plain(Text("pictures.closed", count=sum(closed)), locale),
    )
    panel = CasePanel(plain(Text("pictures.moved_cases"), locale), labels, names, registered, closed)
    return PanelDraft(lambda _: panel)


def burn_down_draft(names: Sequence[str], tasks: OpenTasks, locale: str) -> PanelDraft:
    """Open tasks beside how many would be by their deadlines."""
    labels = plain(Text("pictures.left"), locale), plain(Text("pictures.planned"), locale)
    panel = BurnDownPanel(plain(Text("pictures.burn_down"), locale), labels, names, tasks.left, tasks.planned)
    return PanelDraft(lambda _: panel)
