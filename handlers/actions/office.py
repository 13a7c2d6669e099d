"""Buttons of what people look up, of reminders, and of who sees to a matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, answers, flashes, opens, replaces, says, shows, tells
from services import office_notices
from services.nags import reminder_views, reminders
from services.office import liaison_requests, section_table, who_overview
from services.people import forgetting_names, unit_card, unit_retirement
from services.tasks import word_search

ACTIONS: Final[Mapping[str, Binding]] = {
    "find.page": replaces(word_search.find),
    "unit.card": says(unit_card.card),
    "unit.tasks": opens(unit_card.task_list),
    "unit.show": replaces(unit_card.card),
    "unit.ask_retire": replaces(unit_retirement.ask),
    "unit.retire": replaces(unit_retirement.retire),
    "unit.revive": replaces(unit_retirement.revive),
    "unit.names": replaces(forgetting_names.page),
    "unit.ask_forget": shows(forgetting_names.ask),
    "unit.forget": shows(forgetting_names.forget),
    "who.front": replaces(who_overview.front),
    "who.list": replaces(who_overview.page),
    "who.liaison": replaces(liaison_requests.preview),
    "who.ask_liaison": shows(liaison_requests.send),
    "remind.preview": opens(reminder_views.preview, again="again"),
    "remind.send": shows(reminders.send),
    "remind.leave": tells("remind.left"),
    "section.table": replaces(section_table.view),
    "section.choose": replaces(section_table.choose),
    "section.export": says(section_table.export),
    "section.set": shows(section_table.set_section),
    "notice.open": says(office_notices.open_one),
    "matter.claim": flashes(office_notices.claim),
    "matter.give_back": flashes(office_notices.give_back),
}

ANSWERS: Final[Mapping[str, Binding]] = {"liaison.words": answers(liaison_requests.change)}
