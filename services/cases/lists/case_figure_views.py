"""``/figures``: the figures of cases in the chat, their breakdowns, and the cases behind each number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from locales import Text
from models import people
from models.cases.counted import CountedCases, FigureSpan, Key
from models.db import Session
from reports.formats import moment_text
from rules.cases.case_figures import RATES, CaseCount, CaseSums, FigureBreakdown, Rate
from rules.periods import NAMED, FigureDays, FigurePeriod
from services.access import Actor
from services.cases.lists import case_figures, order_lines
from services.tallies import tally_periods
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, arguments_of, button, in_rows, paging

_COMMAND: Final = "/figures"
_BEHIND: Final = 3
"""Buttons in a row."""


@dataclass(frozen=True, slots=True)
class FigureSelection:
    """Which figures are shown: the period, as it runs at a moment, and all cases or one unit or category.

    ``at`` None: the moment of the press. ``first``, ``last``: the days of ``FigurePeriod.DAYS``.
    """

    period: FigurePeriod = FigurePeriod.WEEK
    at: datetime | None = None
    by: FigureBreakdown | None = None
    key: Key = None
    first: date | None = None
    last: date | None = None

    @property
    def days(self) -> FigureDays | None:
        return None if self.first is None or self.last is None else FigureDays(self.first, self.last)

    @property
    def part(self) -> CountedCases:
        return CountedCases(by=self.by, key=self.key)


def _shown(turn: Turn, asked: FigureSelection) -> tuple[FigureSelection, FigureSpan]:
    """The selection at its moment, which all further buttons keep, and the period then."""
    at = asked.at or turn.now
    return replace(asked, at=at), case_figures.span_of(asked.period, at, turn.campaign, asked.days)


async def of_words(turn: Turn, words: str) -> View:
    """``/figures``, alone (this week), with a period's name, or with two days: 11月1日至11月20日."""
    case_figures.part_of(turn.actor)
    if not words:
        return await overview(turn, FigureSelection())
    period, days = tally_periods.read_period(words, turn.today, _COMMAND)
    first, last = (None, None) if days is None else (days.first, days.last)
    return await overview(turn, FigureSelection(period, first=first, last=last))


async def overview(turn: Turn, asked: FigureSelection) -> View:
    """All figures, with a button for each number that lists its cases."""
    asked, span = _shown(turn, asked)
    found = await case_figures.total(turn.session, turn.actor, span, asked.part)
    lines = [await _title(turn, asked, span), *_lines(found)]
    if case_figures.part_of(turn.actor, asked.part).counts_orders:
        lines.append(Text("caselist.by_orders"))
    lines.append(Text("caselist.other_days"))
    rows = [*_behind(turn.actor, asked, found), *_periods(turn.actor, asked)]
    if asked.by is None:
        rows.append([_broken_down(turn.actor, asked, by) for by in FigureBreakdown])
    else:
        rows.append([_button(turn.actor, Text("caselist.back_button"), replace(asked, by=None, key=None))])
    return View(lines, rows)


async def breakdown(turn: Turn, asked: FigureSelection, broken_by: FigureBreakdown, *, offset: int) -> View:
    """A line for each unit or category, the worst first, with a button to all its figures."""
    asked, span = _shown(turn, asked)
    found = await case_figures.table(turn.session, turn.actor, span, broken_by)
    units = await _units(turn.session, broken_by)
    lines = [await _title(turn, asked, span)]
    rows = []
    shown = found[offset : offset + LISTED]
    for number, (key, sums) in enumerate(shown, offset + 1):
        name = _name(broken_by, key, units)
        lines.append(_row_line(number, name, sums))
        label = Text("caselist.row_button", number=number, name=name)
        rows.append([_button(turn.actor, label, replace(asked, by=broken_by, key=key))])
    if not shown:
        lines.append(Text("caselist.no_figures"))
    elif broken_by is FigureBreakdown.UNIT or case_figures.part_of(turn.actor).counts_orders:
        lines.append(Text("caselist.by_orders"))
    arguments = arguments_of(asked) | {"broken_by": broken_by}
    rows += paging("caselist.breakdown", turn.actor.id, offset, len(found), **arguments)
    return View(lines, [*rows, [_button(turn.actor, Text("caselist.back_button"), asked)]])


async def behind(turn: Turn, asked: FigureSelection, figure: CaseCount, *, offset: int) -> View:
    """The cases that a number counts or, of units, their orders."""
    asked, span = _shown(turn, asked)
    counted = await case_figures.count_behind(turn.session, turn.actor, figure, span, asked.part)
    found = await case_figures.behind(
        turn.session, turn.actor, figure, span, asked.part, offset=offset, limit=LISTED
    )
    title = Text("caselist.behind_title", figure=Text(f"caselist.count.{figure.value}"), count=counted)
    listed = await order_lines.listed(turn, found, offset)
    lines = [await _title(turn, asked, span), title, *listed.lines]
    arguments = arguments_of(asked) | {"figure": figure}
    rows = [*listed.rows, *paging("caselist.behind", turn.actor.id, offset, counted, **arguments)]
    rows.append([_button(turn.actor, Text("caselist.back_button"), asked)])
    return View(lines, rows, case_ids=listed.case_ids)


async def _title(turn: Turn, asked: FigureSelection, span: FigureSpan) -> Text:
    zone, everywhere = turn.campaign.zone, turn.actor.oversight is None
    since = Text("caselist.from_first") if span.since is None else moment_text(span.since, zone)
    of = Text("caselist.all_cases" if everywhere else "caselist.own_units")
    if asked.by is not None:
        of = _name(asked.by, asked.key, await _units(turn.session, asked.by))
    return Text(
        "caselist.figures_title",
        period=Text(f"periods.{asked.period.value}"),
        of=of,
        since=since,
        until=moment_text(span.until, zone),
    )


async def _units(session: Session, by: FigureBreakdown) -> dict[int, str]:
    """The names of the units, if the breakdown is by unit. ``DirectoryNames`` would read all people, too."""
    if by is not FigureBreakdown.UNIT:
        return {}
    return {
        unit.id: unit.name for unit in await people.all_units(session, retired=True) if unit.id is not None
    }


def _name(by: FigureBreakdown, key: Key, units: Mapping[int, str]) -> Text:
    if by is FigureBreakdown.UNIT:
        name = units.get(key) if isinstance(key, int) else None
        return Text("common.as_is", text=name) if name else Text("caselist.no_unit")
    return Text("common.as_is", text=key)


def _lines(found: CaseSums) -> list[Text]:
    numbers = (CaseCount.REGISTERED, CaseCount.DUE, CaseCount.SUSPENDED, CaseCount.CLOSED)
    lines = [
        Text("caselist.count_line", name=Text(f"caselist.count.{count.value}"), count=found.count(count))
        for count in numbers
    ]
    lines += [
        Text(
            "caselist.rate_line",
            name=Text(f"caselist.rate.{rate.value}"),
            percent=percent_text(found.percent(rate)),
            part=found.count(RATES[rate].part),
            whole=found.whole(rate),
        )
        for rate in Rate
    ]
    return [*lines, Text("caselist.hours_line", hours=_hours(found.hours))]


def percent_text(percent: Decimal | None) -> Text:
    """A percentage with two decimals; — if there was nothing to divide by."""
    return Text("caselist.nothing_to_divide") if percent is None else Text("caselist.percent", value=percent)


def _hours(hours: Decimal | None) -> Text:
    return Text("caselist.nothing_to_divide") if hours is None else Text("common.as_is", text=hours)


def _row_line(number: int, name: Text, found: CaseSums) -> Text:
    return Text(
        "caselist.row",
        number=number,
        name=name,
        registered=found.count(CaseCount.REGISTERED),
        due=found.count(CaseCount.DUE),
        closing=percent_text(found.percent(Rate.CLOSING_RATE)),
        in_time=percent_text(found.percent(Rate.IN_TIME_RATE)),
    )


def _button(actor: Actor, label: str | Text, asked: FigureSelection) -> ButtonSpec:
    """A button to the overview."""
    return button(label, "caselist.figures", actor.id, **arguments_of(asked))


def _behind(actor: Actor, asked: FigureSelection, found: CaseSums) -> list[list[ButtonSpec]]:
    buttons = [
        button(
            Text(
                "caselist.count_button",
                name=Text(f"caselist.count.{count.value}"),
                count=found.count(count),
            ),
            "caselist.behind",
            actor.id,
            **arguments_of(asked),
            figure=count,
            offset=0,
        )
        for count in CaseCount
        if found.count(count)
    ]
    return in_rows(buttons, _BEHIND)


def _periods(actor: Actor, asked: FigureSelection) -> list[list[ButtonSpec]]:
    """Buttons to the same figures of the other periods, as they run at the moment of the press."""
    same = replace(asked, at=None, first=None, last=None)
    buttons = [
        _button(actor, f"periods.{period.value}", replace(same, period=period))
        for period in NAMED
        if period is not asked.period
    ]
    return in_rows(buttons, _BEHIND)


def _broken_down(actor: Actor, asked: FigureSelection, by: FigureBreakdown) -> ButtonSpec:
    return button(
        f"caselist.by.{by.value}",
        "caselist.breakdown",
        actor.id,
        **arguments_of(asked),
        broken_by=by,
        offset=0,
    )
