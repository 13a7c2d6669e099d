"""jobs that make the sheet of what a tally's numbers are made of

Revision ID: 0031
Revises: 0030
"""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_NAME: Final = "ck_job_job_kind"
_KINDS: Final = (
    *("import", "import_tasks", "import_roster", "import_ladder", "import_categories"),
    *("import_points", "import_calendar", "import_activities", "export_cases"),
    *("work_report", "report_template", "tally_sources"),
)


def upgrade() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(_NAME), type_="check")
        batch_op.create_check_constraint(op.f(_NAME), f"kind IN ({', '.join(map(repr, _KINDS))})")


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
