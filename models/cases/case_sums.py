"""Counts for the figures of cases.

The same conditions count and list, so that each number is that of the cases behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from models.cases import Case
from models.db import Session
from rules.cases.case_facts import AppealState
from rules.cases.case_figures import CaseCount, CaseSums, FigureBreakdown
from rules.cases.case_lifecycle import CaseState

Key = int | str | None


@dataclass(frozen=True, slots=True)
class FigureSpan:
    """A period from ``since`` (None: from the first case) to just before ``until``."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class CountedCases:
    """The cases that are counted: of these units (None: all); with ``by``, only those of that ``key``."""

    unit_ids: Collection[int] | None = None
    by: FigureBreakdown | None = None
    key: Key = None


_STATE: Final = col(Case.state)
_CLOSED: Final = _STATE == CaseState.CLOSED
_COLUMNS: Final[Mapping[FigureBreakdown, Any]] = {
    FigureBreakdown.UNIT: col(Case.unit_id),
    FigureBreakdown.CATEGORY: col(Case.category),
}
# The moment by which a case belongs to a period. For all other counts it is the limit.
_MOMENTS: Final[Mapping[CaseCount, Any]] = {
    CaseCount.REGISTERED: col(Case.registered_at),
    CaseCount.CLOSED: col(Case.closed_at),
}
_CONDITIONS: Final[Mapping[CaseCount, sa.ColumnElement[bool]]] = {
    CaseCount.SUSPENDED: _STATE == CaseState.SUSPENDED,
    CaseCount.DUE_CLOSED: _CLOSED,
    CaseCount.IN_TIME: sa.and_(
        _CLOSED,
        sa.or_(col(Case.fed_back_at) <= col(Case.limit_at), col(Case.appeal) == AppealState.GRANTED),
    ),
    CaseCount.FED_BACK: sa.or_(col(Case.fed_back_at).is_not(None), col(Case.reworks) > 0),
    CaseCount.REWORKED: col(Case.reworks) > 0,
    CaseCount.EXTENDED: col(Case.extensions) > 0,
    CaseCount.SIGNED_IN_TIME: col(Case.acknowledged_at) <= col(Case.sign_by),
    CaseCount.MENDED: _STATE.in_((CaseState.FED_BACK, CaseState.CLOSED)),
}


_WORKED: Final = "worked_minutes"


def _within(moment: Any, span: FigureSpan) -> list[sa.ColumnElement[bool]]:
    since = [] if span.since is None else [moment >= span.since]
    return [*since, moment < span.until]


def _of(part: CountedCases) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if part.unit_ids is not None:
        found.append(col(Case.unit_id).in_(part.unit_ids))
    if part.by is not None:
        # ``==`` makes IS NULL of None: the cases that no unit has.
        found.append(_COLUMNS[part.by] == part.key)
    return found


def counting_queries(span: FigureSpan, part: CountedCases, by: FigureBreakdown) -> list[Any]:
    """A query for each moment, with the key and the counts as columns. The last also has working minutes."""
    key = _COLUMNS[by].label("key")
    found: list[Any] = []
    for count, moment in _MOMENTS.items():
        query = sa.select(key, sa.func.count().label(count.value))
        found.append(query.where(*_within(moment, span), *_of(part)).group_by(_COLUMNS[by]))
    sums = [_sum(condition, 1).label(count.value) for count, condition in _CONDITIONS.items()]
    worked = _sum(_CONDITIONS[CaseCount.MENDED], col(Case.worked)).label(_WORKED)
    query = sa.select(key, sa.func.count().label(CaseCount.DUE.value), *sums, worked)
    query = query.where(*_within(col(Case.limit_at), span), *_of(part))
    return [*found, query.group_by(_COLUMNS[by])]


def _sum(condition: sa.ColumnElement[bool], of: Any) -> Any:
    return sa.func.sum(sa.case((condition, of), else_=0))


async def sums(
    session: Session, span: FigureSpan, part: CountedCases, by: FigureBreakdown
) -> dict[Key, CaseSums]:
    """The counts by unit (None: cases that no unit has) or by category."""
    found: dict[Key, CaseSums] = {}
    for query in counting_queries(span, part, by):
        for row in (await session.execute(query)).mappings():
            counts = {count: int(row[count.value]) for count in CaseCount if count.value in row}
            more = CaseSums(counts, int(row.get(_WORKED, 0)))
            found[row["key"]] = found.get(row["key"], CaseSums({})) + more
    return found


def members_query(count: CaseCount, span: FigureSpan, part: CountedCases) -> Any:
    """The query for the cases that ``count`` counts."""
    moment = _MOMENTS.get(count, col(Case.limit_at))
    condition = [_CONDITIONS[count]] if count in _CONDITIONS else []
    return select(Case).where(*_within(moment, span), *_of(part), *condition)


async def how_many(session: Session, count: CaseCount, span: FigureSpan, part: CountedCases) -> int:
    """The number of one count alone."""
    query = sa.select(sa.func.count()).select_from(members_query(count, span, part).subquery())
    return int((await session.execute(query)).scalar_one())


async def members(
    session: Session, count: CaseCount, span: FigureSpan, part: CountedCases, *, offset: int, limit: int
) -> Sequence[Case]:
    """A page of the cases behind a number, by their numbers."""
    query = members_query(count, span, part).order_by(col(Case.number), col(Case.id))
    found: Sequence[Case] = (await session.exec(query.offset(offset).limit(limit))).all()
    return found
