"""What a database plans for a query, among thousands of rows.

With few rows a database rightly reads a whole table, or takes any index. A plan says something only about a
table that is filled as after months of work.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa

from models.db import Database, Session

Ask = Callable[[Session], Awaitable[Any]]
"""It sends one SELECT through the session that it gets."""


async def analyse(database: Database) -> None:
    """Let the database know its tables, as far as it does by itself after a while.

    PostgreSQL gathers statistics. SQLite has none: the program does not ask for any.
    """
    if database.is_sqlite:
        return
    async with database.engine.connect() as connection:
        options = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await options.exec_driver_sql("VACUUM (ANALYZE)")


async def plan_of(database: Database, ask: Ask) -> str:
    """The database's plan for the statement that ``ask`` sends, with the values as they are bound."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    async with database.transaction() as session:
        await ask(session)
    sa.event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    ((statement, values),) = asked
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    async with database.reading() as session:
        rows = await (await session.connection()).exec_driver_sql(explain + statement, values)
        return "\n".join(str(row[-1]) for row in rows)
