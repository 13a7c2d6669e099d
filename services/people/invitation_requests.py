"""请创城办邀请: who passes things on to somebody who has not joined has the office invite them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from locales import Text
from models import audit_log, people, tasks
from models.db import Session, ident
from models.nags import nag_views
from models.people import Contact, ContactState, Unit, joining
from models.tasks import Task
from reports.formats import moment_text
from rules.delivery.delivery import MessageKind
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role
from rules.tasks.task_lifecycle import OPEN_STATES
from services import access, audit, office_notices, outbox
from services.campaign import Campaign
from services.errors import DomainError
from services.recipients import OfficeShare
from services.turn import Turn
from services.views import View, button

ASKED: Final = "ask_invite"
"""The event in the audit when the office was asked to invite somebody."""
FROM_THE_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)


async def person_to_invite(turn: Turn, task_id: int) -> int | None:
    """The contact who answers for the task; None: the roster has nobody of that name.

    ``DomainError``: the presser does not answer for the task, or the person has joined by now.
    """
    task = await access.visible_task(turn.session, turn.actor, task_id)
    if not (turn.actor.is_office or access.answers_for(turn.actor, task)):
        raise DomainError("enrolment.asking.not_yours")
    contact = None if task.responsible_id is None else await turn.session.get(Contact, task.responsible_id)
    if task.state not in OPEN_STATES:
        raise DomainError("nags.nothing_left")
    if contact is not None and contact.state is not ContactState.NOT_ENROLLED:
        state = "joined" if contact.state is ContactState.ENROLLED else "lost"
        raise DomainError(f"enrolment.asking.{state}", name=contact.name)
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
    key = f"{key}:{turn.today.isoformat()}"
    before = await office_notices.is_told(turn.session, key)
    if person_id is not None and not before:
        audit.note(turn, ASKED, ("contact", person_id))
    share = OfficeShare(OfficeSubject.PEOPLE, turn.today)
    if not await office_notices.tell(turn.session, key, View(lines, rows), now=turn.now, share=share):
        return Text("enrolment.asking.nobody")
    if before and answer.key == "enrolment.asking.asked":
        return Text("enrolment.asking.asked_today", name=task.responsible_person)
    return answer


async def asked_on(
    session: Session, person_ids: Collection[int], campaign: Campaign, now: datetime
) -> set[int]:
    """Those of the people for whom the office was asked on this day."""
    if not person_ids:
        return set()
    midnight = campaign.midnight(campaign.today(now))
    acts = await audit_log.acts_since(session, ("contact", person_ids), (ASKED,), midnight)
    return {person_id for person_id, _, _ in acts}


async def tell_stand_ins(session: Session, contact: Contact, *, now: datetime) -> None:
    """Tell the 联络员 who asked for the contact, or passed things on to them, that they have joined."""
    person_id = ident(contact)
    acts = await audit_log.acts_since(session, ("contact", [person_id]), (ASKED,), FROM_THE_BEGINNING)
    known = {actor_id for _, _, actor_id in acts} | await nag_views.stood_in(session, person_id, contact.name)
    unit = await session.get_one(Unit, contact.unit_id)
    view = View([Text("enrolment.asking.has_joined", unit=unit.name, name=contact.name)])
    for liaison in await people.enrolled_with_role(session, Role.LIAISON):
        if liaison.id in known and liaison.id != person_id:
            key = f"joined:{person_id}:{now.isoformat()}:{liaison.id}"
            await outbox.enqueue(session, MessageKind.NOTICE, key, view, now=now, contact=liaison)
