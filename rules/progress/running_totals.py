"""Running totals from 本次新增 and 累计: what each statement adds to the total of its unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """A number as stated: an increment, or the total up to now (``cumulative``)."""

    value: Decimal
    cumulative: bool


class FallingTotalError(ValueError):
    """Statement ``index`` gives a total that is smaller than the ``total`` before it."""

    def __init__(self, index: int, total: Decimal) -> None:
        super().__init__(f"statement {index} is below the total before it, {total}")
        self.index = index
        self.total = total


def additions(statements: Iterable[Statement]) -> list[Decimal]:
    """What each statement adds, in their order. ``FallingTotalError`` if a total falls."""
    total = Decimal(0)
    added = []
    for index, statement in enumerate(statements):
        if statement.cumulative and statement.value < total:
            raise FallingTotalError(index, total)
        added.append(statement.value - total if statement.cumulative else statement.value)
        total += added[-1]
    return added


def joined(first: Statement, then: Statement) -> Statement:
    """Two statements of one report under one metric, joined into one."""
    if then.cumulative:
        return then
    return Statement(first.value + then.value, first.cumulative)
