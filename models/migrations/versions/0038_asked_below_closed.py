"""tasks that are submitted or closed are looked at while a part waits for 办结

Revision ID: 0038
Revises: 0037
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    task = sa.table(
        "task",
        sa.column("below_asked_at", sa.DateTime(timezone=True)),
        sa.column("next_nag_at", sa.DateTime(timezone=True)),
    )
    unseen = task.c.below_asked_at.is_not(None) & task.c.next_nag_at.is_(None)
    op.execute(sa.update(task).where(unseen).values(next_nag_at=task.c.below_asked_at))


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
