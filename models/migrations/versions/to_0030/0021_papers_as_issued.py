"""the paper of an order is kept as it was issued

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Orders of before have no row: their paper is made when somebody opens it for the first time.
    op.create_table(
        "issued_paper",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["supervision_order.id"], name=op.f("fk_issued_paper_order_id_supervision_order")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_issued_paper")),
    )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
