"""notices to the office: gathered as each member chose, with who sees to a matter and who settled it

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "office_matter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Integer(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["claimed_by"], ["contact.id"], name=op.f("fk_office_matter_claimed_by_contact")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["contact.id"], name=op.f("fk_office_matter_settled_by_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_matter")),
        sa.UniqueConstraint("key", name=op.f("uq_office_matter_key")),
    )
    op.create_index(
        "ix_office_matter_open",
        "office_matter",
        ["subject", "subject_id"],
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "office_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=True),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_office_notice_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["office_matter.id"], name=op.f("fk_office_notice_matter_id_office_matter")
        ),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_office_notice_outbox_id_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_notice")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_office_notice_dedupe_key")),
    )
    op.create_index(op.f("ix_office_notice_matter_id"), "office_notice", ["matter_id"])
    op.create_index(op.f("ix_office_notice_outbox_id"), "office_notice", ["outbox_id"])
    op.create_index(
        "ix_office_notice_waiting",
        "office_notice",
        ["contact_id"],
        sqlite_where=sa.text("outbox_id IS NULL"),
        postgresql_where=sa.text("outbox_id IS NULL"),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("notices", sa.String(length=32), server_default="at_once", nullable=False)
        )
        batch_op.create_check_constraint(
            op.f("ck_contact_notice_rhythm"), "notices IN ('at_once', 'two_hourly', 'twice_a_day')"
        )
    with op.batch_alter_table("live_message", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_live_message_live_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_live_message_live_kind"), "kind IN ('board', 'tally', 'job', 'nag', 'notice')"
        )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
