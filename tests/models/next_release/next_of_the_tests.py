"""a release that only the tests know

It does what a release can do to tables in use: it adds a column that must be filled, drops a column, widens
rules and adds new ones, changes indexes, and adds a table. On SQLite it makes ``task`` anew while many
tables refer to it.

Revision ID: next
Revises: the program's last
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "next"
# This file is copied into the folder of the program's own revisions.
down_revision = max(path.name[:4] for path in Path(__file__).parent.glob("[0-9]*.py"))
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_note_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(
            "ix_note_written",
            ["task_id"],
            unique=True,
            sqlite_where=sa.text("text IS NOT NULL"),
            postgresql_where=sa.text("text IS NOT NULL"),
        )
    op.execute("INSERT INTO note (id, task_id, text) SELECT id, id, remark FROM task")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_column("remark")
        batch_op.add_column(sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(op.f("ck_task_frequency"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_task_frequency"),
            "frequency IN ('daily', 'weekly', 'fortnightly', 'monthly', 'quarterly', 'shift', 'yearly')",
        )
    op.execute("UPDATE task SET handed_out_at = assigned_at")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.alter_column("handed_out_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    with op.batch_alter_table("figure", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_figure_report_id_revision_filed_under"), type_="unique")
        batch_op.create_unique_constraint(
            op.f("uq_figure_report_id_revision_filed_under_mode"),
            ["report_id", "revision", "filed_under", "mode"],
        )
    with op.batch_alter_table("progress_report", schema=None) as batch_op:
        batch_op.drop_index("ix_progress_report_counted_at")
        batch_op.create_index("ix_progress_report_about_day", ["about_day", "counted_at"], unique=False)
        batch_op.create_check_constraint(op.f("ck_progress_report_numbered"), "receipt_no <> ''")


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
