"""Tasks in the chat: lists, and a task's steps from 签收 to 办结 and 复开."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from locales import Text
from models import audit_log, tasks
from models.audit_log import Audit
from models.db import Session, ident
from models.people import absences
from models.tasks import Task, child_duties, children
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import (
    DECISIONS,
    NAGGED_STATES,
    OPEN_STATES,
    IllegalTransitionError,
    TaskEvent,
    TaskState,
    next_state,
)
from services import access, audit, office_notices
from services.access import Actor, require_office
from services.errors import DomainError
from services.turn import Turn
from services.unit_use import require_in_use

AuditValues = dict[str, object]
# What the office was asked about a task is settled by these.
_SETTLING = frozenset(
    {
        TaskEvent.SUBMIT_FOR_COMPLETION,
        TaskEvent.WITHDRAW,
        TaskEvent.COMPLETE,
        TaskEvent.RETURN,
        TaskEvent.CANCEL,
        TaskEvent.EXTEND,
        TaskEvent.REFUSE_EXTENSION,
    }
)
# These are decided in one's own name, even if who presses stands in for somebody.
_DECIDERS_OWN = frozenset({TaskEvent.COMPLETE, TaskEvent.RETURN, TaskEvent.REOPEN, TaskEvent.CANCEL})
# What the task above owes changes with these: whether something waits for an answer, and what is open.
_FELT_ABOVE = _DECIDERS_OWN | {TaskEvent.SUBMIT_FOR_COMPLETION, TaskEvent.WITHDRAW}
# These may happen to a task while it waits for the office.
_GO_ON = (TaskEvent.REPORT.value, TaskEvent.REASSIGN.value)


async def acknowledge(turn: Turn, task_ids: Sequence[int]) -> int:
    """签收 of tasks; returns how many were new. A second press changes nothing and is no error.

    Of several tasks, those that others have by now are left out; ``DomainError`` if none is left.
    """
    wanted, count = sorted(set(task_ids)), 0  # always in the same order, so that two cannot deadlock
    refusals: list[DomainError] = []
    for task_id in wanted:
        try:
            task = await _to_sign(turn.session, turn.actor, task_id)
        except DomainError as refusal:
            refusals.append(refusal)
            continue
        if task.state is TaskState.ASSIGNED:
            count += await _move(turn, task, TaskEvent.ACKNOWLEDGE) is not None
    if refusals and len(refusals) == len(wanted):
        raise refusals[0]
    return count


async def _to_sign(session: Session, actor: Actor, task_id: int) -> Task:
    """The task for ``actor`` to sign for.

    It is locked before the rights are checked, for it may be on its way to others at this moment.
    """
    await tasks.lock(session, task_id)
    task = await access.reportable_task(session, actor, task_id)
    if not access.may_sign(actor, task):
        raise DomainError("tasks.lead_unit_signs")
    return task


async def submit(turn: Turn, task_id: int, *, seen: int | None = None) -> Audit | None:
    """申请办结 by the responsible person or the lead unit.

    Here and below: returns the audit row of what was done. None, with nothing changed: the state does not
    allow it, or another decision was made after ``seen`` (id of the last one that the actor knew of; 0:
    none).
    """
    await tasks.lock_with_above(turn.session, task_id)  # before the rights are checked: see _to_sign
    task = await for_submission(turn.session, turn.actor, task_id)
    return await _decide(turn, task, TaskEvent.SUBMIT_FOR_COMPLETION, seen, return_reason=None)


async def withdraw(turn: Turn, task_id: int, *, seen: int | None = None) -> Audit | None:
    """撤回申请 by who submitted the task: it is as it was before, and the nags go on.

    What came meanwhile counts: after a report the task is 办理中, and the person who took it over signs.
    """
    await tasks.lock_with_above(turn.session, task_id)  # before the rights are checked: see _to_sign
    task = await for_submission(turn.session, turn.actor, task_id)
    submission = await last_submission(turn.session, task_id)
    if submission is None or task.state is not TaskState.SUBMITTED:
        return None
    if not is_own(turn.actor, submission):
        raise DomainError("completion.withdraws_own")
    before = TaskState((submission.before or {})["state"])
    for event in await audit_log.events_after(turn.session, submission, _GO_ON):
        before = next_state(before, TaskEvent(event))
    reason = await _return_reason(turn.session, task_id) if before is TaskState.RETURNED else None
    row = await _decide(turn, task, TaskEvent.WITHDRAW, seen, before=before, return_reason=reason)
    if row is not None:
        schedule_nags(task, turn.now)
    return row


async def _return_reason(session: Session, task_id: int) -> str | None:
    """Why the task was last returned; a submission takes the reason off the task."""
    row = await audit_log.last_of_events(session, ("task", task_id), [TaskEvent.RETURN.value])
    return None if row is None else (row.after or {}).get("reason")


def is_own(actor: Actor, submission: Audit) -> bool:
    """Whether they have submitted the task, or their deputy has in their place."""
    return actor.id in (submission.actor_id, (submission.after or {}).get("in_place_of"))


async def complete(
    turn: Turn, task_id: int, *, seen: int | None = None, reason: str | None = None
) -> Audit | None:
    """办结 by who decides on it, of a submitted task or directly."""
    task = await for_decider(turn.session, turn.actor, task_id)
    row = await _decide(
        turn,
        task,
        TaskEvent.COMPLETE,
        seen,
        reason=reason,
        completed_at=turn.now,
        completed_by=turn.actor.id,
        return_reason=None,
    )
    if row is not None:
        await children.forget_reopened(turn.session, task_id)
    return row


async def send_back(turn: Turn, task_id: int, reason: str, *, seen: int | None = None) -> Audit | None:
    """退回 of a submitted task by who decides on it: from now on the unit is nagged about it again."""
    task = await for_decider(turn.session, turn.actor, task_id)
    row = await _decide(turn, task, TaskEvent.RETURN, seen, reason=reason, return_reason=reason)
    if row is not None:
        schedule_nags(task, turn.now)
    return row


async def reopen(
    turn: Turn, task_id: int, *, seen: int | None = None, reason: str | None = None
) -> Audit | None:
    """复开 by who decides on it: from now on the task counts and is nagged about again.

    ``DomainError``: a unit that leads or assists it is out of use, or the task above it is cancelled.
    """
    await tasks.lock_with_above(turn.session, task_id)
    task = await for_decider(turn.session, turn.actor, task_id)
    if await children.is_below_cancelled(turn.session, task):
        raise DomainError("tasks.parent_cancelled")
    assisting = await tasks.assisting_units(turn.session, [task_id])
    await require_in_use(turn.session, [task.lead_unit_id, *assisting[task_id]])
    row = await _decide(
        turn,
        task,
        TaskEvent.REOPEN,
        seen,
        reason=reason,
        completed_at=None,
        completed_by=None,
        reopened_at=None if task.parent_id is None else turn.now,
    )
    if row is not None:
        schedule_nags(task, turn.now)
    return row


async def cancel(turn: Turn, task_id: int, reason: str, *, seen: int | None = None) -> Audit | None:
    """取消 by who decides on it, for good."""
    task = await for_decider(turn.session, turn.actor, task_id)
    return await _decide(turn, task, TaskEvent.CANCEL, seen, reason=reason, return_reason=None)


async def cancel_part(turn: Turn, task: Task, reason: str) -> Audit | None:
    """取消 of what lies below a task with which it is cancelled, or whose 分解 is taken back.

    The caller has checked the right on that task, holds the locks, and settles what lies above.
    """
    return await _move(turn, task, TaskEvent.CANCEL, reason=reason, return_reason=None)


async def for_decider(session: Session, actor: Actor, task_id: int) -> Task:
    """The task for ``actor`` to decide about; ``DomainError`` if they may not (see ``access.decides_on``)."""
    task = await access.visible_task(session, actor, task_id)
    if not await access.decides_on(session, actor, task):
        raise DomainError("tasks.office_only" if task.parent_id is None else "tasks.deciders_only")
    return task


async def decides(session: Session, actor: Actor, task_id: int) -> bool:
    """Whether ``actor`` decides about the task; see ``for_decider``."""
    task = await tasks.task_by_id(session, task_id)
    return task is not None and await access.decides_on(session, actor, task)


async def for_office(session: Session, actor: Actor, task_id: int) -> Task:
    """The task for the office to decide about; ``DomainError`` for anybody else."""
    task = await access.visible_task(session, actor, task_id)
    require_office(actor)
    return task


async def for_submission(session: Session, actor: Actor, task_id: int) -> Task:
    """The task for ``actor`` to submit as completed; ``DomainError`` if they may not."""
    task = await access.reportable_task(session, actor, task_id)
    if not access.may_sign(actor, task):
        raise DomainError("tasks.lead_unit_submits")
    return task


async def last_decision(session: Session, task_id: int) -> Audit | None:
    """The last decision about a task, with the person who made it."""
    return await audit_log.last_of_events(session, ("task", task_id), DECISIONS)


async def last_submission(session: Session, task_id: int) -> Audit | None:
    """The last request for completion, with who made it and when."""
    return await audit_log.last_of_events(session, ("task", task_id), [TaskEvent.SUBMIT_FOR_COMPLETION.value])


async def last_submissions(session: Session, task_ids: Sequence[int]) -> dict[int, Audit]:
    """As ``last_submission``, by the ids of those tasks that have one."""
    event = TaskEvent.SUBMIT_FOR_COMPLETION.value
    rows = await audit_log.last_of_each(session, "task", task_ids, event)
    return {row.subject_id: row for row in rows if row.subject_id is not None}


async def _decide(
    turn: Turn,
    task: Task,
    event: TaskEvent,
    seen: int | None,
    *,
    reason: str | None = None,
    before: TaskState | None = None,
    **values: object,
) -> Audit | None:
    """Decide about a task, once; ``values``: columns of the task that change with the decision."""
    if task.id is None:
        return None
    lock = tasks.lock_with_above if event in _FELT_ABOVE else tasks.lock
    await lock(turn.session, task.id)
    last = await last_decision(turn.session, task.id)
    if seen is not None and seen != (last.id if last else 0):
        return None
    row = await _move(turn, task, event, reason=reason, before=before, **values)
    if row is not None and task.parent_id is not None and event in _FELT_ABOVE:
        await child_duties.settle_above(turn.session, task.parent_id, turn.now)
    return row


async def _move(
    turn: Turn,
    task: Task,
    event: TaskEvent,
    *,
    reason: str | None = None,
    before: TaskState | None = None,
    **values: object,
) -> Audit | None:
    old = task.state
    try:
        new = next_state(old, event, before=before)
    except IllegalTransitionError:
        return None
    if task.id is None or not await tasks.move_state(turn.session, task.id, old, new, turn.now, **values):
        return None
    await turn.session.refresh(task)
    if new not in OPEN_STATES:
        await absences.withdraw_offers(turn.session, task.id, turn.now)
    after = {"state": new.value, **({"reason": reason} if reason else {})}
    own = new is old or event in _DECIDERS_OWN
    person = None if own else await access.place_in(turn.session, turn.actor, task)
    row = audit.note(
        turn,
        event.value,
        ("task", task.id),
        before={"state": old.value},
        after=after if person is None else {**after, "in_place_of": person.contact_id},
    )
    await turn.session.flush()
    await _settle_notices(turn, task.id, event)
    return row


async def _settle_notices(turn: Turn, task_id: int, event: TaskEvent) -> None:
    """What the office was asked about the task is answered by the step, or not asked any more."""
    if event in _SETTLING:
        outcome = Text(f"history.event.task_{event.value}")
        await office_notices.settle(turn.session, ("task", task_id), turn.actor.id, outcome, now=turn.now)


async def keep_state(
    turn: Turn,
    task: Task,
    event: TaskEvent,
    before: Mapping[str, object],
    after: Mapping[str, object],
    **values: object,
) -> Audit:
    """Record an event that leaves a task in its state; ``values``: the columns that change.

    The caller holds the task locked. ``IllegalTransitionError``: it cannot happen now.
    """
    new = next_state(task.state, event)
    await tasks.move_state(turn.session, ident(task), task.state, new, turn.now, **values)
    await turn.session.refresh(task)
    person = (
        await access.place_in(turn.session, turn.actor, task) if event is TaskEvent.ASK_EXTENSION else None
    )
    stood_in = {} if person is None else {"in_place_of": person.contact_id}
    row = audit.note(turn, event.value, ("task", task.id), before=before or None, after={**after, **stood_in})
    await turn.session.flush()
    if task.state is not TaskState.SUBMITTED:  # that question is still open
        await _settle_notices(turn, ident(task), event)
    return row


async def note_report(turn: Turn, task: Task) -> None:
    """Set the task to 办理中 after a report of the lead unit; a submission stays in force."""
    if task.state is not TaskState.IN_PROGRESS and access.may_sign(turn.actor, task):
        await _move(turn, task, TaskEvent.REPORT)


def set_frequency(task: Task, frequency: Frequency | None, now: datetime) -> tuple[AuditValues, AuditValues]:
    """Let a task be reported as often as another one from now on.

    Returns the old and the new value, as the audit has them.
    """
    old, task.frequency, task.updated_at = task.frequency, frequency, now
    schedule_nags(task, now)
    return {"frequency": old and old.value}, {"frequency": frequency and frequency.value}


def schedule_nags(task: Task, now: datetime) -> None:
    """Let the next scan decide when the task is nagged about; slots up to ``now`` are not made up for."""
    task.nagged_until = now
    waits = task.below_asked_at is not None
    task.next_nag_at = now if waits or task.state in NAGGED_STATES else None
