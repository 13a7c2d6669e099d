"""What a transaction has written, for those who wait for it: they are told of it after the commit.

Nobody has to think of them: the statements themselves are noted. A statement that makes nothing due, such as
the record of what was done, may say so (``NOTHING_DUE``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import SQLModel

# The execution option of a statement that makes nothing due.
NOTHING_DUE: Final[dict[str, Any]] = {"nothing_due": True}
# In the info of a table: what is told of a row by the values that are written (``Tell``).
TOLD: Final = "told"
Tell = Callable[[Mapping[str, Any]], Any]
"""Returns what is told of a row; None: the row makes nothing due. ``KeyError``: that cannot be told.

It sees the values that are bound when a statement is executed. A statement that also has values of its own
must not be judged by these alone."""
_NOTED: Final = "written"


class WrittenRows:
    """The tables that a transaction has added rows to or changed rows of, and what is told of these rows.

    It may name more than was kept: a savepoint may have been undone.
    """

    def __init__(self) -> None:
        self._told: dict[str, set[Any] | None] = {}

    def note(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Note a statement that writes these rows. None are given: its values stand in the statement."""
        tell: Tell | None = table.info.get(TOLD)
        before = self._told.get(table.name, set())
        try:
            told = {tell(row) for row in rows} - {None} if tell is not None and rows else None
        except KeyError:
            told = None
        if told is None or before is None:
            self._told[table.name] = None
        elif told:
            self._told[table.name] = before | told

    def has(self, *tables: type[SQLModel]) -> bool:
        """Whether anything that may be due was written in one of these tables."""
        return any(table.__tablename__ in self._told for table in tables)

    def told(self, table: type[SQLModel]) -> set[Any] | None:
        """What is told of the rows of a table; None: it may be any row."""
        return self._told.get(str(table.__tablename__), set())


def note_on(connection: sa.Connection, written: WrittenRows) -> None:
    """Note in ``written`` what is written over the connection from now on."""
    connection.info[_NOTED] = written


def listen(engine: sa.Engine) -> None:
    """Have what the engine's connections write noted. Deleting makes nothing due."""
    sa.event.listen(engine, "before_execute", _note)


def _note(
    connection: sa.Connection,
    statement: Any,
    many: Sequence[Mapping[str, Any]],
    one: Mapping[str, Any],
    options: Mapping[str, Any],
) -> None:
    if not isinstance(statement, sa.Insert | sa.Update) or "nothing_due" in options:
        return
    written: WrittenRows | None = connection.info.get(_NOTED)
    if written is not None and isinstance(statement.table, sa.Table):
        written.note(statement.table, many or ([one] if one else []))
