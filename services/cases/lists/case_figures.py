"""The figures of cases by period, unit and category, each with the cases behind it. See docs/figures.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from models.cases import case_sums
from models.cases.case_sums import CountedOne
from models.cases.counted import CountedCases, FigureSpan, Key
from models.db import Session
from rules.cases.case_figures import CaseCount, CaseSums, FigureBreakdown
from rules.people.roles import LEADERS, SEES_ALL
from rules.slots import local_slot
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError

READERS: Final = LEADERS | SEES_ALL


class FigurePeriod(StrEnum):
    """A running period. It ends now, so a limit that is still to come is not counted."""

    WEEK = "week"
    MONTH = "month"
    CAMPAIGN = "campaign"


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
    session: Session, actor: Actor, span: FigureSpan, by: FigureBreakdown
) -> Sequence[tuple[Key, CaseSums]]:
    """The figures by unit or category, the most due first. Those by unit do not add up to ``total``."""
    found = await case_sums.sums(session, span, part_of(actor), by)
    return sorted(found.items(), key=lambda row: (-row[1].count(CaseCount.DUE), str(row[0])))


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
