"""已核实: a completed task stays so, though something below it was reopened since."""

from __future__ import annotations

from typing import Final

from locales import Text
from models.db import ident
from models.tasks import children
from rules.tasks.task_lifecycle import TaskState
from services import access, audit
from services.errors import DomainError
from services.tasks import completion, task_card
from services.turn import Turn
from services.views import TurnOutcome

VERIFY: Final = "verify_reopened"


async def verify(turn: Turn, task_id: int) -> TurnOutcome:
    """Take the flag off the card and out of ``/todo``. A part that is reopened later sets it again.

    ``DomainError``: they may not.
    """
    await children.lock_tree(turn.session, task_id)
    task = await access.visible_task(turn.session, turn.actor, task_id)
    answers = access.answers_for(turn.actor, task)
    if not answers and not await access.decides_on(turn.session, turn.actor, task):
        raise DomainError("children.not_yours")
    reopened = [one for one in await children.children_of(turn.session, task_id) if one.reopened_at]
    if task.state is not TaskState.COMPLETED or not reopened:
        return await completion.refused(turn, task_id, Text("children.not_reopened"))
    await children.forget_reopened(turn.session, task_id)
    audit.note(turn, VERIFY, ("task", ident(task)), after={})
    await turn.session.flush()
    return TurnOutcome(await task_card.card(turn, task_id), Text("children.verified"))
