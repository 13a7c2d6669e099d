"""Which section of the office sees to which subject, and who of the office hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type
from models.db import Session
from models.people import Contact, ContactRole, ContactState
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role
from rules.people.typed_names import normalise


class OfficeSection(SQLModel, table=True):
    """``section`` sees to ``subject``, as contacts name theirs. A subject without a row is everybody's."""

    __tablename__ = "office_section"

    subject: OfficeSubject = Field(primary_key=True, sa_type=enum_type(OfficeSubject, "office_subject"))
    section: str
    made_by: int | None = Field(default=None, foreign_key="contact.id")
    made_at: datetime = Field(sa_type=UtcDateTime)


class OfficeMember(NamedTuple):
    """A reachable member of the office, and the section that sees to the subject that was asked about."""

    contact: Contact
    section: str | None


async def sections(session: Session) -> dict[OfficeSubject, str]:
    """The section of each subject that has one."""
    return {row.subject: row.section for row in await session.exec(select(OfficeSection))}


def belonging(found: Iterable[Contact], section: str | None) -> list[Contact]:
    """Those of a section, however its name is spaced. None: there is none."""
    wanted = normalise(section or "")
    return [one for one in found if wanted and normalise(one.section or "") == wanted]


def names(found: Iterable[Contact]) -> list[str]:
    """The sections of these people, each once, as the first of them spells it."""
    spelt: dict[str, str] = {}
    for contact in found:
        if contact.section and normalise(contact.section):
            spelt.setdefault(normalise(contact.section), contact.section.strip())
    return list(spelt.values())


async def on_roster(session: Session) -> list[Contact]:
    """The members of the office, enrolled or not."""
    query = (
        select(Contact)
        .join(ContactRole, col(ContactRole.contact_id) == col(Contact.id))
        .where(ContactRole.role == Role.OFFICE, Contact.state != ContactState.LEFT)
        .order_by(col(Contact.id))
    )
    return list(await session.exec(query))


async def members(session: Session, subject: OfficeSubject) -> list[OfficeMember]:
    """The reachable members of the office, whatever their section. One query, for every push asks."""
    query = (
        sa.select(Contact, col(OfficeSection.section))
        .join(ContactRole, col(ContactRole.contact_id) == col(Contact.id))
        .outerjoin(OfficeSection, col(OfficeSection.subject) == subject)
        .where(
            col(ContactRole.role) == Role.OFFICE,
            col(Contact.state) == ContactState.ENROLLED,
            col(Contact.telegram_user_id).is_not(None),
        )
        .order_by(col(Contact.id))
    )
    return [OfficeMember._make(row) for row in await session.execute(query)]


async def section_locked(session: Session, subject: OfficeSubject) -> OfficeSection | None:
    """The row of a subject as it is stored now, locked."""
    query = select(OfficeSection).where(OfficeSection.subject == subject).with_for_update()
    return (await session.exec(query.execution_options(populate_existing=True))).first()
