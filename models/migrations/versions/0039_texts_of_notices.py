"""the texts of a notice that was changed, and to which of them an answer belongs

Revision ID: 0039
Revises: 0038
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_revision",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_anew", sa.Boolean(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["contact.id"], name=op.f("fk_notice_revision_actor_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_revision_notice_id_notice")
        ),
        sa.PrimaryKeyConstraint("notice_id", "number", name=op.f("pk_notice_revision")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(_first("revision"))
        batch_op.add_column(_first("asked_revision"))
        batch_op.add_column(sa.Column("revised_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("parts", sa.JSON(), server_default="[]", nullable=False))
    for table in ("notice_copy", "notice_receipt"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(_first("revision"))


def _first(name: str) -> sa.Column[int]:
    """The number of a text. What was sent so far has its first."""
    return sa.Column(name, sa.Integer(), server_default="1", nullable=False)


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
