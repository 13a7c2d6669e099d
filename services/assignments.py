"""交办: telling people, once and in one message, which tasks are new for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from locales import Text
from models.db import Session
from models.people import Contact
from models.tasks import Task
from reports.formats import short
from rules.delivery import MessageKind
from services import outbox
from services.campaign import Campaign
from services.recipients import Directory
from services.tasks import due_text
from services.views import ButtonSpec, View

LISTED = 15


async def tell_assigned(
    session: Session, created: Sequence[Task], *, now: datetime, campaign: Campaign
) -> None:
    """Promise each enrolled responsible person one notice of his new tasks.

    Who is not enrolled yet sees his tasks when he enrols; nobody else is bothered with them here.
    """
    by_contact: dict[int, tuple[Contact, list[Task]]] = {}
    directory = await Directory.load(session)
    for task in created:
        for who in directory.responsible(task):
            if who.contact is not None and who.contact.id is not None and who.instead_of is None:
                by_contact.setdefault(who.contact.id, (who.contact, []))[1].append(task)
    for contact, mine in by_contact.values():
        lines = [Text("tasks.assigned_title", count=len(mine))]
        for number, task in enumerate(mine[:LISTED], 1):
            due = due_text(task, now, campaign)
            lines.append(
                Text("tasks.assigned_line", number=number, objective=short(task.objective, 40), due=due)
            )
        if len(mine) > LISTED:
            lines.append(Text("tasks.more", count=len(mine) - LISTED))
        ids = [task.id for task in mine]
        label = Text("tasks.acknowledge_all_button", count=len(ids))
        rows = [
            [ButtonSpec(label, "task.acknowledge_all", {"task_ids": ids}, contact.id)],
            [ButtonSpec(Text("nags.list_button"), "task.list", {}, contact.id)],
        ]
        view = View(lines, rows, [task_id for task_id in ids if task_id is not None])
        key = f"assigned:{contact.id}:{ids[0]}"
        await outbox.enqueue(session, MessageKind.ORDER, key, view, now=now, contact=contact)
