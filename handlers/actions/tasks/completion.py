"""Buttons from 申请办结 to 办结, 退回, 复开 and 取消."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, ending_question, headed, replaces, says, shows
from rules.tasks.task_lifecycle import TaskEvent
from services.tasks import completion, task_card, task_decisions

ACTIONS: Final[Mapping[str, Binding]] = {
    "task.submit": shows(completion.ask),
    "task.submit_now": shows(completion.submit),
    "task.withdraw": shows(completion.withdraw),
    **ending_question(
        {
            # These lead back from a question, too.
            "task.show": replaces(task_card.card),
            "task.review": replaces(completion.review),
            "task.complete": shows(task_decisions.decide_for, event=TaskEvent.COMPLETE),
            "task.complete_for": shows(task_decisions.decide_for, event=TaskEvent.COMPLETE),
            "task.return_for": shows(task_decisions.decide_for, event=TaskEvent.RETURN),
            "task.reopen_for": shows(task_decisions.decide_for, event=TaskEvent.REOPEN),
            # The question has shown the words of the reason.
            "task.cancel_now": shows(task_decisions.decide, event=TaskEvent.CANCEL),
        }
    ),
    "task.evidence": says(completion.evidence),
    "task.return": shows(task_decisions.ask, event=TaskEvent.RETURN),
    "task.reopen": shows(task_decisions.ask, event=TaskEvent.REOPEN),
    "task.cancel": shows(task_decisions.ask, event=TaskEvent.CANCEL),
    "task.cancel_for": shows(task_decisions.ask_cancel_for),
    "task.cancel_all": shows(task_decisions.ask_cancel, sure=True),
    "task.write_reason": shows(task_decisions.ask_in_words),
}
ANSWERS: Final[Mapping[str, Binding]] = {"task.reason": headed(task_decisions.answer)}
