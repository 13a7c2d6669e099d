"""When a number is so far from what a unit usually reports that it is asked once more."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from statistics import median
from typing import Final

LAST: Final = 5
AT_LEAST: Final = 3
TIMES: Final = 10


def usual(last: Sequence[Decimal]) -> Decimal | None:
    """The median of what was reported last (newest first, up to ``LAST`` count); None: too little is known,
    or it was nothing."""
    if len(last) < AT_LEAST:
        return None
    middle = median(last[:LAST])
    return middle if middle > 0 else None


def times_the_usual(added: Decimal, last: Sequence[Decimal]) -> int | None:
    """How many times the usual ``added`` is, cut off, where that is more than ``TIMES``; else None."""
    middle = usual(last)
    if middle is None or added <= middle * TIMES:
        return None
    return int(added / middle)
