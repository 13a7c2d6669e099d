"""说明原因: who answers for an overdue task says why it is late.

Deadline, lamp and nags stay as they are. Leaders read the reason in their hints, the office in its digest,
and everybody on the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from locales import Text
from models.db import row_of
from models.tasks import Task
from reports.formats import short
from rules.progress.quantities import read_quantities
from rules.tasks.task_lifecycle import NAGGED_STATES
from services import access, audit, questions
from services.drafts import draft_changes
from services.errors import DomainError
from services.reasons import REASON_LIMIT, named_reason, reason_rows, written_reason
from services.tasks import completion, deciders, explanation_card, task_card
from services.turn import Turn
from services.views import TurnOutcome, View

LateReason = Literal["materials", "others_needed", "big_work", "weather"]
# The reasons with a button; any other reason is written.
REASONS: Final[Sequence[LateReason]] = ("materials", "others_needed", "big_work", "weather")


async def start(turn: Turn, task_id: int) -> TurnOutcome:
    """Ask for the reason: by a button, or in words."""
    task = await _task_of(turn, task_id)
    if (why_not := await _hindrance(turn, task)) is not None:
        return await completion.refused(turn, task_id, why_not)
    said = {"task_id": task_id}
    labels = {name: Text(f"explanations.reason.{name}") for name in REASONS}
    rows = reason_rows(turn.actor, labels, "explain.decide", said)
    await questions.ask_here(turn, "explain.reason", said)
    lines = [
        Text(
            "explanations.title", objective=short(task.objective, 80), who=await deciders.name_of(turn, task)
        ),
        *task_card.demand_lines(task, turn.now, turn.campaign)[:1],
        Text("extensions.choose_reason", limit=REASON_LIMIT),
    ]
    back = [task_card.task_button("completion.back_button", "task.show", turn.actor, task)]
    return TurnOutcome(View(lines, [*rows, back], [task_id]))


async def decide_for(turn: Turn, task_id: int, reason: LateReason) -> TurnOutcome:
    """As ``answer``, for the reason on a button."""
    return await _keep(turn, task_id, named_reason(f"explanations.reason.{reason}", turn.campaign))


async def answer(turn: Turn, task_id: int, words: str) -> TurnOutcome:
    """Keep the written reason; ``DomainError``: nothing of it is visible, or it is too long."""
    return await _keep(turn, task_id, written_reason(words))


async def _keep(turn: Turn, task_id: int, reason: str) -> TurnOutcome:
    task = await _task_of(turn, task_id)
    if (why_not := await _hindrance(turn, task)) is not None:
        return await completion.refused(turn, task_id, why_not)
    last = row_of(await explanation_card.last_of(turn.session, [task], turn.campaign), task_id)
    if last is None or explanation_card.reason_of(last) != reason:  # a second press says nothing new
        person = await access.place_in(turn.session, turn.actor, task)
        after = {"reason": reason} | ({} if person is None else {"in_place_of": person.contact_id})
        audit.note(turn, explanation_card.EXPLAIN, ("task", task_id), after=after)
        await turn.session.flush()
    # Who sends what was done along with the reason may think that it is reported.
    counts = bool(draft_changes.countable(read_quantities(reason)))
    told = Text("explanations.kept_number" if counts else "explanations.kept")
    return TurnOutcome(await task_card.card(turn, task_id), told)


async def _task_of(turn: Turn, task_id: int) -> Task:
    task = await access.visible_task(turn.session, turn.actor, task_id)
    if not access.answers_for(turn.actor, task):
        raise DomainError("explanations.not_yours")
    return task


async def _hindrance(turn: Turn, task: Task) -> Text | None:
    """Why no reason is asked for; None: the task is late."""
    if task.state not in NAGGED_STATES:
        return await completion.present(turn.session, task, turn.campaign)
    return None if explanation_card.is_late(task, turn) else Text("explanations.not_late")
