"""sums by unit that are kept for each metric: of each day, of each month, and of all time

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# So many metrics are counted by one statement, so that a long history needs little memory.
_AT_ONCE: Final = 200
# The day in Beijing of a moment in UTC. SQLite would round the last half millisecond of a day up.
_DAY: Final = {
    "sqlite": "date(substr(r.counted_at, 1, 19), '+8 hours')",
    "postgresql": "((r.counted_at AT TIME ZONE 'UTC') + interval '8 hours')::date",
}
_MONTH: Final = {
    "sqlite": "date(first_day, 'start of month')",
    "postgresql": "date_trunc('month', first_day)::date",
}
_ALL_TIME: Final = {"sqlite": "'2000-01-01'", "postgresql": "DATE '2000-01-01'"}
_COLUMNS: Final = "metric_id, unit_id, span, first_day, amount, figures, approximate, first_figure"
_FROM_FIGURES: Final = """
    SELECT f.metric_id, r.unit_id, 'day', {day}, sum(f.added), count(*),
           sum(CASE WHEN f.approx THEN 1 ELSE 0 END), min(f.id)
    FROM figure f JOIN progress_report r ON r.id = f.report_id AND r.revision = f.revision
    WHERE NOT r.withdrawn AND f.metric_id > :after AND f.metric_id <= :until
    GROUP BY f.metric_id, r.unit_id, {day}
"""
_FROM_SUMS: Final = """
    SELECT metric_id, unit_id, '{span}', {day}, sum(amount), sum(figures), sum(approximate), min(first_figure)
    FROM metric_sum
    WHERE span = '{of}' AND metric_id > :after AND metric_id <= :until
    GROUP BY metric_id, unit_id, {day}
"""


def upgrade() -> None:
    _create()
    with op.batch_alter_table("figure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_figure_metric_id"))
        batch_op.create_index("ix_figure_metric_report", ["metric_id", "report_id"], unique=False)
    with op.batch_alter_table("progress_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_progress_report_reported_at"), ["reported_at"], unique=False)
        batch_op.create_index("ix_progress_report_task_at", ["task_id", "counted_at"], unique=False)
    with op.batch_alter_table("metric", schema=None) as batch_op:
        batch_op.create_index("ix_metric_item", ["item", "unit"], unique=False)
    _fill(op.get_bind())
    # Only now: with it, SQLite would look the days of each step up among those of all metrics.
    with op.batch_alter_table("metric_sum", schema=None) as batch_op:
        batch_op.create_index("ix_metric_sum_span_first_day", ["span", "first_day", "unit_id"], unique=False)


def _create() -> None:
    op.create_table(
        "metric_sum",
        sa.Column("metric_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "span",
            sa.Enum(
                "all", "month", "day", name="sum_span", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("figures", sa.Integer(), nullable=False),
        sa.Column("approximate", sa.Integer(), nullable=False),
        sa.Column("first_figure", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["metric_id"], ["metric.id"], name=op.f("fk_metric_sum_metric_id_metric")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_metric_sum_unit_id_unit")),
        sa.PrimaryKeyConstraint("metric_id", "unit_id", "span", "first_day", name=op.f("pk_metric_sum")),
        sqlite_with_rowid=False,
    )


def _fill(connection: sa.Connection) -> None:
    """Count the figures day by day, the days month by month, and the months, some metrics after others."""
    engine = connection.dialect.name
    steps = (
        _FROM_FIGURES.format(day=_DAY[engine]),
        _FROM_SUMS.format(span="month", of="day", day=_MONTH[engine]),
        _FROM_SUMS.format(span="all", of="month", day=_ALL_TIME[engine]),
    )
    last = connection.execute(sa.text("SELECT max(id) FROM metric")).scalar() or 0
    for after in range(0, last, _AT_ONCE):
        for step in steps:
            insert = sa.text(f"INSERT INTO metric_sum ({_COLUMNS}) {step}")  # only the constants above
            connection.execute(insert, {"after": after, "until": after + _AT_ONCE})


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
