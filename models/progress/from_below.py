"""Reports from below: what units with parts of a task filed on these, and whose tasks lie above."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.db import Session
from models.progress import ProgressReport, report_sums
from models.progress.report_selection import ReportSelection
from models.progress.zero_covers import ZeroCover
from models.tasks import Task, counted_tasks
from rules.tasks.task_lifecycle import TaskState


async def reports_below(session: Session, selection: ReportSelection) -> int:
    """How many reports other units filed on tasks that count in the selection's units and have parts.

    Those on the parts are among them, and each zero report of a whole unit that stands for one of these.
    """
    if selection.unit_ids is None:
        return 0
    trees = counted_tasks.counted_trees(selection.unit_ids, action=selection.action, focus=selection.focus)
    row = sa.union_all(*report_sums.counted_parts(selection)).subquery().c
    on_tasks = sa.select(sa.func.coalesce(sa.func.sum(row.reports), 0)).where(
        row.unit_id.not_in(selection.unit_ids), row.task_id.in_(trees)
    )
    report = col(ProgressReport.id)
    of_units = (
        sa.select(sa.func.count(report.distinct()))
        .join_from(ZeroCover, ProgressReport, report == col(ZeroCover.report_id))
        .where(
            *replace(selection, unit_ids=None).within,
            col(ProgressReport.unit_id).not_in(selection.unit_ids),
            col(ZeroCover.task_id).in_(trees),
        )
    )
    query: sa.Select[*tuple[Any, ...]] = sa.select(on_tasks.scalar_subquery() + of_units.scalar_subquery())
    return int((await session.execute(query)).scalar_one())


async def reported_below(session: Session, selection: ReportSelection) -> dict[int, bool]:
    """The units below whose tasks somebody reported in the period, of whatever unit: whether progress.

    A report that a unit with a part let count for the task above is one below that task, too.
    """
    counted = sa.union_all(*report_sums.counted_parts(selection)).subquery().c
    rows = (
        sa.select(counted.unit_id, counted.task_id, counted.reports, counted.progress),
        _covered(selection),
    )
    said = sa.union_all(*rows).subquery().c
    its = _with_leads(said, said.reports, said.progress).subquery().c
    leads = (its.of_task, its.over, its.top)
    query: sa.Select[*tuple[Any, ...]] = sa.select(*leads, sa.func.sum(its.progress) > 0)
    query = query.group_by(*leads).having(sa.func.sum(its.reports) > 0)
    found: dict[int, bool] = {}
    for unit_id, progress in _by_unit(await session.execute(query)):
        found[unit_id] = bool(progress) or found.get(unit_id, False)
    return found


async def last_reported(session: Session) -> dict[int, datetime]:
    """When each unit last made a report that stands, or somebody below its tasks; a 零报告 counts too."""
    stands = col(ProgressReport.withdrawn).is_(False)
    columns = (col(ProgressReport.unit_id), col(ProgressReport.task_id), col(ProgressReport.reported_at))
    covered = sa.select(columns[0], col(ZeroCover.task_id), columns[2]).join_from(
        ZeroCover, ProgressReport, col(ProgressReport.id) == col(ZeroCover.report_id)
    )
    every = sa.union_all(sa.select(*columns).where(stands), covered.where(stands)).subquery().c
    said = (
        sa.select(every.unit_id, every.task_id, sa.func.max(every.reported_at).label("last"))
        .group_by(every.unit_id, every.task_id)
        .subquery()
        .c
    )
    its = _with_leads(said, said.last).subquery().c
    units = (its.unit_id, its.of_task, its.over, its.top)
    query: sa.Select[*tuple[Any, ...]] = sa.select(*units, sa.func.max(its.last)).group_by(*units)
    found: dict[int, datetime] = {}
    for unit_id, last in _by_unit(await session.execute(query)):
        found[unit_id] = max(last, found.get(unit_id, last))
    return found


def _by_unit(rows: Iterable[Sequence[Any]]) -> list[tuple[int, Any]]:
    """Each unit of these rows with the value at the end of its row."""
    return [(unit_id, row[-1]) for row in rows for unit_id in row[:-1] if unit_id is not None]


def _with_leads(row: Any, *values: Any) -> sa.Select[*tuple[Any, ...]]:
    """The rows of units and tasks, with the lead units of the tasks above the row's.

    Nothing lies below a task that was cancelled, and what was cancelled lies below none. ``of_task``: that of
    the task itself, if the row's unit has a part of it.
    """
    task, over, top, part = (aliased(Task) for _ in range(4))
    its_part = (
        col(part.parent_id) == col(task.id),
        col(part.lead_unit_id) == row.unit_id,
        col(part.state) != TaskState.CANCELLED,
    )
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        row.unit_id,
        sa.case((sa.exists().where(*its_part), col(task.lead_unit_id))).label("of_task"),
        col(over.lead_unit_id).label("over"),
        col(top.lead_unit_id).label("top"),
        *values,
    )
    stands = [col(one.state) != TaskState.CANCELLED for one in (task, over, top)]
    return (
        query.outerjoin_from(row.unit_id.table, task, sa.and_(col(task.id) == row.task_id, stands[0]))
        .outerjoin(over, sa.and_(col(over.id) == col(task.parent_id), stands[1]))
        .outerjoin(top, sa.and_(col(top.id) == col(over.parent_id), stands[2]))
    )


def _covered(selection: ReportSelection) -> sa.Select[*tuple[Any, ...]]:
    """A row for each task for which a zero report of a whole unit stands, as those of ``counted_parts``."""
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        col(ProgressReport.unit_id), col(ZeroCover.task_id), sa.literal(1), sa.literal(0)
    )
    query = query.join_from(ZeroCover, ProgressReport, col(ProgressReport.id) == col(ZeroCover.report_id))
    return query.where(*replace(selection, unit_ids=None).within)
