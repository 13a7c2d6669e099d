"""a nag keeps what it listed, so that its lines are marked in place, and knows what was told the same way

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_REASONS = (
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
    "paused",
    "same",
)


def upgrade() -> None:
    with op.batch_alter_table("live_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("content", sa.JSON(none_as_null=True), nullable=True))
        batch_op.drop_constraint(op.f("ck_live_message_live_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_live_message_live_kind"), "kind IN ('board', 'tally', 'job', 'nag')"
        )
    with op.batch_alter_table("nag", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_nag_nag_reason"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_nag_nag_reason"), f"reason IN ({', '.join(map(repr, _REASONS))})"
        )


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
