"""Buttons of a supervision order and of the unit's side of a case, up to its feedback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded, unless_moved_on
from handlers.binding import Binding, acts, ending_question, headed, replaces, says, shows
from handlers.work import Work
from locales import Text
from rules.cases.case_lifecycle import CaseEvent
from services import ident
from services.access import Actor
from services.cases import case_steps
from services.cases.cards import case_card
from services.cases.handling import feedback, unit_side
from services.cases.orders import order_paper, order_view


async def _show_order(work: Work, actor: Actor, *, order_id: int) -> None:
    work.replace(await order_view.view(work.turn(actor), order_id))


async def _sign_order(work: Work, actor: Actor, *, order_id: int) -> None:
    signed = await unit_side.sign_all(work.turn(actor), order_id)
    work.flash(Text("orders.signed", count=signed) if signed else Text("orders.signed_before"))
    await _show_order(work, actor, order_id=order_id)


async def _pick(work: Work, actor: Actor, *, order_id: int, event: CaseEvent) -> None:
    """Find the case that the press is about: one is taken at once, several are offered.

    With none left, the order is shown as it stands.
    """
    found = await order_view.cases_for(work.session, actor, order_id)
    possible = order_view.open_for(actor, found, event, work.now)
    if len(possible) == 1:
        (case,) = possible
        await _ABOUT_ONE[event].run(work, actor, case_id=ident(case), seen=case.steps)
        return
    if found and not possible:
        work.flash(unit_side.why_none(work.turn(actor), found, event), alert=True)
        await _show_order(work, actor, order_id=order_id)
        return
    work.replace(await order_view.pick(work.turn(actor), order_id, event))


def _takes(event: CaseEvent) -> Binding:
    async def take(work: Work, actor: Actor, *, case_id: int, seen: int) -> None:
        await case_steps.take(work.tick_turn(), case_id, event, actor=actor, seen=seen)
        work.flash(Text(f"orders.done.{event.value}"))
        work.replace(await case_card.card(work.turn(actor), case_id))

    return acts(take)


_ABOUT_ONE: Final[Mapping[CaseEvent, Binding]] = {
    CaseEvent.FEEDBACK: says(feedback.begin),
    CaseEvent.SEND_BACK: replaces(unit_side.ask, event=CaseEvent.SEND_BACK),
    CaseEvent.ASK_EXTENSION: replaces(unit_side.ask, event=CaseEvent.ASK_EXTENSION),
}
_ACTIONS: Final[Mapping[str, Binding]] = {
    "order.show": replaces(order_view.view),
    "order.sign": acts(_sign_order),
    "order.pick": acts(_pick),
    "order.paper": says(order_paper.paper),
    "order.acknowledge": _takes(CaseEvent.ACKNOWLEDGE),
    "order.handle": _takes(CaseEvent.HANDLE),
    "order.feedback": says(feedback.begin),
    "order.send_back": replaces(unit_side.ask, event=CaseEvent.SEND_BACK),
    "order.ask_extension": replaces(unit_side.ask, event=CaseEvent.ASK_EXTENSION),
    "order.appeal": replaces(unit_side.ask, event=CaseEvent.APPEAL),
    "order.reason": shows(unit_side.decide_for),
    "order.write": replaces(unit_side.ask_in_words),
    "order.back": replaces(case_card.card),
    "feedback.confirm": shows(feedback.confirm),
    "feedback.cancel": replaces(feedback.cancel),
}
ACTIONS: Final = guarded(ending_question(_ACTIONS))
ANSWERS: Final = unless_moved_on({"case.order_reason": headed(unit_side.answer)})
