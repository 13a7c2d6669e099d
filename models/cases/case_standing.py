"""Where the cases of some units stand at one moment: what leaders and groups read of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from models.cases import IS_OPEN, Case
from models.db import Session
from models.people import Unit
from rules.cases.case_lifecycle import RUNNING, CaseState
from rules.periods import PeriodSpan

LISTED: Final = 8
"""So many overdue orders are kept by name: a group's tally names the most."""


@dataclass(frozen=True, slots=True)
class OverdueOrder:
    """An order whose limit is over and that its unit has not fed back; ``limit_at`` as an ISO moment."""

    number: str
    category: str
    unit: str
    limit_at: str


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """The counts of cases. ``registered`` and ``closed`` are of a period, all others of its end.

    ``due_today``: running orders whose limit is on that day, over or ahead. ``unsigned``: orders that nobody
    has signed for. ``overdue``: running orders whose limit is over; ``named``: those that are over longest.
    """

    registered: int = 0
    closed: int = 0
    due_today: int = 0
    unsigned: int = 0
    overdue: int = 0
    named: tuple[OverdueOrder, ...] = ()

    @property
    def says_something(self) -> bool:
        return any((self.registered, self.closed, self.due_today, self.unsigned, self.overdue))

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> CaseStanding:
        """``data`` None: a tally that was sent before it told of cases."""
        if data is None:
            return cls()
        return cls(**{**data, "named": tuple(OverdueOrder(**one) for one in data["named"])})


_DAY: Final = timedelta(days=1)
NO_CASES: Final = CaseStanding()


def _in_scope(unit_ids: Collection[int] | None) -> list[sa.ColumnElement[bool]]:
    return [] if unit_ids is None else [col(Case.unit_id).in_(unit_ids)]


def standing_query(at: datetime, day_ends: datetime, unit_ids: Collection[int] | None) -> Any:
    """The counts of open cases, from the index of open cases alone."""
    running, limit = col(Case.state).in_(RUNNING), col(Case.limit_at)
    counted = {
        "due_today": sa.and_(running, limit >= day_ends - _DAY, limit < day_ends),
        "unsigned": col(Case.state) == CaseState.DISPATCHED,
        "overdue": sa.and_(running, limit < at),
    }
    sums = [sa.func.sum(sa.case((one, 1), else_=0)).label(name) for name, one in counted.items()]
    return sa.select(*sums).where(IS_OPEN, *_in_scope(unit_ids))


class CaseMove(StrEnum):
    """How a case moves in a period: it is registered, or closed."""

    REGISTERED = "registered"
    CLOSED = "closed"


_MOMENTS: Final = {CaseMove.REGISTERED: col(Case.registered_at), CaseMove.CLOSED: col(Case.closed_at)}


@dataclass(frozen=True, slots=True)
class MovedCases:
    """How many cases were registered and closed in a period."""

    registered: int
    closed: int


async def moved(
    session: Session, since: datetime | None, until: datetime, unit_ids: Collection[int] | None
) -> MovedCases:
    """The cases that came and went in (since, until]; ``since`` None: from the first."""
    counts = [
        (await session.execute(moved_query(_MOMENTS[move], since, until, unit_ids))).scalar_one()
        for move in CaseMove
    ]
    return MovedCases(*counts)


async def moved_cases(
    session: Session,
    move: CaseMove,
    span: PeriodSpan,
    unit_ids: Collection[int] | None,
    offset: int,
    limit: int,
) -> Sequence[Case]:
    """A page of the cases that moved so in a span, the last first."""
    moment = _MOMENTS[move]
    query = select(Case).where(*_within(moment, span.since, span.until, unit_ids))
    query = query.order_by(moment.desc(), col(Case.id).desc()).offset(offset).limit(limit)
    return (await session.exec(query)).all()


def moved_query(
    moment: Any, since: datetime | None, until: datetime, unit_ids: Collection[int] | None
) -> Any:
    """How many cases have that moment in (since, until]."""
    return sa.select(sa.func.count()).select_from(Case).where(*_within(moment, since, until, unit_ids))


def _within(
    moment: Any, since: datetime | None, until: datetime, unit_ids: Collection[int] | None
) -> list[sa.ColumnElement[bool]]:
    within = [moment <= until] if since is None else [moment > since, moment <= until]
    return [*within, *_in_scope(unit_ids)]


async def moved_by_span(
    session: Session, spans: Sequence[PeriodSpan], unit_ids: Collection[int] | None
) -> list[MovedCases]:
    """The cases that came and went in each of these spans, which follow each other without a gap.

    There is at least one.
    """
    counts = []
    for move in CaseMove:
        rows = await session.execute(_moved_by_span(_MOMENTS[move], spans, unit_ids))
        found = {row["place"]: row["count"] for row in rows.mappings()}
        counts.append([found.get(place, 0) for place in range(len(spans))])
    return [MovedCases(*both) for both in zip(*counts, strict=True)]


def _moved_by_span(moment: Any, spans: Sequence[PeriodSpan], unit_ids: Collection[int] | None) -> Any:
    """The place of each span that has any, and how many cases have that moment in it."""
    first, last = spans[0].since, spans[-1].until
    within = [moment <= last] if first is None else [moment > first, moment <= last]
    place = sa.case(*((moment <= span.until, at) for at, span in enumerate(spans)))
    row = sa.select(place.label("place")).where(*within, *_in_scope(unit_ids)).subquery().c
    return sa.select(row.place, sa.func.count().label("count")).group_by(row.place)


async def first_registered(session: Session, unit_ids: Collection[int] | None) -> datetime | None:
    """When the first case of these units (None: all) was registered; None: there is none."""
    registered = col(Case.registered_at)
    query = sa.select(sa.func.min(registered)).where(registered.is_not(None), *_in_scope(unit_ids))
    found: datetime | None = (await session.execute(query)).scalar()
    return found


async def standing(
    session: Session,
    *,
    since: datetime,
    at: datetime,
    day_ends: datetime,
    unit_ids: Collection[int] | None = None,
) -> CaseStanding:
    """How the cases of these units (None: all) stand at ``at``, with what came and went since ``since``."""
    counts = (await session.execute(standing_query(at, day_ends, unit_ids))).mappings().one()
    came_and_went = await moved(session, since, at, unit_ids)
    overdue = int(counts["overdue"] or 0)
    return CaseStanding(
        registered=came_and_went.registered,
        closed=came_and_went.closed,
        due_today=int(counts["due_today"] or 0),
        unsigned=int(counts["unsigned"] or 0),
        overdue=overdue,
        named=await _overdue(session, at, unit_ids) if overdue else (),
    )


async def _overdue(
    session: Session, at: datetime, unit_ids: Collection[int] | None
) -> tuple[OverdueOrder, ...]:
    query: Any = (
        sa.select(col(Case.number), col(Case.category), col(Unit.name), col(Case.limit_at).label("limit_at"))
        .join(Unit, col(Unit.id) == col(Case.unit_id))
        .where(IS_OPEN, col(Case.state).in_(RUNNING), col(Case.limit_at) < at, *_in_scope(unit_ids))
        .order_by(col(Case.limit_at), col(Case.id))
        .limit(LISTED)
    )
    rows = (await session.execute(query)).mappings()
    return tuple(
        OverdueOrder(row["number"], row["category"], row["name"], row["limit_at"].isoformat()) for row in rows
    )
