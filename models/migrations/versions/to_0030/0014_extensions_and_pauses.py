"""a task's deadline moves when the office extends it, and the office pauses the nags about a task

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_deadline", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("extensions", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("extension_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("extension_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("was_overdue", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("pause_reason", sa.Text(), nullable=True))
    with op.batch_alter_table("nag", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_nag_nag_reason"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_nag_nag_reason"),
            "reason IN ('quiet', 'budget', 'snoozed', 'release', 'not_released', 'outage', 'nobody', 'done',"
            " 'moved', 'repeated', 'paused')",
        )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
