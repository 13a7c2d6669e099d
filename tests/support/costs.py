"""Counts what some work costs the database: statements, transactions and commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

import sqlalchemy as sa

from models.db import Database


@dataclass(slots=True)
class Cost:
    """The statements without BEGIN and COMMIT, the transactions that were begun, and those committed."""

    statements: int = 0
    transactions: int = 0
    commits: int = 0

    def beside(self, other: Cost) -> str:
        """What differs in ``other``, in words; empty: nothing."""
        names = [field.name for field in fields(self)]
        found = [(name, getattr(self, name), getattr(other, name)) for name in names]
        return ", ".join(f"{name} {mine} → {theirs}" for name, mine, theirs in found if mine != theirs)


@contextmanager
def costs_of(database: Database) -> Iterator[Cost]:
    """Count what runs meanwhile, whoever asks for it."""
    cost = Cost()

    def statement(_c: object, _cursor: object, words: str, *_: object) -> None:
        # SQLite gets BEGIN as a statement, PostgreSQL does not: the driver sends it.
        cost.statements += not words.startswith("BEGIN")

    def begin(_: object) -> None:
        cost.transactions += 1

    def commit(_: object) -> None:
        cost.commits += 1

    engine = database.engine.sync_engine
    listeners = (("before_cursor_execute", statement), ("begin", begin), ("commit", commit))
    for name, listener in listeners:
        sa.event.listen(engine, name, listener)
    try:
        yield cost
    finally:
        for name, listener in listeners:
            sa.event.remove(engine, name, listener)
