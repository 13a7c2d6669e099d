"""转派: a task goes to another person, and to their unit if that differs. Its history stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from locales import Text
from models import tasks
from models.db import Session, ident
from models.people import Contact, ContactState, absences
from models.tasks import FormerLine, Task
from rules.people.roles import Role
from rules.people.typed_names import identity_key
from rules.tasks.task_lifecycle import OPEN_STATES, TaskEvent, next_state
from services import access, audit
from services.access import Actor, require_office
from services.errors import DomainError
from services.recipients import Directory
from services.tasks import reassign_notices
from services.tasks.reassign_notices import NOTHING_ELSE, AlsoMoved, TaskMove
from services.tasks.task_steps import acknowledge, schedule_nags
from services.turn import TickTurn, Turn, turn_of
from services.unit_use import require_in_use


@dataclass(frozen=True, slots=True)
class ReassignResult:
    """``tasks``: the tasks that were moved. ``kept``: why the others stayed, by task id."""

    tasks: Sequence[Task]
    kept: Mapping[int, Text]


async def move_tasks(
    turn: Turn,
    task_ids: Collection[int],
    to_contact_id: int,
    *,
    reason: str | None = None,
    also: AlsoMoved | None = None,
) -> ReassignResult:
    """Give open tasks to a contact, by the office; each person concerned hears of it in one message.

    See ``lead_unit_after`` for the unit. Finished tasks, tasks that the contact has already, and tasks with a
    namesake in the contact's unit stay where they are. ``also``: what else goes along in these messages,
    which nobody gets if no task moves. ``DomainError``: the contact has left, or the actor may not do this.
    """
    require_office(turn.actor)
    receiver = await receiver_of(turn.session, to_contact_id)
    directory = await Directory.load(turn.session, turn.today)
    moves: list[TaskMove] = []
    kept: dict[int, Text] = {}
    for task_id in sorted(set(task_ids)):  # always in the same order, so that two moves cannot deadlock
        task = await access.visible_task(turn.session, turn.actor, task_id)
        await tasks.lock(turn.session, task_id)
        unit_id = await lead_unit_after(turn.session, task, receiver)
        why_not = await _hindrance(turn.session, task, receiver, unit_id, directory)
        if why_not is not None:
            kept[task_id] = why_not
            continue
        moves.append(reassign_notices.seen_before(directory, task, unit_id))
        change = _change(task, receiver, unit_id, directory)
        await _apply(turn, task, change, reason)
    await reassign_notices.tell(turn, directory, moves, receiver, reason, also or NOTHING_ELSE)
    return ReassignResult([move.task for move in moves], kept)


async def hand_on(
    turn: TickTurn, receiver: Actor, task: Task, giver: Contact, *, reason: str | None
) -> Text | None:
    """转办: move the task to ``receiver``, who has accepted it and thereby signs for it (签收).

    Returns why it cannot be moved; None: it is theirs. The caller has checked the offer and holds the task's
    lock.
    """
    directory = await Directory.load(turn.session, turn.today)
    unit_id = await lead_unit_after(turn.session, task, receiver.contact)
    why_not = await _hindrance(turn.session, task, receiver.contact, unit_id, directory)
    if why_not is not None:
        return why_not
    before = reassign_notices.seen_before(directory, task, unit_id)
    move = replace(before, hear=[*before.hear, giver])
    change = _change(task, receiver.contact, unit_id, directory)
    await _apply(turn_of(turn, receiver), task, change, reason, giver.id)
    await acknowledge(turn_of(turn, receiver), [ident(task)])
    await reassign_notices.tell_relieved(
        turn.session, directory, [move], receiver.contact, reason, now=turn.now
    )
    return None


async def receiver_of(session: Session, contact_id: int) -> Contact:
    """The contact who takes over.

    A shared lock until the transaction ends keeps them from leaving meanwhile.
    """
    contact = await session.get(Contact, contact_id, populate_existing=True, with_for_update={"read": True})
    if contact is None:
        raise DomainError("reassign.unknown_person")
    if contact.state is ContactState.LEFT:
        raise DomainError("reassign.has_left", name=contact.name)
    return contact


async def lead_unit_after(session: Session, task: Task, receiver: Contact) -> int:
    """Id of the unit that leads the task once ``receiver`` is responsible: usually the receiver's own unit.

    The lead stays where it is only if the receiver follows somebody of their own unit, and that unit assists.
    """
    previous = None if task.responsible_id is None else await session.get(Contact, task.responsible_id)
    if task.id is not None and previous is not None and previous.unit_id == receiver.unit_id:
        assisting = await tasks.assisting_units(session, [task.id])
        if receiver.unit_id in assisting[task.id]:
            return task.lead_unit_id
    return receiver.unit_id


async def _hindrance(
    session: Session, task: Task, receiver: Contact, unit_id: int, directory: Directory
) -> Text | None:
    """Why the task cannot be moved; None: it can."""
    if task.state not in OPEN_STATES:
        return Text("reassign.kept_closed", state=Text(f"common.task_state.{task.state.value}"))
    if (task.responsible_id, task.lead_unit_id) == (receiver.id, unit_id):
        return Text("reassign.kept_theirs", name=receiver.name)
    unit = directory.unit_names[unit_id]
    if unit_id != task.lead_unit_id and await tasks.task_by_identity(session, _identity(task, unit)):
        return Text("reassign.kept_namesake", unit=unit)
    return None


def _identity(task: Task, unit: str) -> str:
    return identity_key(task.action, task.objective, unit)


def _change(task: Task, receiver: Contact, unit_id: int, directory: Directory) -> dict[str, object]:
    """The columns that change. Another unit brings its own chain: its 分管领导, the receiver's 科室."""
    change: dict[str, Any] = {"responsible_id": receiver.id, "responsible_person": receiver.name}
    if unit_id != task.lead_unit_id:
        leaders = directory.holders(Role.LEADER_IN_CHARGE, unit_id)
        names = "、".join(leader.name for leader in leaders if leader.state is not ContactState.LEFT)
        change |= {
            "lead_unit_id": unit_id,
            "leader_in_charge": names or None,
            "handling_section": receiver.section,
        }
        change["identity"] = _identity(task, directory.unit_names[unit_id])
    return {name: value for name, value in change.items() if getattr(task, name) != value}


async def _apply(
    turn: Turn, task: Task, change: dict[str, object], reason: str | None, offered_by: int | None = None
) -> None:
    if task.id is None:
        raise ValueError("a task must be saved before it moves")
    old, new = task.state, next_state(task.state, TaskEvent.REASSIGN)
    before = {name: getattr(task, name) for name in change if name != "identity"}
    after = {name: change[name] for name in before} | ({"reason": reason} if reason else {})
    if offered_by is not None:
        after["offered_by"] = offered_by
    await absences.withdraw_offers(turn.session, task.id, turn.now)
    if new is not old:
        before["state"], after["state"] = old.value, new.value
    turn.session.add(
        FormerLine(task_id=task.id, identity=task.identity, responsible_person=task.responsible_person)
    )
    await tasks.move_state(turn.session, task.id, old, new, turn.now, assigned_at=turn.now, **change)
    await turn.session.refresh(task)
    await require_in_use(turn.session, [task.lead_unit_id])
    await tasks.forget_former_lines(turn.session, task.id, task.identity, task.responsible_person)
    helpers = (await tasks.assisting_units(turn.session, [task.id]))[task.id]
    if task.lead_unit_id in helpers:
        # The leading unit no longer assists; that is part of the move and of its record.
        before["assisting_units"] = helpers
        after["assisting_units"] = [unit_id for unit_id in helpers if unit_id != task.lead_unit_id]
        await tasks.leave_assisting(turn.session, task.id, task.lead_unit_id)
    schedule_nags(task, turn.now)
    turn.session.add(task)
    audit.note(turn, TaskEvent.REASSIGN.value, ("task", task.id), before=before, after=after)
    await turn.session.flush()
