"""Buttons and written answers of notices that are sent round (通知)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, answers, ending_question, opens, replaces, says, shows
from services.notices import (
    audience_choices,
    notice_choices,
    notice_copies,
    notice_dialogue,
    notice_ending,
    notice_following,
    notice_lists,
    notice_reminding,
    notice_revising,
    notice_sending,
    notice_sheet,
    receipts,
)

_ACTIONS: Final[Mapping[str, Binding]] = {
    "notice.begin": says(notice_dialogue.begin),
    "notice.show": replaces(notice_choices.show),
    "notice.cancel": replaces(notice_choices.cancel),
    "notice.whom": replaces(audience_choices.whom),
    "notice.scope": replaces(audience_choices.choose_scope),
    "notice.role": replaces(audience_choices.choose_role),
    "notice.ask_readers": replaces(audience_choices.ask_readers),
    "notice.unit": replaces(audience_choices.choose_unit),
    "notice.person": replaces(audience_choices.choose_person),
    "notice.ask": replaces(notice_choices.choose_ask),
    "notice.whose": replaces(notice_choices.choose_whose),
    "notice.urgent": replaces(notice_choices.choose_urgent),
    "notice.groups": replaces(notice_choices.choose_groups),
    "notice.ask_deadline": replaces(notice_choices.ask_deadline),
    "notice.answer_by": replaces(notice_choices.choose_deadline),
    "notice.send": replaces(notice_sending.send),
    "notice.follow": opens(notice_following.open_one),
    "notice.count": replaces(notice_following.count),
    "notice.list": opens(notice_lists.parties_list),
    "notice.sheet": says(notice_sheet.export),
    "notice.remind": shows(notice_reminding.remind),
    "notice.revise": says(notice_revising.ask),
    "notice.earlier": opens(notice_revising.earlier),
    "notice.correct": replaces(notice_revising.correct),
    "notice.renew": replaces(notice_revising.renew),
    "notice.end": shows(notice_ending.end),
    "notice.withdraw": says(notice_ending.ask_withdraw),
    "notice.withdraw_now": shows(notice_ending.withdraw),
    "notice.answer": shows(receipts.press),
    "notice.write": says(receipts.write),
    "notice.reply": replaces(receipts.reply),
    "notice.copy": says(receipts.show),
    "notice.files": says(notice_copies.files),
}
# The person's next words belong to the notice or are an answer to one, unless a button asks for others.
ACTIONS: Final = ending_question(_ACTIONS)
ANSWERS: Final[Mapping[str, Binding]] = {
    audience_choices.READERS_ASKED: answers(audience_choices.readers_written),
    notice_choices.DEADLINE_ASKED: answers(notice_choices.deadline_written),
    notice_revising.TEXT_ASKED: answers(notice_revising.written),
    receipts.WORDS_ASKED: answers(receipts.written),
}
