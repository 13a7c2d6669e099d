"""已核实: a completed task stays so, though something below it was reopened since."""

from __future__ import annotations

from locales import Text
from models.db import ident
from models.tasks import children
from rules.tasks.task_lifecycle import TaskState
from services import access, audit
from services.errors import DomainError
from services.tasks import breakdown_rights, completion, open_parts, task_card
from services.turn import Turn
from services.views import TurnOutcome


async def verify(turn: Turn, task_id: int, shown: str) -> TurnOutcome:
    """Note that the parts of which the card has ``shown`` (its mark) that they were reopened change nothing.

    By who decides on the task the flag is taken off. By who only answers for it, that is noted for them.
    ``DomainError``: they may do neither.
    """
    await children.lock_tree(turn.session, task_id)
    task = await access.visible_task(turn.session, turn.actor, task_id)
    decides = await access.decides_on(turn.session, turn.actor, task)
    if not decides and not access.answers_for(turn.actor, task):
        raise DomainError("children.not_yours")
    reopened = await children.reopened_of(turn.session, task_id)
    if task.state is not TaskState.COMPLETED or not reopened:
        return await completion.refused(turn, task_id, Text("children.not_reopened"))
    if shown != open_parts.mark_of_reopened(reopened):
        return await completion.refused(turn, task_id, Text("children.reopened_more"))
    if decides:
        await children.forget_reopened(turn.session, task_id)
    audit.note(turn, breakdown_rights.VERIFY, ("task", ident(task)), after={})
    await turn.session.flush()
    said = Text("children.verified" if decides else "children.verified_for_decider")
    return TurnOutcome(await task_card.card(turn, task_id), said)
