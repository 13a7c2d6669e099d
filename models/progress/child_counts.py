"""The parts of a task's children: how many there are, and the children of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.columns import from_scaled, scaled
from models.db import Session
from models.progress import ProgressReport
from models.progress.zero_covers import ZeroCover
from models.tasks import Task, children
from rules.tasks.breakdown import ChildPart
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState

_TODAY: Final = sa.bindparam("today", type_=sa.Date())
_PARENT: Final[sa.BindParameter[int]] = sa.bindparam("parent")
_GRANDCHILD, _WHOLE = aliased(Task), aliased(Task)


def _has_reports(task: type[Task]) -> sa.ColumnElement[bool]:
    """Whether a report, or a zero report that covers the task, stands on it."""
    return sa.or_(
        sa.exists().where(
            col(ProgressReport.task_id) == col(task.id), col(ProgressReport.withdrawn).is_(False)
        ),
        sa.exists().where(
            col(ZeroCover.task_id) == col(task.id),
            col(ProgressReport.id) == col(ZeroCover.report_id),
            col(ProgressReport.withdrawn).is_(False),
        ),
    )


# The reports of a child's own children are its reports, too.
_REPORTED: Final = sa.or_(
    _has_reports(Task),
    sa.exists().where(col(_GRANDCHILD.parent_id) == col(Task.id), _has_reports(_GRANDCHILD)),
)
_MEASURE: Final = sa.select(col(_WHOLE.target_unit)).where(col(_WHOLE.id) == _PARENT).scalar_subquery()
_PARTS: Final[Mapping[ChildPart, sa.ColumnElement[bool]]] = {
    ChildPart.ALL: sa.true(),
    ChildPart.SIGNED: col(Task.state) != TaskState.ASSIGNED,
    ChildPart.REPORTED: _REPORTED,
    ChildPart.SUBMITTED: col(Task.state) == TaskState.SUBMITTED,
    ChildPart.COMPLETED: col(Task.state) == TaskState.COMPLETED,
    ChildPart.OVERDUE: sa.and_(col(Task.state).in_(OPEN_STATES), col(Task.deadline) < _TODAY),
    ChildPart.REOPENED: col(Task.reopened_at).is_not(None),
}
_CHILDREN: Final = (col(Task.parent_id) == _PARENT, col(Task.state) != TaskState.CANCELLED)
_COUNTS: Final = sa.select(
    *(
        sa.func.coalesce(sa.func.sum(sa.case((holds, 1), else_=0)), 0).label(part.value)
        for part, holds in _PARTS.items()
    ),
    sa.func.coalesce(
        sa.func.sum(scaled(col(Task.target_value))).filter(
            col(Task.target_unit).is_not_distinct_from(_MEASURE)
        ),
        0,
    ).label("target"),
).where(*_CHILDREN)


class ChildSums(NamedTuple):
    """How many children of a task are in each part, and what their targets add up to (0: none has one).

    Targets in another unit of measure than the task's do not count.
    """

    counts: Mapping[ChildPart, int]
    target: Decimal


async def child_sums(session: Session, task_id: int, today: date) -> ChildSums:
    row = (await session.execute(_COUNTS, {"parent": task_id, "today": today})).mappings().one()
    counts = {part: int(row[part.value]) for part in ChildPart}
    return ChildSums(counts, from_scaled(int(row["target"])))


async def late_below(session: Session, task_ids: Collection[int], today: date) -> dict[int, int]:
    """How many children of each of these tasks are overdue; those without any are left out."""
    return await children.numbers(session, task_ids, _PARTS[ChildPart.OVERDUE], today=today)


async def report_numbers(session: Session, task_ids: Collection[int]) -> dict[int, int]:
    """How many reports and zero reports stand on each of these tasks; those without any are left out."""
    filed = sa.select(col(ProgressReport.task_id), col(ProgressReport.id)).where(
        col(ProgressReport.task_id).in_(task_ids), col(ProgressReport.withdrawn).is_(False)
    )
    covering = (
        sa.select(col(ZeroCover.task_id), col(ProgressReport.id))
        .join(ProgressReport, col(ProgressReport.id) == col(ZeroCover.report_id))
        .where(col(ZeroCover.task_id).in_(task_ids), col(ProgressReport.withdrawn).is_(False))
    )
    both = sa.union(filed, covering).subquery()
    query = sa.select(both.c.task_id, sa.func.count().label("reports")).group_by(both.c.task_id)
    rows = (await session.execute(query)).mappings()
    return {row["task_id"]: row["reports"] for row in rows}


async def children_in(
    session: Session, task_id: int, part: ChildPart, today: date, *, offset: int, limit: int
) -> Sequence[Task]:
    """A page of the children in a part: open ones first, by deadline and unit."""
    query = (
        select(Task)
        .where(*_CHILDREN, _PARTS[part])
        .order_by(
            sa.case((col(Task.state).in_(OPEN_STATES), 0), else_=1),
            col(Task.deadline).is_(None),
            col(Task.deadline),
            col(Task.lead_unit_id),
            col(Task.id),
        )
        .offset(offset)
        .limit(limit)
    )
    return (await session.exec(query, params={"parent": task_id, "today": today})).all()
