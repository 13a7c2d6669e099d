"""交接 and 离任: a person's open duties go to a successor.

A leaver loses account and roles, but not their record.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from locales import Text
from models import drafts, people, tasks
from models.db import Session, ident
from models.drafts import Draft
from models.people import Contact, ContactState, Unit
from models.tasks import Task
from reports.formats import short
from rules.delivery.delivery import MessageKind
from rules.people.roles import REPORTERS, Role
from services import audit, outbox, questions
from services.access import Actor
from services.drafts import draft_changes
from services.office import case_handover
from services.office.case_handover import CaseShares, HeldCases
from services.people import leave as leaves
from services.people import person_card
from services.people.enrolment import office_contact, release_account
from services.tasks import reassign, transfers
from services.tasks.reassign import ReassignResult
from services.turn import Turn
from services.views import ButtonSpec, FileSpec, View, button

CHOICES: Final = 8
LISTED: Final = 8


async def choose(turn: Turn, contact_id: int) -> View:
    """Ask for the successor: colleagues by button, those who report first; anybody else by name."""
    contact = await office_contact(turn.session, turn.actor, contact_id)
    duties = await _duties(turn.session, contact)
    held = await case_handover.held_by(turn.session, contact)
    if not (duties or held.ids):
        return _nothing(contact)
    roles = await people.roles_by_contact(turn.session)
    unit = await turn.session.get_one(Unit, contact.unit_id)
    colleagues = [
        other
        for other in await people.contacts_of_unit(turn.session, contact.unit_id)
        if other.id != contact_id and other.state is not ContactState.LEFT
    ]
    colleagues.sort(key=lambda other: not roles.get(ident(other), frozenset()) & REPORTERS)
    await questions.ask_privately(turn, "person.successor", {"contact_id": contact_id})
    lines = [Text("handover.choose", name=contact.name, what=_what(duties, held))]
    return View(
        lines, [*_choices(contact_id, [(c, unit) for c in colleagues]), [person_card.back(contact_id)]]
    )


def _nothing(contact: Contact) -> View:
    return View([Text("handover.nothing", name=contact.name)], [[person_card.back(ident(contact))]])


def _what(duties: Sequence[Task], held: HeldCases) -> Text:
    """2 项在办任务、1 件在办案卷."""
    parts = [Text("handover.what_tasks", count=len(duties))] if duties else []
    parts += [Text("handover.what_cases", count=len(held.ids))] if held.ids else []
    return Text("common.as_is", text=parts)


async def _duties(session: Session, contact: Contact) -> Sequence[Task]:
    """The open tasks for which the contact is responsible in person."""
    return await tasks.open_tasks_of_contact(session, [ident(contact)])


def _choices(contact_id: int, hits: Sequence[tuple[Contact, Unit]]) -> list[list[ButtonSpec]]:
    return [
        [person_card.person_button("person.hand_over_to", other, unit, contact_id=contact_id, to_id=other.id)]
        for other, unit in hits[:CHOICES]
    ]


async def find(turn: Turn, contact_id: int, words: str) -> View:
    """The successors that the office may mean by a name."""
    contact = await office_contact(turn.session, turn.actor, contact_id)
    hits = [
        hit
        for hit in await person_card.matching(turn.session, words)
        if hit[0].id != contact_id and hit[0].state is not ContactState.LEFT
    ]
    await questions.ask_privately(turn, "person.successor", {"contact_id": contact_id})
    title = Text("handover.which", name=contact.name) if hits else Text("handover.nobody")
    return View([title], [*_choices(contact_id, hits), [person_card.back(contact_id)]])


async def preview(session: Session, actor: Actor, contact_id: int, to_id: int) -> View:
    """Show which duties go to whom, and what the office should know before."""
    contact = await office_contact(session, actor, contact_id)
    successor = await reassign.receiver_of(session, to_id)
    unit = await session.get_one(Unit, successor.unit_id)
    duties = await _duties(session, contact)
    who = Text("common.contact", unit=unit.name, name=successor.name)
    held = await case_handover.held_by(session, contact)
    found = await case_handover.shares(session, held, successor)
    key = "handover.preview" if duties or not held.ids else "handover.preview_cases"
    lines = [Text(key, name=contact.name, to=who, count=len(duties) or len(held.ids))]
    lines += [
        Text("handover.line", number=number, objective=short(task.objective, 40))
        for number, task in enumerate(duties[:LISTED], 1)
    ]
    if len(duties) > LISTED:
        lines.append(Text("tasks.more", count=len(duties) - LISTED))
    lines += await case_handover.preview_lines(session, found)
    if duties and successor.unit_id != contact.unit_id:
        lines.append(Text("handover.other_unit", unit=unit.name))
    if not successor.reachable:
        lines.append(Text("handover.not_reachable", name=successor.name))
    unfinished = await _unfinished(session, contact, duties)
    if unfinished:
        lines.append(Text("handover.unfinished", count=len(unfinished)))
    said = {"contact_id": contact_id, "to_id": to_id, "task_ids": [task.id for task in duties]}
    confirm = button("handover.confirm_button", "person.handed_over", **said, case_ids=held.ids)
    back = person_card.back(contact_id)
    return View(lines, [[confirm, back]] if duties or held.ids else [[back]])


async def _unfinished(session: Session, contact: Contact, duties: Sequence[Task] | None) -> list[Draft]:
    """The contact's drafts about these duties or about no task; ``duties`` None: all their drafts."""
    ids = None if duties is None else {None, *(task.id for task in duties)}
    found = await drafts.drafts_of(session, ident(contact))
    return [d for d in found if not draft_changes.is_empty(d) and (ids is None or d.task_id in ids)]


async def confirm(
    turn: Turn, contact_id: int, to_id: int, task_ids: Collection[int], case_ids: Collection[int] = ()
) -> View:
    """Hand over the duties that the preview has shown; if they have changed, show the new ones first."""
    contact = await office_contact(turn.session, turn.actor, contact_id)
    for task_id in sorted(task_ids):  # everybody locks tasks in this order
        await tasks.lock(turn.session, task_id)
    await case_handover.locked(turn.session, case_ids)
    duties = await _duties(turn.session, contact)
    held = await case_handover.held_by(turn.session, contact)
    if not (duties or held.ids):
        return _nothing(contact)
    if {task.id for task in duties} != set(task_ids) or set(held.ids) != set(case_ids):
        changed = await preview(turn.session, turn.actor, contact_id, to_id)
        return View([Text("handover.changed"), *changed.lines], changed.rows)
    unfinished = await _unfinished(turn.session, contact, duties)
    successor = await reassign.receiver_of(turn.session, to_id)
    found = await case_handover.shares(turn.session, held, successor)
    await case_handover.move(turn, found, successor)
    unit = await turn.session.get_one(Unit, successor.unit_id)
    whom = Text("common.contact", unit=unit.name, name=successor.name)
    also = case_handover.along(turn, contact, found, whom)
    moved = await reassign.move_tasks(turn, task_ids, to_id, also=also)
    if also is not None and not moved.tasks:
        await case_handover.tell(turn, contact, successor, also)
    await _pass_on(turn.session, contact, unfinished, [successor], now=turn.now)
    await _end_arrangements(turn, contact)
    audit.note(
        turn,
        "handover",
        ("contact", contact.id),
        before={"successor": None},
        after={"successor": successor.name, "task_ids": [task.id for task in moved.tasks]}
        | ({"case_ids": held.ids} if held.ids else {}),
    )
    await questions.drop(turn.session, turn.account, turn.account)
    lines = await _done_lines(turn.session, contact, successor, moved, found)
    lines += [Text("handover.kept", reason=reason) for reason in moved.kept.values()]
    leave_ = button("people.leave_button", "person.ask_leave", contact_id=contact_id)
    return View(lines, [[leave_, person_card.back(contact_id)]])


async def _done_lines(
    session: Session, contact: Contact, successor: Contact, moved: ReassignResult, found: CaseShares
) -> list[Text]:
    who = {"name": contact.name, "to": successor.name}
    lines = [Text("handover.done", **who, count=len(moved.tasks))] if moved.tasks or moved.kept else []
    lines += [Text("handover.cases_done", **who, count=len(found.moved))] if found.moved else []
    return [*lines, *await case_handover.warnings(session, found)]


async def _pass_on(
    session: Session, contact: Contact, unfinished: Sequence[Draft], to: Sequence[Contact], *, now: datetime
) -> None:
    """Show the words and files of unfinished reports to the successors, and remind the contact of them."""
    for draft in unfinished:
        # The id of a deleted draft may be given again, so it alone does not identify the report.
        which = f"{draft.id}:{draft.revision}:{draft.updated_at.isoformat()}"
        task = None if draft.task_id is None else await tasks.task_by_id(session, draft.task_id)
        about = short(task.objective, 40) if task else Text("handover.no_task")
        lines = [Text("handover.unfinished_of", name=contact.name, objective=about)]
        if draft.text:
            lines.append(Text("common.as_is", text=draft.text))
        files = [FileSpec(f.kind, f.file_id, name=f.file_name) for f in draft_changes.files_of(draft)]
        for reader in to:
            key = f"unfinished:{contact.id}:{which}:{reader.id}"
            ids = [task.id] if task and task.id is not None else []
            view = View(lines, (), ids, files)
            await outbox.enqueue(session, MessageKind.NOTICE, key, view, now=now, contact=reader)
    if unfinished and contact.reachable:
        view = View([Text("handover.finish_yours", count=len(unfinished))])
        key = f"finish:{contact.id}:{now.isoformat()}"
        await outbox.enqueue(session, MessageKind.NOTICE, key, view, now=now, contact=contact)


async def _end_arrangements(turn: Turn, contact: Contact) -> None:
    """End the contact's leaves, those in which they stand in, and the transfer offers from or to them."""
    await leaves.end_all_of(turn.session, contact, turn.actor.id, now=turn.now, today=turn.today)
    await transfers.withdraw_all_of(turn.session, contact, turn.actor.id, now=turn.now)


async def change_unit(turn: Turn, contact_id: int, unit_id: int, from_id: int) -> View:
    """Move the contact to another unit and end what was arranged in the old one; returns their new card."""
    contact = await office_contact(turn.session, turn.actor, contact_id)
    before = contact.unit_id
    view = await person_card.move(turn, contact_id, unit_id, from_id)
    if contact.unit_id == before:
        return view
    await _end_arrangements(turn, contact)
    # Cases stay with their unit, where the contact cannot see to them any more.
    await case_handover.leave_behind(turn, contact, await case_handover.held_by(turn.session, contact))
    return await person_card.card(turn, contact_id)


# -- leaving -------------------------------------------------------------------------------------------


async def ask_leave(session: Session, actor: Actor, contact_id: int) -> View:
    """Show what the contact's leaving means, and what has to be done before."""
    contact = await office_contact(session, actor, contact_id)
    person_card.not_himself(actor, contact_id)
    duties = await _duties(session, contact)
    held = await case_handover.held_by(session, contact)
    said = {"contact_id": contact_id, "duties": len(duties), "cases": len(held.ids)}
    lines = [Text("people.leave_preview", name=contact.name)]
    is_liaison = Role.LIAISON in await people.roles_of(session, contact_id)
    if is_liaison and not await _liaisons(session, contact, {contact.unit_id}):
        lines.append(Text("people.leaves_no_liaison"))
    if await _unfinished(session, contact, None):
        lines.append(Text("people.leaves_unfinished"))
    if held.ids:
        stand_in = await case_handover.stands_in(session, held)
        lines.append(Text("people.leaves_cases", count=len(held.ids), stand_in=stand_in))
    if not (duties or held.ids):
        confirm_ = button("people.confirm_leave_button", "person.leave", **said)
        return View(lines, [[confirm_, person_card.back(contact_id)]])
    if duties:
        stand_in = await _stand_in(session, contact, {task.lead_unit_id for task in duties})
        lines.append(Text("people.leaves_duties", count=len(duties), stand_in=stand_in))
    first = button("people.hand_over_first_button", "person.hand_over", contact_id=contact_id)
    anyway = button("people.leave_to_liaison_button", "person.leave", **said)
    return View(lines, [[first], [anyway], [person_card.back(contact_id)]])


async def _liaisons(session: Session, contact: Contact, unit_ids: Collection[int]) -> list[Contact]:
    """The other 联络员 of the units who can be reached."""
    found = await people.enrolled_with_role(session, Role.LIAISON)
    return [other for other in found if other.id != contact.id and other.unit_id in unit_ids]


async def _stand_in(session: Session, contact: Contact, unit_ids: Collection[int]) -> Text:
    """The people who hear about duties that these units lead, once the contact has left."""
    liaisons = await _liaisons(session, contact, unit_ids)
    if not liaisons:
        return Text("common.role.office")
    return Text("common.as_is", text=[liaison.name for liaison in liaisons])


async def leave_post(turn: Turn, contact_id: int, duties: int, cases: int = 0) -> View:
    """Record that the contact has left: release the account, end the roles.

    ``duties``, ``cases``: how many open duties and cases the office has agreed to leave to the 联络员. If the
    numbers have changed, the office is asked again.
    """
    contact = await office_contact(turn.session, turn.actor, contact_id)
    person_card.not_himself(turn.actor, contact_id)
    await turn.session.refresh(contact, with_for_update=True)
    held = await case_handover.held_by(turn.session, contact)
    if (len(await _duties(turn.session, contact)), len(held.ids)) != (duties, cases):
        return await ask_leave(turn.session, turn.actor, contact_id)
    await case_handover.locked(turn.session, held.ids)
    roles = sorted(role.value for role in await people.roles_of(turn.session, contact_id))
    before = {"state": contact.state.value, "roles": roles}
    unfinished = await _unfinished(turn.session, contact, None)
    await _end_arrangements(turn, contact)
    await release_account(turn.session, contact, now=turn.now)
    await people.set_roles(turn.session, contact_id, ())
    await _leave_behind(turn.session, contact, unfinished, now=turn.now)
    await case_handover.leave_behind(turn, contact, held)
    await case_handover.rename_leaders(turn.session, contact)
    audit.note(
        turn,
        "leave",
        ("contact", contact_id),
        before=before,
        after={"state": contact.state.value, "roles": []},
    )
    return await person_card.card(turn, contact_id)


async def _leave_behind(
    session: Session, contact: Contact, unfinished: Sequence[Draft], *, now: datetime
) -> None:
    """Send the contact's unfinished reports to the people who hear in their place, and delete the drafts."""
    liaisons = await _liaisons(session, contact, {contact.unit_id})
    readers = liaisons or await people.enrolled_with_role(session, Role.OFFICE)
    await _pass_on(session, contact, unfinished, readers, now=now)
    for draft in await drafts.drafts_of(session, ident(contact)):
        await session.delete(draft)
    await session.flush()
