"""Buttons and written answers of the activity log (工作纪实)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, answers, ending_question, opens, replaces, says
from services.activities import (
    activity_buttons as pressed,
)
from services.activities import activity_dialogue, activity_filing, activity_list, activity_view

_ACTIONS: Final[Mapping[str, Binding]] = {
    "activity.list": replaces(activity_list.list_view),
    "activity.search": says(activity_list.ask_search),
    "activity.open": opens(activity_view.open_one),
    "activity.begin": says(activity_dialogue.begin),
    "activity.correct": says(activity_dialogue.correct),
    "activity.withdraw": replaces(activity_filing.withdraw),
    "activity.restore": replaces(activity_filing.restore),
    "activity.settle": replaces(activity_filing.settle_same),
    "activity.show": replaces(pressed.show),
    "activity.ask_day": replaces(pressed.ask_day),
    "activity.day": replaces(pressed.choose_day),
    "activity.ask_kind": replaces(pressed.ask_kind),
    "activity.kind": replaces(pressed.choose_kind),
    "activity.ask_unit": replaces(pressed.ask_unit),
    "activity.unit": replaces(pressed.choose_unit),
    "activity.ask_title": replaces(pressed.ask_title),
    "activity.ask_words": replaces(pressed.ask_words),
    "activity.number": replaces(pressed.choose_number),
    "activity.same": replaces(pressed.answer_same),
    "activity.confirm": replaces(activity_filing.confirm),
    "activity.cancel": replaces(pressed.cancel),
}
# The person's next words belong to the entry, unless a button asks for others.
ACTIONS: Final = ending_question(_ACTIONS)
ANSWERS: Final[Mapping[str, Binding]] = {
    activity_list.SEARCH_ASKED: answers(activity_list.find),
    pressed.DAY_ASKED: answers(pressed.day_written),
    pressed.UNIT_ASKED: answers(pressed.unit_written),
    pressed.TITLE_ASKED: answers(pressed.title_written),
}
