"""The change of the section that sees to a subject of the office, by button or by sheet."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from models import inserts
from models.db import Session
from models.people import office_sections
from models.people.office_sections import OfficeSection
from rules.people.office_subjects import OfficeSubject
from services import audit

EVENT: Final = "section"
"""The event in the audit of the office."""


async def put(
    session: Session,
    subject: OfficeSubject,
    section: str,
    *,
    seen: str,
    now: datetime,
    actor_id: int | None,
) -> bool:
    """Let a section see to a subject; "": all of the office.

    ``seen``: what saw to it when this was chosen. False: something else does by now, and nothing is changed.
    """
    row = await office_sections.section_locked(session, subject)
    before = "" if row is None else row.section
    if before != seen:
        return False
    if section == before:
        return True
    if row is None:
        made = {"subject": subject, "section": section, "made_by": actor_id, "made_at": now}
        if not await inserts.insert_once(session, OfficeSection, [made]):
            return False  # somebody else gave the subject its first section at the same moment
    elif section:
        row.section, row.made_by, row.made_at = section, actor_id, now
        session.add(row)
    else:
        await session.delete(row)
    await session.flush()
    was, then = ({"subject": subject.value, "section": one or None} for one in (before, section))
    audit.record(session, EVENT, ("office", None), now=now, actor_id=actor_id, before=was, after=then)
    return True
