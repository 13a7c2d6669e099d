"""The numbers of an entry: read from its words as those of a report are, and put beside what was filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from models.activities.filed_numbers import FiledNumber, filed_about
from models.db import Session
from rules.amounts import REPORTED_LIMIT
from rules.progress.metric_likeness import likeness_key
from rules.progress.quantities import Doubt, Quantity, metric_name, read_quantities

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
    """

    item: str
    unit: str
    amount: Decimal
    approx: bool
    doubt: Doubt | None = None
    choice: NumberChoice | None = None
    filed: FiledNumber | None = None
    same: bool | None = None

    @property
    def key(self) -> str:
        """By which choices are kept: further words do not undo them."""
        return f"{self.item}|{self.unit}|{self.amount}"

    @property
    def is_in(self) -> bool:
        return self.choice is not NumberChoice.DROPPED and not self.is_asked

    @property
    def is_asked(self) -> bool:
        """Whether the person has to say if it is in. A number without a unit cannot be."""
        return self.doubt is not None and self.choice is None

    @property
    def asks_same(self) -> bool:
        return self.is_in and self.filed is not None and self.same is None

    @property
    def report_id(self) -> int | None:
        """The report that counts it, if it is the same work."""
        return self.filed.report_id if self.filed is not None and self.same else None


def numbers_in(text: str, choices: Mapping[str, str]) -> list[ActivityNumber]:
    """The numbers of the words that were done, each once, with what the person chose for them."""
    found: dict[str, ActivityNumber] = {}
    for quantity in read_quantities(text):
        if quantity.aside is None and 0 < quantity.value < REPORTED_LIMIT:
            number = _number(quantity)
            found.setdefault(number.key, replace(number, choice=_chosen(number, choices)))
    return list(found.values())[:LIMIT]


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

    ``answers``: by the number's key the report that is the same work; 0: none is.
    """
    if not numbers:
        return []
    filed = await filed_about(session, unit_id, day)
    by_name = {(likeness_key(one.item, one.unit), one.unit): one for one in reversed(filed)}
    found = []
    for number in numbers:
        like = by_name.get((likeness_key(number.item, number.unit), number.unit))
        answer = answers.get(number.key)
        same = None if like is None or answer is None else answer == like.report_id
        found.append(replace(number, filed=like, same=same))
    return found
