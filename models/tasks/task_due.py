"""When the scan of the nags has to look at a task (``Task.next_nag_at``)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col, select

from models.columns import earlier_of, later_of
from models.db import Session, held, keep
from models.tasks import Task
from rules.tasks.task_lifecycle import NAGGED_STATES

# Of others nobody is nagged, but for parts that may wait for 办结.
_LOOKED_AT: Final = sa.or_(col(Task.state).in_(NAGGED_STATES), col(Task.below_asked_at).is_not(None))


async def due_for_nag(session: Session, now: datetime, most: int) -> Sequence[Task]:
    """Tasks that the scan has to look at, read anew and locked in the order that everybody uses.

    At most ``most`` of them.
    """
    # By the plain id SQLite would read the whole table in that order, to save the sorting of the few.
    by_id = col(Task.id).op("+")(0)
    # People who file a report or put a reminder off meanwhile only refer to a task. They need not wait.
    query = select(Task).where(col(Task.next_nag_at) <= now).order_by(by_id).with_for_update(key_share=True)
    found = (await session.exec(query.limit(most).execution_options(populate_existing=True))).all()
    keep(session, found)  # what is said about them needs them, too
    return found


async def to_look_at(
    session: Session, until: datetime, limit: int, *, about_parts: bool = False
) -> Sequence[Task]:
    """The tasks that the scan looks at until then, the soonest first, read anew.

    ``about_parts``: only parts, and tasks of which parts may wait for 办结.
    """
    query = select(Task).where(col(Task.next_nag_at) <= until)
    if about_parts:
        query = query.where(sa.or_(col(Task.parent_id).is_not(None), col(Task.below_asked_at).is_not(None)))
    query = query.order_by(col(Task.next_nag_at), col(Task.id)).limit(limit)
    return (await session.exec(query.execution_options(populate_existing=True))).all()


async def seen_to(session: Session, looked: Sequence[tuple[int, datetime | None]], until: datetime) -> None:
    """Note that all slots up to ``until`` of these tasks are done, and when the scan looks at each next.

    The scan holds the tasks locked.
    """
    if not looked:
        return
    task = Task.__table__  # type: ignore[attr-defined]  # what SQLModel makes of the class
    query = (
        sa.update(task)
        .where(task.c.id == sa.bindparam("looked_id"))
        .values(next_nag_at=sa.bindparam("next_at"), nagged_until=until)
    )
    rows = [{"looked_id": task_id, "next_at": next_at} for task_id, next_at in looked]
    await (await session.connection()).execute(query, rows)
    for task_id, next_at in looked:
        _note_in_row(session, task_id, next_nag_at=next_at, nagged_until=until)


def _note_in_row(session: Session, task_id: int, **values: datetime | None) -> None:
    """Say in the row that the transaction has read what it has written past it."""
    if (row := held(session, Task, task_id)) is not None:
        for name, value in values.items():
            set_committed_value(row, name, value)


async def look_later(session: Session, task_ids: Collection[int], at: datetime) -> None:
    """Let the scan, which holds these tasks, look at them at that moment. None of their slots is done."""
    await session.execute(
        sa.update(Task)
        .where(col(Task.id).in_(task_ids))
        .values(next_nag_at=at)
        .execution_options(synchronize_session=False)
    )
    for task_id in task_ids:
        _note_in_row(session, task_id, next_nag_at=at)


async def look_again(session: Session, now: datetime, *, seen: bool = False) -> None:
    """Let the next nag scan decide anew about every task that it would look at later, or not any more.

    ``seen``: new rules do not reach back. Tasks that were not due yet get no slot before ``now``.
    """
    never = sa.and_(col(Task.next_nag_at).is_(None), _LOOKED_AT)
    later = sa.select(col(Task.id)).where(sa.or_(col(Task.next_nag_at) > now, never)).order_by(col(Task.id))
    until = later_of(col(Task.nagged_until), now)
    await session.execute(
        sa.update(Task)
        # This locks in the order in which everybody locks tasks.
        .where(col(Task.id).in_(later.with_for_update(key_share=True)))
        .values(next_nag_at=now, **({"nagged_until": until} if seen else {}))
        .execution_options(synchronize_session=False)
    )


async def next_look(session: Session) -> datetime | None:
    """The moment at which the scan has to look at a task next."""
    query = sa.select(col(Task.next_nag_at)).where(col(Task.next_nag_at).is_not(None))
    return (await session.execute(query.order_by(col(Task.next_nag_at)).limit(1))).scalar()


async def stand_at(session: Session, moment: datetime, *, backlog: bool = False) -> None:
    """For a rehearsal: all slots up to that moment count as done, and no later one does.

    With ``backlog`` slots that have not been done stay due.
    """
    nagged = sa.update(Task).where(_LOOKED_AT)
    seen = earlier_of(col(Task.nagged_until), moment)
    await session.execute(
        nagged.values(nagged_until=seen if backlog else moment, next_nag_at=moment).execution_options(
            synchronize_session=False
        )
    )
