"""Who decides on a task, is asked for 办结 and 延期, and has to see to what was reopened below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from locales import Text
from models.db import ident
from models.people import Contact
from models.tasks import Task, children, waiting_tasks
from rules.delivery.delivery import MessageKind
from rules.people.office_subjects import OfficeSubject
from rules.tasks.task_lifecycle import AwaitedAnswer, TaskState
from services import access, office_notices, outbox
from services.recipients import Directory, OfficeShare
from services.tasks import breakdown_rights
from services.turn import TickTurn, Turn
from services.views import View


async def asked(turn: TickTurn, task: Task) -> list[Contact]:
    """The people who are asked to decide on a child. Empty: the office is."""
    if task.parent_id is None:
        return []
    directory = await Directory.about(turn.session, [task], turn.today)
    return [who.contact for who in directory.deciders(task) if who.contact is not None]


async def name_of(turn: TickTurn, task: Task) -> Text:
    """Who is asked, for a text: a person, or the office."""
    return _named(await asked(turn, task))


def _named(found: Sequence[Contact]) -> Text:
    return Text("common.as_is", text=found[0].name) if found else Text("common.role.office")


async def tell(turn: TickTurn, task: Task, key: str, view: View) -> Text:
    """Ask who decides on the task; its buttons work for everybody who has the right.

    Returns who is asked, as ``name_of``.
    """
    found = await asked(turn, task)
    if not found:
        share = OfficeShare(OfficeSubject.COMPLETION, turn.today)
        about = ("task", ident(task))
        await office_notices.tell(
            turn.session, key, view, now=turn.now, kind=MessageKind.ORDER, share=share, about=about
        )
    for contact in found:
        await outbox.enqueue(
            turn.session, MessageKind.ORDER, f"{key}:{contact.id}", view, now=turn.now, contact=contact
        )
    return _named(found)


async def waiting(turn: Turn, *, of_office: bool = True) -> dict[AwaitedAnswer, list[Task]]:
    """The tasks that wait for an answer of the actor: of the office, or of who broke the one above down.

    ``of_office`` False: only what they are asked as a person, not as one of the office.
    """
    as_office = of_office and turn.actor.is_office
    found = await _children_waiting(turn, as_office=as_office)
    if as_office:
        found = [*await waiting_tasks.waiting_tasks(turn.session), *found]
    return {answer: [task for task in found if waits_for(task, answer)] for answer in AwaitedAnswer}


async def _children_waiting(turn: Turn, *, as_office: bool) -> list[Task]:
    """Of the children that wait, those that the actor is asked about; of the office, also those of nobody."""
    actor = turn.actor
    own = await waiting_tasks.children_waiting_for(turn.session, actor.duties, actor.answered_units)
    mine = [task for task in own if not access.answers_for(actor, task)]
    if not as_office:
        return mine
    known = {task.id for task in mine}
    others = await of_nobody(turn, await waiting_tasks.waiting_children(turn.session))
    return [*mine, *(task for task in others if task.id not in known)]


async def of_nobody(turn: TickTurn, found: Sequence[Task]) -> list[Task]:
    """Those of the children of which nobody is left to decide but the office."""
    if not found:
        return []
    directory = await Directory.about(turn.session, found, turn.today)
    return [task for task in found if not directory.deciders(task)]


def waits_for(task: Task, answer: AwaitedAnswer) -> bool:
    if answer is AwaitedAnswer.SUBMITTED:
        return task.state is TaskState.SUBMITTED
    return task.extension_asked_at is not None


async def count_for_office(turn: TickTurn) -> dict[AwaitedAnswer, int]:
    """How many tasks wait for which answer of the office."""
    counts = await waiting_tasks.count_waiting(turn.session)
    alone = await of_nobody(turn, await waiting_tasks.waiting_children(turn.session))
    return {
        answer: count + sum(waits_for(task, answer) for task in alone)
        for answer, count in zip(AwaitedAnswer, counts, strict=True)
    }


async def reopened(turn: Turn) -> list[Task]:
    """The completed tasks below which something was reopened, and on which the actor decides or answers.

    Who only answers has done with it once somebody has said 已核实; who decides has to decide.
    """
    below = await children.reopened_below(turn.session)
    newest: dict[int, datetime] = {}
    for task in below:
        if task.parent_id is not None and task.reopened_at is not None:
            newest[task.parent_id] = max(task.reopened_at, newest.get(task.parent_id, task.reopened_at))
    if not newest:
        return []
    parents = await children.parents_by_id(turn.session, below)
    verified = await breakdown_rights.verified(turn.session, newest)
    return [
        parents[one]
        for one in newest
        if await access.decides_on(turn.session, turn.actor, parents[one])
        or (access.answers_for(turn.actor, parents[one]) and one not in verified)
    ]
