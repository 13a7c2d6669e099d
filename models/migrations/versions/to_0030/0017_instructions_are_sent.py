"""a leader confirms a 批示 before it goes, and may withdraw it until it is released

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("instruction", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    # Until now an instruction went to the office as soon as it was written.
    op.execute("UPDATE instruction SET sent_at = written_at")


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
