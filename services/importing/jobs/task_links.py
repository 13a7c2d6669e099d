"""Tasks find the people who have come with a roster."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col

from models import people, tasks
from models.columns import rows_changed
from models.db import Session, ident
from models.tasks import Task
from services import audit
from services.importing.rows.name_matching import ResponsiblePeople

Link = tuple[int, int]


async def links(session: Session) -> list[Link]:
    """Tasks whose 责任人 was not in the roster until now, each with its contact, by their ids."""
    waiting = await tasks.without_contact(session)
    if not waiting:
        return []
    responsibles = ResponsiblePeople(await people.all_contacts(session))
    assisting = await tasks.assisting_units(session, [task.id for task in waiting if task.id is not None])
    found = [
        (
            ident(task),
            responsibles.find(task.responsible_person, [task.lead_unit_id, *assisting[ident(task)]]),
        )
        for task in waiting
    ]
    return [(task_id, contact_id) for task_id, contact_id in found if contact_id is not None]


async def write_links(
    session: Session, part: Sequence[Link], *, now: datetime, actor_id: int | None = None
) -> None:
    """Give tasks without a contact to those contacts."""
    for task_id, contact_id in part:
        linked = await session.execute(
            sa.update(Task)
            .where(col(Task.id) == task_id, col(Task.responsible_id).is_(None))
            .values(responsible_id=contact_id)
        )
        if rows_changed(linked):
            audit.record(
                session,
                "import",
                ("task", task_id),
                now=now,
                actor_id=actor_id,
                before={"responsible_id": None},
                after={"responsible_id": contact_id},
            )
    await session.flush()
