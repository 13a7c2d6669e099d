"""Buttons of 核查, of what the office allows a unit (延期, 挂账, 申诉, 复开), and of 批示."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded, unless_moved_on
from handlers.binding import Binding, answers, ending_question, headed, opens, replaces, says, shows
from services import questions
from services.cases.cards import case_card
from services.cases.deciding import (
    case_checking,
    case_rulings,
    extensions,
    instruction_release,
    instruction_writing,
)

_ACTIONS: Final[Mapping[str, Binding]] = {
    "case.back": replaces(case_card.card),
    "case.check": says(case_checking.show_check),
    "case.extension": replaces(extensions.extension),
    "case.hearing": replaces(extensions.hearing),
    "case.suspend": replaces(extensions.ask_until),
    "case.write_until": replaces(extensions.ask_until_in_words),
    "case.ask_ruling": replaces(case_rulings.ask),
    "case.write_ruling": replaces(case_rulings.ask_in_words),
    "case.rule": shows(case_rulings.decide_for),
    "case.instruct": replaces(instruction_writing.ask),
    "instruction.leave": replaces(instruction_writing.leave),
    "instruction.unsent": opens(instruction_writing.show_unsent),
    "instruction.send": shows(instruction_writing.send),
    "instruction.discard": replaces(instruction_writing.discard),
    "instruction.withdraw": shows(instruction_writing.withdraw),
    "instruction.show": replaces(instruction_release.show_instruction),
    "instruction.excerpt": shows(instruction_release.ask_excerpt),
    "instruction.release": shows(instruction_release.release),
}
ACTIONS: Final = guarded(ending_question(_ACTIONS))
ANSWERS: Final[Mapping[str, Binding]] = {
    **unless_moved_on(
        {"case.ruling": headed(case_rulings.answer), "case.until": answers(extensions.until_in_words)}
    ),
    questions.INSTRUCTION: answers(instruction_writing.write),
    "instruction.excerpt": headed(instruction_release.release),
}
