"""a task is reported on every two weeks, and has a deadline and a frequency at once

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_task_frequency"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_task_frequency"),
            "frequency IN ('daily', 'weekly', 'fortnightly', 'monthly', 'quarterly', 'shift')",
        )
        batch_op.drop_constraint(op.f("ck_task_deadline_or_frequency"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_task_deadline_or_frequency"), "deadline IS NOT NULL OR frequency IS NOT NULL"
        )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
