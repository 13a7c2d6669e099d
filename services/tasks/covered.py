"""For people whose unit has a child, the child is the task that is meant, and not the one above it."""

from __future__ import annotations

from collections.abc import Sequence

from models.db import Session, ident
from models.tasks import Task, children
from services.access import Actor


async def without_covered(session: Session, actor: Actor, found: Sequence[Task]) -> list[Task]:
    """The tasks without those of which the actor's unit has a part, unless they are the actor's own.

    Nothing is asked where there is no part among them.
    """
    parts = [task for task in found if task.parent_id is not None and _is_own(actor, task)]
    if not parts:
        return list(found)
    above = await children.parents_by_id(session, parts)
    return [task for task in found if ident(task) not in above or _is_own(actor, task)]


def _is_own(actor: Actor, task: Task) -> bool:
    return task.responsible_id in actor.duties or task.lead_unit_id in actor.reporting_units
