"""转派: a task goes to another person, and to their unit if that differs. Its history stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from locales import Text
from models import people, tasks
from models.db import Session, ident
from models.people import Contact, ContactState, absences
from models.tasks import Task, children, former_lines
from models.tasks.former_lines import FormerLine
from rules.people.typed_names import identity_key
from rules.tasks.task_lifecycle import OPEN_STATES, TaskEvent, next_state
from services import audit
from services.access import Actor
from services.errors import DomainError
from services.recipients import Directory
from services.tasks import breakdown_rights, reassign_notices
from services.tasks.reassign_notices import NOTHING_ELSE, AlsoMoved, TaskMove
from services.tasks.task_steps import acknowledge, for_decider, schedule_nags
from services.turn import TickTurn, Turn, turn_of
from services.unit_use import require_in_use

_NAMED: Final = 3


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
    """Give open tasks to a contact, by who decides on them; each person concerned hears of it in one message.

    See ``lead_unit_after`` for the unit. Finished tasks, tasks that the contact has already, and tasks with a
    namesake in the contact's unit stay where they are. ``also``: what else goes along in these messages,
    which nobody gets if no task moves. ``DomainError``: the contact has left, or the actor may not do this.
    """
    receiver = await receiver_of(turn.session, to_contact_id)
    directory = await Directory.load(turn.session, turn.today)
    moves: list[TaskMove] = []
    kept: dict[int, Text] = {}
    for task_id in sorted(set(task_ids)):  # always in the same order, so that two moves cannot deadlock
        await tasks.lock(turn.session, task_id)
        task = await for_decider(turn.session, turn.actor, task_id)
        unit_id = await lead_unit_after(turn.session, task, receiver)
        why_not = await hindrance(turn.session, task, receiver, unit_id, directory)
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
    why_not = await hindrance(turn.session, task, receiver.contact, unit_id, directory)
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


async def hindrance(
    session: Session, task: Task, receiver: Contact, unit_id: int, directory: Directory
) -> Text | None:
    """Why the task cannot be moved; None: it can."""
    if task.state not in OPEN_STATES:
        return Text("reassign.kept_closed", state=Text(f"common.task_state.{task.state.value}"))
    if (task.responsible_id, task.lead_unit_id) == (receiver.id, unit_id):
        return Text("reassign.kept_theirs", name=receiver.name)
    unit = directory.unit_names[unit_id]
    if unit_id != task.lead_unit_id and unit_id not in await units_of_part(session, task, unit_id):
        return Text("reassign.kept_not_below", unit=unit)
    if unit_id != task.lead_unit_id and await tasks.task_by_identity(session, identity_in(task, unit)):
        return Text("reassign.kept_namesake", unit=unit)
    if unit_id != task.lead_unit_id and (outside := await _parts_outside(session, task, unit_id, directory)):
        return Text("reassign.kept_parts", unit=unit, units=outside[:_NAMED], count=len(outside))
    return None


async def _parts_outside(session: Session, task: Task, unit_id: int, directory: Directory) -> list[str]:
    """The units whose open parts of a part would lie neither below the unit that it goes to nor assist it.

    A unit sees no parts of units that are another one's. Where the whole goes, the office decides.
    """
    if task.parent_id is None:
        return []
    below = [one for one in await children.children_of(session, ident(task)) if one.state in OPEN_STATES]
    if not below:
        return []
    assisting = (await tasks.assisting_units(session, [ident(task)]))[ident(task)]
    able = {*assisting, *await people.unit_tree(session, unit_id)}
    return [directory.unit_names[one.lead_unit_id] for one in below if one.lead_unit_id not in able]


async def units_of_part(session: Session, task: Task, *unit_ids: int) -> set[int]:
    """Those of the units in which it may lie: a part of a task stays below it, or where that is assisted."""
    above = await children.parent_of(session, task)
    if above is None:
        return set(unit_ids)
    able = {ident(unit) for unit in await breakdown_rights.all_units_for(session, above)}
    return {*unit_ids} & (able | {task.lead_unit_id})


def identity_in(task: Task, unit: str) -> str:
    """The identity of the task, or of a part of it, where that unit leads it."""
    return identity_key(task.action, task.objective, unit)


def _change(task: Task, receiver: Contact, unit_id: int, directory: Directory) -> dict[str, object]:
    """The columns that change. Another unit brings its own chain: its 分管领导, the receiver's 科室."""
    change: dict[str, Any] = {"responsible_id": receiver.id, "responsible_person": receiver.name}
    if unit_id != task.lead_unit_id:
        change |= {
            "lead_unit_id": unit_id,
            "leader_in_charge": directory.leader_cell(unit_id),
            "handling_section": receiver.section,
        }
        change["identity"] = identity_in(task, directory.unit_names[unit_id])
    return {name: value for name, value in change.items() if getattr(task, name) != value}


async def _apply(
    turn: Turn, task: Task, change: Mapping[str, object], reason: str | None, offered_by: int | None = None
) -> None:
    said: dict[str, object] = {"reason": reason} if reason else {}
    if offered_by is not None:
        said["offered_by"] = offered_by
    await write_move(turn, task, change, actor_id=turn.actor.id, said=said)


async def write_move(
    turn: TickTurn,
    task: Task,
    change: Mapping[str, object],
    *,
    actor_id: int | None,
    said: Mapping[str, object] | None = None,
) -> None:
    """Move an open task as ``change`` says: 转派, 转办, or a sheet that names another lead unit.

    The line that it leaves is kept, so that the old sheet neither makes it anew nor takes it back. ``said``:
    what else the record of the move holds. The caller holds the task's lock.
    """
    before = {name: getattr(task, name) for name in change if name != "identity"}
    after = {name: change[name] for name in before} | dict(said or {})
    line = FormerLine(task_id=ident(task), identity=task.identity, responsible_person=task.responsible_person)
    turn.session.add(line)
    states = await begin_anew(turn.session, task, turn.now, change)
    before, after = before | states[0], after | states[1]
    await require_in_use(turn.session, [task.lead_unit_id])
    await former_lines.forget_former_lines(turn.session, ident(task), task.identity, task.responsible_person)
    helpers = (await tasks.assisting_units(turn.session, [ident(task)]))[ident(task)]
    if task.lead_unit_id in helpers:
        # The leading unit no longer assists; that is part of the move and of its record.
        before["assisting_units"] = helpers
        after["assisting_units"] = [unit_id for unit_id in helpers if unit_id != task.lead_unit_id]
        await tasks.leave_assisting(turn.session, ident(task), task.lead_unit_id)
    audit.record(
        turn.session,
        TaskEvent.REASSIGN.value,
        ("task", task.id),
        now=turn.now,
        actor_id=actor_id,
        before=before,
        after=after,
    )
    await turn.session.flush()


async def begin_anew(
    session: Session, task: Task, now: datetime, change: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """An open task begins anew with other people, whom ``change`` or the task itself names already.

    What was offered to colleagues is withdrawn, the new person signs from ``now`` on, and nags follow.
    Returns the state before and after, for the record; nothing if it is the same.
    """
    old, new = task.state, next_state(task.state, TaskEvent.REASSIGN)
    await absences.withdraw_offers(session, ident(task), now)
    await tasks.move_state(session, ident(task), old, new, now, assigned_at=now, **change)
    await session.refresh(task)
    schedule_nags(task, now)
    session.add(task)
    return ({}, {}) if new is old else ({"state": old.value}, {"state": new.value})
