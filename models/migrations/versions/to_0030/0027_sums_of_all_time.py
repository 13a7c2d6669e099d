"""the sums of all time in one place, on SQLite

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(
            "ix_metric_sum_of_all_time",
            "metric_sum",
            ["span", "first_day", "unit_id", "metric_id", "amount", "figures", "approximate", "first_figure"],
            sqlite_where=sa.text("span = 'all'"),
        )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
