"""a draft can be set aside while its person finishes another paper in the same chat

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.add_column(sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(op.f("uq_draft_contact_id_chat_id"), type_="unique")
        batch_op.create_index(
            "ix_draft_in_chat",
            ["contact_id", "chat_id"],
            unique=True,
            sqlite_where=sa.text("set_aside_at IS NULL"),
            postgresql_where=sa.text("set_aside_at IS NULL"),
        )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
