"""Tells when a number is so far above what a unit usually reports that the bot asks again."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from statistics import median
from typing import Final

LAST: Final = 5
AT_LEAST: Final = 3
TIMES: Final = 10


def usual(last: Sequence[Decimal]) -> Decimal | None:
    """The median of the last reports (newest first; the first ``LAST`` count).

    None if there are too few of them, or the median is not above zero.
    """
    if len(last) < AT_LEAST:
        return None
    middle = median(last[:LAST])
    return middle if middle > 0 else None


def times_the_usual(added: Decimal, last: Sequence[Decimal]) -> int | None:
    """How many times the usual number ``added`` is, cut off, if that is more than ``TIMES``; else None."""
    middle = usual(last)
    if middle is None or added <= middle * TIMES:
        return None
    return int(added / middle)
