"""Which program made each upgrade of the database, so that an older one can name it."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import Field, SQLModel, col

PROGRAM: Final = version("chuangcheng")


class SchemaRelease(SQLModel, table=True):
    """The version of the program that brought the database to a revision."""

    __tablename__ = "schema_release"

    revision: str = Field(max_length=32, primary_key=True)
    program: str = Field(max_length=40)


def note(connection: Connection, revision: str) -> None:
    """Note that this program has brought the database to ``revision``."""
    if not sa.inspect(connection).has_table(SchemaRelease.__tablename__):
        return  # a revision from before there was the table
    connection.execute(sa.delete(SchemaRelease).where(col(SchemaRelease.revision) == revision))
    connection.execute(sa.insert(SchemaRelease).values(revision=revision, program=PROGRAM))


def program_of(connection: Connection, revision: str) -> str | None:
    """The version that brought the database to ``revision``; None if it did not say so."""
    if not sa.inspect(connection).has_table(SchemaRelease.__tablename__):
        return None
    found = sa.select(col(SchemaRelease.program)).where(col(SchemaRelease.revision) == revision)
    return connection.execute(found).scalar()
