"""The append-only record of who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from locales import Text
from models.campaign import Audit
from models.db import Session
from models.people import Contact, Unit


def record(
    session: Session,
    event: str,
    subject: tuple[str, int | None],
    *,
    now: datetime,
    actor_id: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Audit:
    """Add one row. ``actor_id`` None: the program itself, or the office at the command line."""
    row = Audit(
        at=now,
        actor_id=actor_id,
        event=event,
        subject_type=subject[0],
        subject_id=subject[1],
        before=before,
        after=after,
    )
    session.add(row)
    return row


async def name_of(session: Session, contact_id: int | None) -> Text:
    """Who did something, as people read it; None: the program itself, or the office at the command line."""
    contact = None if contact_id is None else await session.get(Contact, contact_id)
    if contact is None:
        return Text("common.program")
    unit = await session.get(Unit, contact.unit_id)
    return Text("common.contact", unit=unit.name if unit else "", name=contact.name)
