"""since when a part of a task waits for 办结

Revision ID: 0035
Revises: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("below_asked_at", sa.DateTime(timezone=True), nullable=True))
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """Parts that wait already: the task above is looked at, and waits since they last changed."""
    task = sa.table(
        "task",
        sa.column("id", sa.Integer),
        sa.column("parent_id", sa.Integer),
        sa.column("state", sa.String),
        sa.column("updated_at", sa.DateTime(timezone=True)),
        sa.column("below_asked_at", sa.DateTime(timezone=True)),
        sa.column("next_nag_at", sa.DateTime(timezone=True)),
    )
    part = task.alias("part")
    first = (
        sa.select(sa.func.min(part.c.updated_at))
        .where(part.c.parent_id == task.c.id, part.c.state == "submitted")
        .scalar_subquery()
    )
    waiting = sa.select(part.c.parent_id).where(part.c.parent_id.is_not(None), part.c.state == "submitted")
    above = task.c.id.in_(waiting)
    connection.execute(sa.update(task).where(above).values(below_asked_at=first))
    nagged = ("assigned", "acknowledged", "in_progress", "returned")
    connection.execute(
        sa.update(task).where(above, task.c.state.in_(nagged)).values(next_nag_at=task.c.below_asked_at)
    )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
