"""The figure that a task promises: 建设示范点50个."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from rules.progress.measures import are_same
from rules.progress.quantities import read_quantities
from rules.progress.report_words import says_the_same

_WITHIN: Final = re.compile(r"\s*(?:[以之]?内|范围|半径)")
_CLAUSE_END: Final = re.compile(r"[，。；;,、!！\n]")


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

    The objective says what the task has to reach. Figures of the standard often only describe how. A number
    without a unit is no target, nor is a distance (200米内) or a rate (每500米1处).
    """
    for text in (objective, standard):
        for quantity in read_quantities(text):
            if not quantity.unit or _WITHIN.match(text, quantity.span[1]) or _is_rate(text, quantity.span[0]):
                continue
            return Target(quantity.value, quantity.unit, quantity.item)
    return None


def _is_rate(text: str, start: int) -> bool:
    """Whether the number at ``start`` is one for each of something: 每个路口2人."""
    clause = _CLAUSE_END.split(text[:start])[-1]
    return "每" in clause


def measured_by(target: Target, metrics: Sequence[tuple[Collection[str], str]]) -> list[int]:
    """The indexes of the ``metrics`` (names, unit of measure) that measure the target.

    These are the metrics of its unit of which a name says the same as its item; if none does, all of its
    unit.
    """
    same_unit = [index for index, (_, unit) in enumerate(metrics) if are_same(unit, target.unit)]
    named = [i for i in same_unit if any(says_the_same(name, target.item) for name in metrics[i][0])]
    return named or same_unit
