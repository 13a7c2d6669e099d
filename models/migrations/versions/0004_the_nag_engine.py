"""the nag engine

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Of a red order, and of an extension that waits, nothing more was said; from now on the ladder has slots for
# them, those since the last scan of the release before.
_LOOKED = """
    UPDATE problem_case
    SET look_at = coalesce((SELECT ran_at FROM tick_mark WHERE name = 'cases'), limit_at),
        nagged_until = coalesce((SELECT ran_at FROM tick_mark WHERE name = 'cases'), limit_at)
    WHERE state IN ('dispatched', 'acknowledged', 'handling', 'rework') AND limit_at IS NOT NULL
        AND (colour = 'red' OR extension_asked)
"""


def upgrade() -> None:
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
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
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
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
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

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quiet_from", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("quiet_until", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_job_job_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_job_job_kind"),
            "kind IN ('import', 'import_tasks', 'import_roster', 'import_ladder', 'export_cases')",
        )

    with op.batch_alter_table("problem_case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("nagged_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("usual_amount", sa.BigInteger(), nullable=True))

    op.execute(_LOOKED)

    with op.batch_alter_table("progress_report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about_day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("window_closed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("nagged_until", sa.DateTime(timezone=True), nullable=True))
    _nagged_until(op.get_bind())
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.alter_column("nagged_until", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.drop_column("last_nagged")
        batch_op.drop_column("nag_start")
        batch_op.drop_constraint(op.f("ck_task_frequency"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_task_frequency"), "frequency IN ('daily', 'weekly', 'monthly', 'quarterly', 'shift')"
        )


def _nagged_until(connection: sa.Connection) -> None:
    """Where each task stands on its ladder, from the columns that said so before: a slot that was seen to is
    not nagged again, one that still waits is not lost. The next scan looks at every task that is open."""
    at = sa.DateTime(timezone=True)
    task = sa.table(
        "task",
        sa.column("id", sa.Integer()),
        sa.column("state", sa.String()),
        sa.column("next_nag_at", at),
        sa.column("last_nagged", sa.Date()),
        sa.column("nag_start", at),
        sa.column("nagged_until", at),
    )
    connection.execute(sa.update(task).values(nagged_until=task.c.nag_start))
    nagged = sa.and_(task.c.last_nagged.is_not(None), task.c.next_nag_at.is_not(None))
    found = connection.execute(sa.select(task.c.id, task.c.next_nag_at).where(nagged))
    rows = [{"task_id": row.id, "until": row.next_nag_at - timedelta(seconds=1)} for row in found]
    if rows:
        one = sa.update(task).where(task.c.id == sa.bindparam("task_id"))
        connection.execute(one.values(nagged_until=sa.bindparam("until", type_=at)), rows)
    waiting = task.c.state.in_(["assigned", "acknowledged", "in_progress", "returned"])
    connection.execute(sa.update(task).where(waiting).values(next_nag_at=task.c.nagged_until))


def downgrade() -> None:
    raise NotImplementedError("what 0003 has no place for would be lost: restore the backup instead")
