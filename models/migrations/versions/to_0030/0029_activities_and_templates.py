"""the activity log (工作纪实), with drafts and jobs for it; templates of work reports; files in pieces

Revision ID: 0029
Revises: 0028
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_WIDENED: Final = (
    ("draft", "ck_draft_draft_kind", ("report", "issue", "feedback", "verification", "activity")),
    (
        "job",
        "ck_job_job_kind",
        (
            *("import", "import_tasks", "import_roster", "import_ladder", "import_categories"),
            *("import_points", "import_calendar", "import_activities", "export_cases"),
            *("work_report", "report_template"),
        ),
    ),
)


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "meeting",
                "document",
                "event",
                "team",
                "funds",
                "media",
                "other",
                name="activity_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["contact.id"], name=op.f("fk_activity_recorded_by_contact")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_activity_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("number", name=op.f("uq_activity_number")),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index("ix_activity_day", ["day", "id"], unique=False)
        batch_op.create_index("ix_activity_unit_day", ["unit_id", "day", "id"], unique=False)

    op.create_table(
        "activity_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "photo",
                "document",
                "video",
                name="activity_file_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("file_id", sa.String(length=255), nullable=False),
        sa.Column("file_unique_id", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_activity_file_activity_id_activity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_file")),
    )
    with op.batch_alter_table("activity_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_file_activity_id"), ["activity_id"], unique=False)

    op.create_table(
        "activity_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("approx", sa.Boolean(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("refused_to", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_activity_figure_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["progress_report.id"], name=op.f("fk_activity_figure_report_id_progress_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_figure")),
    )
    with op.batch_alter_table("activity_figure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_figure_activity_id"), ["activity_id"], unique=False)

    op.create_table(
        "report_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["contact.id"], name=op.f("fk_report_template_made_by_contact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_template")),
    )
    op.create_table(
        "stored_piece",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_stored_piece_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_stored_piece")),
    )
    for table, name, kinds in _WIDENED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(name), type_="check")
            batch_op.create_check_constraint(op.f(name), f"kind IN ({', '.join(map(repr, kinds))})")


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
