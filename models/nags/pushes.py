"""How many messages of nags people had on a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import col

from models.db import Session
from models.delivery.messages import Outbox
from models.nags import SNOOZED, Nag
from rules.nags.levels import Level


class Pushes(NamedTuple):
    """The messages of a person: those with news, and those that came without a sound.

    ``relayed``: those of them, or beside them, that told something to pass on.
    """

    loud: int = 0
    quiet: int = 0
    relayed: int = 0


async def pushes_since(session: Session, contact_ids: Collection[int], since: datetime) -> dict[int, Pushes]:
    """The messages that each of these people was promised from then on.

    What they hear as members of the office does not count. What is exempt, and what they asked for, counts
    only as something to pass on. People without any message are left out.
    """
    exempt = sa.func.max(sa.cast(col(Nag.exempt), sa.Integer))
    unasked = sa.func.max(sa.case((col(Nag.rung) == SNOOZED, 0), else_=1))
    counted = ((1 - exempt) * unasked).label("counted")
    messages = (
        sa.select(col(Nag.contact_id), col(Nag.outbox_id), counted)
        .where(
            col(Nag.contact_id).in_(contact_ids),
            col(Nag.settled_at) >= since,
            col(Nag.outbox_id).is_not(None),
            col(Nag.level) != Level.OFFICE,
        )
        .group_by(col(Nag.contact_id), col(Nag.outbox_id))
        .subquery()
    )
    # A message that is deleted by now was promised long before.
    query = (
        sa.select(
            messages.c.contact_id,
            sa.func.sum(messages.c.counted).label("all"),
            sa.func.sum(messages.c.counted * _flag("quiet")).label("quiet"),
            sa.func.sum(_flag("relays")).label("relayed"),
        )
        .join(Outbox, col(Outbox.id) == messages.c.outbox_id)
        .group_by(messages.c.contact_id)
    )
    found = (await session.execute(query)).mappings()
    return {
        row["contact_id"]: Pushes(row["all"] - row["quiet"], row["quiet"], row["relayed"]) for row in found
    }


def _flag(name: str) -> sa.ColumnElement[int]:
    """1 for a message whose content says so, else 0."""
    return sa.cast(sa.func.coalesce(col(Outbox.content)[name].as_boolean(), sa.false()), sa.Integer)
