"""reports filed together: one message may become several reports

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("progress_report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("filed_with", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_progress_report_filed_with_progress_report"), "progress_report", ["filed_with"], ["id"]
        )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
