"""tasks that are parts of others, and who breaks them down

Revision ID: 0033
Revises: 0032
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_LIVE: Final = ("board", "tally", "job", "nag", "notice", "picture", "preview", "breakdown")
_LEVELS: Final = (
    *("responsible_person", "section", "leader_in_charge", "principal_leader", "office", "decider"),
)


def upgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("own_reports", sa.Boolean(), server_default=sa.true(), nullable=False))
        for name in ("reports_since", "rhythm_from", "below_done_at", "reopened_at"):
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f("fk_task_parent_id_task"), "task", ["parent_id"], ["id"])
        batch_op.create_index(
            "ix_task_children",
            ["parent_id"],
            unique=False,
            sqlite_where=sa.text("parent_id IS NOT NULL"),
            postgresql_where=sa.text("parent_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_task_reopened",
            ["reopened_at"],
            unique=False,
            sqlite_where=sa.text("reopened_at IS NOT NULL"),
            postgresql_where=sa.text("reopened_at IS NOT NULL"),
        )
    _renew_check("live_message", "ck_live_message_live_kind", "kind", _LIVE)
    _renew_check("nag", "ck_nag_nag_level", "level", _LEVELS)
    op.create_table(
        "breakdown",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("made", sa.JSON(), nullable=False),
        sa.Column("attached", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_breakdown_contact_id_contact")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_breakdown_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breakdown")),
    )
    op.create_index("ix_breakdown_contact_id", "breakdown", ["contact_id"])
    op.create_index("ix_breakdown_task", "breakdown", ["task_id", "confirmed_at"])
    op.create_index(
        "ix_breakdown_begun",
        "breakdown",
        ["task_id", "contact_id"],
        unique=True,
        sqlite_where=sa.text("confirmed_at IS NULL"),
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )


def _renew_check(table: str, name: str, column: str, values: tuple[str, ...]) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.create_check_constraint(op.f(name), f"{column} IN ({', '.join(map(repr, values))})")


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
