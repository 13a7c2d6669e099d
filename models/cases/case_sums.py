"""Counts for the figures of cases.

The same conditions count and list, so that each number is that of the cases or orders behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import col

from models.cases import Case, OrderCase
from models.cases.counted import CASES, Basis, CountedCases, FigureSpan, Key, bases
from models.db import Session
from rules.cases.case_figures import CaseCount, CaseSums, FigureBreakdown

_WORKED: Final = "worked_minutes"


class CountedOne(NamedTuple):
    """What a number counts: a case or, where orders are counted, an order of it."""

    case: Case
    order: OrderCase | None = None


def counting_queries(
    basis: Basis, span: FigureSpan, part: CountedCases, by: FigureBreakdown | None
) -> list[Any]:
    """A query for each moment, with key and counts as columns. That of the limits also adds minutes."""
    return [_counting_query(basis, count, span, part, by) for count in basis.moments]


def _counting_query(
    basis: Basis, count: CaseCount, span: FigureSpan, part: CountedCases, by: FigureBreakdown | None
) -> Any:
    columns = [sa.func.count().label(count.value)]
    if count is CaseCount.DUE:
        columns += [
            _sum(condition, 1).label(of.value)
            for of, condition in basis.conditions.items()
            if of not in basis.moments
        ]
        mended = basis.conditions[CaseCount.MENDED]
        columns.append(_sum(mended, col(basis.table.worked)).label(_WORKED))
    query = sa.select(*columns).select_from(basis.source(by, part.by))
    query = query.where(*basis.wanted(count, span, part), *basis.narrowed(count))
    if by is None:
        return query
    key = basis.key(by)
    return query.add_columns(key.label("key")).group_by(key)


def _sum(condition: sa.ColumnElement[bool], of: Any) -> Any:
    return sa.func.sum(sa.case((condition, of), else_=0))


async def sums(
    session: Session, span: FigureSpan, part: CountedCases, by: FigureBreakdown | None
) -> dict[Key, CaseSums]:
    """The counts by unit (None: cases that no unit has) or by category; with ``by`` None, all under None."""
    found: dict[Key, CaseSums] = {}
    for basis in bases(part, by):
        for query in counting_queries(basis, span, part, by):
            for row in (await session.execute(query)).mappings():
                counts = {count: int(row[count.value] or 0) for count in CaseCount if count.value in row}
                more = CaseSums(counts, int(row.get(_WORKED) or 0))
                key = row.get("key")
                found[key] = found.get(key, CaseSums({})) + more
    return found


async def how_many(session: Session, count: CaseCount, span: FigureSpan, part: CountedCases) -> int:
    """The number of one count alone."""
    (basis,) = bases(part, None)
    query = sa.select(sa.func.count()).select_from(basis.source(part.by))
    query = query.where(*basis.wanted(count, span, part), *basis.narrowed(count))
    return int((await session.execute(query)).scalar_one())


def members_query(count: CaseCount, span: FigureSpan, part: CountedCases) -> Any:
    """The query for what ``count`` counts: cases or, where orders are counted, cases and their orders."""
    (basis,) = bases(part, None)
    query = sa.select(Case) if basis is CASES else sa.select(Case, OrderCase)
    query = query.select_from(basis.whole)
    return query.where(*basis.wanted(count, span, part), *basis.narrowed(count))


async def members(
    session: Session, count: CaseCount, span: FigureSpan, part: CountedCases, *, offset: int, limit: int
) -> Sequence[CountedOne]:
    """A page of what is behind a number, by the numbers of the cases and of their orders."""
    query = members_query(count, span, part).order_by(col(Case.number), col(Case.id))
    if part.counts_orders:
        query = query.order_by(col(OrderCase.number))
    rows = await session.execute(query.offset(offset).limit(limit))
    return [CountedOne(*row) for row in rows]
