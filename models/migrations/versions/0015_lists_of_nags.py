"""a nag keeps what it listed, so that its lines are marked in place

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("live_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("content", sa.JSON(none_as_null=True), nullable=True))
        batch_op.drop_constraint(op.f("ck_live_message_live_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_live_message_live_kind"), "kind IN ('board', 'tally', 'job', 'nag')"
        )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
