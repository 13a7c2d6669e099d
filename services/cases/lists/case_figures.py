"""The figures of cases by period, unit and category, each with the cases behind it. See docs/figures.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from models.cases import case_sums
from models.cases.case_sums import CountedOne
from models.cases.counted import CountedCases, FigureSpan, Key
from models.db import Session
from rules.cases.case_figures import CaseCount, CaseSums, FigureBreakdown, Rate
from rules.people.roles import LEADERS, SEES_ALL
from rules.periods import FigureDays, FigurePeriod, days_of
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError

READERS: Final = LEADERS | SEES_ALL


def span_of(
    period: FigurePeriod, at: datetime, campaign: Campaign, days: FigureDays | None = None
) -> FigureSpan:
    """The period at that moment: from the local midnight of its first day until the moment or its end."""
    mine = days_of(period, campaign.today(at), days)
    since = None if mine.first is None else campaign.midnight(mine.first)
    return FigureSpan(since, at if mine.end is None else campaign.midnight(mine.end))


async def table(
    session: Session, actor: Actor, span: FigureSpan, by: FigureBreakdown
) -> Sequence[tuple[Key, CaseSums]]:
    """The figures by unit or category, the worst first. Those by unit do not add up to ``total``."""
    found = await case_sums.sums(session, span, part_of(actor), by)
    return sorted(found.items(), key=lambda row: (*_worst_first(row[1]), str(row[0])))


def _worst_first(sums: CaseSums) -> tuple[int, Decimal, int]:
    """By how many are due and not closed in time; of as many, the lower share of those in time first."""
    late = sums.whole(Rate.IN_TIME_RATE) - sums.count(CaseCount.IN_TIME)
    in_time = sums.percent(Rate.IN_TIME_RATE)
    return -late, Decimal(100) if in_time is None else in_time, -sums.count(CaseCount.DUE)


async def total(
    session: Session, actor: Actor, span: FigureSpan, part: CountedCases | None = None
) -> CaseSums:
    """The figures of the part: each case once by its last order, or of units, all their orders."""
    return (await case_sums.sums(session, span, part_of(actor, part), None))[None]


async def count_behind(
    session: Session, actor: Actor, count: CaseCount, span: FigureSpan, part: CountedCases | None = None
) -> int:
    """One of the numbers of ``total``."""
    return await case_sums.how_many(session, count, span, part_of(actor, part))


async def behind(
    session: Session,
    actor: Actor,
    count: CaseCount,
    span: FigureSpan,
    part: CountedCases | None = None,
    *,
    offset: int,
    limit: int,
) -> Sequence[CountedOne]:
    """A page of what a figure counts, by case number. All pages together hold exactly that many."""
    return await case_sums.members(session, count, span, part_of(actor, part), offset=offset, limit=limit)


def part_of(actor: Actor, part: CountedCases | None = None) -> CountedCases:
    """The part that the actor oversees: of a leader of units, their orders.

    ``DomainError``: the actor may not see figures.
    """
    if not actor.roles & READERS:
        raise DomainError("caselist.figures_not_yours")
    return CountedCases(actor.oversight, part.by if part else None, part.key if part else None)
