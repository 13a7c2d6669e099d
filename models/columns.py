"""Column types that keep rules which a database's own types do not keep."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import CursorResult, Dialect, Result
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC. It refuses a naive one, whose zone would be a guess."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: give it a zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Moments(TypeDecorator[tuple[datetime, ...]]):
    """Aware datetimes in their order, stored in UTC as a list of texts."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(self, value: tuple[datetime, ...] | None, dialect: Dialect) -> list[str] | None:
        return None if value is None else [one.astimezone(UTC).isoformat() for one in value]

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> tuple[datetime, ...] | None:
        return None if value is None else tuple(map(datetime.fromisoformat, value))


AMOUNT_SCALE: Final = 10_000
AMOUNT_LIMIT: Final = Decimal(9 * 10**14)


class Amount(TypeDecorator[Decimal]):
    """An exact quantity with up to four decimals, stored as whole ten-thousandths.

    SQLite has no decimal type, and a sum of floats would not add up.
    """

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if abs(value) >= AMOUNT_LIMIT:
            raise ValueError(f"quantity out of range: {value}")
        return int((value * AMOUNT_SCALE).to_integral_value(ROUND_HALF_UP))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else from_scaled(value)


def from_scaled(value: int) -> Decimal:
    """The quantity behind stored ten-thousandths (also of a SQL sum), without trailing zeros."""
    amount = Decimal(value) / AMOUNT_SCALE
    return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount.normalize()


def scaled(amount: Any) -> sa.ColumnElement[int]:
    """The stored ten-thousandths of an ``Amount``, which a database can add up."""
    return sa.type_coerce(amount, sa.BigInteger)


def enum_type(enum: type[StrEnum], name: str) -> sa.Enum:
    """The type of a ``StrEnum`` kept as text, by its value, with a CHECK constraint called ``name``."""
    return sa.Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def holds_any(column: Any, spellings: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether the column holds one of these; % and _ mean themselves, and case is ignored."""
    return sa.or_(*(column.icontains(word, autoescape=True) for word in spellings))


def rows_changed(result: Result[Any]) -> int:
    """How many rows a guarded UPDATE or DELETE changed. 0 means that somebody was first."""
    return cast("CursorResult[Any]", result).rowcount


def later_of(column: Any, moment: datetime) -> sa.ColumnElement[datetime]:
    """The column's moment, or ``moment`` if it is later or the column is empty."""
    return sa.case((column > moment, column), else_=sa.literal(moment, UtcDateTime))


def earlier_of(column: Any, moment: datetime) -> sa.ColumnElement[datetime]:
    """The column's moment, or ``moment`` if it is earlier or the column is empty."""
    return sa.case((column < moment, column), else_=sa.literal(moment, UtcDateTime))
