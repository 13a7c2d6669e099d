"""One step of a case: rights, lifecycle, history, audit and notices, all in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from locales import Text
from models import cases
from models.cases import Case, CaseStep, case_orders
from models.db import Session, ident
from rules.cases import case_colours, case_rights
from rules.cases.case_colours import StatedLimit
from rules.cases.case_facts import CaseFacts, Colour, HistoryStep, facts_after, refusal
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.cases.order_facts import changed_orders
from rules.duties.signing import SIGNING_DAYS
from rules.nags.inspections import halved, lasts_on
from rules.working_time import TimeUnit, WorkingTime
from services import audit, office_notices
from services.absences import RepresentedPerson
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_access, follower_notices, instruction_answers
from services.errors import DomainError
from services.turn import TickTurn


class MovedOnError(DomainError):
    """The pressed button belongs to an older state of the case; the presser is shown the present state."""

    def __init__(self, case_id: int) -> None:
        super().__init__("cases.moved_on")
        self.case_id = case_id


@dataclass(frozen=True, slots=True)
class StepDetails:
    """What a step brings besides its event.

    See ``rules.cases.case_facts.HistoryStep`` and ``models.cases.CaseStep``. This module works out the new
    limit.
    """

    reason: str | None = None
    unit_id: int | None = None
    until: datetime | None = None
    colour: Colour | None = None
    data: dict[str, Any] | None = None


_NOTHING: Final = StepDetails()
# After these steps the office still has to do what it was told of.
_UNSETTLING: Final = frozenset(
    {
        CaseEvent.COLOUR,
        CaseEvent.RELEASE,
        CaseEvent.INSTRUCT,
        CaseEvent.ACKNOWLEDGE,
        CaseEvent.HANDLE,
        CaseEvent.ASK_VERIFICATION,
        CaseEvent.VERIFY,
        CaseEvent.ABSORB,
    }
)
# After these steps the case is not on its order any more.
_LEAVING: Final = frozenset({CaseEvent.SEND_BACK, CaseEvent.REASSIGN})
_STOPPING: Final = frozenset({CaseEvent.FEEDBACK, CaseEvent.SUSPEND, CaseEvent.SEND_BACK})
# The person who takes the first of these steps answers for the case from then on.
_SIGNING: Final = frozenset({CaseEvent.ACKNOWLEDGE, CaseEvent.HANDLE, CaseEvent.FEEDBACK})


async def take(
    turn: TickTurn,
    case_id: int,
    event: CaseEvent,
    *,
    actor: Actor | None = None,
    seen: int | None = None,
    change: StepDetails = _NOTHING,
    **values: object,
) -> Case:
    """Take one step, and tell the followers of the case.

    ``actor`` None: the program itself. ``seen``: how many steps the case had on the pressed card;
    ``MovedOnError`` if more than its colour has changed since. ``values``: further columns of the case that
    change with the step. ``DomainError``: the actor may not take the step, or not now.
    """
    now = turn.now
    case = await case_for_step(turn.session, actor, case_id, event, seen, now=now, lock=True)
    place = _place(actor, case, event)
    if place is not None:
        change = replace(change, data={**(change.data or {}), "in_place_of": place.contact_id})
    if event is CaseEvent.RESUME and case.suspended_until is not None:
        # The clock goes on at the moment that the unit was told, however late the program notices it.
        now = min(now, case.suspended_until)
    facts, clock, order_id = case.facts, turn.campaign.working_time, case.order_id
    step = _step(case, event, now, change, clock)
    new = facts_after(facts, step)
    look_at = case_colours.next_look(new, limit_of(case), now, clock)
    if new.state is CaseState.DISPATCHED and event is not CaseEvent.COLOUR:
        look_at = now  # the ladder also nags about a missing 签收, so the scan looks at the case at once
    answers = place.contact_id if place else actor.id if actor else None
    values = _columns(case, new, event, answers, turn.campaign) | {"look_at": look_at} | values
    if not await cases.write_facts(turn.session, case, new, **values):
        raise MovedOnError(case_id)
    for order in changed_orders(facts, step, new):
        write = case_orders.add_order if order.number > facts.orders else case_orders.move_order
        await write(turn.session, case, order)
    row = _row(case, step, actor, change)
    turn.session.add(row)
    _audit(turn.session, case, facts, row)
    await turn.session.flush()
    await follower_notices.tell_followers(replace(turn, now=now), case, row)
    await _tell(turn, case, row, order_id)
    return case


async def _tell(turn: TickTurn, case: Case, row: CaseStep, order_id: int | None) -> None:
    """Settle what the office was told of the case, and answer the leaders who wrote on its orders.

    ``order_id``: the order that the case was on before the step.
    """
    if row.event not in _UNSETTLING:
        outcome = Text(f"cases.event.{row.event.value}")
        but = f"case:{case.id}:{case.steps}"
        await office_notices.settle(
            turn.session, ("case", row.case_id), row.actor_id, outcome, now=turn.now, but=but
        )
    if row.event is CaseEvent.CLOSE:
        await instruction_answers.tell_closed(turn, case)
    elif order_id is not None and row.event in _LEAVING:
        await instruction_answers.tell_rest(turn, order_id)


async def case_for_step(
    session: Session,
    actor: Actor | None,
    case_id: int,
    event: CaseEvent,
    seen: int | None,
    *,
    now: datetime,
    lock: bool = False,
) -> Case:
    """The case, if the actor (None: the program) may take the step now.

    ``MovedOnError``: the case has changed since the actor has ``seen`` it. ``DomainError``: the actor may not
    take the step, or not now.
    """
    case = await case_as_seen(session, actor, case_id, seen, lock=lock)
    require(actor, case, event, now=now)
    return case


async def case_as_seen(
    session: Session, actor: Actor | None, case_id: int, seen: int | None, *, lock: bool = False
) -> Case:
    """The case that the actor may see.

    ``seen``: how many steps it had then; ``MovedOnError`` if it has moved on since. None: any number.
    """
    case = await (cases.locked_case if lock else cases.case_by_id)(session, case_id)
    if case is None or (actor is not None and not await case_access.may_see(session, actor, case)):
        raise DomainError("cases.not_yours")
    if seen is not None and not await stands_as_seen(session, actor, case, seen):
        raise MovedOnError(case_id)
    return case


async def stands_as_seen(session: Session, actor: Actor | None, case: Case, seen: int) -> bool:
    """Whether nothing that a person decides on has changed since the case had ``seen`` steps.

    A colour follows from the limit alone, and each step looks at the limit itself. So a person's card of an
    older colour still holds. The program reads the case anew, and must find exactly the steps it read: else
    a colour would come twice.
    """
    if seen == case.steps:
        return True
    return (
        actor is not None
        and seen < case.steps
        and await cases.only_coloured_since(session, ident(case), seen)
    )


def _place(actor: Actor | None, case: Case, event: CaseEvent) -> RepresentedPerson | None:
    """The person in whose place the actor takes the step. None: nobody, or the step is not a unit's."""
    ours = actor is not None and case_rights.PARTIES[event] is case_rights.Party.UNIT
    return case_access.in_whose_place(actor, case) if actor is not None and ours else None


def require(actor: Actor | None, case: Case, event: CaseEvent, *, now: datetime) -> None:
    """Raise ``DomainError`` if the actor (None: the program) may not take the step, or not now."""
    if actor is not None:
        require_right(actor, case, event)
    why_not = refusal(case.facts, event, now)
    if why_not is not None:
        raise DomainError(f"cases.refused.{why_not.value}")


def require_right(actor: Actor, case: Case, event: CaseEvent) -> None:
    """Raise ``DomainError`` if the actor may not take the step, whenever it is."""
    of_unit, roles = actor.belongs_to(case.unit_id), actor.roles_in(case.unit_id)
    if not case_rights.may(event, roles, of_unit=of_unit, reported=case.reporter_id == actor.id):
        raise DomainError(f"cases.not_for_you.{case_rights.PARTIES[event].value}")


def can(actor: Actor, case: Case, event: CaseEvent, *, now: datetime) -> bool:
    """Whether a button for the step makes sense on the actor's card."""
    try:
        require(actor, case, event, now=now)
    except DomainError:
        return False
    return True


def limit_of(case: Case) -> StatedLimit:
    return StatedLimit(case.limit_amount, case.limit_unit)


def resumed(case: Case, at: datetime, clock: WorkingTime) -> CaseFacts:
    """The facts of a suspended case, if its clock goes on at ``at``."""
    return foreseen(case, CaseEvent.RESUME, at, clock)


def foreseen(case: Case, event: CaseEvent, at: datetime, clock: WorkingTime) -> CaseFacts:
    """The facts of a case, if it takes the step at ``at``."""
    return facts_after(case.facts, _step(case, event, at, StepDetails(), clock))


def _step(case: Case, event: CaseEvent, at: datetime, change: StepDetails, clock: WorkingTime) -> HistoryStep:
    return HistoryStep(
        event=event,
        at=at,
        unit_id=change.unit_id,
        limit_at=_limit_after(case, event, at, clock),
        worked=_worked(case.facts, event, at, clock),
        colour=change.colour,
        until=change.until,
    )


def _worked(facts: CaseFacts, event: CaseEvent, at: datetime, clock: WorkingTime) -> int:
    """The working minutes since the clock last started, if the step stops it; else 0."""
    since = facts.clock_from or _suspension_over(facts, at)
    if since is None or event not in _STOPPING:
        return 0
    return max(clock.between(since, at, TimeUnit.WORKING_HOUR) // timedelta(minutes=1), 0)


def _suspension_over(facts: CaseFacts, at: datetime) -> datetime | None:
    """When a suspension is over that the step at ``at`` ends: then, or on its day. None: there is none."""
    return None if facts.suspended_until is None else min(at, facts.suspended_until)


def _limit_after(case: Case, event: CaseEvent, at: datetime, clock: WorkingTime) -> datetime | None:
    """The limit from this step on; None where the step leaves the limit as it is."""
    limit = limit_of(case)
    match event:
        case CaseEvent.DISPATCH | CaseEvent.REASSIGN:
            return clock.add(at, limit.amount, limit.unit)
        case CaseEvent.EXTEND if case.limit_at is not None:
            return clock.add(case.limit_at, limit.amount, limit.unit)
        case CaseEvent.REWORK | CaseEvent.RESUME:
            return _going_on(case.facts, limit.unit, at, clock)
        case CaseEvent.FEEDBACK if (over := _suspension_over(case.facts, at)) is not None:
            return _going_on(case.facts, limit.unit, over, clock)
    return None


def _going_on(facts: CaseFacts, unit: TimeUnit, at: datetime, clock: WorkingTime) -> datetime | None:
    """The limit when the clock starts again: the time left is what was left when it stopped."""
    if facts.limit_at is None or facts.stopped_at is None or facts.stopped_at > facts.limit_at:
        return facts.limit_at
    return clock.add_time(at, clock.between(facts.stopped_at, facts.limit_at, unit), unit)


def _columns(
    case: Case, new: CaseFacts, event: CaseEvent, answers: int | None, campaign: Campaign
) -> dict[str, object]:
    """The columns that a step changes besides the facts.

    ``answers``: the person who answers for the case from now on, if this step signs for it.
    """
    values: dict[str, Any] = {}
    if event in {CaseEvent.DISPATCH, CaseEvent.REASSIGN}:
        # The paper of the new order, if it has one, comes with the step.
        values = {"sign_by": _sign_by(case, new, campaign), "responsible_id": None, "order_id": None}
    elif event in {CaseEvent.SEND_BACK, CaseEvent.REOPEN}:
        values = {"sign_by": None, "responsible_id": None, "order_id": None}
    elif event in _SIGNING and case.responsible_id is None and answers is not None:
        values = {"responsible_id": answers}
    return values


def _sign_by(case: Case, new: CaseFacts, campaign: Campaign) -> datetime | None:
    """The limit for 签收: one working day, half of one while 迎检 lasts, and never after the first colour."""
    if new.dispatched_at is None or new.limit_at is None:
        return None
    clock, days = campaign.working_time, Decimal(SIGNING_DAYS)
    if lasts_on(campaign.today(new.dispatched_at), campaign.inspections):
        days = halved(days)
    blue = case_colours.marks(limit_of(case), new.limit_at, clock)[0][0]
    return min(clock.add(new.dispatched_at, days, TimeUnit.WORKING_DAY), blue)


def _row(case: Case, step: HistoryStep, actor: Actor | None, change: StepDetails) -> CaseStep:
    if case.id is None:
        raise LookupError("a case that was never saved has no steps")
    return CaseStep(
        case_id=case.id,
        number=case.steps,
        event=step.event,
        at=step.at,
        actor_id=None if actor is None else actor.id,
        reason=change.reason,
        unit_id=step.unit_id,
        limit_at=step.limit_at,
        worked=step.worked,
        colour=step.colour,
        until=step.until,
        data=change.data,
    )


def _audit(session: Session, case: Case, before: CaseFacts, row: CaseStep) -> None:
    said = {"state": case.state.value, "step": row.number}
    said |= {} if row.reason is None else {"reason": row.reason}
    said |= {name: value for name, value in (row.data or {}).items() if name == "in_place_of"}
    audit.record(
        session,
        f"case_{row.event.value}",
        ("case", case.id),
        now=row.at,
        actor_id=row.actor_id,
        before=None if before.state is None else {"state": before.state.value},
        after=said,
    )
