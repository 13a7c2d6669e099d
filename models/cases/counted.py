"""What figures count, and by which columns: cases as they stand, or the orders that units had."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col

from models.cases import Case, OrderCase
from rules.cases.case_facts import AppealState
from rules.cases.case_figures import CaseCount, FigureBreakdown
from rules.cases.case_lifecycle import CaseState
from rules.cases.order_facts import OrderOutcome

Key = int | str | None


@dataclass(frozen=True, slots=True)
class FigureSpan:
    """A period from ``since`` (None: from the first case) to just before ``until``."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class CountedCases:
    """The part that is counted: of these units (None: all); with ``by``, only what is of that ``key``."""

    unit_ids: Collection[int] | None = None
    by: FigureBreakdown | None = None
    key: Key = None

    @property
    def counts_orders(self) -> bool:
        """Whether orders are counted. They are of units; cases that no unit has (key None) are on none."""
        return self.unit_ids is not None or (self.by is FigureBreakdown.UNIT and self.key is not None)


@dataclass(frozen=True, slots=True)
class Basis:
    """What is counted: rows of ``table`` for which ``always`` holds.

    ``moments``: by which a row belongs to a period; all other counts count among those due. ``conditions``:
    which rows a count counts of those of its moment.
    """

    table: Any
    unit_id: Any
    moments: Mapping[CaseCount, Any]
    conditions: Mapping[CaseCount, sa.ColumnElement[bool]]
    always: Sequence[sa.ColumnElement[bool]] = ()

    def key(self, by: FigureBreakdown) -> Any:
        return self.unit_id if by is FigureBreakdown.UNIT else col(Case.category)

    def wanted(self, count: CaseCount, span: FigureSpan, part: CountedCases) -> list[sa.ColumnElement[bool]]:
        """The conditions for the rows that belong to the period by the moment of ``count``."""
        moment = self._moment(count)
        found = [moment < span.until, *self.always]
        if span.since is not None:
            found.append(moment >= span.since)
        if part.unit_ids is not None:
            found.append(self.unit_id.in_(part.unit_ids))
        if part.by is not None:
            # ``==`` makes IS NULL of None: the cases that no unit has.
            found.append(self.key(part.by) == part.key)
        return found

    def narrowed(self, count: CaseCount) -> list[sa.ColumnElement[bool]]:
        """The condition that ``count`` adds to those of its moment, if it does."""
        return [self.conditions[count]] if count in self.conditions else []

    def source(self, *breakdowns: FigureBreakdown | None) -> Any:
        """The tables that a count needs. An order's own row says all but the category."""
        return self.whole if FigureBreakdown.CATEGORY in breakdowns else self.table

    @property
    def whole(self) -> Any:
        """What is counted, with its cases."""
        if self.table is Case:
            return Case
        return sa.join(OrderCase, Case, col(OrderCase.case_id) == col(Case.id))

    def _moment(self, count: CaseCount) -> Any:
        return self.moments[count if count in self.moments else CaseCount.DUE]


def _conditions(
    of: type[Case | OrderCase], *, closed: Any, suspended: Any, mended: Any, exempt: Any
) -> dict[CaseCount, sa.ColumnElement[bool]]:
    """The conditions of the counts among what is due; their columns have the same names in both tables."""
    return {
        CaseCount.SUSPENDED: suspended,
        CaseCount.DUE_CLOSED: closed,
        CaseCount.IN_TIME: sa.and_(closed, sa.or_(col(of.fed_back_at) <= col(of.limit_at), exempt)),
        CaseCount.FED_BACK: sa.or_(col(of.fed_back_at).is_not(None), col(of.reworks) > 0),
        CaseCount.REWORKED: col(of.reworks) > 0,
        CaseCount.EXTENDED: col(of.extensions) > 0,
        CaseCount.SIGNED_IN_TIME: col(of.acknowledged_at) <= col(of.sign_by),
        CaseCount.MENDED: mended,
    }


_STATE: Final = col(Case.state)
_OUTCOME: Final = col(OrderCase.outcome)
CASES: Final = Basis(
    table=Case,
    unit_id=col(Case.unit_id),
    moments={
        CaseCount.REGISTERED: col(Case.registered_at),
        CaseCount.CLOSED: col(Case.closed_at),
        CaseCount.DUE: col(Case.limit_at),
    },
    conditions=_conditions(
        Case,
        closed=_STATE == CaseState.CLOSED,
        suspended=_STATE == CaseState.SUSPENDED,
        mended=_STATE.in_((CaseState.FED_BACK, CaseState.CLOSED)),
        exempt=col(Case.appeal) == AppealState.GRANTED,
    ),
)
# A case that no unit has, has no limit either.
WAITING: Final = Basis(
    table=Case,
    unit_id=col(Case.unit_id),
    moments={CaseCount.REGISTERED: col(Case.registered_at)},
    conditions={},
    always=(col(Case.unit_id).is_(None),),
)
ORDERS: Final = Basis(
    table=OrderCase,
    unit_id=col(OrderCase.unit_id),
    moments={
        CaseCount.REGISTERED: col(OrderCase.registered_at),
        CaseCount.CLOSED: col(OrderCase.ended_at),
        CaseCount.DUE: col(OrderCase.limit_at),
    },
    conditions={
        CaseCount.CLOSED: _OUTCOME == OrderOutcome.CLOSED,
        **_conditions(
            OrderCase,
            closed=_OUTCOME == OrderOutcome.CLOSED,
            suspended=_OUTCOME == OrderOutcome.SUSPENDED,
            mended=_OUTCOME.in_((OrderOutcome.FED_BACK, OrderOutcome.CLOSED)),
            exempt=col(OrderCase.exempt),
        ),
    },
    # As ``OrderFacts.counts`` says.
    always=(
        sa.or_(
            _OUTCOME.not_in((OrderOutcome.SENT_BACK, OrderOutcome.REASSIGNED)),
            sa.and_(_OUTCOME == OrderOutcome.REASSIGNED, col(OrderCase.ended_at) > col(OrderCase.limit_at)),
        ),
    ),
)


def bases(part: CountedCases, by: FigureBreakdown | None) -> Sequence[Basis]:
    """What is counted of a part, if it is broken down by that."""
    if part.counts_orders:
        return (ORDERS,)
    if by is FigureBreakdown.UNIT and part.by is not FigureBreakdown.UNIT:
        return (ORDERS, WAITING)
    return (CASES,)
