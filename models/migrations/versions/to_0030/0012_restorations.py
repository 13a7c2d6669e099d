"""a restore is noted, and the numbers that it leaves out

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restoration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("backed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restoration")),
    )
    with op.batch_alter_table("counter") as counter:
        counter.add_column(sa.Column("skipped_from", sa.Integer(), nullable=True))
        counter.add_column(sa.Column("skipped_to", sa.Integer(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
