"""Queries of nags for the office's forecast and the records on the cards.

They read the present state and lock nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import col, select

from models.cases import Case
from models.db import Session
from models.delivery.messages import Outbox
from models.nags import About, Nag, NagState, Snooze, is_about
from models.tasks import Task
from rules.delivery.delivery import NOT_ARRIVED
from rules.nags.levels import Level


async def cases_to_look_at(session: Session, until: datetime, limit: int) -> Sequence[Case]:
    query = select(Case).where(col(Case.look_at) <= until).order_by(col(Case.look_at), col(Case.id))
    found = await session.exec(query.limit(limit).execution_options(populate_existing=True))
    return found.all()


async def waiting(session: Session) -> Sequence[Nag]:
    """All nags that still have to go out, in order."""
    query = select(Nag).where(Nag.state == NagState.WAITING)
    found = await session.exec(query.order_by(col(Nag.id)).execution_options(populate_existing=True))
    return found.all()


async def snoozes(session: Session, now: datetime) -> Sequence[Snooze]:
    """All snoozes that have not ended at ``now``."""
    query = select(Snooze).where(col(Snooze.until) > now)
    return (await session.exec(query.order_by(col(Snooze.id)))).all()


async def snoozes_of(session: Session, about: About) -> Sequence[Snooze]:
    """All snoozes of that subject, over or not."""
    query = select(Snooze).where(is_about(Snooze, [about]))
    return (await session.exec(query.order_by(col(Snooze.id)))).all()


async def records(session: Session, *about: About) -> list[tuple[Nag, Outbox | None]]:
    """All nags about these subjects, each with the message that told it, the last first.

    Held and skipped ones are among them.
    """
    query = (
        select(Nag, Outbox)
        .outerjoin(Outbox, col(Outbox.id) == col(Nag.outbox_id))
        .where(is_about(Nag, about))
        .order_by(col(Nag.due_at).desc(), col(Nag.id).desc())
    )
    found = await session.exec(query.execution_options(populate_existing=True))
    return [(nag, row) for nag, row in found]


async def told_of(session: Session, about: Collection[About], since: datetime) -> set[int]:
    """The ids of the people who were told of these subjects since then."""
    query = select(Nag.contact_id).where(
        is_about(Nag, about), Nag.state == NagState.TOLD, col(Nag.settled_at) >= since
    )
    return {contact_id for contact_id in await session.exec(query) if contact_id is not None}


async def stood_in(session: Session, person_id: int, name: str) -> set[int]:
    """The ids of the people who were told about a person's tasks in their place."""
    theirs = select(Task.id).where(Task.responsible_id == person_id)
    query = select(Nag.contact_id).where(
        Nag.subject == "task",
        col(Nag.subject_id).in_(theirs),
        Nag.instead_of == name,
        Nag.state == NagState.TOLD,
    )
    return {contact_id for contact_id in await session.exec(query) if contact_id is not None}


class NagWords(NamedTuple):
    """What makes two nags alike, and ``at``, when the person was told."""

    contact_id: int
    subject: str
    subject_id: int
    kind: str
    cycle: str
    rung: str
    at: datetime


async def told_between(
    session: Session, contact_ids: Collection[int], since: datetime, until: datetime
) -> list[NagWords]:
    """What these people were told from ``since`` to ``until``, the oldest first.

    What did not arrive, or perhaps not, is left out. There may be thousands, so no objects are made of them.
    """
    names = ("contact_id", "subject", "subject_id", "kind", "cycle", "rung", "settled_at")
    query = (
        sa.select(*(Nag.__table__.c[name] for name in names))  # type: ignore[attr-defined]  # what SQLModel makes of the class
        .join(Outbox, col(Outbox.id) == col(Nag.outbox_id))
        .where(
            col(Nag.contact_id).in_(contact_ids),
            col(Nag.settled_at).between(since, until),
            col(Nag.state) == NagState.TOLD,
            col(Outbox.state).not_in(NOT_ARRIVED),
        )
        .order_by(col(Nag.settled_at), col(Nag.id))
    )
    return [NagWords._make(row) for row in await session.execute(query)]


class HeardInPlace(NamedTuple):
    """Of which subject a contact hears on that level for somebody else. None: nobody hears."""

    subject: str
    subject_id: int
    level: Level
    contact_id: int | None
    instead_of: str


async def heard_in_place(
    session: Session, since: datetime, until: datetime, subjects: Collection[str]
) -> Sequence[HeardInPlace]:
    """The nags about these subjects, children too, that were made in [since, until) for somebody else."""
    shown = (col(Nag.subject), col(Nag.subject_id), col(Nag.level), col(Nag.contact_id), col(Nag.instead_of))
    query = (
        sa.select(*shown)
        .where(col(Nag.created_at) >= since, col(Nag.created_at) < until, col(Nag.subject).in_(subjects))
        .where(col(Nag.level).is_not(None), col(Nag.instead_of).is_not(None))
        .group_by(*shown)
        .order_by(sa.func.min(col(Nag.id)))
    )
    return [HeardInPlace(**row) for row in (await session.execute(query)).mappings()]
