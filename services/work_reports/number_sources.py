"""Where each number of a 工作情况汇报 comes from: a condition that selects its reports, cases or entries.

Ids are read on demand: a few for the appendix, all of them for who wants to check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from models.cases import case_sums
from models.cases.counted import CountedCases, FigureSpan
from models.db import Session
from models.progress import figure_sources, report_lookup
from models.progress.figure_sources import ItemTotal
from models.progress.report_selection import ReportSelection
from rules.cases.case_figures import CaseCount


class NumberSource(Protocol):
    """``count``: of how many reports, cases or entries the number is made."""

    @property
    def count(self) -> int: ...

    async def references(self, session: Session, limit: int) -> Sequence[str]:
        """The numbers of so many of them, the last first."""
        ...


@dataclass(frozen=True, slots=True)
class SummedFigures:
    """The sum of an item over the reports of a selection."""

    selection: ReportSelection
    total: ItemTotal

    @property
    def count(self) -> int:
        return self.total.figures

    async def references(self, session: Session, limit: int) -> Sequence[str]:
        found = await figure_sources.of_item(session, self.selection, self.total, limit)
        return list(dict.fromkeys(one.receipt_no for one in found))


@dataclass(frozen=True, slots=True)
class CountedReports:
    """The number of the reports of a selection."""

    selection: ReportSelection
    count: int

    async def references(self, session: Session, limit: int) -> Sequence[str]:
        return [one.receipt_no for one in await report_lookup.selected(session, self.selection, limit, 0)]


@dataclass(frozen=True, slots=True)
class CaseNumber:
    """A count of cases, or of the orders that units had."""

    which: CaseCount
    span: FigureSpan
    part: CountedCases
    count: int

    async def references(self, session: Session, limit: int) -> Sequence[str]:
        found = await case_sums.members(session, self.which, self.span, self.part, offset=0, limit=limit)
        return [one.case.number for one in found]


@dataclass(frozen=True, slots=True)
class NamedSources:
    """What is known by name already: entries of the log, orders, tasks."""

    names: Sequence[str]
    count: int

    async def references(self, session: Session, limit: int) -> Sequence[str]:
        return self.names[:limit]
