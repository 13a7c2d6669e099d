"""交办: each person is told once, in one message, which tasks are new for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from locales import Text
from models import people
from models.db import Session
from models.people import Contact, ContactState
from models.tasks import Task
from reports.formats import day_text, short
from rules.delivery.delivery import MessageKind
from services import outbox
from services.campaign import Campaign
from services.task_wording import due_text, list_button, sign_all_button
from services.turn import TickTurn
from services.views import View

LISTED = 15


@dataclass(frozen=True, slots=True)
class AssignmentNotice:
    """The one notice that tells a contact of their new tasks."""

    contact: Contact
    key: str
    view: View


async def tell_assigned(turn: TickTurn, created: Sequence[Task]) -> None:
    """Promise each enrolled responsible person one notice of their new tasks.

    People who are not enrolled yet see their tasks when they enrol, those who have blocked the bot read of
    them when they come back; nobody else gets a notice in their place.
    """
    await promise(turn.session, await orders(turn, created), now=turn.now)


async def orders(
    turn: TickTurn, created: Sequence[Task], *, occasion: str | None = None
) -> list[AssignmentNotice]:
    """The notices that ``tell_assigned`` promises.

    ``occasion`` names what has created the tasks, where that can be interrupted and resumed: then each
    contact still gets one notice about it.
    """
    everybody = await people.all_contacts(turn.session)
    known = {ContactState.ENROLLED, ContactState.UNREACHABLE}
    contacts = {contact.id: contact for contact in everybody if contact.state in known}
    mine: dict[int, list[Task]] = {}
    for task in created:
        if task.responsible_id is not None and task.responsible_id in contacts:
            mine.setdefault(task.responsible_id, []).append(task)
    return [
        AssignmentNotice(
            contacts[who],
            f"assigned:{who}:{occasion or theirs[0].id}",
            _view(who, theirs, turn.now, turn.campaign),
        )
        for who, theirs in mine.items()
    ]


async def promise(session: Session, found: Sequence[AssignmentNotice], *, now: datetime) -> None:
    """Promise each of the notices once, even if this is called again."""
    for order in found:
        await outbox.enqueue(
            session, MessageKind.ORDER, order.key, order.view, now=now, contact=order.contact
        )


def _view(contact_id: int, mine: Sequence[Task], now: datetime, campaign: Campaign) -> View:
    first = min(campaign.sign_by(task.assigned_at) for task in mine)
    lines = [Text("tasks.assigned_title", count=len(mine), day=day_text(first))]
    for number, task in enumerate(mine[:LISTED], 1):
        due = due_text(task, now, campaign)
        lines.append(Text("tasks.assigned_line", number=number, objective=short(task.objective, 40), due=due))
    if len(mine) > LISTED:
        lines.append(Text("tasks.more", count=len(mine) - LISTED))
    ids = [task.id for task in mine]
    rows = [[sign_all_button(ids, contact_id)], [list_button(contact_id)]]
    return View(lines, rows, [task_id for task_id in ids if task_id is not None])
