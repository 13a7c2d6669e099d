"""which section of the office sees to which subject, and imports of that table

Revision ID: 0036
Revises: 0035
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_NAME: Final = "ck_job_job_kind"
_KINDS: Final = (
    *("import", "import_tasks", "import_roster", "import_ladder", "import_categories"),
    *("import_points", "import_calendar", "import_activities", "import_sections", "export_cases"),
    *("work_report", "report_template", "tally_sources"),
)


def upgrade() -> None:
    subjects = sa.Enum(
        "people",
        "completion",
        "cases",
        "papers",
        name="office_subject",
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    op.create_table(
        "office_section",
        sa.Column("subject", subjects, nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["contact.id"], name=op.f("fk_office_section_made_by_contact")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_office_section")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(_NAME), type_="check")
        batch_op.create_check_constraint(op.f(_NAME), f"kind IN ({', '.join(map(repr, _KINDS))})")


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
