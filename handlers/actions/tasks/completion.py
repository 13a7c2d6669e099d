"""Buttons from 申请办结 to 办结, 退回, 复开 and 取消."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, ending_question, headed, replaces, says, shows
from handlers.work import Work
from rules.tasks.task_lifecycle import TaskEvent
from services.access import Actor
from services.tasks import completion, task_card, task_decisions


def _decides(event: TaskEvent) -> Binding:
    """Decide, for the reason whose name is on the button."""

    async def decide(
        work: Work,
        actor: Actor,
        *,
        task_id: int,
        seen: int,
        reason: str | None = None,
        figures: str | None = None,
    ) -> None:
        await work.end_question()
        said = None if reason is None else task_decisions.named_reason(reason, work.campaign)
        turn = work.turn(actor)
        work.show(await task_decisions.decide(turn, task_id, event, seen, said, figures=figures))

    return acts(decide)


async def _cancel_for(work: Work, actor: Actor, *, task_id: int, seen: int, reason: str) -> None:
    said = task_decisions.named_reason(reason, work.campaign)
    work.show(await task_decisions.ask_cancel(work.turn(actor), task_id, seen, said))


async def _cancel_now(work: Work, actor: Actor, *, task_id: int, seen: int, reason: str) -> None:
    """Cancel for the words of the reason, which the question has shown."""
    await work.end_question()
    work.show(await task_decisions.decide(work.turn(actor), task_id, TaskEvent.CANCEL, seen, reason))


ACTIONS: Final[Mapping[str, Binding]] = {
    "task.submit": shows(completion.ask),
    "task.submit_now": shows(completion.submit),
    "task.withdraw": shows(completion.withdraw),
    "task.show": replaces(task_card.card),
    # Back from a question to the review; the question ends.
    **ending_question({"task.review": replaces(completion.review)}),
    "task.evidence": says(completion.evidence),
    "task.complete": _decides(TaskEvent.COMPLETE),
    "task.return": shows(task_decisions.ask, event=TaskEvent.RETURN),
    "task.return_for": _decides(TaskEvent.RETURN),
    "task.reopen": shows(task_decisions.ask, event=TaskEvent.REOPEN),
    "task.reopen_for": _decides(TaskEvent.REOPEN),
    "task.cancel": shows(task_decisions.ask, event=TaskEvent.CANCEL),
    "task.cancel_for": acts(_cancel_for),
    "task.cancel_now": acts(_cancel_now),
    "task.write_reason": shows(task_decisions.ask_in_words),
}
ANSWERS: Final[Mapping[str, Binding]] = {"task.reason": headed(task_decisions.answer)}
