"""INSERT of rows that may be there already."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from sqlmodel import SQLModel

from models.columns import rows_changed
from models.db import Session


def insert_into(dialect: str, table: type[SQLModel]) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT. Both dialects spell it alike."""
    # The other dialect is not loaded: it would take 2 MB of memory.
    of_dialect = import_module(f"sqlalchemy.dialects.{dialect}")
    return of_dialect.insert(table.__table__)  # type: ignore[attr-defined]  # what SQLModel makes of the class


@cache
def _insert_new(dialect: str, table: type[SQLModel]) -> Any:
    statement = insert_into(dialect, table).on_conflict_do_nothing()
    # SQLAlchemy forgets how many rows an INSERT made unless it is asked to keep the number.
    return statement.execution_options(preserve_rowcount=True)


async def insert_once(session: Session, table: type[SQLModel], values: Sequence[dict[str, Any]]) -> int:
    """Insert rows of the same columns, except those that break a unique key; returns how many were new.

    It is one statement, compiled once, however many rows there are.
    """
    if not values:
        return 0
    await session.flush()
    statement = _insert_new(session.get_bind().dialect.name, table)
    return rows_changed(await (await session.connection()).execute(statement, list(values)))
