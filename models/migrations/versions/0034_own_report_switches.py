"""every moment at which 本级另报 changed, not only the last

Revision ID: 0034
Revises: 0033
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("own_switches", sa.JSON(), server_default="[]", nullable=False))
    _fill(op.get_bind())
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_column("reports_since")


def _fill(connection: sa.Connection) -> None:
    """A task begins with reports of its own. One that has them again gave them up with its first part."""
    task = sa.table(
        "task",
        sa.column("id", sa.Integer),
        sa.column("parent_id", sa.Integer),
        sa.column("own_reports", sa.Boolean),
        sa.column("own_switches", sa.JSON),
        sa.column("reports_since", sa.DateTime(timezone=True)),
        sa.column("created_at", sa.DateTime(timezone=True)),
    )
    part = task.alias("part")
    first = sa.select(sa.func.min(part.c.created_at)).where(part.c.parent_id == task.c.id)
    asked = (task.c.id, task.c.own_reports, task.c.reports_since, first.scalar_subquery().label("first"))
    query = sa.select(*asked).where(task.c.reports_since.is_not(None))
    for row in connection.execute(query).mappings().all():
        first_at = min(row["first"] or row["reports_since"], row["reports_since"])
        switches = [first_at, row["reports_since"]] if row["own_reports"] else [row["reports_since"]]
        values = {"own_switches": [_text(one) for one in switches]}
        connection.execute(sa.update(task).where(task.c.id == row["id"]).values(**values))


def _text(at: datetime) -> str:
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).isoformat()


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
