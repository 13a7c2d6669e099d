"""zero covers: the tasks for which a unit's zero report stands

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "zero_cover",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["progress_report.id"], name=op.f("fk_zero_cover_report_id_progress_report")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_zero_cover_task_id_task")),
        sa.PrimaryKeyConstraint("report_id", "task_id", name=op.f("pk_zero_cover")),
    )
    op.create_index(op.f("ix_zero_cover_task_id"), "zero_cover", ["task_id"])
    # Until now such a report stood for all tasks of its unit. What was met stays met.
    op.execute(
        "INSERT INTO zero_cover (report_id, task_id) SELECT r.id, t.id FROM progress_report r"
        " JOIN task t ON t.lead_unit_id = r.unit_id"
        " WHERE r.kind = 'zero' AND r.task_id IS NULL AND t.frequency IS NOT NULL"
    )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
