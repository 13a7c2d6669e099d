"""Offers of 转办: whether a task may be offered, whether an offer still counts, how the card shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from locales import Text
from models.db import Session, ident
from models.people import Contact, ContactState, absences
from models.people.absences import TransferOffer
from models.tasks import Task
from reports.formats import moment_text
from rules.tasks.task_lifecycle import OPEN_STATES
from services import access
from services.access import Actor
from services.turn import Turn
from services.views import ButtonSpec, button


async def is_void(session: Session, made: TransferOffer, task: Task) -> bool:
    """Whether the task is over or somebody else's by now, or the receiver has left."""
    if task.state not in OPEN_STATES or task.responsible_id != made.responsible_id:
        return True
    receiver = await session.get_one(Contact, made.to_id, populate_existing=True)
    return receiver.state is ContactState.LEFT


async def valid_offer(session: Session, task: Task) -> TransferOffer | None:
    """The offer that waits for a colleague's answer, if it still counts."""
    made = await absences.pending_offer(session, ident(task))
    return None if made is None or await is_void(session, made, task) else made


def answer_rows(made: TransferOffer) -> list[list[ButtonSpec]]:
    """接受 and 不接受, for the receiver only."""
    accept_ = button("transfers.accept_button", "transfers.accept", made.to_id, offer_id=made.id)
    decline_ = button("transfers.decline_button", "transfers.refuse", made.to_id, offer_id=made.id)
    return [[accept_, decline_]]


def withdraw_button(actor: Actor, made: TransferOffer) -> ButtonSpec:
    return button("transfers.withdraw_button", "transfers.withdraw", actor.id, offer_id=made.id)


@dataclass(frozen=True, slots=True)
class OfferOnCard:
    """What a task's card shows of 转办: a line, the receiver's answers, and the offerers' buttons."""

    lines: Sequence[Text] = ()
    answers: Sequence[list[ButtonSpec]] = ()
    buttons: Sequence[ButtonSpec] = ()


async def on_card(turn: Turn, task: Task) -> OfferOnCard:
    if task.state not in OPEN_STATES:
        return OfferOnCard()
    made, may = await valid_offer(turn.session, task), access.answers_for(turn.actor, task)
    if made is None:
        start = button("transfers.button", "transfers.start", turn.actor.id, task_id=task.id)
        return OfferOnCard(buttons=[start] if may else ())
    receiver = await turn.session.get_one(Contact, made.to_id)
    giver = await turn.session.get_one(Contact, made.from_id)
    at = moment_text(made.made_at, turn.campaign.zone)
    line = Text("transfers.waiting", name=receiver.name, giver=giver.name, at=at)
    if made.to_id == turn.actor.id:
        return OfferOnCard([line], answer_rows(made))
    may = may or made.from_id == turn.actor.id
    return OfferOnCard([line], buttons=[withdraw_button(turn.actor, made)] if may else ())
