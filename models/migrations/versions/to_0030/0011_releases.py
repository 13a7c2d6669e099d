"""each upgrade writes which program made it

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schema_release",
        sa.Column("revision", sa.String(length=32), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_schema_release")),
    )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
