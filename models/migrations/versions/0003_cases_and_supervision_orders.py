"""cases and supervision orders

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

OPEN = sa.text(
    "state IN ('acknowledged', 'dispatched', 'fed_back', 'handling', 'registered', 'reported', 'rework',"
    " 'suspended', 'verified', 'verifying')"
)


def upgrade() -> None:
    op.create_table(
        "working_day_override",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_working_day_override")),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column(
            "tier",
            sa.Enum(
                "district",
                "street",
                "park",
                "village",
                "department",
                name="category_tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("limit_amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "limit_unit",
            sa.Enum(
                "urgent_hour",
                "working_hour",
                "working_day",
                "natural_day",
                name="category_limit_unit",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("indicator", sa.String(length=200), nullable=True),
        sa.Column("radius_m", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(unit_id IS NULL) <> (tier IS NULL)", name=op.f("ck_category_unit_or_tier")),
        sa.CheckConstraint("limit_amount > 0", name=op.f("ck_category_limit_positive")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_category_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("area", "name", name=op.f("uq_category_area_name")),
    )
    op.create_table(
        "inspection_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_inspection_point_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_point")),
        sa.UniqueConstraint("name", name=op.f("uq_inspection_point_name")),
    )
    op.create_table(
        "supervision_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("leader_in_charge", sa.String(length=100), nullable=True),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issued_by"], ["contact.id"], name=op.f("fk_supervision_order_issued_by_contact")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_supervision_order_task_id_task")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_supervision_order_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_order")),
        sa.UniqueConstraint("number", name=op.f("uq_supervision_order_number")),
        sa.UniqueConstraint("year", "serial", name=op.f("uq_supervision_order_year_serial")),
    )
    with op.batch_alter_table("supervision_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supervision_order_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "instruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["leader_id"], ["contact.id"], name=op.f("fk_instruction_leader_id_contact")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["supervision_order.id"], name=op.f("fk_instruction_order_id_supervision_order")
        ),
        sa.ForeignKeyConstraint(
            ["released_by"], ["contact.id"], name=op.f("fk_instruction_released_by_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction")),
    )
    with op.batch_alter_table("instruction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_instruction_order_id"), ["order_id"], unique=False)

    op.create_table(
        "problem_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=120), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("indicator", sa.String(length=200), nullable=True),
        sa.Column("limit_amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "limit_unit",
            sa.Enum(
                "urgent_hour",
                "working_hour",
                "working_day",
                "natural_day",
                name="case_limit_unit",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("place", sa.String(length=255), nullable=True),
        sa.Column("point_id", sa.Integer(), nullable=True),
        sa.Column("place_unit_id", sa.Integer(), nullable=True),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("responsible_id", sa.Integer(), nullable=True),
        sa.Column("verifier_id", sa.Integer(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "reported",
                "verifying",
                "verified",
                "registered",
                "dispatched",
                "acknowledged",
                "handling",
                "fed_back",
                "rework",
                "suspended",
                "closed",
                "rejected",
                "merged",
                name="case_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("limit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fed_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worked", sa.Integer(), nullable=False),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("extension_asked", sa.Boolean(), nullable=False),
        sa.Column("reworks", sa.Integer(), nullable=False),
        sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column(
            "colour",
            sa.Enum(
                "none",
                "blue",
                "yellow",
                "red",
                name="case_colour",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column(
            "appeal",
            sa.Enum(
                "none",
                "asked",
                "granted",
                "refused",
                name="case_appeal",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_problem_case_category_id_category")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["problem_case.id"], name=op.f("fk_problem_case_merged_into_problem_case")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["supervision_order.id"], name=op.f("fk_problem_case_order_id_supervision_order")
        ),
        sa.ForeignKeyConstraint(
            ["place_unit_id"], ["unit.id"], name=op.f("fk_problem_case_place_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["point_id"], ["inspection_point.id"], name=op.f("fk_problem_case_point_id_inspection_point")
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["contact.id"], name=op.f("fk_problem_case_reporter_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["contact.id"], name=op.f("fk_problem_case_responsible_id_contact")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_problem_case_task_id_task")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_problem_case_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["verifier_id"], ["contact.id"], name=op.f("fk_problem_case_verifier_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_case")),
        sa.UniqueConstraint("number", name=op.f("uq_problem_case_number")),
    )
    with op.batch_alter_table("problem_case", schema=None) as batch_op:
        batch_op.create_index("ix_case_closed", ["closed_at", "unit_id", "category"], unique=False)
        batch_op.create_index("ix_case_limit", ["limit_at"], unique=False)
        batch_op.create_index(
            "ix_case_look",
            ["look_at"],
            unique=False,
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_case_open_limit",
            ["limit_at", "id"],
            unique=False,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
        batch_op.create_index(
            "ix_case_open_place",
            ["category_id", "latitude"],
            unique=False,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
        batch_op.create_index(
            "ix_case_open_point",
            ["point_id", "category_id"],
            unique=False,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
        batch_op.create_index(
            "ix_case_open_state",
            ["state", "limit_at", "colour"],
            unique=False,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
        batch_op.create_index(
            "ix_case_open_unit",
            ["unit_id", "limit_at", "state", "colour"],
            unique=False,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
        batch_op.create_index("ix_case_registered", ["registered_at", "unit_id", "category"], unique=False)
        batch_op.create_index(batch_op.f("ix_problem_case_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_problem_case_reporter_id"), ["reporter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_problem_case_responsible_id"), ["responsible_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_problem_case_verifier_id"), ["verifier_id"], unique=False)

    op.create_table(
        "case_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "before",
                "verification",
                "after",
                name="case_phase",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "photo",
                "document",
                "video",
                name="case_file_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("file_id", sa.String(length=255), nullable=False),
        sa.Column("file_unique_id", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["problem_case.id"], name=op.f("fk_case_file_case_id_problem_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_file_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_follower",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["problem_case.id"], name=op.f("fk_case_follower_case_id_problem_case")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_case_follower_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("case_id", "contact_id", name=op.f("pk_case_follower")),
    )
    op.create_table(
        "case_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "event",
            sa.Enum(
                "report",
                "ask_verification",
                "verify",
                "register",
                "reject",
                "merge",
                "absorb",
                "dispatch",
                "reassign",
                "acknowledge",
                "handle",
                "feedback",
                "close",
                "rework",
                "send_back",
                "ask_extension",
                "extend",
                "refuse_extension",
                "suspend",
                "resume",
                "reopen",
                "appeal",
                "grant_appeal",
                "refuse_appeal",
                "colour",
                "release",
                "instruct",
                name="case_event",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("limit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worked", sa.Integer(), nullable=False),
        sa.Column(
            "colour",
            sa.Enum(
                "none",
                "blue",
                "yellow",
                "red",
                name="step_colour",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["contact.id"], name=op.f("fk_case_step_actor_id_contact")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["problem_case.id"], name=op.f("fk_case_step_case_id_problem_case")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_case_step_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_case_step_case_id_number")),
    )
    op.create_table(
        "order_case",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("limit_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["problem_case.id"], name=op.f("fk_order_case_case_id_problem_case")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["supervision_order.id"], name=op.f("fk_order_case_order_id_supervision_order")
        ),
        sa.PrimaryKeyConstraint("order_id", "case_id", name=op.f("pk_order_case")),
    )
    with op.batch_alter_table("order_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_case_case_id"), ["case_id"], unique=False)

    op.create_table(
        "sent_case",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["problem_case.id"], name=op.f("fk_sent_case_case_id_problem_case")
        ),
        sa.PrimaryKeyConstraint("chat_id", "message_id", "case_id", name=op.f("pk_sent_case")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.Enum(
                    "report",
                    "issue",
                    "feedback",
                    "verification",
                    name="draft_kind",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                nullable=False,
                server_default="report",
            )
        )
        batch_op.add_column(sa.Column("case_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_draft_case_id_problem_case"), "problem_case", ["case_id"], ["id"]
        )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_job_job_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_job_job_kind"), "kind IN ('import', 'import_tasks', 'import_roster', 'export_cases')"
        )


def downgrade() -> None:
    raise NotImplementedError("what 0002 has no place for would be lost: restore the backup instead")
