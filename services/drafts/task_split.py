"""A draft about several tasks: each number and each message belongs to one of them, or a message to all.

Such a draft becomes several reports. Its first task is the draft's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from models import tasks
from models.db import Session
from models.drafts import Draft
from rules.progress.metric_likeness import is_manpower
from rules.progress.quantities import Quantity
from services.drafts import draft_parts, which_task
from services.drafts.draft_parts import DraftPart

# More tasks in one message are asked about.
MOST_TASKS: Final = 4


def tasks_of(draft: Draft) -> list[int]:
    """The tasks that the draft is about; none while it waits for one."""
    split = draft.content.get("split")
    return list(split) if split else [] if draft.task_id is None else [draft.task_id]


def is_split(draft: Draft) -> bool:
    return len(tasks_of(draft)) > 1


def settle(draft: Draft, task_ids: Sequence[int]) -> None:
    """Make the draft about these tasks; with fewer than two, all of it belongs to the one."""
    draft.task_id = task_ids[0] if task_ids else None
    several = len(task_ids) > 1
    split = list(task_ids) if several else None
    draft.content = {**draft.content, "split": split, "files_for": None, "picked": False}
    if not several:
        draft_parts.put(draft, [replace(part, task_id=None) for part in draft_parts.parts_of(draft)])


def note_picked(draft: Draft) -> None:
    """Note that the person chose the draft's task by a button."""
    draft.content = {**draft.content, "picked": True}


def is_picked(draft: Draft) -> bool:
    return bool(draft.content.get("picked"))


def give_files(draft: Draft, task_id: int | None) -> None:
    """Let the files go to one of the tasks; None: to all."""
    draft.content = {**draft.content, "files_for": task_id}


def files_for(draft: Draft) -> int | None:
    """The task to which the files go; None: to all."""
    task_id: int | None = draft.content.get("files_for")
    return task_id


def parts_for(draft: Draft, task_id: int) -> list[DraftPart]:
    """The parts of the report about one of the tasks."""
    mine = [part for part in draft_parts.parts_of(draft) if part.task_id in {None, task_id}]
    elsewhere = files_for(draft) not in {None, task_id}
    return [replace(part, files=()) if elsewhere else part for part in mine]


@dataclass(frozen=True, slots=True)
class NumberOwner:
    """The task of a number; not ``sure``: only its neighbours say so, and the person is asked."""

    task_id: int | None
    sure: bool = True


async def owners(session: Session, draft: Draft, numbers: Sequence[Quantity]) -> list[NumberOwner]:
    """The task of each number.

    It is that of the message, else the one that the item names, else that of the number before, or behind.
    In a correction of one of several reports that were filed together, it may be the task of another.
    """
    able = [*tasks_of(draft), *draft.content.get("beside", ())]
    if len(able) < 2:
        return [NumberOwner(draft.task_id)] * len(numbers)
    found = await tasks.tasks_by_id(session, able)
    named = await which_task.of_numbers(session, numbers, [found[task_id] for task_id in able])
    parts = [part for part in draft_parts.parts_of(draft) if part.text]
    ends = list(accumulate(len(part.text) + 1 for part in parts))
    own: list[int | None] = []
    for number, by_item in zip(numbers, named, strict=True):
        part = next(part for part, end in zip(parts, ends, strict=True) if number.span[0] < end)
        own.append(part.task_id if part.task_id is not None else by_item)
    last = next((owner for owner in own if owner is not None), draft.task_id)
    found_owners = []
    for number, owner in zip(numbers, own, strict=True):
        last = last if owner is None else owner
        sure = owner is not None or not number.item or is_manpower(number.unit)
        found_owners.append(NumberOwner(last, sure))
    return found_owners


def drop_empty(draft: Draft, owned: Sequence[NumberOwner]) -> None:
    """Leave out the tasks about which nothing is said any more."""
    said = {*(one.task_id for one in owned), *(part.task_id for part in draft_parts.parts_of(draft))}
    if is_split(draft) and (left := [one for one in tasks_of(draft) if one in said]) != tasks_of(draft):
        settle(draft, left or tasks_of(draft)[:1])
