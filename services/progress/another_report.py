"""A message that comes while a card is open and fits another task: 另一份报告？"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from locales import Text
from models import tasks
from models.db import Session
from models.drafts import Draft
from models.tasks import Task
from reports.formats import short
from services.access import Actor
from services.drafts import draft_changes, draft_parts, task_split, which_task
from services.drafts.draft_changes import Addition
from services.drafts.draft_kinds import draft_button
from services.drafts.draft_parts import DraftPart
from services.errors import OldCardError
from services.turn import Turn
from services.views import View


class Answer(StrEnum):
    """What the message that was asked about is: another report, more words of the same, or nothing."""

    ANOTHER = "another"
    SAME = "same"
    NOTHING = "nothing"


BUTTONS: Final = {
    Answer.ANOTHER: "progress.another.another_button",
    Answer.SAME: "progress.another.same_button",
    Answer.NOTHING: "progress.another.nothing_button",
}


async def others_named(
    turn: Turn, draft: Draft, addition: Addition, candidates: Sequence[Task]
) -> tuple[list[int], bool]:
    """The tasks that a further message names beside the draft's own, and whether it names these, too."""
    own = task_split.tasks_of(draft)
    fresh = draft_changes.is_empty(draft) or draft.report_id is not None
    if not own or fresh or not addition.text:
        return [], False
    named = await which_task.named(turn.session, turn.actor, addition.text, candidates)
    others = [task_id for task_id in named if task_id not in own]
    if len(own) + len(others) > task_split.MOST_TASKS:
        return [], False
    return others, len(others) < len(named)


async def ask(turn: Turn, draft: Draft, addition: Addition, named: Sequence[int]) -> View:
    """Keep the message aside until the person says what it is."""
    waiting = {"part": DraftPart.of(addition).to_json(), "tasks": list(named)}
    draft.content = {**draft.content, "waiting": waiting}
    draft.card_message_id = None
    draft_changes.store(draft, draft_changes.figures_of(draft), turn.now)
    return await question(turn.session, turn.actor, draft)


def waits(draft: Draft) -> bool:
    return bool(draft.content.get("waiting"))


def asks_about(draft: Draft, message_id: int) -> bool:
    """Whether this message is the one that waits for the answer."""
    return waits(draft) and DraftPart.from_json(draft.content["waiting"]["part"]).message_id == message_id


def change(turn: Turn, draft: Draft, addition: Addition, named: Sequence[int]) -> None:
    """The message that waits was edited: ask about its new words, and about the tasks that these name."""
    waiting = draft.content["waiting"]
    part = replace(DraftPart.from_json(waiting["part"]), text=addition.text, files=tuple(addition.files))
    changed = {"part": part.to_json(), "tasks": list(named) or waiting["tasks"]}
    draft.content = {**draft.content, "waiting": changed}
    draft_changes.store(draft, draft_changes.figures_of(draft), turn.now)
    draft.card_due_at = draft.card_due_at or addition.arrived_at or turn.now


async def question(session: Session, actor: Actor, draft: Draft) -> View:
    """另一份报告？ with the words that it is about."""
    waiting = draft.content["waiting"]
    found = await tasks.tasks_by_id(session, [*waiting["tasks"], *task_split.tasks_of(draft)])
    lines = [
        Text(
            "progress.another.ask",
            words=short(waiting["part"]["text"], 80),
            other=[short(found[task_id].objective, 40) for task_id in waiting["tasks"]],
            open=[short(found[task_id].objective, 40) for task_id in task_split.tasks_of(draft)],
        )
    ]
    rows = [
        [draft_button(label, "report.another", actor.id, draft, answer=answer.value)]
        for answer, label in BUTTONS.items()
    ]
    return View(lines, rows, [*found], draft_id=draft.id)


async def settle(turn: Turn, draft: Draft, answer: Answer) -> None:
    """Put the message where the person says."""
    waiting = draft.content.get("waiting")
    if not waiting:
        raise OldCardError
    part, named = DraftPart.from_json(waiting["part"]), waiting["tasks"]
    draft.content = {**draft.content, "waiting": None}
    if answer is Answer.NOTHING:
        draft_changes.store(draft, draft_changes.figures_of(draft), turn.now)
        return
    addition = Addition(part.text, part.files, message_id=part.message_id, source=part.source)
    draft_parts.append(draft, addition)
    if answer is Answer.ANOTHER:
        own = task_split.tasks_of(draft)
        *before, added = draft_parts.parts_of(draft)
        if len(own) == 1:
            before = [replace(one, task_id=own[0]) if one.text else one for one in before]
        added = replace(added, task_id=named[0] if len(named) == 1 else None)
        draft_parts.put(draft, [*before, added])
        task_split.settle(draft, [*own, *named])
    await draft_changes.reread_and_compare(turn, draft)
