"""first release: all tables

Revision ID: 0001
Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The states of a case that is not closed, rejected or merged.
OPEN = (
    "state IN ('acknowledged', 'dispatched', 'fed_back', 'handling', 'registered', 'reported', 'rework',"
    " 'suspended', 'verified', 'verifying')"
)


def upgrade() -> None:
    _people()
    _campaign()
    _tasks()
    _reports()
    _cases()
    _messages()
    _nags()
    _jobs()


def _where(condition: str) -> dict[str, sa.TextClause]:
    """The rows of a partial index, on both engines."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _people() -> None:
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "district",
                "street",
                "park",
                "village",
                "department",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_name")),
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("post", sa.String(length=100), nullable=True),
        sa.Column("section", sa.String(length=100), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("telegram_user_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "not_enrolled",
                "enrolled",
                "unreachable",
                "left",
                name="contact_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_contact_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("telegram_user_id", name=op.f("uq_contact_telegram_user_id")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_contact_unit_id_name")),
    )

    op.create_table(
        "contact_role",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "office",
                "district_leader",
                "principal_leader",
                "leader_in_charge",
                "responsible_person",
                "liaison",
                "inspector",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_role_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("contact_id", "role", name=op.f("pk_contact_role")),
    )

    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_invitation_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "join_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("telegram_user_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("post", sa.String(length=100), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "approved",
                "refused",
                name="join_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_join_request_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["contact.id"], name=op.f("fk_join_request_decided_by_contact")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_join_request_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_request")),
    )
    with op.batch_alter_table("join_request", schema=None) as batch_op:
        batch_op.create_index(
            "ix_join_request_pending",
            ["telegram_user_id"],
            unique=True,
            **_where("state = 'pending'"),
        )

    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("contact_id <> deputy_id", name=op.f("ck_absence_another_deputy")),
        sa.CheckConstraint("first <= last", name=op.f("ck_absence_in_order")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_absence_contact_id_contact")),
        sa.ForeignKeyConstraint(["deputy_id"], ["contact.id"], name=op.f("fk_absence_deputy_id_contact")),
        sa.ForeignKeyConstraint(["made_by"], ["contact.id"], name=op.f("fk_absence_made_by_contact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_absence_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_absence_deputy_id"), ["deputy_id"], unique=False)
        batch_op.create_index("ix_absence_last", ["last"], unique=False)


def _campaign() -> None:
    op.create_table(
        "group_chat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "district",
                "street",
                "park",
                "village",
                "department",
                name="group_tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("may_pin", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("bound_by", sa.Integer(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tallied_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tier IS NULL OR unit_id IS NULL", name=op.f("ck_group_chat_one_scope")),
        sa.ForeignKeyConstraint(["bound_by"], ["contact.id"], name=op.f("fk_group_chat_bound_by_contact")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_group_chat_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_chat")),
        sa.UniqueConstraint("chat_id", name=op.f("uq_group_chat_chat_id")),
    )

    op.create_table(
        "group_tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("slot_key", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["group_chat.id"], name=op.f("fk_group_tally_group_id_group_chat")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_tally")),
        sa.UniqueConstraint("group_id", "slot_key", name=op.f("uq_group_tally_group_id_slot_key")),
    )
    with op.batch_alter_table("group_tally", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_tally_as_of"), ["as_of"], unique=False)

    op.create_table(
        "tick_mark",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("slot_key", sa.String(length=40), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tick_mark")),
    )

    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("subject_type", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["contact.id"], name=op.f("fk_audit_actor_id_contact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_subject", ["subject_type", "subject_id"], unique=False)

    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )

    op.create_table(
        "working_day_override",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_working_day_override")),
    )


def _tasks() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("focus", sa.Text(), nullable=True),
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column(
            "frequency",
            sa.Enum(
                "daily",
                "weekly",
                "monthly",
                "quarterly",
                "shift",
                name="frequency",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("lead_unit_id", sa.Integer(), nullable=False),
        sa.Column("leader_in_charge", sa.Text(), nullable=True),
        sa.Column("handling_section", sa.Text(), nullable=True),
        sa.Column("responsible_person", sa.Text(), nullable=False),
        sa.Column("responsible_id", sa.Integer(), nullable=True),
        sa.Column("target_value", sa.BigInteger(), nullable=True),
        sa.Column("target_unit", sa.String(length=40), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "assigned",
                "acknowledged",
                "in_progress",
                "submitted",
                "returned",
                "completed",
                "cancelled",
                name="task_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by", sa.Integer(), nullable=True),
        sa.Column("next_nag_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nagged_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(deadline IS NULL) <> (frequency IS NULL)", name=op.f("ck_task_deadline_or_frequency")
        ),
        sa.ForeignKeyConstraint(["completed_by"], ["contact.id"], name=op.f("fk_task_completed_by_contact")),
        sa.ForeignKeyConstraint(["lead_unit_id"], ["unit.id"], name=op.f("fk_task_lead_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["contact.id"], name=op.f("fk_task_responsible_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("identity", name=op.f("uq_task_identity")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(
            "ix_task_due",
            ["next_nag_at"],
            unique=False,
            **_where("next_nag_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_task_lead_unit_id"), ["lead_unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_responsible_id"), ["responsible_id"], unique=False)

    op.create_table(
        "task_assisting_unit",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_assisting_unit_task_id_task")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_task_assisting_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("task_id", "unit_id", name=op.f("pk_task_assisting_unit")),
    )
    with op.batch_alter_table("task_assisting_unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_assisting_unit_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "former_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("responsible_person", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_former_line_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_line")),
    )
    with op.batch_alter_table("former_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_former_line_task_id"), ["task_id"], unique=False)

    op.create_table(
        "metric",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_metric_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric")),
        sa.UniqueConstraint("task_id", "item", "unit", name=op.f("uq_metric_task_id_item_unit")),
    )

    op.create_table(
        "transfer_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("responsible_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "accepted",
                "declined",
                "withdrawn",
                name="offer_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["from_id"], ["contact.id"], name=op.f("fk_transfer_offer_from_id_contact")),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["contact.id"], name=op.f("fk_transfer_offer_responsible_id_contact")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_transfer_offer_task_id_task")),
        sa.ForeignKeyConstraint(["to_id"], ["contact.id"], name=op.f("fk_transfer_offer_to_id_contact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_offer")),
    )
    with op.batch_alter_table("transfer_offer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_transfer_offer_pending",
            ["task_id"],
            unique=True,
            **_where("state = 'pending'"),
        )


def _reports() -> None:
    op.create_table(
        "progress_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt_no", sa.String(length=20), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "progress", "zero", name="report_kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("place", sa.String(length=255), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about_day", sa.Date(), nullable=True),
        sa.Column("window_closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind = 'zero' OR task_id IS NOT NULL", name=op.f("ck_progress_report_progress_has_task")
        ),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_progress_report_percent_range")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_progress_report_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_progress_report_task_id_task")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_progress_report_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_report")),
        sa.UniqueConstraint("receipt_no", name=op.f("uq_progress_report_receipt_no")),
    )
    with op.batch_alter_table("progress_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_progress_report_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_progress_report_counted_at"), ["counted_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_progress_report_task_id"), ["task_id"], unique=False)
        batch_op.create_index("ix_progress_report_unit_at", ["unit_id", "counted_at"], unique=False)

    op.create_table(
        "report_part",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("album", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["progress_report.id"], name=op.f("fk_report_part_report_id_progress_report")
        ),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name=op.f("pk_report_part")),
    )
    with op.batch_alter_table("report_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_part_report_id"), ["report_id"], unique=False)

    op.create_table(
        "report_revision",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("place", sa.String(length=255), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["contact.id"], name=op.f("fk_report_revision_ended_by_contact")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["progress_report.id"], name=op.f("fk_report_revision_report_id_progress_report")
        ),
        sa.PrimaryKeyConstraint("report_id", "number", name=op.f("pk_report_revision")),
    )

    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "photo",
                "document",
                "video",
                name="evidence_kind",
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
            ["report_id"], ["progress_report.id"], name=op.f("fk_evidence_report_id_progress_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_report_id"), ["report_id"], unique=False)

    op.create_table(
        "figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("metric_id", sa.Integer(), nullable=False),
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
        sa.Column("stated", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("approx", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["metric_id"], ["metric.id"], name=op.f("fk_figure_metric_id_metric")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["progress_report.id"], name=op.f("fk_figure_report_id_progress_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure")),
        sa.UniqueConstraint(
            "report_id", "revision", "metric_id", name=op.f("uq_figure_report_id_revision_metric_id")
        ),
    )
    with op.batch_alter_table("figure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_figure_metric_id"), ["metric_id"], unique=False)


def _cases() -> None:
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
        sa.Column("usual_amount", sa.BigInteger(), nullable=True),
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
        sa.Column("nagged_until", sa.DateTime(timezone=True), nullable=True),
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
            **_where("look_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_case_open_limit",
            ["limit_at", "id"],
            unique=False,
            **_where(OPEN),
        )
        batch_op.create_index(
            "ix_case_open_place",
            ["category_id", "latitude"],
            unique=False,
            **_where(OPEN),
        )
        batch_op.create_index(
            "ix_case_open_point",
            ["point_id", "category_id"],
            unique=False,
            **_where(OPEN),
        )
        batch_op.create_index(
            "ix_case_open_state",
            ["state", "limit_at", "colour"],
            unique=False,
            **_where(OPEN),
        )
        batch_op.create_index(
            "ix_case_open_unit",
            ["unit_id", "limit_at", "state", "colour"],
            unique=False,
            **_where(OPEN),
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


def _messages() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "done",
                "dead",
                name="inbox_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("bot_id", "update_id", name=op.f("uq_inbox_bot_id_update_id")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbox_open",
            ["bot_id", "lane", "id"],
            unique=False,
            **_where("state = 'new'"),
        )

    op.create_table(
        "live_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "board",
                "tally",
                "job",
                name="live_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("message_ids", sa.JSON(), nullable=False),
        sa.Column("dirty", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("stale_ids", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_message")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_live_message_kind_subject_id")),
    )
    with op.batch_alter_table("live_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_live_message_chat_id"), ["chat_id"], unique=False)
        batch_op.create_index(
            "ix_live_message_dirty",
            ["id"],
            unique=False,
            **_where("dirty"),
        )

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "receipt",
                "order",
                "notice",
                "nag",
                "hint",
                "tally",
                "brief",
                name="message_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("live_id", sa.Integer(), nullable=True),
        sa.Column("view", sa.String(length=32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "sending",
                "sent",
                "retry",
                "unknown",
                "undeliverable",
                "withdrawn",
                name="delivery_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parts_sent", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_outbox_contact_id_contact")),
        sa.ForeignKeyConstraint(
            ["live_id"], ["live_message.id"], name=op.f("fk_outbox_live_id_live_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_dedupe_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_open",
            ["chat_id", "id"],
            unique=False,
            **_where("state IN ('new', 'retry')"),
        )

    op.create_table(
        "sent_message",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_sent_message_task_id_task")),
        sa.PrimaryKeyConstraint("chat_id", "message_id", "task_id", name=op.f("pk_sent_message")),
    )

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

    op.create_table(
        "button",
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_button_contact_id_contact")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_button")),
    )
    with op.batch_alter_table("button", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_button_created_at"), ["created_at"], unique=False)

    op.create_table(
        "question",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "chat_id", name=op.f("pk_question")),
    )

    op.create_table(
        "told",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "topic", name=op.f("pk_told")),
    )

    op.create_table(
        "chat_pause",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_chat_pause")),
    )

    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("report_id", sa.Integer(), nullable=True),
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
        ),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("awaiting_text", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("card_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("card_message_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["problem_case.id"], name=op.f("fk_draft_case_id_problem_case")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_draft_contact_id_contact")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["progress_report.id"], name=op.f("fk_draft_report_id_progress_report")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_draft_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("contact_id", "chat_id", name=op.f("uq_draft_contact_id_chat_id")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(
            "ix_draft_card_due",
            ["card_due_at"],
            unique=False,
            **_where("card_due_at IS NOT NULL"),
        )


def _nags() -> None:
    op.create_table(
        "ladder_policy",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rungs", sa.JSON(), nullable=False),
        sa.Column("budget", sa.Integer(), nullable=False),
        sa.Column(
            "release",
            sa.Enum(
                "office", "auto", name="policy_release", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["contact.id"], name=op.f("fk_ladder_policy_made_by_contact")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_ladder_policy")),
    )

    op.create_table(
        "inspection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("first <= last", name=op.f("ck_inspection_in_order")),
        sa.ForeignKeyConstraint(["made_by"], ["contact.id"], name=op.f("fk_inspection_made_by_contact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )

    op.create_table(
        "nag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "task",
                "unsigned",
                "report",
                "order",
                "extension",
                name="nag_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("cycle", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.String(length=40), nullable=False),
        sa.Column("rung", sa.String(length=40), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "responsible_person",
                "section",
                "leader_in_charge",
                "principal_leader",
                "office",
                name="nag_level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("instead_of", sa.String(length=100), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "told",
                "held",
                "skipped",
                "moot",
                name="nag_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "quiet",
                "budget",
                "snoozed",
                "release",
                "not_released",
                "outage",
                "nobody",
                "done",
                "moved",
                "repeated",
                name="nag_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("policy", sa.Integer(), nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(task_id IS NULL) <> (case_id IS NULL)", name=op.f("ck_nag_task_or_case")),
        sa.ForeignKeyConstraint(["case_id"], ["problem_case.id"], name=op.f("fk_nag_case_id_problem_case")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_nag_contact_id_contact")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_nag_outbox_id_outbox")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_nag_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nag")),
        sa.UniqueConstraint("key", name=op.f("uq_nag_key")),
    )
    with op.batch_alter_table("nag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nag_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_nag_contact_settled", ["contact_id", "settled_at"], unique=False)
        batch_op.create_index("ix_nag_created", ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_nag_outbox_id"), ["outbox_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_nag_task_id"), ["task_id"], unique=False)
        batch_op.create_index(
            "ix_nag_waiting",
            ["hold_until"],
            unique=False,
            **_where("state = 'waiting'"),
        )

    op.create_table(
        "snooze",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(task_id IS NULL) <> (case_id IS NULL)", name=op.f("ck_snooze_task_or_case")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["problem_case.id"], name=op.f("fk_snooze_case_id_problem_case")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_snooze_contact_id_contact")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_snooze_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snooze")),
    )
    with op.batch_alter_table("snooze", schema=None) as batch_op:
        batch_op.create_index("ix_snooze_contact_until", ["contact_id", "until"], unique=False)


def _jobs() -> None:
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_created_at"), ["created_at"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "import",
                "import_tasks",
                "import_roster",
                "import_ladder",
                "export_cases",
                name="job_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "preview",
                "confirmed",
                "done",
                "failed",
                "cancelled",
                name="job_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("telegram_file_id", sa.String(length=255), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("refused_id", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("written", sa.JSON(), nullable=False),
        sa.Column("message", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["confirmed_by"], ["contact.id"], name=op.f("fk_job_confirmed_by_contact")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_job_contact_id_contact")),
        sa.ForeignKeyConstraint(
            ["refused_id"], ["stored_file.id"], name=op.f("fk_job_refused_id_stored_file")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["stored_file.id"], name=op.f("fk_job_source_id_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(
            "ix_job_open",
            ["id"],
            unique=False,
            **_where("state IN ('waiting', 'confirmed')"),
        )


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first release: restore the backup instead")
