"""notices that are sent round, with their parties, copies and receipts

Revision ID: 0037
Revises: 0036
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_LIVE: Final = (
    *("board", "tally", "job", "nag", "notice", "picture", "preview", "breakdown"),
    *("notice_copy", "notice_count"),
)
_DRAFTS: Final = ("report", "issue", "feedback", "verification", "activity", "notice")


def upgrade() -> None:
    _renew_check("live_message", "ck_live_message_live_kind", "kind", _LIVE)
    _renew_check("draft", "ck_draft_draft_kind", "kind", _DRAFTS)
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "ask",
            sa.Enum(
                "read",
                "attend",
                "reply",
                name="notice_ask",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("per_unit", sa.Boolean(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "ended",
                "withdrawn",
                name="notice_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["issuer_id"], ["contact.id"], name=op.f("fk_notice_issuer_id_contact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index(
            "ix_notice_open",
            ["sent_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "notice_file",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "photo",
                "document",
                "video",
                name="notice_file_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("file_id", sa.String(length=255), nullable=False),
        sa.Column("file_unique_id", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_file_notice_id_notice")),
        sa.PrimaryKeyConstraint("notice_id", "position", name=op.f("pk_notice_file")),
    )
    op.create_table(
        "notice_party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "read",
                "attend",
                "absent",
                "substitute",
                "reply",
                name="notice_answer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nagged_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["contact.id"], name=op.f("fk_notice_party_answered_by_contact")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_notice_party_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_party_notice_id_notice")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_notice_party_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_party")),
    )
    with op.batch_alter_table("notice_party", schema=None) as batch_op:
        batch_op.create_index(
            "ix_notice_party_contact",
            ["notice_id", "contact_id"],
            unique=True,
            sqlite_where=sa.text("contact_id IS NOT NULL"),
            postgresql_where=sa.text("contact_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_notice_party_due",
            ["look_at"],
            unique=False,
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_notice_party_unit",
            ["notice_id", "unit_id"],
            unique=True,
            sqlite_where=sa.text("contact_id IS NULL"),
            postgresql_where=sa.text("contact_id IS NULL"),
        )

    op.create_table(
        "notice_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=220), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_notice_copy_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_copy_notice_id_notice")),
        sa.ForeignKeyConstraint(
            ["party_id"], ["notice_party.id"], name=op.f("fk_notice_copy_party_id_notice_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_copy")),
        sa.UniqueConstraint(
            "notice_id", "contact_id", "party_id", name=op.f("uq_notice_copy_notice_id_contact_id_party_id")
        ),
    )
    with op.batch_alter_table("notice_copy", schema=None) as batch_op:
        batch_op.create_index(
            "ix_notice_copy_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_notice_copy_party_id"), ["party_id"], unique=False)

    op.create_table(
        "notice_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "read",
                "attend",
                "absent",
                "substitute",
                "reply",
                name="receipt_answer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=220), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["contact.id"], name=op.f("fk_notice_receipt_actor_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["notice_party.id"], name=op.f("fk_notice_receipt_party_id_notice_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_receipt")),
        sa.UniqueConstraint("party_id", "number", name=op.f("uq_notice_receipt_party_id_number")),
    )


def _renew_check(table: str, name: str, column: str, values: tuple[str, ...]) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.create_check_constraint(op.f(name), f"{column} IN ({', '.join(map(repr, values))})")


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
