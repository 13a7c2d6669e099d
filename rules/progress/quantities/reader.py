"""The quantities of a text: its counts, each with the name of what it counts."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from typing import Final

from rules.hidden_characters import hidden_places
from rules.progress.quantities.asides import AsideFinder
from rules.progress.quantities.earlier_days import earlier_numbers
from rules.progress.quantities.hedges import is_place
from rules.progress.quantities.items import ItemFinder
from rules.progress.quantities.kinds import CountingNumeral, find_counts
from rules.progress.quantities.normalise import normalise
from rules.progress.quantities.parts import PartFinder, with_changes
from rules.progress.quantities.products import find_products, multiplied, settled
from rules.progress.quantities.quantity import Aside, Doubt, Quantity
from rules.progress.quantities.who_and_when import without_units

# A name never keeps a piece of a number: such a number was not read whole.
_PIECE: Final = re.compile(r"\d\s?[十百千万亿]|[百千万亿]\s?\d|\d$")

# 旧的38个拉走了: the thing is not named.
_NO_THINGS: Final = frozenset("旧新大小破坏老好")

# No name of a thing holds such a word: what was read as one was not understood.
_ODD: Final = re.compile(
    r"[我你您咱他她它谁]|一下|没有|不是|那边|这边|%|(?<=\d)[个处户车]|(?<=.)(?<![周水实报签])[到至]$|^(?:[一二三四五六七八九]组)|^[占差叫让请要想能会等]$"
)

# The sign of a Chinese keyboard. A plain ? may be what is left of a broken character.
_ASKED: Final = re.compile(r"[^，,。；;！!？?\n]{0,12}？")


def quantities_of(text: str, names: Collection[str] = ()) -> list[Quantity]:
    normalised = normalise(text)
    if names:
        normalised = replace(normalised, text=without_units(normalised.text, names))
    counts = with_changes(normalised.text, list(find_counts(normalised.text)))
    products = find_products(normalised.text, counts)
    counts = multiplied(counts, products)
    finder = ItemFinder(normalised.text, counts, {product.index: product.head for product in products})
    items = [finder.name(index) for index in range(len(counts))]
    asides = AsideFinder(normalised.text)
    words = settled(asides.all_of(counts), products)
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
        sure = sure and not is_place(item, count.unit) and _ODD.search(item) is None
        sure = sure and not asides.is_multiplier(count, item)
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
    if count.doubtful or not sure or _PIECE.search(item) or item in _NO_THINGS:
        return Doubt.NUMBER
    return None if count.unit else Doubt.UNIT


def _plain(value: Decimal) -> Decimal:
    """The value as 116000 or 0.5, never as 1.16E+5 or 116000.0."""
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()
