"""请创城办邀请: who passes things on to somebody who has not joined has the office invite them."""

from __future__ import annotations

from locales import Text
from models import tasks
from models.people import Contact, ContactState, Unit, joining
from models.tasks import Task
from reports.formats import moment_text
from services import access, audit, outbox
from services.errors import DomainError
from services.turn import Turn
from services.views import View, button


async def person_to_invite(turn: Turn, task_id: int) -> int | None:
    """The contact who answers for the task; None: the roster has nobody of that name.

    ``DomainError``: the presser does not answer for the task, or the person has joined by now.
    """
    task = await access.visible_task(turn.session, turn.actor, task_id)
    if not (turn.actor.is_office or access.answers_for(turn.actor, task)):
        raise DomainError("enrolment.asking.not_yours")
    contact = None if task.responsible_id is None else await turn.session.get(Contact, task.responsible_id)
    if contact is not None and contact.state is not ContactState.NOT_ENROLLED:
        raise DomainError("enrolment.asking.joined", name=contact.name)
    return None if contact is None else contact.id


async def ask(turn: Turn, task_id: int) -> Text:
    """Ask the office, which hears of each person once a day; returns the answer.

    Where the office has made a link that can still be used, both are told since when, and not the link.
    """
    person_id = await person_to_invite(turn, task_id)
    task = await turn.session.get_one(Task, task_id)
    unit = await turn.session.get_one(Unit, task.lead_unit_id)
    asker = Text("common.contact", unit=turn.actor.unit.name, name=turn.actor.contact.name)
    said = {"who": asker, "unit": unit.name, "name": task.responsible_person}
    answer = Text("enrolment.asking.asked", name=task.responsible_person)
    if person_id is None:
        lines, rows = [Text("enrolment.asking.unknown", **said)], [[button("nags.who_button", "who.front")]]
        key = f"invite:task-{task_id}"
    else:
        mine = await tasks.open_tasks_of_contact(turn.session, [person_id])
        lines = [Text("enrolment.asking.office", **said, count=len(mine))]
        rows = [[button("people.invite_button", "person.invite", contact_id=person_id)]]
        key = f"invite:{person_id}"
        link = await joining.open_invitation(turn.session, person_id, turn.now)
        if link is not None:
            since = {"since": moment_text(link.created_at, turn.campaign.zone)}
            since["until"] = moment_text(link.expires_at, turn.campaign.zone)
            lines.append(Text("enrolment.asking.office_link", **since))
            answer = Text("enrolment.asking.has_link", name=task.responsible_person, **since)
        audit.note(turn, "ask_invite", ("contact", person_id))
    told = await outbox.tell_office(
        turn.session, f"{key}:{turn.today.isoformat()}", View(lines, rows), now=turn.now
    )
    if not told:
        return Text("enrolment.asking.nobody")
    return answer
