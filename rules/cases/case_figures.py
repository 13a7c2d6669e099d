"""The figures of cases: the counts, and the rates that follow from them. docs/figures.md defines them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final


class CaseCount(StrEnum):
    """What is counted. ``DUE`` and all that follow count among the cases whose limit falls in the period."""

    REGISTERED = "registered"
    CLOSED = "closed"
    DUE = "due"
    SUSPENDED = "suspended"
    DUE_CLOSED = "due_closed"
    IN_TIME = "in_time"
    FED_BACK = "fed_back"
    REWORKED = "reworked"
    EXTENDED = "extended"
    SIGNED_IN_TIME = "signed_in_time"
    MENDED = "mended"


class Rate(StrEnum):
    CLOSING_RATE = "closing_rate"
    IN_TIME_RATE = "in_time_rate"
    REWORK_RATE = "rework_rate"
    EXTENSION_RATE = "extension_rate"
    SIGNING_RATE = "signing_rate"


class FigureBreakdown(StrEnum):
    """By what figures are broken down."""

    UNIT = "unit"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class RateParts:
    """A rate: ``part`` of ``whole``. ``without`` is first taken from ``whole``."""

    part: CaseCount
    whole: CaseCount
    without: CaseCount | None = None


RATES: Final[Mapping[Rate, RateParts]] = {
    Rate.CLOSING_RATE: RateParts(CaseCount.DUE_CLOSED, CaseCount.DUE, CaseCount.SUSPENDED),
    Rate.IN_TIME_RATE: RateParts(CaseCount.IN_TIME, CaseCount.DUE, CaseCount.SUSPENDED),
    Rate.REWORK_RATE: RateParts(CaseCount.REWORKED, CaseCount.FED_BACK),
    Rate.EXTENSION_RATE: RateParts(CaseCount.EXTENDED, CaseCount.DUE),
    Rate.SIGNING_RATE: RateParts(CaseCount.SIGNED_IN_TIME, CaseCount.DUE),
}
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class CaseSums:
    """The counts. ``worked``: the working minutes that all mended cases took together."""

    counts: Mapping[CaseCount, int]
    worked: int = 0

    def count(self, which: CaseCount) -> int:
        return self.counts.get(which, 0)

    def whole(self, rate: Rate) -> int:
        """The number by which the rate divides."""
        share = RATES[rate]
        return self.count(share.whole) - (self.count(share.without) if share.without else 0)

    def percent(self, rate: Rate) -> Decimal | None:
        """The rate in per cent, with two decimals; None if there is nothing to divide by."""
        return percent(self.count(RATES[rate].part), self.whole(rate))

    @property
    def hours(self) -> Decimal | None:
        """平均处置工作时: the working hours that a mended case took on average; None if none was mended."""
        return ratio(self.worked, 60 * self.count(CaseCount.MENDED))

    def __add__(self, other: CaseSums) -> CaseSums:
        counts = {which: self.count(which) + other.count(which) for which in CaseCount}
        return CaseSums(counts, self.worked + other.worked)


def percent(part: int, whole: int) -> Decimal | None:
    """``part`` of ``whole`` in per cent, two decimals, half up; None if there is nothing to divide by."""
    return ratio(100 * part, whole)


def ratio(part: int, whole: int) -> Decimal | None:
    """``part`` divided by ``whole``, two decimals, half up; None if there is nothing to divide by."""
    if whole <= 0:
        return None
    # In whole numbers: a quotient that is rounded already would be rounded twice.
    cents, rest = divmod(part * 100, whole)
    return Decimal(cents + (2 * rest >= whole)) * _CENT
