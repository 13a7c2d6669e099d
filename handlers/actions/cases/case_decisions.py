"""Buttons and written answers of the office's decisions about cases, of 核实, and of ``/todo``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded, unless_moved_on
from handlers.binding import Binding, answers, ending_question, headed, opens, replaces, says, shows, tells
from services.cases.cards import case_card
from services.cases.deciding import merging, registration, verifying
from services.cases.lists import case_piles
from services.cases.orders import dispatch_plan, order_choice, order_confirm
from services.nags.orders import case_reminders

_ACTIONS: Final[Mapping[str, Binding]] = {
    "desk.front": replaces(case_piles.front),
    "desk.open": opens(case_piles.front, again="back"),
    "desk.list": replaces(case_piles.list_view),
    "desk.back": replaces(case_card.card),
    "desk.dispatch": replaces(order_choice.preview_one),
    "desk.preview": replaces(order_choice.preview),
    "desk.plan": replaces(dispatch_plan.preview),
    "desk.plan_confirm": shows(dispatch_plan.confirm),
    "desk.register_picked": shows(registration.register_picked),
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
    "desk.remind": opens(case_reminders.preview, again="again"),
    "desk.remind_send": shows(case_reminders.send),
    "desk.remind_leave": tells("desk.remind_left"),
    "desk.ask_verification": replaces(verifying.choose_inspector),
    "desk.entrust": shows(verifying.entrust),
    "desk.ask_verdict": replaces(verifying.ask_verdict),
    "desk.verify": shows(verifying.verify),
    # A message of its own: the card stays, so that it can be read on the spot.
    "desk.verify_photos": says(verifying.begin),
    "desk.verify_file": shows(verifying.file_verification),
    "desk.verify_cancel": shows(verifying.cancel),
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
