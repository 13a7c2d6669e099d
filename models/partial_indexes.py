"""Indexes that hold some rows of a table only.

A keyword such as ``postgresql_where`` lets SQLAlchemy load that dialect, which takes 2 MB of memory. So a
model notes the condition, and ``models.tables`` hands it to both dialects. Who makes tables imports that,
and so does an upgrade.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

_WHERE: Final = "where"
_DIALECTS: Final = ("sqlite", "postgresql")


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index of the rows for which ``where`` holds, a condition in SQL that both databases understand."""
    return sa.Index(name, *columns, unique=unique, info={_WHERE: where})


def complete(metadata: sa.MetaData) -> None:
    """Let both dialects know the conditions of the partial indexes."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if (where := index.info.get(_WHERE)) is not None:
                for dialect in _DIALECTS:
                    index.dialect_options[dialect]["where"] = sa.text(where)
