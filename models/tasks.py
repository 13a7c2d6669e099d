"""Tasks, the units that assist, and the metrics under which their figures add up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import Amount, UtcDateTime, enum_type, rows_changed
from models.db import Session
from rules.frequencies import Frequency
from rules.task_lifecycle import OPEN_STATES, TaskState


class Task(SQLModel, table=True):
    """One line of the breakdown, with its four clarities."""

    __tablename__ = "task"
    __table_args__ = (
        sa.CheckConstraint("(deadline IS NULL) <> (frequency IS NULL)", name="deadline_or_frequency"),
        # The nag scan reads only what is due; finished tasks have no next_nag_at and are not in it.
        sa.Index(
            "ix_task_due",
            "next_nag_at",
            sqlite_where=sa.text("next_nag_at IS NOT NULL"),
            postgresql_where=sa.text("next_nag_at IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(max_length=64, unique=True)
    action: str = Field(sa_type=sa.Text)
    focus: str | None = Field(default=None, sa_type=sa.Text)
    objective: str = Field(sa_type=sa.Text)
    standard: str = Field(sa_type=sa.Text)
    deadline: date | None = None
    frequency: Frequency | None = Field(default=None, sa_type=enum_type(Frequency, "frequency"))
    lead_unit_id: int = Field(foreign_key="unit.id", index=True)
    leader_in_charge: str | None = Field(default=None, sa_type=sa.Text)
    handling_section: str | None = Field(default=None, sa_type=sa.Text)
    responsible_person: str = Field(sa_type=sa.Text)
    responsible_id: int | None = Field(default=None, foreign_key="contact.id", index=True)
    target_value: Decimal | None = Field(default=None, sa_type=Amount)
    target_unit: str | None = Field(default=None, max_length=40)
    remark: str | None = Field(default=None, sa_type=sa.Text)
    state: TaskState = Field(default=TaskState.ASSIGNED, sa_type=enum_type(TaskState, "task_state"))
    assigned_at: datetime = Field(sa_type=UtcDateTime)
    return_reason: str | None = Field(default=None, sa_type=sa.Text)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_by: int | None = Field(default=None, foreign_key="contact.id")
    next_nag_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_nagged: date | None = None
    nag_start: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class TaskAssistingUnit(SQLModel, table=True):
    __tablename__ = "task_assisting_unit"

    task_id: int = Field(foreign_key="task.id", primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", primary_key=True, index=True)


class Metric(SQLModel, table=True):
    """What is counted for a task: an item and its unit of measure."""

    __tablename__ = "metric"
    __table_args__ = (sa.UniqueConstraint("task_id", "item", "unit"),)

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id")
    item: str = Field(max_length=200)
    unit: str = Field(max_length=40)


async def task_by_id(session: Session, task_id: int) -> Task | None:
    return await session.get(Task, task_id)


async def tasks_by_id(session: Session, ids: Collection[int]) -> dict[int, Task]:
    rows = await session.exec(select(Task).where(col(Task.id).in_(ids)))
    return {row.id: row for row in rows if row.id is not None}


async def tasks_by_identity(session: Session) -> dict[str, Task]:
    return {task.identity: task for task in await session.exec(select(Task))}


async def open_tasks(session: Session, unit_ids: Collection[int] | None = None) -> Sequence[Task]:
    """Open tasks by deadline, long-term ones last; of the given lead units or of all."""
    query = select(Task).where(col(Task.state).in_(OPEN_STATES))
    if unit_ids is not None:
        query = query.where(col(Task.lead_unit_id).in_(unit_ids))
    return (await session.exec(_by_due(query))).all()


async def completed_tasks(session: Session) -> Sequence[Task]:
    """Completed tasks, the last one first."""
    query = select(Task).where(Task.state == TaskState.COMPLETED)
    return (await session.exec(query.order_by(col(Task.updated_at).desc(), col(Task.id).desc()))).all()


async def all_tasks(session: Session, unit_ids: Collection[int] | None = None) -> Sequence[Task]:
    query = select(Task)
    if unit_ids is not None:
        query = query.where(col(Task.lead_unit_id).in_(unit_ids))
    return (await session.exec(_by_due(query))).all()


async def open_tasks_of_contact(
    session: Session, contact_id: int, unit_id: int, *, whole_unit: bool
) -> Sequence[Task]:
    """Open tasks a contact answers for: his own; for a 联络员 all that his unit leads or assists."""
    mine = [col(Task.responsible_id) == contact_id]
    if whole_unit:
        assisting = sa.select(col(TaskAssistingUnit.task_id)).where(col(TaskAssistingUnit.unit_id) == unit_id)
        mine += [col(Task.lead_unit_id) == unit_id, col(Task.id).in_(assisting)]
    query = select(Task).where(col(Task.state).in_(OPEN_STATES), sa.or_(*mine))
    return (await session.exec(_by_due(query))).all()


def _by_due(query: SelectOfScalar[Task]) -> SelectOfScalar[Task]:
    return query.order_by(col(Task.deadline).is_(None), col(Task.deadline), col(Task.id))


async def due_for_nag(session: Session, now: datetime) -> Sequence[Task]:
    query = select(Task).where(col(Task.next_nag_at) <= now).order_by(col(Task.id))
    return (await session.exec(query)).all()


async def claim_nag(session: Session, task: Task, *, next_at: datetime | None, nagged: date | None) -> bool:
    """Move a due task's next look; False when another scheduler was first."""
    values: dict[str, object] = {"next_nag_at": next_at}
    if nagged is not None:
        values["last_nagged"] = nagged
    claimed = await session.execute(
        sa.update(Task)
        .where(col(Task.id) == task.id, col(Task.next_nag_at) == task.next_nag_at)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(claimed) == 1


async def move_state(session: Session, task_id: int, old: TaskState, new: TaskState, now: datetime) -> bool:
    """Guarded change of state; False when the task was no longer in ``old``."""
    values: dict[str, object] = {"state": new, "updated_at": now}
    if new not in OPEN_STATES:
        values["next_nag_at"] = None
    moved = await session.execute(
        sa.update(Task).where(col(Task.id) == task_id, col(Task.state) == old).values(values)
    )
    return rows_changed(moved) == 1


async def assisting_units(session: Session, task_ids: Collection[int]) -> dict[int, list[int]]:
    """Ids of the assisting units by task."""
    found: dict[int, list[int]] = {task_id: [] for task_id in task_ids}
    query = (
        select(TaskAssistingUnit)
        .where(col(TaskAssistingUnit.task_id).in_(task_ids))
        .order_by(col(TaskAssistingUnit.unit_id))
    )
    for row in await session.exec(query):
        found[row.task_id].append(row.unit_id)
    return found


async def metrics_of(session: Session, task_id: int) -> Sequence[Metric]:
    return (
        await session.exec(select(Metric).where(Metric.task_id == task_id).order_by(col(Metric.id)))
    ).all()


async def metric_named(session: Session, task_id: int, item: str, unit: str) -> Metric:
    """The task's metric of that item and unit, made when it is new."""
    query = select(Metric).where(Metric.task_id == task_id, Metric.item == item, Metric.unit == unit)
    metric = (await session.exec(query)).first()
    if metric is None:
        metric = Metric(task_id=task_id, item=item, unit=unit)
        session.add(metric)
        await session.flush()
    return metric
