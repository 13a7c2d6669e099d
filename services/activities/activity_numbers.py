"""The numbers of an entry: read from its words as those of a report are, and put beside what was filed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from models.activities import ActivityFigure
from models.activities.filed_numbers import FiledNumber, filed_about
from models.db import Session
from rules.amounts import REPORTED_LIMIT
from rules.progress.quantities import Doubt, Quantity, metric_name, read_quantities
from services.activities import same_work

LIMIT: Final = 30
"""Each number is a line of the card."""
_ITEM_CHARS: Final = 200


class NumberChoice(StrEnum):
    """What a person chose for a number: it is in the entry, or it is not."""

    KEPT = "kept"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class ActivityNumber:
    """A number of an entry's words.

    ``doubt``: why the person is asked about it first. ``choice`` None: they have chosen nothing. ``filed``: a
    report has this item, of this unit and day. ``same``: whether it is the same work; None: nobody has said.
    ``refused_to``: 不是同一项 refuses the reports up to this one. ``place``: it is the second, third … of its
    kind in the words.
    """

    item: str
    unit: str
    amount: Decimal
    approx: bool
    doubt: Doubt | None = None
    choice: NumberChoice | None = None
    filed: FiledNumber | None = None
    same: bool | None = None
    refused_to: int = 0
    place: int = 1

    @property
    def key(self) -> str:
        """By which choices are kept: further words do not undo them."""
        return _key(self.item, self.unit, self.amount, self.place)

    @property
    def is_in(self) -> bool:
        return self.choice is not NumberChoice.DROPPED and not self.is_asked

    @property
    def is_asked(self) -> bool:
        """Whether the person has to say if it is in. A number without a unit cannot be."""
        return (self.doubt is not None or self.place > 1) and self.choice is None

    @property
    def asks_same(self) -> bool:
        return self.is_in and self.filed is not None and self.same is None

    @property
    def report_id(self) -> int | None:
        """The report that counts it, if it is the same work."""
        return self.filed.report_id if self.filed is not None and self.same else None


def numbers_in(text: str, choices: Mapping[str, str]) -> list[ActivityNumber]:
    """The numbers of the words that were done, with what the person chose for them.

    One that comes again may be another event or only said again, so the person is asked about it.
    """
    found: list[ActivityNumber] = []
    places: Counter[tuple[str, str, Decimal]] = Counter()
    for quantity in _recordable(text)[:LIMIT]:
        number = _number(quantity)
        base = number.item, number.unit, number.amount
        places[base] += 1
        number = replace(number, place=places[base])
        found.append(replace(number, choice=_chosen(number, choices)))
    return found


def left_out(text: str) -> int:
    """How many numbers of the words are more than an entry holds."""
    return max(len(_recordable(text)) - LIMIT, 0)


def too_large(text: str) -> list[Quantity]:
    """The numbers of the words that nobody can have meant: they are larger than any that is kept."""
    return [one for one in read_quantities(text) if one.aside is None and one.value >= REPORTED_LIMIT]


def _recordable(text: str) -> list[Quantity]:
    found = read_quantities(text)
    return [one for one in found if one.aside is None and 0 < one.value < REPORTED_LIMIT]


def _key(item: str, unit: str, amount: Decimal, place: int) -> str:
    return f"{item}|{unit}|{amount}" + (f"|{place}" if place > 1 else "")


def by_key(figures: Iterable[ActivityFigure]) -> dict[str, ActivityFigure]:
    """Recorded numbers by the keys that they have in a draft."""
    found: dict[str, ActivityFigure] = {}
    places: Counter[tuple[str, str, Decimal]] = Counter()
    for one in figures:
        base = one.item, one.unit, one.amount
        places[base] += 1
        found[_key(*base, places[base])] = one
    return found


def answers_of(figures: Iterable[ActivityFigure]) -> dict[str, int]:
    """What was said about recorded numbers, as ``beside_filed`` takes it."""
    answers = {key: same_work.answer_of(one) for key, one in by_key(figures).items()}
    return {key: answer for key, answer in answers.items() if answer is not None}


def _number(quantity: Quantity) -> ActivityNumber:
    item = (metric_name(quantity.item, quantity.unit) or quantity.item)[:_ITEM_CHARS]
    doubt = quantity.doubt if quantity.unit else Doubt.UNIT
    return ActivityNumber(item, quantity.unit, quantity.value, quantity.approx, doubt)


def _chosen(number: ActivityNumber, choices: Mapping[str, str]) -> NumberChoice | None:
    """A number without a unit can only be left out."""
    chosen = NumberChoice(choices[number.key]) if number.key in choices else None
    return None if number.doubt is Doubt.UNIT and chosen is NumberChoice.KEPT else chosen


async def beside_filed(
    session: Session, unit_id: int, day: date, numbers: Sequence[ActivityNumber], answers: Mapping[str, int]
) -> list[ActivityNumber]:
    """The numbers, each with the filed one of the same item, unit of measure, unit and day, if there is one.

    ``answers``: by the number's key what was said, as ``same_work.compared`` takes it.
    """
    if not numbers:
        return []
    filed = await filed_about(session, unit_id, day)
    found = []
    for number in numbers:
        beside = same_work.compared(number.item, number.unit, number.amount, filed, answers.get(number.key))
        if beside is not None:
            number = replace(number, filed=beside.filed, same=beside.same, refused_to=beside.refused_to)
        found.append(number)
    return found
