"""The figure that a task promises: 建设示范点50个."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rules.progress.measures import are_same
from rules.progress.quantities import read_quantities
from rules.progress.report_words import says_the_same


@dataclass(frozen=True, slots=True)
class Target:
    """``value`` in ``unit`` (个, 处, 场) of ``item``, which may be empty."""

    value: Decimal
    unit: str
    item: str


# Boards are counted again and again, and reading the words of a few hundred tasks takes half a second.
@lru_cache(maxsize=1024)
def read_target(objective: str, standard: str) -> Target | None:
    """The first figure that the objective states, else the first of the standard, else None.

    The objective says what the task has to reach. Figures of the standard often only describe how.
    """
    for text in (objective, standard):
        for quantity in read_quantities(text):
            return Target(quantity.value, quantity.unit, quantity.item)
    return None


def measured_by(target: Target, metrics: Sequence[tuple[Collection[str], str]]) -> list[int]:
    """The indexes of the ``metrics`` (names, unit of measure) that measure the target.

    These are the metrics of its unit of which a name says the same as its item; if none does, all of its
    unit.
    """
    same_unit = [index for index, (_, unit) in enumerate(metrics) if are_same(unit, target.unit)]
    named = [i for i in same_unit if any(says_the_same(name, target.item) for name in metrics[i][0])]
    return named or same_unit
