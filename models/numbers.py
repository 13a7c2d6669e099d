"""Running numbers, such as those of one day's receipts: none is given twice, not even after a restore."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col

from models.db import NUMBERS, Session

SKIPPED: Final = 200
"""How many numbers are skipped after a restore, where nobody knows how many the lost program gave."""


class Counter(SQLModel, table=True):
    """A counter of running numbers, e.g. of one day's receipts. No number is used twice.

    ``skipped_from``, ``skipped_to``: the numbers that a restore left out.
    """

    __tablename__ = "counter"

    name: str = Field(max_length=64, primary_key=True)
    value: int
    skipped_from: int | None = None
    skipped_to: int | None = None


@dataclass(frozen=True, slots=True)
class NumberGap:
    """Numbers that were never given, because a restore could not know whether they were: first and last."""

    first: int
    last: int


def receipts_of(day: date) -> str:
    """The name of the counter of a local day's receipts."""
    return f"receipt/{day:%Y%m%d}"


def cases_of(day: date) -> str:
    """The name of the counter of the cases that are submitted on a local day."""
    return f"case:{day:%Y%m%d}"


def activities_of(day: date) -> str:
    """The name of the counter of the entries of the activity log that are recorded on a local day."""
    return f"activity:{day:%Y%m%d}"


def orders_of(year: int) -> str:
    """The name of the counter of a year's supervision orders."""
    return f"order:{year}"


def by_kind(names: Iterable[str]) -> list[list[str]]:
    """The names of counters by what they number, each kind from its first day or year to its last."""
    kinds: dict[str, list[str]] = {}
    for name in sorted(names):
        kinds.setdefault(name.rstrip("0123456789"), []).append(name)
    return list(kinds.values())


_BUMP: Final = sa.text(
    "INSERT INTO counter (name, value) VALUES (:name, 1) "
    "ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value"
)


async def next_number(session: Session, name: str) -> int:
    """The next running number under ``name``, from 1. Only a transaction that rolls back leaves a gap."""
    bumped = await session.execute(_BUMP, {"name": name})
    number = int(bumped.scalar_one())
    session.info.setdefault(NUMBERS, {})[name] = number
    return number


async def gap_before(session: Session, name: str, number: int) -> NumberGap | None:
    """The numbers that were left out directly before this one, so that its reader can be told."""
    if number <= SKIPPED:
        return None  # a gap is that wide, so most numbers need no look
    counter = await session.get(Counter, name)
    if counter is None or counter.skipped_from is None or counter.skipped_to != number - 1:
        return None
    return NumberGap(counter.skipped_from, counter.skipped_to)


async def given(session: Session) -> dict[str, int]:
    """The last number given, by the counter's name."""
    rows = await session.execute(sa.select(col(Counter.name), col(Counter.value)))
    return {row["name"]: row["value"] for row in rows.mappings()}


async def go_on_after(session: Session, last: Mapping[str, int]) -> None:
    """Give only numbers above these from now on. A counter that is further already stays as it is."""
    for name, value in last.items():
        counter = await _counter(session, name)
        counter.value = max(counter.value, value)


async def skip(session: Session, name: str) -> None:
    """Leave out the next ``SKIPPED`` numbers, for some of them may have been given."""
    counter = await _counter(session, name)
    counter.skipped_from, counter.skipped_to = counter.value + 1, counter.value + SKIPPED
    counter.value = counter.skipped_to


async def _counter(session: Session, name: str) -> Counter:
    counter = await session.get(Counter, name)
    if counter is None:
        counter = Counter(name=name, value=0)
        session.add(counter)
    return counter
