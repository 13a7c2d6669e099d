"""pictures that are promised, drawn, sent and corrected; the hour of each group's tally; notes on it

Revision ID: 0030
Revises: 0029
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_WIDENED: Final = (
    (
        "outbox",
        "ck_outbox_message_kind",
        ("receipt", "order", "notice", "nag", "hint", "tally", "brief", "picture", "digest"),
    ),
    (
        "live_message",
        "ck_live_message_live_kind",
        ("board", "tally", "job", "nag", "notice", "picture", "preview"),
    ),
)
_WAITING: Final = sa.text("state = 'waiting'")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("promise_key", sa.String(length=120), nullable=False),
        sa.Column("kind", _words("picture_kind", "tally", "brief"), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("state", _words("picture_state", "waiting", "drawn", "failed"), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("promised", sa.Boolean(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drawn_for", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("group_id IS NULL OR contact_id IS NULL", name=op.f("ck_picture_one_reader")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_picture_contact_id_contact")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_picture_file_id_stored_file")),
        sa.ForeignKeyConstraint(["group_id"], ["group_chat.id"], name=op.f("fk_picture_group_id_group_chat")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_picture_kind_subject_id")),
        sa.UniqueConstraint("promise_key", name=op.f("uq_picture_promise_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("picture", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_picture_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_picture_group_id"), ["group_id"], unique=False)
        batch_op.create_index(
            "ix_picture_waiting",
            ["id"],
            unique=False,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        )
    op.create_table(
        "push_note",
        sa.Column("slot_key", sa.String(length=40), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["contact.id"], name=op.f("fk_push_note_changed_by_contact")),
        sa.ForeignKeyConstraint(["stopped_by"], ["contact.id"], name=op.f("fk_push_note_stopped_by_contact")),
        sa.PrimaryKeyConstraint("slot_key", name=op.f("pk_push_note")),
    )
    for table, name, kinds in _WIDENED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(name), type_="check")
            batch_op.create_check_constraint(op.f(name), f"kind IN ({', '.join(map(repr, kinds))})")
    with op.batch_alter_table("group_chat", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("tally_hour", sa.String(length=32), server_default="usual", nullable=False)
        )
        batch_op.create_check_constraint(
            op.f("ck_group_chat_tally_hour"), "tally_hour IN ('earlier', 'usual', 'later', 'off')"
        )
    with op.batch_alter_table("group_tally", schema=None) as batch_op:
        batch_op.add_column(sa.Column("promised", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
