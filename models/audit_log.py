"""The audit: who changed what, from what, to what, when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime
from models.db import Session
from models.progress import ProgressReport
from rules.tasks.task_lifecycle import TaskEvent


class Audit(SQLModel, table=True):
    """A row of the audit. Rows are only ever added."""

    __tablename__ = "audit"
    __table_args__ = (sa.Index("ix_audit_subject", "subject_type", "subject_id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: int | None = Field(default=None, foreign_key="contact.id")
    event: str = Field(max_length=40)
    subject_type: str = Field(max_length=20)
    subject_id: int | None = None
    before: Mapping[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    after: Mapping[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))


async def last_of_events(session: Session, subject: tuple[str, int], events: Collection[str]) -> Audit | None:
    """The last audit row about a subject with one of those events."""
    query = (
        select(Audit)
        .where(Audit.subject_type == subject[0], Audit.subject_id == subject[1], col(Audit.event).in_(events))
        .order_by(col(Audit.id).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()


async def last_of_each(
    session: Session, subject_type: str, subject_ids: Collection[int], event: str
) -> Sequence[Audit]:
    """The last audit row with that event about each of these subjects that has one."""
    of_them = (col(Audit.subject_type) == subject_type, col(Audit.subject_id).in_(subject_ids))
    newest = sa.select(sa.func.max(Audit.id)).where(*of_them, col(Audit.event) == event)
    query = select(Audit).where(col(Audit.id).in_(newest.group_by(col(Audit.subject_id))))
    return (await session.exec(query)).all()


async def events_after(session: Session, row: Audit, events: Collection[str]) -> Sequence[str]:
    """Which of those events came to the row's subject after it, in their order."""
    query = (
        select(Audit.event)
        .where(Audit.subject_type == row.subject_type, Audit.subject_id == row.subject_id)
        .where(col(Audit.event).in_(events), col(Audit.id) > row.id)
        .order_by(col(Audit.id))
    )
    return (await session.exec(query)).all()


async def acts_since(
    session: Session, about: tuple[str, Collection[int]], events: Collection[str], since: datetime
) -> set[tuple[int, str, int | None]]:
    """The subject, the event and who acted, of these events about these subjects since then.

    ``about``: the kind of the subjects, and their ids.
    """
    query = sa.select(col(Audit.subject_id), col(Audit.event), col(Audit.actor_id)).where(
        col(Audit.subject_type) == about[0],
        col(Audit.subject_id).in_(about[1]),
        col(Audit.event).in_(events),
        col(Audit.at) >= since,
    )
    found = (await session.execute(query)).mappings()
    return {(row["subject_id"], row["event"], row["actor_id"]) for row in found}


async def touched(
    session: Session, about: tuple[str, Collection[int]], *, since: datetime, but: Collection[str]
) -> set[int]:
    """Those of the subjects (their kind, their ids) that have any event since then other than those."""
    query = sa.select(col(Audit.subject_id)).where(
        col(Audit.subject_type) == about[0],
        col(Audit.subject_id).in_(about[1]),
        col(Audit.event).not_in(but),
        col(Audit.at) >= since,
    )
    return set((await session.execute(query.distinct())).scalars())


async def last_between(
    session: Session, subject_type: str, event: str, since: datetime, until: datetime
) -> Sequence[Audit]:
    """The last audit row with that event in (since, until] about each such subject, in order."""
    there = sa.select(sa.func.max(Audit.id)).where(
        col(Audit.subject_type) == subject_type,
        col(Audit.event) == event,
        col(Audit.at) > since,
        col(Audit.at) <= until,
    )
    query = select(Audit).where(col(Audit.id).in_(there.group_by(col(Audit.subject_id))))
    return (await session.exec(query.order_by(col(Audit.id)))).all()


async def audit_of_task(session: Session, task_id: int) -> Sequence[Audit]:
    """The audit rows of a task and of the reports about it, the newest last."""
    reports = sa.select(col(ProgressReport.id)).where(col(ProgressReport.task_id) == task_id)
    of_task = sa.and_(col(Audit.subject_type) == "task", col(Audit.subject_id) == task_id)
    of_reports = sa.and_(col(Audit.subject_type) == "report", col(Audit.subject_id).in_(reports))
    query = select(Audit).where(sa.or_(of_task, of_reports)).order_by(col(Audit.id))
    return (await session.exec(query)).all()


async def taken_up_again(session: Session, task_ids: Collection[int]) -> dict[int, datetime]:
    """When these tasks were last sent back, reopened, or given another frequency.

    From that moment on they are owed anew.
    """
    rhythm = sa.and_(col(Audit.event) == "import", col(Audit.after)["frequency"].as_string().is_not(None))
    query = (
        sa.select(col(Audit.subject_id), sa.func.max(col(Audit.at)).label("at"))
        .where(col(Audit.subject_type) == "task", col(Audit.subject_id).in_(task_ids))
        .where(sa.or_(col(Audit.event).in_([TaskEvent.RETURN, TaskEvent.REOPEN]), rhythm))
        .group_by(col(Audit.subject_id))
    )
    return {row["subject_id"]: row["at"] for row in (await session.execute(query)).mappings()}


async def imports_at(
    session: Session, task_ids: Collection[int], at: datetime, after: int = 0
) -> Sequence[Audit]:
    """The audit rows of what the import of that moment changed in those tasks or moved to other units.

    ``after``: the id of the last row before that import.
    """
    query = (
        select(Audit)
        .where(Audit.subject_type == "task", col(Audit.subject_id).in_(task_ids))
        .where(col(Audit.event).in_(("import", "reassign")), Audit.at == at, col(Audit.id) > after)
        .order_by(col(Audit.subject_id), col(Audit.id))
    )
    return (await session.exec(query)).all()


async def only_changed_at(
    session: Session, task_ids: Collection[int], at: datetime, after: int
) -> Collection[int]:
    """As ``imports_at``: the ids of those tasks that the import changed and did not make."""
    made = sa.func.sum(sa.case((col(Audit.before).is_(None), 1), else_=0))
    query = (
        sa.select(col(Audit.subject_id))
        .where(col(Audit.subject_type) == "task", col(Audit.subject_id).in_(task_ids))
        .where(col(Audit.event) == "import", col(Audit.at) == at, col(Audit.id) > after)
        .group_by(col(Audit.subject_id))
        .having(made == 0)
    )
    return set((await session.execute(query)).scalars())


async def audit_of_contact(session: Session, contact_id: int, limit: int) -> Sequence[Audit]:
    """The last audit rows about a person, the newest last."""
    query = (
        select(Audit)
        .where(Audit.subject_type == "contact", Audit.subject_id == contact_id)
        .order_by(col(Audit.id).desc())
        .limit(limit)
    )
    return list(reversed((await session.exec(query)).all()))


async def last_audited(session: Session, limit: int = 200) -> Sequence[int]:
    """The ids of the last rows of the audit, the newest first."""
    newest = sa.select(col(Audit.id)).order_by(col(Audit.id).desc()).limit(limit)
    return (await session.execute(newest)).scalars().all()


async def audited_between(session: Session, first: int, last: int) -> Sequence[int]:
    """The ids of the audit's rows between these two, which are left out."""
    query = sa.select(col(Audit.id)).where(col(Audit.id) > first, col(Audit.id) < last)
    return (await session.execute(query)).scalars().all()
