"""Writes the next migration from the difference between the tables and a database that is up to date.

Run ``python -m models.new_migration MESSAGE``. Read what it writes before you commit it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from sqlalchemy.engine import Connection

from models.db import Database
from models.upgrade import MIGRATIONS, alembic_config, upgrade_to_head


async def revise(message: str) -> None:
    """Write ``versions/NNNN_message.py`` with the number after the last one."""
    number = 1 + len(list((MIGRATIONS / "versions").rglob("[0-9]*.py")))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'revise.db'}")
        async with database.engine.begin() as connection:
            await connection.run_sync(upgrade_to_head)
            await connection.run_sync(_write, message, f"{number:04d}")
        await database.close()


def _write(connection: Connection, message: str, number: str) -> None:
    from alembic import command

    command.revision(alembic_config(connection), message, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    asyncio.run(revise(" ".join(sys.argv[1:]) or "change"))
