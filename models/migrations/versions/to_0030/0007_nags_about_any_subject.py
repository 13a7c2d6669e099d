"""a nag and a snooze are about a subject by its word and id, and a kind of duty is any word

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("nag", "snooze"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("subject", sa.String(length=16), nullable=True))
            batch_op.add_column(sa.Column("subject_id", sa.Integer(), nullable=True))
        op.execute(
            f"UPDATE {table} SET subject = CASE WHEN case_id IS NULL THEN 'task' ELSE 'case' END,"  # noqa: S608  # our tables
            " subject_id = coalesce(task_id, case_id)"
        )
    with op.batch_alter_table("nag", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_nag_task_id"))
        batch_op.drop_index(op.f("ix_nag_case_id"))
        batch_op.drop_constraint(op.f("ck_nag_nag_kind"), type_="check")
    for table in ("nag", "snooze"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_task_or_case"), type_="check")
            batch_op.drop_constraint(op.f(f"fk_{table}_task_id_task"), type_="foreignkey")
            batch_op.drop_constraint(op.f(f"fk_{table}_case_id_problem_case"), type_="foreignkey")
            batch_op.drop_column("task_id")
            batch_op.drop_column("case_id")
            batch_op.alter_column("subject", existing_type=sa.String(length=16), nullable=False)
            batch_op.alter_column("subject_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("nag", schema=None) as batch_op:
        batch_op.alter_column("kind", existing_type=sa.String(length=32), nullable=False)
        batch_op.create_index("ix_nag_about", ["subject_id", "subject"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
