"""copies of notices in groups

Revision ID: 0040
Revises: 0039
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_LIVE: Final = (
    *("board", "tally", "job", "nag", "notice", "picture", "preview", "breakdown"),
    *("notice_copy", "notice_count", "notice_group"),
)


def upgrade() -> None:
    op.create_table(
        "notice_group",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["group_chat.id"], name=op.f("fk_notice_group_group_id_group_chat")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_group_notice_id_notice")),
        sa.PrimaryKeyConstraint("notice_id", "group_id", name=op.f("pk_notice_group")),
    )
    with op.batch_alter_table("notice_group", schema=None) as batch_op:
        batch_op.create_index(
            "ix_notice_group_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("in_groups", sa.Boolean(), server_default=sa.false(), nullable=False))
    name = "ck_live_message_live_kind"
    with op.batch_alter_table("live_message", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.create_check_constraint(op.f(name), f"kind IN ({', '.join(map(repr, _LIVE))})")


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
