"""Which stored task a line of a breakdown means, and which of its fields the line does not decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from models.db import Session
from models.tasks import Task, former_lines

PERSON: Final = frozenset({"responsible_person", "responsible_id"})
CHAIN: Final = PERSON | {"leader_in_charge", "handling_section"}


def is_former_deadline(task: Task, deadline: date | None) -> bool:
    """Whether the task had that deadline before 延期. A new import of the sheet does not take 延期 back."""
    if task.first_deadline is None or task.deadline is None or deadline is None:
        return False
    return task.first_deadline <= deadline < task.deadline


def changes_of(task: Task, fields: Mapping[str, object]) -> dict[str, object]:
    """The fields that differ from the task's present ones."""
    return {name: value for name, value in fields.items() if getattr(task, name) != value}


@dataclass(frozen=True, slots=True)
class MovedLines:
    """The lines that tasks have left.

    ``by_identity``: the task that had the identity last. ``people``: (task id, identity, 责任人 cell) of the
    lines that tasks had before.
    """

    by_identity: Mapping[str, Task]
    people: Collection[tuple[int, str, str]]

    @classmethod
    async def load(cls, session: Session, known: Mapping[str, Task]) -> MovedLines:
        lines = await former_lines.former_lines(session)
        by_id = {task.id: task for task in known.values()}
        return cls(
            {line.identity: by_id[line.task_id] for line in lines},
            {(line.task_id, line.identity, line.responsible_person) for line in lines},
        )

    def task_of(self, identity: str, known: Mapping[str, Task], in_file: Collection[str]) -> Task | None:
        """The task that a line means: the one with its identity, else the one that has left it.

        If the file also names that task where it is now, its old line means another task.
        """
        if identity in known:
            return known[identity]
        moved = self.by_identity.get(identity)
        return None if moved is None or moved.identity in in_file else moved

    def kept(self, task: Task, identity: str, person: str) -> frozenset[str]:
        """The fields that the line does not decide, because the office has changed them since it was written.

        A line that now names another person than it did then is news, as long as its unit is the present one.
        """
        if task.identity != identity:
            return CHAIN
        return PERSON if (task.id, identity, person) in self.people else frozenset()
