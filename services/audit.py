"""The append-only record of who changed what, and the names of the people in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from locales import Text
from models.audit_log import Audit
from models.db import Session
from models.people import Contact, Unit
from services.absences import in_place
from services.turn import Turn


def record(
    session: Session,
    event: str,
    subject: tuple[str, int | None],
    *,
    now: datetime,
    actor_id: int | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
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


def note(
    turn: Turn,
    event: str,
    subject: tuple[str, int | None],
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> Audit:
    """Add a row about what the person whose turn it is has done."""
    return record(
        turn.session, event, subject, now=turn.now, actor_id=turn.actor.id, before=before, after=after
    )


async def name_of(session: Session, contact_id: int | None) -> Text:
    """A person's name for readers; None: the program itself, or the office at the command line."""
    contact = None if contact_id is None else await session.get(Contact, contact_id)
    if contact is None:
        return Text("common.program")
    unit = await session.get(Unit, contact.unit_id)
    return Text("common.contact", unit=unit.name if unit else "", name=contact.name)


async def who_of(session: Session, row: Audit) -> Text:
    """Who did what the row records, and on whose behalf if they stood in for somebody."""
    return await who_acted(session, row.actor_id, row.after)


async def who_acted(session: Session, contact_id: int | None, said: Mapping[str, object] | None) -> Text:
    """As ``who_of``. ``said``: the recorded details, with ``in_place_of`` if somebody stood in."""
    person_id = (said or {}).get("in_place_of")
    person = None if person_id is None else await session.get(Contact, person_id)
    return in_place(await name_of(session, contact_id), person.name if person else None)
