"""a card and a question say that they are not known to be out

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    promised = sa.text("card_promised_at IS NOT NULL")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.add_column(sa.Column("card_promised_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_draft_card_promised",
            ["card_promised_at"],
            unique=False,
            sqlite_where=promised,
            postgresql_where=promised,
        )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.add_column(sa.Column("prompt", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
