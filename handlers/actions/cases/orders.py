"""Buttons of a supervision order and of the unit's side of a case, up to its feedback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded, unless_moved_on
from handlers.work import Action, Arguments, Work, ending_question
from locales import Text
from rules.cases.case_lifecycle import CaseEvent
from services import reasons
from services.access import Actor
from services.cases import case_steps
from services.cases.cards import case_card
from services.cases.handling import feedback, unit_side
from services.cases.orders import order_paper, order_view


async def _show_order(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await order_view.view(work.turn(actor), arguments["order_id"]))


async def _sign_order(work: Work, actor: Actor, arguments: Arguments) -> None:
    signed = await unit_side.sign_all(work.turn(actor), arguments["order_id"])
    work.flash(Text("orders.signed", count=signed) if signed else Text("orders.signed_before"))
    await _show_order(work, actor, arguments)


async def _pick(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Find the case that the press is about: one is taken at once, several are offered.

    With none left, the order is shown as it stands.
    """
    event, order_id = CaseEvent(arguments["event"]), arguments["order_id"]
    found = await order_view.cases_for(work.session, actor, order_id)
    possible = order_view.open_for(actor, found, event, work.now)
    if len(possible) == 1:
        (case,) = possible
        await _ABOUT_ONE[event](work, actor, {"case_id": case.id, "seen": case.steps})
        return
    if found and not possible:
        work.flash(Text("orders.none_left"), alert=True)
        await _show_order(work, actor, arguments)
        return
    work.replace(await order_view.pick(work.turn(actor), order_id, event))


async def _paper(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await order_paper.paper(work.turn(actor), arguments["order_id"]))


def _takes(event: CaseEvent) -> Action:
    async def take(work: Work, actor: Actor, arguments: Arguments) -> None:
        case_id, seen = arguments["case_id"], arguments["seen"]
        await case_steps.take(work.tick_turn(), case_id, event, actor=actor, seen=seen)
        work.flash(Text(f"orders.done.{event.value}"))
        await _show_card(work, actor, arguments)

    return take


async def _show_card(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await case_card.card(work.turn(actor), arguments["case_id"]))


def _asks(event: CaseEvent) -> Action:
    async def ask(work: Work, actor: Actor, arguments: Arguments) -> None:
        case_id, seen = arguments["case_id"], arguments["seen"]
        work.replace(await unit_side.ask(work.turn(actor), case_id, event, seen))

    return ask


async def _reason_pressed(work: Work, actor: Actor, arguments: Arguments) -> None:
    event = CaseEvent(arguments["event"])
    reason = unit_side.named_reason(event, arguments["reason"], work.campaign)
    view = await _decide(work, actor, arguments, reason)
    work.flash(view.done)
    work.replace(view.view)


async def _decide(work: Work, actor: Actor, arguments: Arguments, reason: str) -> unit_side.UnitSideOutcome:
    return await unit_side.decide(
        work.turn(actor), arguments["case_id"], CaseEvent(arguments["event"]), arguments["seen"], reason
    )


async def _write(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await unit_side.ask_in_words(
            work.turn(actor),
            arguments["case_id"],
            CaseEvent(arguments["event"]),
            arguments["seen"],
        )
    )


async def _reason_written(work: Work, text: str, arguments: Arguments) -> None:
    decided = await _decide(work, work.require_actor(), arguments, reasons.written_reason(text))
    work.say_headed(decided.done, decided.view)


async def _begin_feedback(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen = arguments["case_id"], arguments.get("seen")
    work.say(await feedback.begin(work.turn(actor), case_id, seen=seen))


async def _confirm_feedback(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await feedback.confirm(work.turn(actor), arguments["case_id"], arguments["revision"])
    work.flash(Text("orders.feedback.done"))
    work.replace(view)


async def _cancel_feedback(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await feedback.cancel(work.turn(actor), arguments["case_id"], arguments["revision"]))


_ABOUT_ONE: Final[Mapping[CaseEvent, Action]] = {
    CaseEvent.FEEDBACK: _begin_feedback,
    CaseEvent.SEND_BACK: _asks(CaseEvent.SEND_BACK),
    CaseEvent.ASK_EXTENSION: _asks(CaseEvent.ASK_EXTENSION),
}
_ACTIONS: Final[Mapping[str, Action]] = {
    "order.show": _show_order,
    "order.sign": _sign_order,
    "order.pick": _pick,
    "order.paper": _paper,
    "order.acknowledge": _takes(CaseEvent.ACKNOWLEDGE),
    "order.handle": _takes(CaseEvent.HANDLE),
    "order.feedback": _begin_feedback,
    "order.send_back": _asks(CaseEvent.SEND_BACK),
    "order.ask_extension": _asks(CaseEvent.ASK_EXTENSION),
    "order.appeal": _asks(CaseEvent.APPEAL),
    "order.reason": _reason_pressed,
    "order.write": _write,
    "order.back": _show_card,
    "feedback.confirm": _confirm_feedback,
    "feedback.cancel": _cancel_feedback,
}
ACTIONS: Final = guarded(ending_question(_ACTIONS))
ANSWERS: Final = unless_moved_on({"case.order_reason": _reason_written})
