"""Alembic's environment. ``models.upgrade`` and ``models.new_migration`` run it, with a connection given."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString

from models import columns
from models.tables import METADATA


def render_item(type_: str, obj: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Our own types by what they are in the database: a migration must not change with the code."""
    if type_ == "type" and isinstance(obj, columns.UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if type_ == "type" and isinstance(obj, columns.Amount):
        return "sa.BigInteger()"
    if type_ == "type" and isinstance(obj, AutoString):
        return f"sa.String(length={getattr(obj.impl_instance, 'length', None)})"
    return False


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
