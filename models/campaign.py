"""Groups, the marks of the ticks, and the audit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type
from models.db import Session
from models.progress import ProgressReport
from rules.people import Tier
from rules.task_lifecycle import TaskEvent


class GroupChat(SQLModel, table=True):
    """A group that gets the daily tally and the board, in the topic in which it was bound: about all units,
    those of a tier, or one unit with those below it."""

    __tablename__ = "group_chat"
    __table_args__ = (sa.CheckConstraint("tier IS NULL OR unit_id IS NULL", name="one_scope"),)

    id: int | None = Field(default=None, primary_key=True)
    chat_id: int = Field(sa_type=sa.BigInteger, unique=True)
    thread_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    title: str = Field(default="", max_length=255)
    tier: Tier | None = Field(default=None, sa_type=enum_type(Tier, "group_tier"))
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    may_pin: bool = True
    active: bool = True
    bound_by: int = Field(foreign_key="contact.id")
    bound_at: datetime = Field(sa_type=UtcDateTime)
    tallied_until: datetime = Field(sa_type=UtcDateTime)


class GroupTally(SQLModel, table=True):
    """A tally that was promised to a group. ``frozen`` keeps what a later look could not find again (the
    states of the tasks at ``as_of``), so that late and corrected reports can correct the rest."""

    __tablename__ = "group_tally"
    __table_args__ = (sa.UniqueConstraint("group_id", "slot_key"),)

    id: int | None = Field(default=None, primary_key=True)
    group_id: int = Field(foreign_key="group_chat.id")
    slot_key: str = Field(max_length=40)
    since: datetime = Field(sa_type=UtcDateTime)
    as_of: datetime = Field(sa_type=UtcDateTime, index=True)
    corrected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    frozen: dict[str, Any] = Field(sa_type=sa.JSON)


class TickMark(SQLModel, table=True):
    """When a named tick last did its slot. Its row is the lock under which schedulers take turns."""

    __tablename__ = "tick_mark"

    name: str = Field(max_length=32, primary_key=True)
    slot_key: str = Field(default="", max_length=40)
    ran_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Audit(SQLModel, table=True):
    """Append-only: who changed what, from what, to what, when."""

    __tablename__ = "audit"
    __table_args__ = (sa.Index("ix_audit_subject", "subject_type", "subject_id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: int | None = Field(default=None, foreign_key="contact.id")
    event: str = Field(max_length=40)
    subject_type: str = Field(max_length=20)
    subject_id: int | None = None
    before: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    after: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))


async def group_by_chat(session: Session, chat_id: int) -> GroupChat | None:
    return (await session.exec(select(GroupChat).where(GroupChat.chat_id == chat_id))).first()


async def is_bound(session: Session, chat_id: int) -> bool:
    query = select(GroupChat.id).where(GroupChat.chat_id == chat_id, col(GroupChat.active).is_(True))
    return (await session.exec(query)).first() is not None


async def active_groups(session: Session) -> Sequence[GroupChat]:
    query = select(GroupChat).where(col(GroupChat.active).is_(True)).order_by(col(GroupChat.id))
    return (await session.exec(query)).all()


async def group_tally(session: Session, group_id: int, slot_key: str) -> GroupTally | None:
    query = select(GroupTally).where(GroupTally.group_id == group_id, GroupTally.slot_key == slot_key)
    return (await session.exec(query)).first()


async def got_tally_of(session: Session, group_id: int, as_of: datetime) -> bool:
    """Whether a group was promised the tally of that moment."""
    query = select(GroupTally.id).where(GroupTally.group_id == group_id, GroupTally.as_of == as_of)
    return (await session.exec(query.limit(1))).first() is not None


async def tallies_to_correct(
    session: Session, *, counted_from: datetime, since: datetime
) -> Sequence[GroupTally]:
    """Tallies of active groups after ``since`` in which a report counts that counts at ``counted_from``;
    kept from others until the transaction ends, in an order that is the same for all."""
    query = (
        select(GroupTally)
        .join(GroupChat, col(GroupChat.id) == col(GroupTally.group_id))
        .where(GroupTally.as_of >= counted_from, GroupTally.as_of > since, col(GroupChat.active).is_(True))
        .order_by(col(GroupTally.id))
        .with_for_update(of=GroupTally)
    )
    return (await session.exec(query.execution_options(populate_existing=True))).all()


async def _ensure_mark(session: Session, name: str) -> None:
    """The tick's row, without which there is nothing to wait for: not even before its first run."""
    await session.execute(
        sa.text("INSERT INTO tick_mark (name, slot_key) VALUES (:name, '') ON CONFLICT (name) DO NOTHING"),
        {"name": name},
    )


async def ran_at(session: Session, name: str) -> datetime | None:
    """When a named tick last ran, as far as one can see; it may run again at once."""
    return (await session.exec(select(TickMark.ran_at).where(TickMark.name == name))).first()


async def last_tick(session: Session, name: str) -> datetime | None:
    """When a named tick last ran. It cannot run again before this transaction ends, so that what is written
    here is either seen by that tick or later than it."""
    await _ensure_mark(session, name)
    query = select(TickMark.ran_at).where(TickMark.name == name).with_for_update(read=True)
    return (await session.exec(query)).first()


async def tick_turn(session: Session, name: str, now: datetime) -> TickMark:
    """Take the turn of a named tick until the transaction ends: another scheduler waits here."""
    await _ensure_mark(session, name)
    await session.execute(sa.update(TickMark).where(col(TickMark.name) == name).values(ran_at=now))
    mark = await session.get(TickMark, name, populate_existing=True)
    if mark is None:
        raise LookupError(f"tick mark {name} vanished inside its own transaction")
    return mark


async def last_of_events(session: Session, subject: tuple[str, int], events: Collection[str]) -> Audit | None:
    """The last row of those events about a subject."""
    query = (
        select(Audit)
        .where(Audit.subject_type == subject[0], Audit.subject_id == subject[1], col(Audit.event).in_(events))
        .order_by(col(Audit.id).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()


async def audit_of_task(session: Session, task_id: int) -> Sequence[Audit]:
    """All that happened to a task and to the reports about it, the last one last."""
    reports = sa.select(col(ProgressReport.id)).where(col(ProgressReport.task_id) == task_id)
    of_task = sa.and_(col(Audit.subject_type) == "task", col(Audit.subject_id) == task_id)
    of_reports = sa.and_(col(Audit.subject_type) == "report", col(Audit.subject_id).in_(reports))
    query = select(Audit).where(sa.or_(of_task, of_reports)).order_by(col(Audit.id))
    return (await session.exec(query)).all()


async def taken_up_again(session: Session, task_ids: Collection[int]) -> dict[int, datetime]:
    """When these tasks were last sent back, reopened, or given another frequency: since then they are owed
    anew."""
    rhythm = sa.and_(col(Audit.event) == "import", col(Audit.after)["frequency"].as_string().is_not(None))
    query = (
        sa.select(col(Audit.subject_id), sa.func.max(col(Audit.at)).label("at"))
        .where(col(Audit.subject_type) == "task", col(Audit.subject_id).in_(task_ids))
        .where(sa.or_(col(Audit.event).in_([TaskEvent.RETURN, TaskEvent.REOPEN]), rhythm))
        .group_by(col(Audit.subject_id))
    )
    return {row["subject_id"]: row["at"] for row in (await session.execute(query)).mappings()}


async def imports_at(session: Session, task_ids: Collection[int], at: datetime) -> Sequence[Audit]:
    """What an import as of that moment changed in those tasks, by task."""
    query = (
        select(Audit)
        .where(Audit.subject_type == "task", col(Audit.subject_id).in_(task_ids))
        .where(Audit.event == "import", Audit.at == at)
        .order_by(col(Audit.subject_id), col(Audit.id))
    )
    return (await session.exec(query)).all()


async def audit_of_contact(session: Session, contact_id: int, limit: int) -> Sequence[Audit]:
    """The last that happened to a person, the newest last."""
    query = (
        select(Audit)
        .where(Audit.subject_type == "contact", Audit.subject_id == contact_id)
        .order_by(col(Audit.id).desc())
        .limit(limit)
    )
    return list(reversed((await session.exec(query)).all()))


async def last_audited(session: Session, limit: int = 200) -> Sequence[int]:
    """The last rows of the audit, the newest first."""
    newest = sa.select(col(Audit.id)).order_by(col(Audit.id).desc()).limit(limit)
    return (await session.execute(newest)).scalars().all()
