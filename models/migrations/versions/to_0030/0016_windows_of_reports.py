"""a report keeps the windows that it names, so that one about a night shift does not stand for the day shift

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("progress_report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("named_windows", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
