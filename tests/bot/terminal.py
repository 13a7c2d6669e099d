"""What the tests of commands have in common: what a failed one says, and what the database holds."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from models.db import Database
from tests.support.processes import Done

TOKEN = "1234567890:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
PASSWORD = "open-sesame"


def sentence(done: Done) -> str:
    """The one sentence on stderr, beside the log's lines; fails for more, for none, and for a traceback."""
    assert "Traceback" not in done.out + done.err
    assert TOKEN not in done.out + done.err
    assert PASSWORD not in done.out + done.err
    said = [line for line in done.err.splitlines() if not line.startswith("timestamp=")]
    assert len(said) == 1, done.err
    return said[0]


def prefixed(**settings: str) -> dict[str, str]:
    return {f"CHUANGCHENG_{name}": value for name, value in settings.items()}


async def everything(database: Database) -> dict[str, list[Any]]:
    """All rows of all tables, as tuples."""
    async with database.reading() as session:
        return {
            table.name: [tuple(row) for row in (await session.execute(sa.select(table))).all()]
            for table in SQLModel.metadata.sorted_tables
        }
