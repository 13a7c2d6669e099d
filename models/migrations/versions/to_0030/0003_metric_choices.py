"""metric choices: under which metrics units filed their wordings by hand

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "metric_choice",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("metric_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["metric_id"], ["metric.id"], name=op.f("fk_metric_choice_metric_id_metric")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_metric_choice_task_id_task")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_metric_choice_unit_id_unit")),
        sa.PrimaryKeyConstraint("unit_id", "task_id", "item", "measure", name=op.f("pk_metric_choice")),
    )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
