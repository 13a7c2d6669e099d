"""What the people of a campaign do: random, and the same in each run of a seed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from random import Random
from typing import Any, Final, TypeVar

from sqlmodel import col, select

from models.cases import Case
from models.cases.categories import Category
from models.db import Session, ident
from models.delivery.messages import Outbox
from models.nags import policies as kept_policies
from models.people import Contact, ContactState, Unit
from models.tasks import Task
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.nags.inspections import InspectionWords
from rules.nags.policy import DEFAULT, ReleaseMode
from rules.nags.snooze import SnoozeChoice
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from services.access import actor_of
from services.cases import case_steps
from services.cases.case_steps import MovedOnError, StepDetails
from services.cases.handling import unit_side
from services.cases.orders import dispatching
from services.cases.submitting import case_filing
from services.cases.submitting.case_filing import NewCase
from services.duties.task_duties import ReminderKind
from services.errors import DomainError
from services.nags import inspections, nag_releases, policies, quiet_hours, reminders, snoozing
from services.nags.orders import leader_hints
from services.nags.reminders import ReminderTarget
from services.nags.snoozing import SnoozeSubject
from services.office import handover
from services.people import enrolment, leave
from services.progress import zero_reports
from services.tasks import reassign, task_steps
from services.turn import TickTurn, Turn, turn_of
from tests.services.nags.golden.towns import everybody, new_task
from tests.support.cases import photo

Step = Callable[["Life"], Awaitable[None]]
One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Life:
    """One moment in which somebody does something."""

    turn: TickTurn
    dice: Random

    @property
    def session(self) -> Session:
        return self.turn.session

    async def step(self) -> str:
        """Do one thing, if it can be done now; returns its name."""
        steps = list(STEPS)
        (step,) = self.dice.choices(steps, [STEPS[one] for one in steps])
        try:
            async with self.session.begin_nested():
                await step(self)
        except (DomainError, MovedOnError, LookupError) as refusal:
            return f"{step.__name__}: {type(refusal).__name__}"
        return step.__name__

    async def as_(self, contact: Contact | None) -> Turn:
        if contact is None:
            raise LookupError("nobody is there")
        actor = await actor_of(self.session, contact, today=self.turn.today)
        return turn_of(self.turn, actor)

    async def office(self) -> Turn:
        return await self.as_(await self.person("创城办"))

    async def person(self, *words: str) -> Contact:
        """Somebody who has joined and whose name has one of these words."""
        found = [one for one in await everybody(self.session) if one.state is ContactState.ENROLLED]
        return self.pick([one for one in found if not words or any(word in one.name for word in words)])

    async def task(self, *states: TaskState) -> Task:
        query = select(Task).where(col(Task.state).in_(states)).order_by(col(Task.id))
        return self.pick((await self.session.exec(query.execution_options(populate_existing=True))).all())

    async def case(self, *states: CaseState) -> Case:
        query = select(Case).where(col(Case.state).in_(states)).order_by(col(Case.id))
        return self.pick((await self.session.exec(query.execution_options(populate_existing=True))).all())

    def pick(self, found: Sequence[One]) -> One:
        if not found:
            raise LookupError("there is none")
        return self.dice.choice(found)

    async def of_unit(self, unit_id: int | None) -> Turn:
        """Somebody of that unit who has joined."""
        found = [one for one in await everybody(self.session) if one.unit_id == unit_id]
        return await self.as_(self.pick([one for one in found if one.state is ContactState.ENROLLED]))

    async def of_task(self, task: Task) -> Turn:
        contact = await self.session.get(Contact, task.responsible_id or 0, populate_existing=True)
        if contact is None or contact.state is not ContactState.ENROLLED:
            return await self.of_unit(task.lead_unit_id)
        return await self.as_(contact)


# -- tasks ---------------------------------------------------------------------------------------------


async def _add_task(life: Life) -> None:
    await new_task(life.turn, life.dice)


async def _sign(life: Life) -> None:
    task = await life.task(TaskState.ASSIGNED)
    await task_steps.acknowledge(await life.of_task(task), [ident(task)])


async def _report(life: Life) -> None:
    task = await life.task(TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS)
    await zero_reports.of_task(await life.of_task(task), ident(task))


async def _submit(life: Life) -> None:
    task = await life.task(TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS)
    await task_steps.submit(await life.of_task(task), ident(task))


async def _complete(life: Life) -> None:
    task = await life.task(TaskState.SUBMITTED, TaskState.IN_PROGRESS)
    await task_steps.complete(await life.office(), ident(task))


async def _send_back(life: Life) -> None:
    task = await life.task(TaskState.SUBMITTED)
    await task_steps.send_back(await life.office(), ident(task), "请补充佐证")


async def _reopen(life: Life) -> None:
    task = await life.task(TaskState.COMPLETED)
    await task_steps.reopen(await life.office(), ident(task))


async def _move_task(life: Life) -> None:
    task, receiver = await life.task(*OPEN_STATES), await life.person("责任人", "科长", "联络员")
    await reassign.move_tasks(await life.office(), [ident(task)], ident(receiver))


# -- people --------------------------------------------------------------------------------------------


async def _hand_over(life: Life) -> None:
    giver, receiver = await life.person("责任人", "科长"), await life.person("责任人", "科长", "联络员")
    query = select(Task.id).where(
        col(Task.responsible_id) == giver.id, col(Task.state).in_(tuple(OPEN_STATES))
    )
    seen = [one for one in await life.session.exec(query) if one is not None]
    await handover.confirm(await life.office(), ident(giver), ident(receiver), seen)


async def _take_leave(life: Life) -> None:
    person = await life.person("责任人", "科长", "联络员", "分管领导", "主要领导")
    staff = [one for one in await everybody(life.session) if one.unit_id == person.unit_id]
    deputy = life.pick([one for one in staff if one.id != person.id])
    first = life.turn.today + timedelta(days=life.dice.randint(0, 2))
    last = first + timedelta(days=life.dice.randint(0, 6))
    await leave.confirm(await life.as_(person), ident(person), ident(deputy), first, last)


async def _block(life: Life) -> None:
    contact = await life.person("责任人", "科长", "联络员", "分管领导")
    await enrolment.lose_contact(
        life.session, contact.telegram_user_id or 0, now=life.turn.now, today=life.turn.today
    )


async def _come_back(life: Life) -> None:
    lost = [one for one in await everybody(life.session) if one.state is ContactState.UNREACHABLE]
    await enrolment.regain(await life.as_(life.pick(lost)))


async def _sleep_longer(life: Life) -> None:
    words = life.dice.choice(["22:00-09:10", "20:00-07:00", "21:30-09:30"])
    await quiet_hours.set_own(await life.as_(await life.person()), words)


async def _sleep_as_usual(life: Life) -> None:
    await quiet_hours.clear(await life.as_(await life.person()))


# -- nags ----------------------------------------------------------------------------------------------


async def _snooze_message(life: Life) -> None:
    query = select(Outbox).where(Outbox.view == "nag", col(Outbox.contact_id).is_not(None))
    newest = (await life.session.exec(query.order_by(col(Outbox.id).desc()).limit(6))).all()
    row = life.pick(newest)
    contact = await life.session.get_one(Contact, row.contact_id, populate_existing=True)
    await _snooze(life, contact, SnoozeSubject(outbox_id=row.id))


async def _snooze_task(life: Life) -> None:
    task = await life.task(TaskState.ASSIGNED, TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS)
    turn = await life.of_task(task)
    await _snooze(life, turn.actor.contact, SnoozeSubject(subject="task", subject_id=task.id))


async def _snooze_case(life: Life) -> None:
    case = await life.case(CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.HANDLING)
    turn = await life.of_unit(case.unit_id)
    await _snooze(life, turn.actor.contact, SnoozeSubject(subject="case", subject_id=case.id))


async def _snooze(life: Life, contact: Contact, subject: SnoozeSubject) -> None:
    turn = await life.as_(contact)
    offered = await snoozing.choose(turn, subject)
    chosen = life.dice.choice([button for row in offered.rows for button in row])
    await snoozing.snooze(turn, subject, SnoozeChoice(chosen.arguments["until"]))


async def _release(life: Life) -> None:
    turn = await life.office()
    shown = await nag_releases.view(turn)
    button = life.pick([button for row in shown.rows for button in row])
    await nag_releases.decide(turn, **button.arguments, send=button.action == "release.send")


async def _remind(life: Life) -> None:
    turn = await life.office()
    target = ReminderTarget(life.dice.choice([ReminderKind.UNSIGNED, ReminderKind.OVERDUE]))
    planned = await reminders.plan(turn, target)
    await reminders.send(turn, target, f"{turn.now:%m%d%H%M%S}", planned.pairs(), None)


async def _inspect(life: Life) -> None:
    first = life.turn.today + timedelta(days=life.dice.randint(0, 4))
    last = first + timedelta(days=life.dice.randint(1, 5))
    await inspections.confirm(await life.office(), InspectionWords(first, last, "国家测评迎检"))


async def _call_off(life: Life) -> None:
    held = [one for one in await kept_policies.inspections(life.session) if one.last >= life.turn.today]
    await inspections.cancel(await life.office(), ident(life.pick(held)))


async def _change_policy(life: Life) -> None:
    turn, current = await life.office(), life.turn.campaign.policy
    changed = life.dice.choice(
        [
            replace(current, budget=life.dice.randint(1, 3)),
            replace(current, release=life.dice.choice(list(ReleaseMode))),
            replace(current, rungs=DEFAULT.rungs),
            replace(current, rungs=tuple(replace(one, at=_later(one.at)) for one in current.rungs)),
        ]
    )
    await policies.put_in_force(
        life.session, changed, seen=current.version, actor_id=turn.actor.id, now=turn.now
    )


def _later(at: time | None) -> time | None:
    return None if at is None else time(16 if at.hour == 15 else 15)


# -- cases ---------------------------------------------------------------------------------------------


async def _file_case(life: Life) -> None:
    categories = (await life.session.exec(select(Category).order_by(col(Category.id)))).all()
    reporter = await life.as_(await life.person())
    place = f"人民路{life.dice.randint(1, 99)}号"
    made = NewCase(category=life.pick(categories), text="有人反映", files=[photo()], place=place)
    await case_filing.report(reporter, made)


async def _dispatch(life: Life) -> None:
    case = await life.case(CaseState.REPORTED, CaseState.REGISTERED)
    if case.state is CaseState.REPORTED:
        await _office_step(life, case, CaseEvent.REGISTER)
    units = (await life.session.exec(select(Unit).order_by(col(Unit.id)))).all()
    unit = life.pick([one for one in units if one.name not in {"创城办", "区委区政府", "督导组"}])
    category = await life.session.get(Category, case.category_id)
    unit_id = (category.unit_id if category is not None else None) or ident(unit)
    await dispatching.dispatch(await life.office(), [ident(case)], unit_id)


async def _office_step(life: Life, case: Case, event: CaseEvent, **change: Any) -> None:
    turn = await life.office()
    details = StepDetails(**{"reason": "因故", **change})
    await case_steps.take(turn, ident(case), event, actor=turn.actor, change=details)


async def _unit_step(life: Life) -> None:
    case = await life.case(CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.HANDLING, CaseState.REWORK)
    event = life.dice.choice(
        [CaseEvent.ACKNOWLEDGE, CaseEvent.ACKNOWLEDGE, CaseEvent.HANDLE, CaseEvent.FEEDBACK]
    )
    turn = await life.of_unit(case.unit_id)
    await case_steps.take(turn, ident(case), event, actor=turn.actor)


async def _unit_asks(life: Life) -> None:
    case = await life.case(CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.HANDLING)
    event = life.dice.choice([CaseEvent.ASK_EXTENSION, CaseEvent.ASK_EXTENSION, CaseEvent.SEND_BACK])
    await unit_side.decide(await life.of_unit(case.unit_id), ident(case), event, None, "需要时间")


async def _office_answers(life: Life) -> None:
    case = await life.case(CaseState.ACKNOWLEDGED, CaseState.HANDLING, CaseState.DISPATCHED)
    until = life.turn.now + timedelta(hours=life.dice.randint(20, 140))
    event = life.dice.choice([CaseEvent.EXTEND, CaseEvent.REFUSE_EXTENSION, CaseEvent.SUSPEND])
    await _office_step(life, case, event, until=until if event is CaseEvent.SUSPEND else None)


async def _check(life: Life) -> None:
    case = await life.case(CaseState.FED_BACK)
    await _office_step(life, case, life.dice.choice([CaseEvent.CLOSE, CaseEvent.CLOSE, CaseEvent.REWORK]))


async def _resume(life: Life) -> None:
    await _office_step(life, await life.case(CaseState.SUSPENDED), CaseEvent.RESUME)


async def _reopen_case(life: Life) -> None:
    await _office_step(life, await life.case(CaseState.CLOSED), CaseEvent.REOPEN)


async def _reassign_case(life: Life) -> None:
    case = await life.case(CaseState.DISPATCHED, CaseState.ACKNOWLEDGED)
    other = await life.person("联络员", "责任人")
    await dispatching.dispatch(await life.office(), [ident(case)], other.unit_id, reason="职责在该单位")


async def _hint_leader(life: Life) -> None:
    case = await life.case(CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.HANDLING)
    await leader_hints.hint_about_one(await life.office(), ident(case), None)


STEPS: Final[dict[Step, float]] = {
    _add_task: 1.6,
    _sign: 4,
    _report: 4,
    _submit: 3,
    _complete: 2,
    _send_back: 1.5,
    _reopen: 0.5,
    _move_task: 1.5,
    _hand_over: 0.5,
    _take_leave: 2,
    _block: 0.7,
    _come_back: 0.8,
    _sleep_longer: 0.8,
    _sleep_as_usual: 0.5,
    _snooze_message: 3,
    _snooze_task: 1.5,
    _snooze_case: 1.5,
    _release: 1.5,
    _remind: 0.7,
    _inspect: 0.4,
    _call_off: 0.6,
    _change_policy: 0.4,
    _file_case: 2.5,
    _dispatch: 3.5,
    _unit_step: 4,
    _unit_asks: 1.5,
    _office_answers: 1.5,
    _check: 2,
    _resume: 0.6,
    _reopen_case: 0.3,
    _reassign_case: 0.5,
    _hint_leader: 0.7,
}
