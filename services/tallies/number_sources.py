"""Where a written number comes from: a condition that selects its reports, cases or entries.

They are read on demand: a few for an appendix, many for the sheet of all sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from models.cases import Case, OrderCase, case_orders, case_standing, case_sums
from models.cases.case_standing import CaseMove
from models.cases.case_sums import CountedOne
from models.cases.counted import CountedCases, FigureSpan
from models.db import Session
from models.progress import figure_sources, report_lookup
from models.progress.figure_sources import ItemTotal
from models.progress.report_lookup import CountedPart
from models.progress.report_selection import ReportSelection
from models.tasks import counted_tasks
from models.tasks.counted_tasks import BelowPart
from rules.cases.case_figures import CaseCount
from rules.periods import PeriodSpan


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One of what a number is made of.

    ``reference``: the number of a report, case, order or entry, or a name. ``at``: when it counts; ``added``:
    what it adds to a sum.
    """

    reference: str
    unit_id: int | None = None
    at: datetime | date | None = None
    task_id: int | None = None
    added: Decimal | None = None
    approx: bool = False


class NumberSource(Protocol):
    """``count``: of how many reports, cases or entries the number is made."""

    @property
    def count(self) -> int: ...

    async def rows(self, session: Session, limit: int) -> Sequence[SourceRow]:
        """So many of them, the last first."""
        ...


@dataclass(frozen=True, slots=True)
class TracedNumber:
    """A number as it is written, what it counts, and its source."""

    shown: str
    about: str
    source: NumberSource


@dataclass(frozen=True, slots=True)
class SummedFigures:
    """The sum of an item over the reports of a selection."""

    selection: ReportSelection
    total: ItemTotal

    @property
    def count(self) -> int:
        return self.total.figures

    async def rows(self, session: Session, limit: int) -> Sequence[SourceRow]:
        found = await figure_sources.of_item(session, self.selection, self.total, limit)
        return [
            SourceRow(one.receipt_no, one.unit_id, one.counted_at, one.task_id, one.added, one.approx)
            for one in found
        ]


@dataclass(frozen=True, slots=True)
class CountedReports:
    """The number of the reports of a selection, or of a part of them."""

    selection: ReportSelection
    count: int
    part: CountedPart | None = None

    async def rows(self, session: Session, limit: int) -> Sequence[SourceRow]:
        found = await report_lookup.selected(session, self.selection, limit, 0, self.part)
        return [SourceRow(one.receipt_no, one.unit_id, one.counted_at, one.task_id) for one in found]


@dataclass(frozen=True, slots=True)
class CaseNumber:
    """A count of cases, or of the orders that units had."""

    which: CaseCount
    span: FigureSpan
    part: CountedCases
    count: int

    async def rows(self, session: Session, limit: int) -> Sequence[SourceRow]:
        found = await case_sums.members(session, self.which, self.span, self.part, offset=0, limit=limit)
        return [self._row(one) for one in found]

    def _row(self, one: CountedOne) -> SourceRow:
        """The row of what belongs to the span by the moment of the count."""
        told: Case | OrderCase = one.case if one.order is None else one.order
        at = {
            CaseCount.REGISTERED: told.registered_at,
            CaseCount.CLOSED: one.case.closed_at if one.order is None else one.order.ended_at,
        }.get(self.which, told.limit_at)
        return SourceRow(one.case.number, told.unit_id, at)


@dataclass(frozen=True, slots=True)
class MovedCaseNumber:
    """The number of the cases of units that were registered, or closed, in a span."""

    move: CaseMove
    span: PeriodSpan
    unit_ids: frozenset[int] | None
    count: int

    async def rows(self, session: Session, limit: int) -> Sequence[SourceRow]:
        found = await case_standing.moved_cases(session, self.move, self.span, self.unit_ids, 0, limit)
        return [
            SourceRow(
                case.number,
                case.unit_id,
                case.registered_at if self.move is CaseMove.REGISTERED else case.closed_at,
            )
            for case in found
        ]


@dataclass(frozen=True, slots=True)
class IssuedOrders:
    """The number of the orders that were issued to units in a span."""

    span: FigureSpan
    unit_ids: frozenset[int] | None
    count: int

    async def rows(self, session: Session, limit: int) -> Sequence[SourceRow]:
        found = await case_orders.issued_in(session, self.span, self.unit_ids, limit)
        return [SourceRow(one.number, one.unit_id, one.issued_at) for one in found]


@dataclass(frozen=True, slots=True)
class TasksBelowNumber:
    """The number of the tasks that lie below those that count in a scope, or of a part of them."""

    part: BelowPart
    today: date
    unit_ids: frozenset[int] | None
    count: int

    async def rows(self, session: Session, limit: int) -> Sequence[SourceRow]:
        found = await counted_tasks.listed_below(session, self.today, self.unit_ids, self.part, limit)
        return [SourceRow("", task.lead_unit_id, task.completed_at, task.id) for task in found]


@dataclass(frozen=True, slots=True)
class NamedSources:
    """What is known already: entries of the log, tasks, units, each as a row."""

    known: Sequence[SourceRow]

    @classmethod
    def of(cls, names: Sequence[str]) -> NamedSources:
        """What is known by its name alone."""
        return cls([SourceRow(name) for name in names])

    @property
    def count(self) -> int:
        return len(self.known)

    async def rows(self, session: Session, limit: int) -> Sequence[SourceRow]:
        return self.known[:limit]


@dataclass(frozen=True, slots=True)
class OtherNumbers:
    """A rate: it is reckoned from other numbers, which have their own sources. ``count``: its denominator."""

    count: int

    async def rows(self, session: Session, limit: int) -> Sequence[SourceRow]:
        return ()
