"""Buttons and written answers of the office's decisions about cases, of 核实, and of ``/todo``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded, unless_moved_on
from handlers.binding import Binding, acts, answers, ending_question, headed, replaces, shows
from handlers.work import Work
from services.access import Actor
from services.cases.cards import case_card
from services.cases.deciding import merging, registration
from services.cases.lists import case_piles
from services.cases.orders import order_choice, order_confirm
from services.nags.orders import case_reminders
from services.views import say


async def _remind(work: Work, actor: Actor, *, again: bool = False, cases: Collection[int]) -> None:
    """Preview a reminder in a message of its own; asked again, it takes the place of the first preview."""
    view = await case_reminders.preview(work.turn(actor), cases, again=again)
    if again:
        work.replace(view)
    else:
        work.say(view)


async def _remind_leave(work: Work, actor: Actor) -> None:
    work.replace(say("desk.remind_left"))


_ACTIONS: Final[Mapping[str, Binding]] = {
    "desk.front": replaces(case_piles.front),
    "desk.list": replaces(case_piles.list_view),
    "desk.back": replaces(case_card.card),
    "desk.dispatch": replaces(order_choice.preview_one),
    "desk.preview": replaces(order_choice.preview),
    "desk.reassign": replaces(order_choice.choose_unit_for_one),
    "desk.units": replaces(order_choice.choose_unit),
    "desk.confirm": shows(order_confirm.confirm_for),
    "desk.register": shows(registration.register),
    "desk.reject": replaces(registration.ask_reason),
    "desk.reject_for": shows(registration.reject_for),
    "desk.reject_write": replaces(registration.ask_words),
    "desk.merge": replaces(merging.choose),
    "desk.merge_into": replaces(merging.ask),
    "desk.merge_now": shows(merging.merge),
    "desk.remind": acts(_remind),
    "desk.remind_send": shows(case_reminders.send),
    "desk.remind_leave": acts(_remind_leave),
}
ACTIONS: Final = guarded(ending_question(_ACTIONS))
ANSWERS: Final = unless_moved_on(
    {
        order_choice.ASKED: answers(order_choice.unit_named),
        order_choice.REASON_ASKED: headed(order_confirm.confirm, words="reason"),
        registration.ASKED: headed(registration.reject, words="reason"),
        merging.ASKED: answers(merging.by_number),
    }
)
