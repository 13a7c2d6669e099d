"""What rows of the audit say about the subjects of nags: a line is marked once its subject has changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa
from sqlmodel import col

from models.audit_log import Audit
from models.db import Session
from models.nags import BELOW
from models.progress import ProgressReport
from models.tasks import Task

_ABOUT: Final = ("task", "case", "report", "notice_party")


async def what_changed(session: Session, ids: Collection[int]) -> tuple[set[int], set[tuple[str, int]]]:
    """Who acted in these rows of the audit, and which tasks and cases they are about.

    A report is about its task. What is about a child is also about what lies below its parent (``BELOW``).
    """
    task_id = sa.case(
        (col(Audit.subject_type) == "task", col(Audit.subject_id)), else_=col(ProgressReport.task_id)
    )
    query = (
        sa.select(
            col(Audit.actor_id),
            col(Audit.subject_type),
            col(Audit.subject_id),
            col(ProgressReport.task_id),
            col(Task.parent_id),
        )
        .outerjoin(
            ProgressReport,
            sa.and_(col(Audit.subject_type) == "report", col(ProgressReport.id) == col(Audit.subject_id)),
        )
        .outerjoin(Task, col(Task.id) == task_id)
        .where(col(Audit.id).in_(ids), col(Audit.subject_type).in_(_ABOUT))
    )
    actors: set[int] = set()
    about: set[tuple[str, int]] = set()
    for row in (await session.execute(query)).mappings():
        if row["actor_id"] is not None:
            actors.add(row["actor_id"])
        if row["parent_id"] is not None:
            about.add((BELOW, row["parent_id"]))
        if row["task_id"] is not None:
            about.add(("task", row["task_id"]))
        elif row["subject_type"] != "report":
            about.add((row["subject_type"], row["subject_id"]))
    return actors, about
