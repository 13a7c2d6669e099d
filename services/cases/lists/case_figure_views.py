"""``/figures``: the figures of cases in the chat, their breakdowns, and the cases behind each number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from locales import Text
from models import people
from models.cases.case_sums import CountedCases, FigureSpan, Key
from models.db import Session
from reports.formats import moment_text
from rules.cases.case_figures import RATES, CaseCount, CaseSums, FigureBreakdown, Rate
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_wording
from services.cases.lists import case_figures
from services.cases.lists.case_figures import FigurePeriod
from services.cases.lists.case_listing import card_button
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, in_rows, paging

_BEHIND: Final = 3
"""Buttons in a row."""


@dataclass(frozen=True, slots=True)
class FigureSelection:
    """Which figures are shown: the period, as it ran at a moment, and all cases or one unit or category."""

    period: FigurePeriod
    at: datetime
    part: CountedCases = field(default_factory=CountedCases)

    @classmethod
    def of(cls, arguments: Mapping[str, Any], now: datetime) -> FigureSelection:
        """The selection that a button's arguments hold; at ``now``, if they name no moment."""
        by = arguments.get("by")
        part = CountedCases(by=FigureBreakdown(by), key=arguments.get("key")) if by else CountedCases()
        at = datetime.fromisoformat(arguments["at"]) if "at" in arguments else now
        return cls(FigurePeriod(arguments.get("period", FigurePeriod.WEEK)), at, part)

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of a button about exactly these figures."""
        part = {"by": self.part.by.value, "key": self.part.key} if self.part.by else {}
        return {"period": self.period.value, "at": self.at.isoformat(), **part}


async def overview(turn: Turn, asked: FigureSelection | None = None) -> View:
    """All figures, with a button for each number that lists its cases."""
    asked = asked or FigureSelection(FigurePeriod.WEEK, turn.now)
    span = case_figures.span_of(asked.period, asked.at, turn.campaign)
    found = await case_figures.total(turn.session, turn.actor, span, asked.part)
    lines = [await _title(turn.session, asked, span, turn.campaign), *_lines(found)]
    rows = [*_behind(turn.actor, asked, found), _periods(turn.actor, asked)]
    if asked.part.by is None:
        rows.append([_broken_down(turn.actor, asked, by) for by in FigureBreakdown])
    else:
        rows.append([_button(turn.actor, Text("caselist.back_button"), asked, part=CountedCases())])
    return View(lines, rows)


async def breakdown(turn: Turn, asked: FigureSelection, by: FigureBreakdown, *, offset: int) -> View:
    """A line for each unit or category, the most cases due first, with a button to all its figures."""
    span = case_figures.span_of(asked.period, asked.at, turn.campaign)
    found = await case_figures.table(turn.session, turn.actor, span, by)
    units = await _units(turn.session, by)
    lines = [await _title(turn.session, asked, span, turn.campaign)]
    rows = []
    shown = found.rows[offset : offset + LISTED]
    for number, (key, sums) in enumerate(shown, offset + 1):
        name = _name(by, key, units)
        lines.append(_row_line(number, name, sums))
        rows.append(
            [
                _button(
                    turn.actor,
                    Text("caselist.row_button", number=number, name=name),
                    asked,
                    CountedCases(None, by, key),
                )
            ]
        )
    if not shown:
        lines.append(Text("caselist.no_figures"))
    arguments = {**asked.arguments, "broken_by": by.value}
    rows += paging("caselist.breakdown", turn.actor.id, offset, len(found.rows), **arguments)
    return View(lines, [*rows, [_button(turn.actor, Text("caselist.back_button"), asked)]])


async def behind(turn: Turn, asked: FigureSelection, count: CaseCount, *, offset: int) -> View:
    """The cases that a number counts."""
    span = case_figures.span_of(asked.period, asked.at, turn.campaign)
    counted = await case_figures.count_behind(turn.session, turn.actor, count, span, asked.part)
    found = await case_figures.cases_behind(
        turn.session, turn.actor, count, span, asked.part, offset=offset, limit=LISTED
    )
    numbered = list(enumerate(found, offset + 1))
    title = Text("caselist.behind_title", figure=Text(f"caselist.count.{count.value}"), count=counted)
    lines = [await _title(turn.session, asked, span, turn.campaign), title]
    lines += [case_wording.line(number, case, turn.now, turn.campaign) for number, case in numbered]
    rows = [[card_button(turn.actor, number, case)] for number, case in numbered]
    arguments = {**asked.arguments, "figure": count.value}
    rows += paging("caselist.behind", turn.actor.id, offset, counted, **arguments)
    rows.append([_button(turn.actor, Text("caselist.back_button"), asked)])
    return View(lines, rows, case_ids=[case.id for case in found if case.id is not None])


async def _title(session: Session, asked: FigureSelection, span: FigureSpan, campaign: Campaign) -> Text:
    since = Text("caselist.from_first") if span.since is None else moment_text(span.since, campaign.zone)
    of = Text("caselist.all_cases")
    if asked.part.by is not None:
        of = _name(asked.part.by, asked.part.key, await _units(session, asked.part.by))
    return Text(
        "caselist.figures_title",
        period=Text(f"caselist.period.{asked.period.value}"),
        of=of,
        since=since,
        until=moment_text(span.until, campaign.zone),
    )


async def _units(session: Session, by: FigureBreakdown) -> dict[int, str]:
    """The names of the units, if the breakdown is by unit. ``DirectoryNames`` would read all people, too."""
    if by is not FigureBreakdown.UNIT:
        return {}
    return {unit.id: unit.name for unit in await people.all_units(session) if unit.id is not None}


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


def _button(
    actor: Actor, label: Text, asked: FigureSelection, part: CountedCases | None = None
) -> ButtonSpec:
    """A button to the overview, of another ``part`` of the cases if that is given."""
    asked = asked if part is None else FigureSelection(asked.period, asked.at, part)
    return button(label, "caselist.figures", actor.id, **asked.arguments)


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
            **asked.arguments,
            figure=count.value,
            offset=0,
        )
        for count in CaseCount
        if found.count(count)
    ]
    return in_rows(buttons, _BEHIND)


def _periods(actor: Actor, asked: FigureSelection) -> list[ButtonSpec]:
    """Buttons to the same figures of the other periods, as they run at the moment of the press."""
    return [
        button(
            f"caselist.period.{period.value}",
            "caselist.figures",
            actor.id,
            **{name: value for name, value in asked.arguments.items() if name != "at"}
            | {"period": period.value},
        )
        for period in FigurePeriod
        if period is not asked.period
    ]


def _broken_down(actor: Actor, asked: FigureSelection, by: FigureBreakdown) -> ButtonSpec:
    return button(
        f"caselist.by.{by.value}",
        "caselist.breakdown",
        actor.id,
        **asked.arguments,
        broken_by=by.value,
        offset=0,
    )
