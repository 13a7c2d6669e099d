"""Tasks, the units that assist, and the metrics under which their figures add up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col, select

from models.columns import Amount, Moments, UtcDateTime, enum_type, rows_changed
from models.db import Session, keep, rows_by_id
from models.partial_indexes import partial_index
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import NAGGED_STATES, OPEN_STATES, TaskState


class Task(SQLModel, table=True):
    """One line of the breakdown, with its four clarities.

    It has a deadline, a ``frequency`` with which reports are owed until it is done, or both.
    ``first_deadline``: the deadline before it was first moved. ``extensions``: the requests for 延期 that
    were granted. ``extension_until``: the day that the request asks for that waits for the office since
    ``extension_asked_at``. ``was_overdue``: the deadline had passed when it was moved. ``paused_until``:
    until then the office lets nobody be nagged about it; a moment that is over means nothing.
    ``next_nag_at``: when the scan looks at it next. ``nagged_until``: slots up to then are done.
    ``parent_id``: the task of which it is a part (上级任务). ``own_reports``: False if the reports of its
    children are its reports (no 本级另报); ``own_switches``: when that changed. ``rhythm_from``: from
    when its fortnights are counted, which are those of its parent (None: from ``created_at``).
    ``below_done_at``: since when none of its children is open, if one was completed; only a hint, for others
    may have come since. ``below_asked_at``: since when a child waits for 办结; a hint, too. ``reopened_at``:
    it was reopened then and is still open.
    """

    __tablename__ = "task"
    __table_args__ = (
        sa.CheckConstraint("deadline IS NOT NULL OR frequency IS NOT NULL", name="deadline_or_frequency"),
        # The nag scan reads only due tasks. Finished tasks have no next_nag_at and are not in the index.
        partial_index("ix_task_due", "next_nag_at", where="next_nag_at IS NOT NULL"),
        partial_index("ix_task_children", "parent_id", where="parent_id IS NOT NULL"),
        partial_index("ix_task_reopened", "reopened_at", where="reopened_at IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(max_length=64, unique=True)
    action: str = Field(sa_type=sa.Text)
    focus: str | None = Field(default=None, sa_type=sa.Text)
    objective: str = Field(sa_type=sa.Text)
    standard: str = Field(sa_type=sa.Text)
    deadline: date | None = None
    first_deadline: date | None = None
    extensions: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    extension_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    extension_until: date | None = None
    was_overdue: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    paused_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    pause_reason: str | None = Field(default=None, sa_type=sa.Text)
    frequency: Frequency | None = Field(default=None, sa_type=enum_type(Frequency, "frequency"))
    parent_id: int | None = Field(default=None, foreign_key="task.id")
    own_reports: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    own_switches: tuple[datetime, ...] = Field(
        default=(), sa_type=Moments, sa_column_kwargs={"server_default": "[]"}
    )
    rhythm_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    below_done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    below_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
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
    reopened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_nag_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    nagged_until: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class TaskAssistingUnit(SQLModel, table=True):
    __tablename__ = "task_assisting_unit"

    task_id: int = Field(foreign_key="task.id", primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", primary_key=True, index=True)


class Metric(SQLModel, table=True):
    """A metric of a task: what is counted (an item), and its unit of measure.

    ``merged_into``: the metric that took it in, with its figures; that one may have been taken in, too. A
    former name of a metric is such a row without figures, so that the words still find it.
    ``name_kept``: the office declined the shorter name that was proposed.
    """

    __tablename__ = "metric"
    __table_args__ = (
        sa.UniqueConstraint("task_id", "item", "unit"),
        sa.Index("ix_metric_item", "item", "unit"),
    )

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id")
    item: str = Field(max_length=200)
    unit: str = Field(max_length=40)
    merged_into: int | None = Field(default=None, foreign_key="metric.id")
    name_kept: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})


async def all_metrics(session: Session) -> Sequence[int]:
    """The ids of all metrics, those of a task together."""
    query = sa.select(col(Metric.id)).order_by(col(Metric.task_id), col(Metric.id))
    return (await session.execute(query)).scalars().all()


BY_DUE: Final = (col(Task.deadline).is_(None), col(Task.deadline), col(Task.id))
"""By deadline; last those without one."""


async def task_by_id(session: Session, task_id: int) -> Task | None:
    return await session.get(Task, task_id)


async def tasks_by_id(session: Session, ids: Collection[int]) -> dict[int, Task]:
    return dict(sorted((await rows_by_id(session, Task, ids)).items()))


async def tasks_by_identity(session: Session) -> dict[str, Task]:
    """All tasks, the oldest first."""
    return {task.identity: task for task in await session.exec(select(Task).order_by(col(Task.id)))}


async def without_contact(session: Session) -> Sequence[Task]:
    """Tasks whose 责任人 is not in the roster."""
    query = select(Task).where(col(Task.responsible_id).is_(None)).order_by(col(Task.id))
    return (await session.exec(query)).all()


async def open_tasks(session: Session, unit_ids: Collection[int] | None = None) -> Sequence[Task]:
    """Open tasks of the given lead units or of all, by deadline; long-term ones come last."""
    query = select(Task).where(col(Task.state).in_(OPEN_STATES))
    if unit_ids is not None:
        query = query.where(col(Task.lead_unit_id).in_(unit_ids))
    return (await session.exec(query.order_by(*BY_DUE))).all()


async def tasks_named(
    session: Session,
    contact_ids: Collection[int],
    unit_ids: Collection[int] | None,
    words: Sequence[str],
    limit: int,
) -> Sequence[Task]:
    """Tasks in a contact's view whose objective holds all ``words``, whatever their state."""
    named = [col(Task.objective).icontains(word, autoescape=True) for word in words]
    query = select(Task).where(in_view(contact_ids, unit_ids), *named)
    return (await session.exec(query.order_by(*BY_DUE).limit(limit))).all()


def in_view(contact_ids: Collection[int], unit_ids: Collection[int] | None) -> sa.ColumnElement[bool]:
    """The answer of ``services.access.may_see``, as a condition for a whole list.

    ``contact_ids``: the people whose duties the reader has. ``unit_ids`` None: all units.
    """
    if unit_ids is None:
        return sa.true()
    helped = sa.select(col(TaskAssistingUnit.task_id)).where(col(TaskAssistingUnit.unit_id).in_(unit_ids))
    above, over = aliased(Task), aliased(Task)
    parents = sa.select(col(above.id)).where(_is_theirs(above, contact_ids, unit_ids))
    theirs = sa.select(col(over.id)).where(col(over.parent_id).in_(parents))
    return sa.or_(
        _is_theirs(Task, contact_ids, unit_ids),
        col(Task.id).in_(helped),
        col(Task.parent_id).in_(parents),
        col(Task.parent_id).in_(theirs),
    )


def _is_theirs(
    task: type[Task], contact_ids: Collection[int], unit_ids: Collection[int]
) -> sa.ColumnElement[bool]:
    return sa.or_(col(task.responsible_id).in_(contact_ids), col(task.lead_unit_id).in_(unit_ids))


async def assisted_tasks(session: Session, unit_id: int) -> Sequence[Task]:
    """Tasks that a unit assists and does not lead, whatever their state."""
    query = (
        select(Task)
        .join(TaskAssistingUnit, col(TaskAssistingUnit.task_id) == col(Task.id))
        .where(TaskAssistingUnit.unit_id == unit_id, Task.lead_unit_id != unit_id)
    )
    return (await session.exec(query.order_by(*BY_DUE))).all()


_OF_UNITS: Final[sa.BindParameter[Any]] = sa.bindparam("units", expanding=True)
_OPEN_OF_CONTACT: Final = (
    select(Task)
    .where(
        col(Task.state).in_(OPEN_STATES),
        sa.or_(
            col(Task.responsible_id).in_(sa.bindparam("people", expanding=True)),
            col(Task.lead_unit_id).in_(_OF_UNITS),
            col(Task.id).in_(
                sa.select(col(TaskAssistingUnit.task_id)).where(col(TaskAssistingUnit.unit_id).in_(_OF_UNITS))
            ),
        ),
    )
    .order_by(*BY_DUE)
)


async def open_tasks_of_contact(
    session: Session, contact_ids: Collection[int], unit_ids: Collection[int] = ()
) -> Sequence[Task]:
    """Open tasks for which these contacts answer, and all that the units lead or assist."""
    said = {"people": list(contact_ids), "units": list(unit_ids)}
    found = (await session.exec(_OPEN_OF_CONTACT, params=said)).all()
    keep(session, found)
    return found


_PARENT_OF_LOCKED: Final = (
    sa.select(col(Task.parent_id)).where(col(Task.id) == sa.bindparam("task")).scalar_subquery()
)
_LOCKED: Final = (
    select(Task)
    .where(sa.or_(col(Task.id) == sa.bindparam("task"), col(Task.id) == _PARENT_OF_LOCKED))
    # In the order in which everybody locks tasks, so that no two wait for each other.
    .order_by(col(Task.id))
    .with_for_update()
    .execution_options(populate_existing=True)
)


async def lock(session: Session, task_id: int) -> None:
    """Lock the task until the transaction ends. From now on the session reads its present state."""
    task = await session.get(Task, task_id, populate_existing=True, with_for_update=True)
    keep(session, [task] if task is not None else [])


async def lock_with_above(session: Session, task_id: int) -> None:
    """As ``lock``, with the task above it: what is decided on a part changes what that one owes."""
    keep(session, (await session.exec(_LOCKED, params={"task": task_id})).all())


async def move_state(
    session: Session, task_id: int, old: TaskState, new: TaskState, now: datetime, **values: object
) -> bool:
    """Change a task's state, guarded, and the columns ``values`` with it.

    False if the task is no longer in ``old``. A request for 延期 ends when the task is submitted or over, a
    pause of its nags when it is over.
    """
    changed: dict[str, object] = {"state": new, "updated_at": now, **values}
    if new not in NAGGED_STATES:
        # Its parts may wait for 办结: who decides on them goes on hearing of that.
        waiting = col(Task.below_asked_at).is_not(None)
        look = sa.case((waiting, sa.literal(now, UtcDateTime)), else_=sa.null())
        changed |= {"next_nag_at": look, "extension_asked_at": None, "extension_until": None}
    if new not in OPEN_STATES:
        changed |= {"paused_until": None, "pause_reason": None, "reopened_at": None}
    moved = await session.execute(
        sa.update(Task).where(col(Task.id) == task_id, col(Task.state) == old).values(changed)
    )
    return rows_changed(moved) == 1


_ASSISTING: Final = (
    sa.select(col(TaskAssistingUnit.task_id), col(TaskAssistingUnit.unit_id))
    .where(col(TaskAssistingUnit.task_id).in_(sa.bindparam("tasks", expanding=True)))
    .order_by(col(TaskAssistingUnit.unit_id))
)


async def all_assisting(session: Session) -> dict[int, list[int]]:
    """The ids of the assisting units of all tasks that have some, by task."""
    columns = (col(TaskAssistingUnit.task_id), col(TaskAssistingUnit.unit_id))
    found: dict[int, list[int]] = {}
    for row in (await session.execute(sa.select(*columns).order_by(*columns))).mappings():
        found.setdefault(row["task_id"], []).append(row["unit_id"])
    return found


async def objectives(session: Session) -> dict[int, str]:
    """目标任务 of all tasks, by id."""
    rows = await session.execute(sa.select(col(Task.id), col(Task.objective)))
    return {row["id"]: row["objective"] for row in rows.mappings()}


async def assisting_units(session: Session, task_ids: Collection[int]) -> dict[int, list[int]]:
    """The ids of the assisting units, by task."""
    found: dict[int, list[int]] = {task_id: [] for task_id in task_ids}
    if not found:
        return found
    for row in await session.execute(_ASSISTING, {"tasks": list(found)}):
        found[row.task_id].append(row.unit_id)
    return found


_METRICS: Final = select(Metric).where(Metric.task_id == sa.bindparam("task")).order_by(col(Metric.id))


async def metrics_of(session: Session, task_id: int) -> Sequence[Metric]:
    return (await session.exec(_METRICS, params={"task": task_id})).all()


async def metrics_of_tasks(session: Session, task_ids: Collection[int]) -> dict[int, list[Metric]]:
    """The metrics of each task that has any, the oldest first."""
    query = select(Metric).where(col(Metric.task_id).in_(task_ids)).order_by(col(Metric.id))
    found: dict[int, list[Metric]] = {}
    for metric in await session.exec(query):
        found.setdefault(metric.task_id, []).append(metric)
    return found


async def metric_named(session: Session, task_id: int, item: str, unit: str) -> Metric:
    """The task's metric of that item and unit, or the one into which it was merged.

    If there is none, it is made.
    """
    query = select(Metric).where(Metric.task_id == task_id, Metric.item == item, Metric.unit == unit)
    metric = (await session.exec(query)).first()
    if metric is None:
        metric = Metric(task_id=task_id, item=item, unit=unit)
        session.add(metric)
        await session.flush()
    return await standing_metric(session, metric)


async def standing_metric(session: Session, metric: Metric) -> Metric:
    """The metric under which its figures count: itself, or the one into which it was merged in the end."""
    while metric.merged_into is not None:
        metric = await session.get_one(Metric, metric.merged_into)
    return metric


async def task_by_identity(session: Session, identity: str) -> Task | None:
    return (await session.exec(select(Task).where(Task.identity == identity))).first()


async def leave_assisting(session: Session, task_id: int, unit_id: int) -> None:
    """Note that a unit does not assist a task any more."""
    await session.execute(
        sa.delete(TaskAssistingUnit).where(
            col(TaskAssistingUnit.task_id) == task_id, col(TaskAssistingUnit.unit_id) == unit_id
        )
    )
