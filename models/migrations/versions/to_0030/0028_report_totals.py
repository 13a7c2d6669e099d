"""how many reports count, by day and by month; on SQLite all that sums read of a span in one index

Revision ID: 0028
Revises: 0027
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# So many reports are counted by one statement, so that a long history needs little memory.
_AT_ONCE: Final = 100_000
# The day in Beijing of a moment in UTC. SQLite would round the last half millisecond of a day up.
_DAY: Final = {
    "sqlite": "date(substr(counted_at, 1, 19), '+8 hours')",
    "postgresql": "((counted_at AT TIME ZONE 'UTC') + interval '8 hours')::date",
}
_MONTH: Final = {
    "sqlite": "date(first_day, 'start of month')",
    "postgresql": "date_trunc('month', first_day)::date",
}
_VALUES: Final = ("reports", "progress", "late", "made_up")
_DAYS: Final = """
    INSERT INTO report_total (span, first_day, unit_id, task_id, reports, progress, late, made_up)
    SELECT 'day', {day}, unit_id, coalesce(task_id, 0), count(*),
           sum(CASE WHEN kind = 'progress' THEN 1 ELSE 0 END), sum(CASE WHEN late THEN 1 ELSE 0 END),
           sum(CASE WHEN counted_at < reported_at THEN 1 ELSE 0 END)
    FROM progress_report
    WHERE NOT withdrawn AND id > :after AND id <= :until
    GROUP BY {day}, unit_id, coalesce(task_id, 0)
    ON CONFLICT (span, first_day, unit_id, task_id) DO UPDATE SET {added}
"""
_MONTHS: Final = """
    INSERT INTO report_total (span, first_day, unit_id, task_id, reports, progress, late, made_up)
    SELECT 'month', {month}, unit_id, task_id, sum(reports), sum(progress), sum(late), sum(made_up)
    FROM report_total
    WHERE span = 'day'
    GROUP BY {month}, unit_id, task_id
"""


def upgrade() -> None:
    op.create_table(
        "report_total",
        sa.Column(
            "span",
            sa.Enum(
                "all",
                "month",
                "day",
                name="report_span",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("made_up", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_report_total_unit_id_unit")),
        sa.PrimaryKeyConstraint("span", "first_day", "unit_id", "task_id", name=op.f("pk_report_total")),
        sqlite_with_rowid=False,
    )
    _fill(op.get_bind())
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_metric_sum_of_all_time", "metric_sum")
        op.drop_index("ix_metric_sum_span_first_day", "metric_sum")
        op.create_index(
            "ix_metric_sum_of_span",
            "metric_sum",
            ["span", "first_day", "unit_id", "metric_id", "amount", "figures", "approximate", "first_figure"],
        )


def _fill(connection: sa.Connection) -> None:
    """Count the reports day by day, some after others, and the days month by month."""
    engine = connection.dialect.name
    added = ", ".join(f"{name} = report_total.{name} + excluded.{name}" for name in _VALUES)
    days = sa.text(_DAYS.format(day=_DAY[engine], added=added))
    last = connection.execute(sa.text("SELECT max(id) FROM progress_report")).scalar() or 0
    for after in range(0, last, _AT_ONCE):
        connection.execute(days, {"after": after, "until": after + _AT_ONCE})
    connection.execute(sa.text(_MONTHS.format(month=_MONTH[engine])))


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
