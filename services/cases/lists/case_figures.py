"""The figures of cases by period, unit and category, each with the cases behind it. See docs/figures.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from models.cases import Case, case_sums
from models.cases.case_sums import CountedCases, FigureSpan, Key
from models.db import Session
from rules.cases.case_figures import CaseCount, CaseSums, FigureBreakdown
from rules.people.roles import LEADERS, SEES_ALL
from rules.slots import local_slot
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError

READERS: Final = LEADERS | SEES_ALL
_NOTHING: Final = CaseSums({})


class FigurePeriod(StrEnum):
    """A running period. It ends now, so a limit that is still to come is not counted."""

    WEEK = "week"
    MONTH = "month"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Figures by unit or category, and their total."""

    rows: Sequence[tuple[Key, CaseSums]]
    total: CaseSums


def span_of(period: FigurePeriod, at: datetime, campaign: Campaign) -> FigureSpan:
    """The period that runs at that moment: from the local midnight of its first day until the moment."""
    first = _first_day(period, campaign.today(at))
    return FigureSpan(None if first is None else local_slot(first, time(), campaign.zone), at)


def _first_day(period: FigurePeriod, today: date) -> date | None:
    match period:
        case FigurePeriod.WEEK:
            return today - timedelta(days=today.weekday())
        case FigurePeriod.MONTH:
            return today.replace(day=1)
    return None


async def table(
    session: Session,
    actor: Actor,
    span: FigureSpan,
    by: FigureBreakdown,
    *,
    key_of: CountedCases | None = None,
) -> FigureTable:
    """The figures by unit or category, the most cases due first. ``key_of``: only this part of the cases."""
    found = await case_sums.sums(session, span, _part(actor, key_of), by)
    rows = sorted(found.items(), key=lambda row: (-row[1].count(CaseCount.DUE), str(row[0])))
    return FigureTable(rows, sum((sums for _, sums in rows), _NOTHING))


async def total(
    session: Session, actor: Actor, span: FigureSpan, part: CountedCases | None = None
) -> CaseSums:
    return (await table(session, actor, span, FigureBreakdown.UNIT, key_of=part)).total


async def count_behind(
    session: Session, actor: Actor, count: CaseCount, span: FigureSpan, part: CountedCases | None = None
) -> int:
    """One of the numbers of ``total``."""
    return await case_sums.how_many(session, count, span, _part(actor, part))


async def cases_behind(
    session: Session,
    actor: Actor,
    count: CaseCount,
    span: FigureSpan,
    part: CountedCases | None = None,
    *,
    offset: int,
    limit: int,
) -> Sequence[Case]:
    """A page of the cases that a figure counts, by case number. All pages together hold exactly that many."""
    return await case_sums.members(session, count, span, _part(actor, part), offset=offset, limit=limit)


def _part(actor: Actor, part: CountedCases | None) -> CountedCases:
    """The part of the cases that the actor oversees. ``DomainError``: the actor may not see figures."""
    if not actor.roles & READERS:
        raise DomainError("caselist.figures_not_yours")
    return CountedCases(actor.oversight, part.by if part else None, part.key if part else None)
