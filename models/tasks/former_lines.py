"""Lines of the breakdown under which tasks stood before they moved to other people."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.db import Session


class FormerLine(SQLModel, table=True):
    """A line of the breakdown under which a task stood before it moved to other people.

    A new import of the old sheet must neither make the task anew nor take the move back.
    """

    __tablename__ = "former_line"

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id", index=True)
    identity: str = Field(max_length=64)
    responsible_person: str = Field(sa_type=sa.Text)


async def former_lines(session: Session) -> Sequence[FormerLine]:
    return (await session.exec(select(FormerLine).order_by(col(FormerLine.id)))).all()


async def forget_former_lines(
    session: Session, task_id: int, identity: str, person: str | None = None
) -> None:
    """Delete the former lines of a task with that identity (and, if given, that responsible ``person``)."""
    gone = sa.delete(FormerLine).where(
        col(FormerLine.task_id) == task_id, col(FormerLine.identity) == identity
    )
    if person is not None:
        gone = gone.where(col(FormerLine.responsible_person) == person)
    await session.execute(gone)


async def tasks_that_left(session: Session, identities: Collection[str]) -> dict[str, int]:
    """The id of the task that had each of these identities last, as far as tasks have left them."""
    query = select(FormerLine).where(col(FormerLine.identity).in_(identities)).order_by(col(FormerLine.id))
    return {line.identity: line.task_id for line in await session.exec(query)}
