"""Copying every row to a database on another engine, and comparing both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from models.db import Database
from models.tables import METADATA

BATCH: Final = 500


class UnstorableTextError(Exception):
    """A text has the character NUL or is longer than its column, which PostgreSQL does not take."""

    def __init__(self, table: str, key: str, column: str) -> None:
        super().__init__(table, key, column)
        self.table, self.key, self.column = table, key, column


class DifferenceError(Exception):
    """A table is not the same on both sides after the copy."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


@dataclass(frozen=True, slots=True)
class TableSum:
    """The number of a table's rows, and the checksum of their values in the order of their keys."""

    rows: int
    checksum: str


async def copy_rows(source: Database, new: AsyncConnection) -> dict[str, TableSum]:
    """Copy all rows to tables of the same revision, whose rows are replaced.

    Returns the sum of each table, which is the same on both sides. ``UnstorableTextError``,
    ``DifferenceError``: the transaction of ``new`` has to be rolled back.
    """
    async with source.engine.connect() as old:
        await _clear(new)
        own = [await _copy(old, new, table) for table in METADATA.sorted_tables]
        for table, columns in zip(METADATA.sorted_tables, own, strict=True):
            await _fill_in(old, new, table, columns)
        if new.dialect.name == "postgresql":
            await _set_sequences(new)
        return await _compared(old, new)


async def _clear(new: AsyncConnection) -> None:
    """Delete what the migrations have put into the tables."""
    for table in reversed(METADATA.sorted_tables):
        await new.execute(sa.delete(table))


async def _copy(old: AsyncConnection, new: AsyncConnection, table: sa.Table) -> Sequence[str]:
    """Copy the rows of a table, without what refers to other rows of it. Returns those columns."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    async for rows in _batches(old, table):
        for row in rows:
            _require_storable(table, row)
        await new.execute(sa.insert(table), [row | dict.fromkeys(own) for row in rows])
    return own


async def _fill_in(
    old: AsyncConnection, new: AsyncConnection, table: sa.Table, columns: Sequence[str]
) -> None:
    """Write the columns that refer to rows of the same table, now that these are all there."""
    if not columns:
        return
    key = table.primary_key.columns.values()[0]
    change = sa.update(table).where(key == sa.bindparam("of_key"))
    change = change.values({name: sa.bindparam(f"new_{name}") for name in columns})
    async for rows in _batches(old, table):
        referring = [row for row in rows if any(row[name] is not None for name in columns)]
        said = [{"of_key": row[key.name], **{f"new_{c}": row[c] for c in columns}} for row in referring]
        if said:
            await new.execute(change, said)


async def _batches(connection: AsyncConnection, table: sa.Table) -> AsyncIterator[list[dict[str, Any]]]:
    query = sa.select(table).order_by(*table.primary_key.columns)
    result = await connection.stream(query, execution_options={"yield_per": BATCH})
    async for rows in result.mappings().partitions():
        yield [dict(row) for row in rows]


def _require_storable(table: sa.Table, row: Mapping[str, Any]) -> None:
    for column in table.columns:
        value = row[column.name]
        if not isinstance(value, str):
            continue
        most = column.type.length if isinstance(column.type, sa.String) else None
        if "\0" in value or (most is not None and len(value) > most):
            key = "/".join(str(row[part.name]) for part in table.primary_key.columns)
            raise UnstorableTextError(table.name, key, column.name)


async def _set_sequences(new: AsyncConnection) -> None:
    """Let PostgreSQL give only keys that no copied row has."""
    for table in METADATA.sorted_tables:
        for column in table.primary_key.columns:
            if column.autoincrement and column is table.autoincrement_column:
                last = sa.select(sa.func.max(column)).scalar_subquery()
                sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
                await new.execute(
                    sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None)))
                )


async def _compared(old: AsyncConnection, new: AsyncConnection) -> dict[str, TableSum]:
    sums = {}
    for table in METADATA.sorted_tables:
        there, here = await _sum(old, table), await _sum(new, table)
        if there != here:
            raise DifferenceError(table.name)
        sums[table.name] = here
    return sums


async def _sum(connection: AsyncConnection, table: sa.Table) -> TableSum:
    # Engines sort text differently, so the rows' own sums are added up in no order.
    count, total = 0, 0
    async for rows in _batches(connection, table):
        for row in rows:
            digest = hashlib.sha256(_text(row).encode()).digest()
            count, total = count + 1, (total + int.from_bytes(digest)) % (1 << 256)
    return TableSum(count, f"{total:064x}")


def _text(value: Any) -> str:
    """A value as text that is the same whichever engine it comes from."""
    # JSON may hold half of a pair of surrogates, which only an escape can express.
    return json.dumps(value, ensure_ascii=True, sort_keys=True, default=_plain)


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat() if value.tzinfo else value.isoformat()
        case date() | time():
            return value.isoformat()
        case Decimal():
            return str(value.normalize())
        case bytes():
            return value.hex()
    raise TypeError(f"{type(value).__name__} is no value of a column")
