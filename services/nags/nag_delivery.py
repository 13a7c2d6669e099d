"""A promised message when it is sent: what was finished, signed for or given to others is left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from models.db import Session
from models.delivery.messages import Outbox
from models.people import Contact
from models.progress import report_lookup
from models.tasks import Task, task_search
from rules.cases.case_ladder import DAILY
from rules.nags.policy import DutyKind
from rules.tasks.task_lifecycle import NAGGED_STATES, TaskState
from services.duties.task_duties import DutyStanding, ReminderKind, TaskDuty, Tone
from services.errors import DomainError
from services.nags import nag_message
from services.nags.nag_message import NagFacts, NagReader
from services.nags.orders import case_colour_view
from services.nags.orders.case_escalation import CaseEntry, Escalation
from services.turn import TickTurn, Turn
from services.views import View


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """The view of an outbox row; None if nothing of it is still open and the reader's."""
    return await page(turn, row, 0)


async def page(turn: TickTurn, row: Outbox, offset: int) -> View | None:
    """The page from ``offset`` on.

    On a later day only the orders are left: a task's next slot is its retry.
    """
    contact = await turn.session.get(Contact, row.contact_id)
    if contact is None:
        return None
    day = date.fromisoformat(row.content["day"])
    duties, standing = await still(turn, row, contact)
    cases = await cases_still(turn, row, contact)
    if not duties and not cases:
        return None
    known = await known_of(turn.session, standing, duties, contact)
    return nag_message.build(
        duties,
        cases,
        known,
        NagReader(contact.id, day, turn.now, turn.campaign, asked_of(row), row.id, offset),
    )


async def turn_page(turn: Turn, outbox_id: int, *, offset: int) -> View:
    """Another page of the presser's message; ``DomainError`` if nothing of it is left."""
    row = await turn.session.get(Outbox, outbox_id)
    mine = row is not None and row.contact_id == turn.actor.id
    view = await page(turn, row, offset) if row is not None and mine else None
    if view is None:
        raise DomainError("nags.nothing_left")
    return view


def asked_of(row: Outbox) -> ReminderKind | None:
    return ReminderKind(row.content["asked"]) if "asked" in row.content else None


async def still(turn: TickTurn, row: Outbox, contact: Contact) -> tuple[list[TaskDuty], DutyStanding]:
    """The tasks of a message of which its reader must still hear."""
    duties = [TaskDuty.from_json(duty) for duty in row.content["duties"]]
    if turn.campaign.today(row.created_at) != turn.today:
        duties = []
    standing = await DutyStanding.of(turn.session, {duty.task_id for duty in duties}, turn.now, turn.campaign)
    wanted = await still_asked(turn.session, asked_of(row), standing.tasks, row.created_at)
    # A missing task is a fault, not a task that is done.
    asked = [duty for duty in duties if duty.task_id in wanted or duty.task_id not in standing.tasks]
    left = (standing.still(duty, contact) for duty in asked)
    return [duty for duty in left if duty is not None], standing


async def cases_still(turn: TickTurn, row: Outbox, contact: Contact) -> list[case_colour_view.CaseDuty]:
    """The cases of a message of which its reader must still hear; daily news only on its own day."""
    entries = [CaseEntry.from_json(entry) for entry in row.content.get("entries", ())]
    if turn.campaign.today(row.created_at) != turn.today:
        entries = [entry for entry in entries if entry.news not in DAILY]
    return await case_colour_view.still(Escalation(turn.session, turn.campaign, turn.now), entries, contact)


async def still_asked(
    session: Session, asked: ReminderKind | None, found: Mapping[int, Task], since: datetime
) -> Collection[int]:
    """Ids of the tasks for which the request of ``since`` is not yet fulfilled."""
    if asked is ReminderKind.UNSIGNED:
        return {task_id for task_id, task in found.items() if task.state is TaskState.ASSIGNED}
    if asked is not ReminderKind.SILENT:
        return found.keys()
    waiting = {task_id for task_id, task in found.items() if task.state in NAGGED_STATES}
    last = await report_lookup.last_reported(session)
    spoke = {unit_id for unit_id, at in last.items() if at > since}
    return {task_id for task_id in waiting if found[task_id].lead_unit_id not in spoke}


async def known_of(
    session: Session, standing: DutyStanding, duties: Sequence[TaskDuty], reader: Contact
) -> NagFacts:
    """What the lines of these duties need to know."""
    units = {
        standing.tasks[duty.task_id].lead_unit_id
        for duty in duties
        if duty.tone is Tone.NAG and any(kind is DutyKind.UNSIGNED for kind, _ in duty.owed)
    }
    unsigned = await task_search.unsigned_people(session, units) if units else []
    others = [(name, count) for person, name, count in unsigned if person != reader.id]
    return NagFacts(standing.tasks, standing.owed, standing.directory.unit_names, others)
