"""``read_quantities``: the counts of a sentence, each with the name of what it counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from rules.hidden_characters import hidden_places
from rules.progress.quantities.asides import Aside, AsideFinder
from rules.progress.quantities.earlier_days import earlier_numbers
from rules.progress.quantities.hedges import is_place
from rules.progress.quantities.items import ItemFinder
from rules.progress.quantities.kinds import CountingNumeral, find_counts
from rules.progress.quantities.normalise import normalise
from rules.progress.quantities.parts import PartFinder, with_changes

# A name never keeps a piece of a number: such a number was not read whole.
_PIECE: Final = re.compile(r"\d\s?[十百千万亿]|[百千万亿]\s?\d|\d$")

# The sign of a Chinese keyboard. A plain ? may be what is left of a broken character.
_ASKED: Final = re.compile(r"[^，,。；;！!？?\n]{0,12}？")


class Doubt(StrEnum):
    """Why the person has to be asked about a number before it counts.

    NUMBER: it may be meant in two ways (3万50, 21万 7240, 牌匾⑫处), it is a range (三四十, 3至5), it does
    not fit its parts, it may be of an earlier day (昨天30处今天40处), or its words hedge it (see ``hedges``).
    CHANGE: it grew or fell (从20处增加到35处). UNIT: it has no unit (小广告30). HIDDEN: characters that
    nobody sees may show it otherwise than it is read.
    """

    NUMBER = "number"
    CHANGE = "change"
    UNIT = "unit"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a sentence.

    ``item`` is what it counts, simplified, or "" if the sentence does not say. ``value`` is finite and ≥ 0.
    It is in ``unit`` (canonical, see ``units``; "" for a number without one): 11.6万张 is 116000 张.
    ``approx`` keeps 余, 多, 近, 约. ``original[span[0]:span[1]]`` is number and unit as they were written.
    ``doubt`` says why the person has to be asked about it, ``aside`` why it is not counted at all.
    """

    item: str
    value: Decimal
    unit: str
    approx: bool
    span: tuple[int, int]
    doubt: Doubt | None = None
    aside: Aside | None = None


def read_quantities(text: str) -> list[Quantity]:
    """Read the quantities of a Chinese text in their order. Never raises; linear in the text's length."""
    normalised = normalise(text)
    counts = with_changes(normalised.text, list(find_counts(normalised.text)))
    finder = ItemFinder(normalised.text, counts)
    items = [finder.name(index) for index in range(len(counts))]
    asides = AsideFinder(normalised.text)
    words = asides.all_of(counts)
    parts = PartFinder(normalised.text, counts, items, words)
    earlier = earlier_numbers(normalised.text, counts)
    # 昨天80家今天75家,两天共155家: the sum is not of one day.
    unsure = parts.doubtful | earlier | (parts.sums if earlier & parts.parts else set())
    hidden, marks = hidden_places(text), frozenset(normalised.marks)
    found = []
    for index, (count, item) in enumerate(zip(counts, items, strict=True)):
        span = normalised.span(count.start, count.end)
        aside = Aside.PART if index in parts.parts else words[index]
        sure = not aside and index not in unsure and not asides.is_unsure(count)
        sure = sure and not is_place(item, count.unit)
        sure = sure and _ASKED.match(text, span[1]) is None
        sure = sure and (not marks or marks.isdisjoint(range(*span)))
        doubt = None if aside else _doubt(count, item, sure=sure)
        if not aside and doubt in {None, Doubt.NUMBER} and hidden.mislead(*span):
            doubt = Doubt.HIDDEN
        found.append(Quantity(item, _plain(count.value), count.unit, count.approx, span, doubt, aside))
    return found


def _doubt(count: CountingNumeral, item: str, *, sure: bool) -> Doubt | None:
    if count.changed:
        return Doubt.CHANGE
    if count.doubtful or not sure or _PIECE.search(item):
        return Doubt.NUMBER
    return None if count.unit else Doubt.UNIT


def _plain(value: Decimal) -> Decimal:
    """The value as 116000 or 0.5, never as 1.16E+5 or 116000.0."""
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()
