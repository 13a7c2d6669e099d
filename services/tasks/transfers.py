"""转办: the responsible person offers a task to a colleague of their unit, who accepts or declines.

Until the colleague accepts, nothing changes. Moves between units are the office's 转派. An offer counts only
while the task is as it was offered. If the task is over or somebody else's by now, the offer is void,
whatever its buttons still show.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from locales import Text
from models import tasks
from models.db import Session, ident
from models.people import Contact, Unit, absences
from models.people.absences import OfferState, TransferOffer
from models.tasks import Task
from reports.formats import short
from rules.delivery.delivery import MessageKind
from rules.tasks.task_lifecycle import OPEN_STATES
from services import access, audit, outbox, questions
from services.absences import in_place, standing_in
from services.errors import DomainError
from services.people import person_card
from services.reasons import optional_reason
from services.task_wording import due_text
from services.tasks import deciders, reassign, task_card
from services.tasks.transfer_offers import answer_rows, is_void, withdraw_button
from services.turn import Turn
from services.views import LISTED, TurnOutcome, View, button, paging

# -- choosing the receiver and the reason --------------------------------------------------------------


async def choose(turn: Turn, task_id: int, *, offset: int = 0) -> View:
    """Offer colleagues of the unit by button, reporters first; nobody who is unreachable or away."""
    task = await _to_offer(turn, task_id)
    unit = await turn.session.get_one(Unit, await _unit_of(turn.session, task))
    able = await _able(turn.session, task, unit, turn.today)
    lines = [Text("transfers.task", objective=short(task.objective, 80))]
    lines.append(Text("transfers.choose" if able else "transfers.nobody_there", unit=unit.name))
    lines.append(Text("transfers.only_here", who=await deciders.name_of(turn, task)))
    rows = [
        [
            button(
                Text("common.as_is", text=short(c.name, 30)),
                "transfers.to",
                turn.actor.id,
                task_id=task_id,
                contact_id=c.id,
            )
        ]
        for c in able[offset : offset + LISTED]
    ]
    rows += paging("transfers.page", turn.actor.id, offset, len(able), task_id=task_id)
    return View(lines, [*rows, [button("transfers.drop_button", "transfers.drop", turn.actor.id)]], [task_id])


async def _to_offer(turn: Turn, task_id: int) -> Task:
    """The task, locked, for the actor to offer.

    ``DomainError``: it is over, not theirs, or already offered.
    """
    await tasks.lock(turn.session, task_id)
    task = await access.visible_task(turn.session, turn.actor, task_id)
    if task.state not in OPEN_STATES:
        raise DomainError("transfers.closed", state=Text(f"common.task_state.{task.state.value}"))
    if not access.answers_for(turn.actor, task):
        raise DomainError("transfers.not_yours")
    offer = await absences.pending_offer(turn.session, task_id)
    if offer is not None and await is_void(turn.session, offer, task):
        await absences.withdraw_offers(turn.session, task_id, turn.now)
    elif offer is not None:
        receiver = await turn.session.get_one(Contact, offer.to_id)
        raise DomainError("transfers.waits_already", name=receiver.name)
    return task


async def _unit_of(session: Session, task: Task) -> int:
    """The unit within which the task may move: that of the person responsible for it."""
    person = None if task.responsible_id is None else await session.get(Contact, task.responsible_id)
    return task.lead_unit_id if person is None else person.unit_id


async def _able(session: Session, task: Task, unit: Unit, day: date) -> list[Contact]:
    away = (await standing_in(session, day)).deputies
    there = await person_card.colleagues(session, ident(unit), task.responsible_id)
    return [contact for contact in there if contact.reachable and contact.id not in away]


async def preview(turn: Turn, task_id: int, contact_id: int, *, reason: str | None = None) -> View:
    """Ask for confirmation; words typed next become the ``reason``."""
    task = await _to_offer(turn, task_id)
    receiver = await _receiver(turn, task, contact_id)
    reason = _words(reason)
    said = {"task_id": task_id, "contact_id": contact_id}
    await questions.ask_here(turn, "offer.reason", said)
    lines = [
        Text("transfers.task", objective=short(task.objective, 80)),
        Text("transfers.goes_to", name=receiver.name),
        Text("transfers.reason", reason=reason) if reason else Text("transfers.ask_reason"),
    ]
    rows = [
        [button("transfers.confirm_button", "transfers.confirm", turn.actor.id, **said, reason=reason)],
        [button("transfers.other_button", "transfers.start", turn.actor.id, task_id=task_id)],
        [button("transfers.drop_button", "transfers.drop", turn.actor.id)],
    ]
    return View(lines, rows, [task_id])


def _words(reason: str | None) -> str | None:
    return optional_reason(reason, too_long="transfers.reason_too_long")


async def _receiver(turn: Turn, task: Task, contact_id: int) -> Contact:
    """The receiver; ``DomainError``: they have left, cannot be reached, or belong to another unit."""
    receiver = await reassign.receiver_of(turn.session, contact_id)
    if receiver.id == task.responsible_id:
        raise DomainError("reassign.kept_theirs", name=receiver.name)
    unit_id = await _unit_of(turn.session, task)
    if (
        receiver.unit_id != unit_id
        or await reassign.lead_unit_after(turn.session, task, receiver) != task.lead_unit_id
    ):
        raise DomainError("transfers.other_unit", name=receiver.name, who=await deciders.name_of(turn, task))
    if not receiver.reachable:
        raise DomainError("transfers.not_reachable", name=receiver.name)
    return receiver


async def offer(turn: Turn, task_id: int, contact_id: int, reason: str | None) -> View:
    """Ask the receiver. The task stays where it is."""
    task = await _to_offer(turn, task_id)
    receiver = await _receiver(turn, task, contact_id)
    made = TransferOffer(
        task_id=task_id,
        from_id=turn.actor.id,
        to_id=contact_id,
        responsible_id=task.responsible_id,
        reason=_words(reason),
        made_at=turn.now,
    )
    turn.session.add(made)
    await turn.session.flush()
    person = await access.place_in(turn.session, turn.actor, task)
    after = {"offered_to": contact_id, **({"reason": made.reason} if made.reason else {})}
    after |= {} if person is None else {"in_place_of": person.contact_id}
    _record(turn.session, "transfer_offer", made, turn.actor.id, turn.now, after)
    lines = [
        Text("transfers.asked", who=in_place(turn.actor.contact.name, person.name if person else None)),
        Text("transfers.asked_task", objective=task.objective, due=due_text(task, turn.now, turn.campaign)),
        *([Text("transfers.reason", reason=made.reason)] if made.reason else []),
        Text("transfers.until_then"),
    ]
    view = View(lines, answer_rows(made), [task_id])
    await outbox.enqueue(
        turn.session, MessageKind.ORDER, f"offer:{made.id}", view, now=turn.now, contact=receiver
    )
    return View(
        [Text("transfers.offered", name=receiver.name)], [[withdraw_button(turn.actor, made)]], [task_id]
    )


def _record(
    session: Session, event: str, made: TransferOffer, actor_id: int, now: datetime, after: dict[str, object]
) -> None:
    audit.record(session, event, ("task", made.task_id), now=now, actor_id=actor_id, after=after)


# -- the receiver's answer -----------------------------------------------------------------------------


async def _pending(session: Session, offer_id: int, now: datetime) -> tuple[TransferOffer, Task]:
    """The offer and its task, both locked; ``DomainError`` says what has become of the offer."""
    made = await session.get(TransferOffer, offer_id)
    if made is None:
        raise DomainError("buttons.expired")
    await tasks.lock(session, made.task_id)
    await session.refresh(made)
    task = await tasks.task_by_id(session, made.task_id)
    if task is None:
        raise DomainError("buttons.expired")
    if made.state is not OfferState.PENDING:
        raise DomainError(f"transfers.was_{made.state.value}")
    if await is_void(session, made, task):
        raise DomainError("transfers.void")
    return made, task


async def accept(turn: Turn, offer_id: int) -> TurnOutcome:
    """Give the task to the actor; accepting is also their 签收."""
    made, task = await _pending(turn.session, offer_id, turn.now)
    if made.to_id != turn.actor.id:
        raise DomainError("buttons.not_yours")
    await _receiver(turn, task, turn.actor.id)
    await absences.decide_offer(turn.session, offer_id, OfferState.ACCEPTED, turn.now)
    giver = await turn.session.get_one(Contact, made.from_id)
    why_not = await reassign.hand_on(turn, turn.actor, task, giver, reason=made.reason)
    if why_not is not None:
        raise DomainError(why_not.key, **why_not.values)
    return TurnOutcome(await task_card.card(turn, made.task_id), Text("transfers.taken"))


async def ask_why(turn: Turn, offer_id: int) -> View:
    """不接受 was pressed: ask for a reason in words, which may be left out."""
    made, task = await _pending(turn.session, offer_id, turn.now)
    if made.to_id != turn.actor.id:
        raise DomainError("buttons.not_yours")
    said = {"offer_id": offer_id}
    await questions.ask_here(turn, "offer.declined", said)
    row = [
        button("transfers.decline_now_button", "transfers.decline", turn.actor.id, offer_id=offer_id),
        button("transfers.accept_button", "transfers.accept", turn.actor.id, offer_id=offer_id),
    ]
    return View([Text("transfers.ask_why", objective=short(task.objective, 60))], [row], [made.task_id])


async def decline(turn: Turn, offer_id: int, reason: str | None) -> View:
    """Leave the task where it is, and tell the people who offered it or are responsible for it."""
    reason = _words(reason)
    made, task = await _pending(turn.session, offer_id, turn.now)
    if made.to_id != turn.actor.id:
        raise DomainError("buttons.not_yours")
    await absences.decide_offer(turn.session, offer_id, OfferState.DECLINED, turn.now)
    said: dict[str, object] = {"reason": reason} if reason else {}
    _record(
        turn.session, "transfer_decline", made, turn.actor.id, turn.now, {"offered_by": made.from_id, **said}
    )
    lines = [Text("transfers.declined", name=turn.actor.contact.name, objective=short(task.objective, 60))]
    lines += [Text("transfers.reason", reason=reason)] if reason else []
    for contact_id in dict.fromkeys([made.from_id, made.responsible_id]):
        reader = None if contact_id is None else await turn.session.get(Contact, contact_id)
        if reader is not None:
            await _tell(turn.session, reader, f"offer-declined:{made.id}:{reader.id}", lines, turn.now)
    return View([Text("transfers.you_declined", objective=short(task.objective, 60))], (), [made.task_id])


async def withdraw(turn: Turn, offer_id: int) -> TurnOutcome:
    """撤回 by anybody who might offer the task; the receiver is told."""
    made, task = await _pending(turn.session, offer_id, turn.now)
    if made.from_id != turn.actor.id and not access.answers_for(turn.actor, task):
        raise DomainError("transfers.not_yours")
    await absences.decide_offer(turn.session, offer_id, OfferState.WITHDRAWN, turn.now)
    _record(turn.session, "transfer_withdraw", made, turn.actor.id, turn.now, {"offered_to": made.to_id})
    receiver = await turn.session.get_one(Contact, made.to_id)
    lines = [Text("transfers.taken_back", name=turn.actor.contact.name, objective=short(task.objective, 60))]
    await _tell(turn.session, receiver, f"offer-back:{made.id}", lines, turn.now)
    return TurnOutcome(await task_card.card(turn, made.task_id), Text("transfers.withdrawn"))


async def _tell(session: Session, reader: Contact, key: str, lines: Sequence[Text], now: datetime) -> None:
    """Tell a person without the task's buttons, for they may no longer look into the task."""
    await outbox.enqueue(session, MessageKind.NOTICE, key, View(lines), now=now, contact=reader)


async def withdraw_all_of(session: Session, contact: Contact, actor_id: int, *, now: datetime) -> None:
    """Withdraw the offers from and to the contact, because they leave or change units.

    Tell the other side.
    """
    for made in await absences.offers_with(session, ident(contact)):
        if made.id is None or not await absences.decide_offer(session, made.id, OfferState.WITHDRAWN, now):
            continue
        task = await session.get_one(Task, made.task_id)
        _record(session, "transfer_withdraw", made, actor_id, now, {"offered_to": made.to_id})
        other_id = made.from_id if made.to_id == contact.id else made.to_id
        other = await session.get_one(Contact, other_id)
        lines = [Text("transfers.gone", name=contact.name, objective=short(task.objective, 60))]
        await _tell(session, other, f"offer-gone:{made.id}", lines, now)
