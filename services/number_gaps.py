"""The note on the first number after a restore that had to leave numbers out."""

from __future__ import annotations

from locales import Text
from models import numbers
from models.db import Session


def serial_of(number: str) -> int:
    """The running number at the end of a receipt's or a case's, such as 20261124-0012."""
    return int(number.rpartition("-")[2])


async def lines(session: Session, name: str, number: int) -> list[Text]:
    """A line about the numbers that were left out directly before this one; empty for any other number."""
    gap = await numbers.gap_before(session, name, number)
    return [] if gap is None else [Text("common.number_gap", first=gap.first, last=gap.last)]
