"""``read_quantities``: the counts of a sentence, each with the name of what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rules.progress.quantities.items import ItemFinder
from rules.progress.quantities.kinds import find_counts
from rules.progress.quantities.normalise import normalise


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a sentence.

    ``item`` is what it counts, simplified, or "" if the sentence does not say. ``value`` is finite and ≥ 0.
    It is in ``unit`` (canonical, see ``units``; "" for a number without one): 11.6万张 is 116000 张.
    ``approx`` keeps 余, 多, 近, 约. ``original[span[0]:span[1]]`` is number and unit as they were written.
    """

    item: str
    value: Decimal
    unit: str
    approx: bool
    span: tuple[int, int]


def read_quantities(text: str) -> list[Quantity]:
    """Read the quantities of a Chinese text in their order. Never raises; linear in the text's length."""
    normalised = normalise(text)
    counts = list(find_counts(normalised.text))
    finder = ItemFinder(normalised.text, counts)
    return [
        Quantity(
            item=finder.name(index),
            value=_plain(count.value),
            unit=count.unit,
            approx=count.approx,
            span=normalised.span(count.start, count.end),
        )
        for index, count in enumerate(counts)
    ]


def _plain(value: Decimal) -> Decimal:
    """The value as 116000 or 0.5, never as 1.16E+5 or 116000.0."""
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()
