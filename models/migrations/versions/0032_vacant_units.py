"""since when the office knows that nobody in a unit would hear

Revision ID: 0032
Revises: 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("vacant_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
