"""mode choices: what units chose for numbers that say neither 新增 nor 累计

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mode_choice",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("metric_id", sa.Integer(), nullable=False),
        sa.Column("wording", sa.String(length=200), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "increment",
                "cumulative",
                name="figure_mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["metric_id"], ["metric.id"], name=op.f("fk_mode_choice_metric_id_metric")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_mode_choice_unit_id_unit")),
        sa.PrimaryKeyConstraint("unit_id", "metric_id", "wording", name=op.f("pk_mode_choice")),
    )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
