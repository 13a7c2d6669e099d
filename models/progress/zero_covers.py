"""The tasks for which a zero report without a task stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlmodel import Field, SQLModel, col, select

from models.db import Session


class ZeroCover(SQLModel, table=True):
    """A zero report of a unit stands for this task: in the windows to which its moment belongs."""

    __tablename__ = "zero_cover"

    report_id: int = Field(foreign_key="progress_report.id", primary_key=True)
    task_id: int = Field(foreign_key="task.id", primary_key=True, index=True)


async def cover(session: Session, report_id: int, task_ids: Collection[int]) -> None:
    session.add_all(ZeroCover(report_id=report_id, task_id=task_id) for task_id in task_ids)
    await session.flush()


async def covered_by(session: Session, report_id: int) -> Sequence[int]:
    """The ids of the tasks for which the report stands."""
    query = select(ZeroCover.task_id).where(ZeroCover.report_id == report_id)
    return (await session.exec(query.order_by(col(ZeroCover.task_id)))).all()
