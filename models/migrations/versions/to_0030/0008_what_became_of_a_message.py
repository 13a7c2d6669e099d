"""a nag keeps what became of its message, a dead update the moment at which the office saw it

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    states = ("new", "sending", "sent", "retry", "unknown", "undeliverable", "withdrawn")
    delivery = sa.Enum(*states, name="nag_delivery", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("nag", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delivery", delivery, nullable=True))


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
