"""Buttons and written answers of 分解到下级, and of the lists of what lies below a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, answers, ending_question, flashes, opens, replaces, says, shows
from services.breakdown import (
    begun_breakdowns,
    breakdown_preview,
    breakdown_writing,
    own_reporting,
    releasing,
    reopened_parts,
    undoing,
    unit_choice,
    unit_details,
)
from services.tasks import children_card

ACTIONS: Final[Mapping[str, Binding]] = {
    "child.list": opens(children_card.list_view),
    "child.missing": opens(children_card.missing_view),
    # A message of its own: the card stays, to be read while choosing.
    "breakdown.start": says(unit_choice.start),
    "breakdown.toggle": replaces(unit_choice.toggle),
    "breakdown.tier": replaces(unit_choice.choose_tier),
    "breakdown.none": replaces(unit_choice.choose_none),
    "breakdown.details": replaces(unit_details.choose),
    "breakdown.ask_day": replaces(unit_details.ask_day),
    "breakdown.ask_target": replaces(unit_details.ask_target),
    "breakdown.invite": flashes(unit_details.invite),
    "breakdown.own": replaces(breakdown_preview.report_itself),
    "child.verified": shows(reopened_parts.verify),
    "child.own": shows(own_reporting.switch),
    "child.release": shows(releasing.ask),
    "child.release_now": shows(releasing.release),
    "breakdown.undo": shows(undoing.ask),
    "breakdown.undo_now": shows(undoing.undo),
    **ending_question(
        {
            # These lead back from a question, too.
            "breakdown.units": replaces(unit_choice.choose),
            "breakdown.unit": replaces(unit_details.of_unit),
            "breakdown.clear": replaces(unit_details.clear),
            "breakdown.person": replaces(unit_details.choose_person),
            "breakdown.preview": replaces(breakdown_preview.preview),
            "breakdown.confirm": shows(breakdown_writing.confirm),
            "breakdown.leave": replaces(begun_breakdowns.leave),
        }
    ),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "breakdown.day": answers(unit_details.day_in_words),
    "breakdown.target": answers(unit_details.target_in_words),
}
