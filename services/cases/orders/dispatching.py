"""派遣 and 改派: make a numbered 督办单 to one unit, for one case or several, and send it to the unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from locales import Text, plain
from models import cases, numbers, people, tasks
from models.cases import Case, SupervisionOrder
from models.db import Session, ident
from models.people import Contact, ContactState, Unit
from models.tasks import Task
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.delivery.delivery import MessageKind
from rules.nags.inspections import halved, lasts_on
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role
from rules.tasks.task_lifecycle import OPEN_STATES
from services import office_notices, outbox
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_steps
from services.cases.case_steps import StepDetails
from services.cases.orders import order_paper
from services.cases.orders.order_view import OFFERED
from services.errors import DomainError
from services.recipients import OfficeShare, unit_readers
from services.turn import TickTurn, Turn
from services.unit_use import require_in_use
from services.views import View, button

MOST: Final = 20
"""How many cases one order may hold. More would be a list, not an order."""
_NAMES: Final = 100


async def dispatch(
    turn: Turn,
    case_ids: Sequence[int],
    unit_id: int,
    *,
    seen: Mapping[int, int] | None = None,
    task_id: int | None = None,
    reason: str | None = None,
) -> SupervisionOrder:
    """Make one order of all the cases, or of none.

    The step is 派遣 if the cases wait for a unit, 改派 if another unit holds them.
    ``seen``: by case, how many steps it had when the office decided. ``task_id``: the parent task.
    ``reason``: why the cases go to another unit.
    ``DomainError``: the actor is not of the office, the cases are in several states, or a case cannot be
    dispatched now.
    """
    async with turn.session.begin_nested():
        found = await _locked(turn.session, turn.actor, sorted(set(case_ids)), seen or {})
        event = event_for(found)
        for case in found:
            case_steps.require(turn.actor, case, event, now=turn.now)
        unit = await _unit(turn.session, unit_id, found)
        task = None if task_id is None else await _parent(turn.session, unit_id, task_id)
        before = {case.id: (case.unit_id, case.responsible_id) for case in found}
        order = await _order(turn, unit, found, task)
        for case in found:
            await _put(turn, case, event, order, reason)
        await turn.session.flush()
        await order_paper.keep(turn, order)
        await send_order(turn, order)
        for case in found:
            await _tell_former(turn, case, *before[case.id], unit, reason)
    return order


async def _locked(
    session: Session, actor: Actor, case_ids: Sequence[int], seen: Mapping[int, int]
) -> list[Case]:
    """The cases, locked always in the same order, so that two dispatches never wait for each other."""
    if not case_ids:
        raise DomainError("desk.nothing_chosen")
    if len(case_ids) > MOST:
        raise DomainError("desk.too_many", most=MOST)
    found = []
    for case_id in case_ids:
        found.append(await case_steps.case_as_seen(session, actor, case_id, seen.get(case_id), lock=True))
    return found


def event_for(found: Sequence[Case]) -> CaseEvent:
    """派遣 or 改派. ``DomainError``: it is not the same for all the cases."""
    events = {CaseEvent.DISPATCH if _waits(case) else CaseEvent.REASSIGN for case in found}
    if len(events) > 1:
        numbers = [[case.number for case in found if _waits(case) is waits] for waits in (True, False)]
        raise DomainError("desk.several_states", waiting=numbers[0], held=numbers[1])
    return events.pop()


def _waits(case: Case) -> bool:
    # A case that is over or not registered counts as 派遣, which then refuses it: no unit holds such a case.
    return case.state is CaseState.REGISTERED or case.unit_id is None


async def _unit(session: Session, unit_id: int, found: Sequence[Case]) -> Unit:
    unit = await session.get(Unit, unit_id)
    if unit is None:
        raise DomainError("desk.no_such_unit")
    if any(case.unit_id == unit_id for case in found):
        raise DomainError("desk.same_unit", unit=unit.name)
    await require_in_use(session, [unit_id])
    return unit


async def _parent(session: Session, unit_id: int, task_id: int) -> Task:
    """The parent task. ``DomainError``: it is not open any more, or not this unit's."""
    task = await tasks.task_by_id(session, task_id)
    if task is None or task.state not in OPEN_STATES or task.lead_unit_id != unit_id:
        raise DomainError("desk.task_gone")
    return task


async def _order(turn: Turn, unit: Unit, found: Sequence[Case], task: Task | None) -> SupervisionOrder:
    year = turn.today.year
    serial = await numbers.next_number(turn.session, numbers.orders_of(year))
    order = SupervisionOrder(
        year=year,
        serial=serial,
        number=f"{turn.campaign.order_word}〔{year}〕{serial}号",
        unit_id=ident(unit),
        leader_in_charge=await leader_in_charge(turn.session, ident(unit), task),
        requirement=requirement(found, turn.now, turn.campaign),
        task_id=None if task is None else task.id,
        issued_at=turn.now,
        issued_by=turn.actor.id,
    )
    turn.session.add(order)
    await turn.session.flush()
    return order


async def leader_in_charge(session: Session, unit_id: int, task: Task | None) -> str | None:
    """The names of the unit's 分管领导; if the roster has none, the name in the parent task."""
    there = [c for c in await people.contacts_of_unit(session, unit_id) if c.state is not ContactState.LEFT]
    roles = await people.roles_of_all(session, [c.id for c in there if c.id is not None])
    named = [c.name for c in there if Role.LEADER_IN_CHARGE in roles.get(ident(c), frozenset())]
    told = "、".join(named) or (task.leader_in_charge if task else None)
    return told[:_NAMES] if told else None


def requirement(found: Sequence[Case], now: datetime, campaign: Campaign) -> str:
    """The order's requirement in words. The standard stands with each case."""
    key = "desk.requirement_of_one" if len(found) == 1 else "desk.requirement_of_several"
    said = plain(Text(key), campaign.locale)
    if any(is_shortened(case, now, campaign) for case in found):
        return plain(Text("desk.requirement_in_inspection", requirement=said), campaign.locale)
    return said


def amount_now(case: Case, now: datetime, campaign: Campaign) -> Decimal:
    """The limit's amount if the order goes out at ``now``: half of the usual one while 迎检 lasts."""
    usual = case.usual_amount or case.limit_amount
    return halved(usual) if lasts_on(campaign.today(now), campaign.inspections) else usual


def is_shortened(case: Case, now: datetime, campaign: Campaign) -> bool:
    return amount_now(case, now, campaign) != (case.usual_amount or case.limit_amount)


async def _put(turn: Turn, case: Case, event: CaseEvent, order: SupervisionOrder, reason: str | None) -> None:
    """Put a case on the order, with the limit that the case has from now on."""
    usual, amount = case.usual_amount or case.limit_amount, amount_now(case, turn.now, turn.campaign)
    case.limit_amount, case.usual_amount = amount, None if amount == usual else usual
    turn.session.add(case)
    await turn.session.flush()
    await case_steps.take(
        turn,
        ident(case),
        event,
        actor=turn.actor,
        change=StepDetails(reason=reason, unit_id=order.unit_id, data={"order": order.number}),
        order_id=order.id,
        task_id=order.task_id,
    )


async def _tell_former(
    turn: TickTurn, case: Case, unit_id: int | None, responsible_id: int | None, to: Unit, reason: str | None
) -> None:
    """Tell the former unit that the case is no longer theirs. They do not see it any more, either."""
    if unit_id is None:
        return
    lines = [Text("desk.taken_away", number=case.number, category=case.category, unit=to.name)]
    if reason:
        lines.append(Text("cases.reason_line", reason=reason))
    for contact in await unit_readers(turn.session, unit_id, turn.today, responsible_id):
        key = f"case:{case.id}:{case.steps}:former:{contact.id}"
        await outbox.enqueue(
            turn.session, MessageKind.NOTICE, key, View(lines), now=turn.now, contact=contact
        )


async def send_order(turn: TickTurn, order: SupervisionOrder) -> list[Contact]:
    """Promise the order to the unit's contacts, and return them. It is rendered when it goes out.

    If there is nobody to reach, the office is told.
    """
    found = await cases.cases_of_order(turn.session, ident(order))
    responsible_ids = [case.responsible_id for case in found]
    readers = await unit_readers(turn.session, order.unit_id, turn.today, *responsible_ids)
    for contact in readers:
        key = f"order:{order.id}:{contact.id}"
        body = ("order", {"order_id": order.id})
        await outbox.enqueue_raw(turn.session, MessageKind.ORDER, key, body, now=turn.now, contact=contact)
    if not readers:
        await _tell_unreachable(turn, order, found)
    return readers


async def _tell_unreachable(turn: TickTurn, order: SupervisionOrder, found: Sequence[Case]) -> None:
    """Tell the office that nobody of the unit is reached, so that it can hand over the paper itself."""
    unit = await turn.session.get_one(Unit, order.unit_id)
    line = Text("orders.nobody_reached", number=order.number, unit=unit.name)
    rows = [
        [button(Text("common.as_is", text=case.number), "case.card", case_id=case.id)]
        for case in found[:OFFERED]
    ]
    rows.append([button("orders.paper_button", "order.paper", order_id=order.id)])
    view = View([line], rows)
    share = OfficeShare(OfficeSubject.CASES, turn.today)
    await office_notices.tell(turn.session, f"order:{order.id}:nobody", view, now=turn.now, share=share)
