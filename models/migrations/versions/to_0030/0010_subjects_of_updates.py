"""an update is the same one if its id and its subject are

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Telegram gives again only what it was not told that we have: at most one answer, of 100 updates.
_NEWEST = 1000


def upgrade() -> None:
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("subject", sa.String(length=80), nullable=False, server_default=sa.text("''"))
        )
        batch_op.drop_constraint("uq_inbox_bot_id_update_id", type_="unique")
        batch_op.create_unique_constraint(
            "uq_inbox_bot_id_update_id_subject", ["bot_id", "update_id", "subject"]
        )
    inbox = sa.table("inbox", sa.column("id"), sa.column("payload"), sa.column("subject"))
    connection = op.get_bind()
    newest = sa.select(inbox.c.id, inbox.c.payload).order_by(inbox.c.id.desc()).limit(_NEWEST)
    for row_id, payload in connection.execute(newest).all():
        subject = _subject_of(payload)
        connection.execute(sa.update(inbox).where(inbox.c.id == row_id).values(subject=subject))


def _subject_of(payload: str) -> str:
    """As the program of this revision names it (``bot.raw_updates.subject_of``)."""
    try:
        update: Any = json.loads(payload)
    except ValueError:
        return ""
    if not isinstance(update, dict):
        return ""
    kind, body = next(((k, b) for k, b in update.items() if k != "update_id"), ("", None))
    if not isinstance(body, dict):
        return str(kind)[:40]
    if kind == "callback_query":
        return f"{kind}:{body.get('id')}"[:80]
    chat = body.get("chat")
    place = chat.get("id") if isinstance(chat, dict) else None
    when = body.get("edit_date", body.get("date") if "message_id" not in body else None)
    return f"{kind}:{place}:{body.get('message_id')}:{when}"[:80]


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
