"""what the office has answered about an import, the whole of its preview, and other names of units

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_KINDS = (
    *("import", "import_tasks", "import_roster", "import_ladder"),
    *("import_categories", "import_points", "import_calendar", "export_cases"),
)


def upgrade() -> None:
    op.create_table(
        "unit_alias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["contact.id"], name=op.f("fk_unit_alias_made_by_contact")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_alias_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_alias")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_alias_name")),
    )
    op.create_index(op.f("ix_unit_alias_unit_id"), "unit_alias", ["unit_id"])
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answers", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("details_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_job_details_id_stored_file"), "stored_file", ["details_id"], ["id"]
        )
        batch_op.drop_constraint(op.f("ck_job_job_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_job_job_kind"), f"kind IN ({', '.join(map(repr, _KINDS))})")


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
