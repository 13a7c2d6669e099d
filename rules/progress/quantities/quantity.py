"""What was read from a text: its numbers, which of them are asked about, and which do not count."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Aside(StrEnum):
    """Why a number of a report does not count."""

    PLAN = "plan"
    REST = "rest"
    COMPARISON = "comparison"
    STATE = "state"
    SIZE = "size"
    RATE = "rate"
    PART = "part"
    WITHDRAWN = "withdrawn"
    QUESTION = "question"


class Doubt(StrEnum):
    """Why the person has to be asked about a number before it counts.

    NUMBER: it may be meant in two ways (3万50, 21万 7240, 牌匾⑫处), it is a range (三四十, 3至5), it does
    not fit its parts, it is the product of what is of each (5个小队各查12家), it may be of an
    earlier day (昨天30处今天40处), or its words hedge it (see ``hedges``).
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
