"""Tasks that an import gives to another 责任人: that person and the former one hear of it as after a 转派."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models import audit_log
from models.people import Contact, ContactState
from models.tasks import Task
from rules.tasks.task_lifecycle import OPEN_STATES
from services.recipients import Directory
from services.tasks import reassign_notices
from services.tasks.reassign_notices import TaskMove
from services.turn import TickTurn


@dataclass(frozen=True, slots=True)
class TaskHandover:
    """All tasks that were handed over to one person."""

    directory: Directory
    receiver: Contact
    moves: Sequence[TaskMove]


def goes_over(task: Task, before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Whether a changed row gives the task to somebody else.

    The same name, found in the roster only now, is the same person.
    """
    if after.get("responsible_id") is None or task.state not in OPEN_STATES:
        return False
    return before["responsible_id"] is not None or "responsible_person" in after


def split(written: Sequence[Task], now: datetime) -> tuple[list[Task], list[Task]]:
    """The tasks that an import as of ``now`` has created, and those that it has handed over."""
    made = [task for task in written if task.created_at == now]
    return made, [task for task in written if task.created_at != now]


async def load(turn: TickTurn, handed: Sequence[Task]) -> list[TaskHandover]:
    """The people who must hear of what an import has handed over.

    Later decisions about a task prevail: if it has moved on since, those who moved it have told people.
    """
    if not handed:
        return []
    tasks = {task.id: task for task in handed}
    directory = await Directory.load(turn.session, turn.today)
    there = {who.id: who for who in directory.contacts if who.state is not ContactState.LEFT}
    moves: dict[int | None, list[TaskMove]] = {}
    for row in await audit_log.imports_at(
        turn.session, [task_id for task_id in tasks if task_id is not None], turn.now
    ):
        task, before, after = tasks[row.subject_id], row.before or {}, row.after or {}
        receiver = after.get("responsible_id")
        if receiver not in there or task.responsible_id != receiver or task.state not in OPEN_STATES:
            continue
        former = there.get(before.get("responsible_id"))
        person = before.get("responsible_person") or task.responsible_person
        hear = [former] if former is not None and former.reachable else []
        moves.setdefault(receiver, []).append(TaskMove(task, person, hear))
    return [TaskHandover(directory, there[who], theirs) for who, theirs in moves.items()]


async def tell(turn: TickTurn, part: Sequence[TaskHandover]) -> None:
    """Promise each person concerned one message, once, even if this is called again."""
    for one in part:
        await reassign_notices.tell(turn, one.directory, one.moves, one.receiver, None)
