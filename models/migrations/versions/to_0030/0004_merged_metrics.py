"""merged metrics: a metric may be merged into another, and its figures know where they were filed

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("metric", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("name_kept", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_foreign_key(op.f("fk_metric_merged_into_metric"), "metric", ["merged_into"], ["id"])
    with op.batch_alter_table("figure", schema=None) as batch_op:
        batch_op.add_column(sa.Column("filed_under", sa.Integer(), nullable=True))
    op.execute("UPDATE figure SET filed_under = metric_id")
    with op.batch_alter_table("figure", schema=None) as batch_op:
        batch_op.alter_column("filed_under", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_constraint(op.f("uq_figure_report_id_revision_metric_id"), type_="unique")
        batch_op.create_unique_constraint(
            op.f("uq_figure_report_id_revision_filed_under"), ["report_id", "revision", "filed_under"]
        )
        batch_op.create_foreign_key(op.f("fk_figure_filed_under_metric"), "metric", ["filed_under"], ["id"])


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
