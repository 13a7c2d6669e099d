"""What lies below tasks, as a subject of the nag engine: who decides on children hears that they are late.

It has no scan of its own: the scan of the tasks finds late children, and hands over what is due above them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from models import tasks
from models.db import RowJson, Session, ident
from models.delivery.messages import Outbox
from models.nags import BELOW
from models.people import Contact
from models.tasks import Task, child_duties, task_due
from reports.formats import short
from rules.nags.levels import Level
from services import access
from services.nags.nag_keeper import deciders_ladder
from services.nags.subject import (
    ComingNag,
    DueNag,
    NagFile,
    OwedPart,
    Subject,
    SubjectScan,
    TurnDirectory,
)
from services.nags.tasks.below_standing import BelowStanding, LateBelowLine, by_parent, owed_below
from services.nags.tasks.task_scan import heard_above, once, whole_of
from services.nags.tasks.task_standing import MOST, TasksAhead
from services.people.free_hours import free_from
from services.turn import TickTurn, Turn

DAYS: Final = 7
"""So many days are looked ahead for the next nag about the children of one task."""


@dataclass(frozen=True, slots=True)
class BelowAhead:
    """The late parts of the coming days, and those that ask for 办结.

    ``duties``: the late parts, and the tasks above the others (``asked``), with what is heard above of both.
    ``parents``: the tasks above any of them, by id.
    """

    duties: TasksAhead
    parents: Mapping[int, Task]
    asked: Sequence[Task]

    @classmethod
    async def read(cls, turn: TickTurn, until: datetime, waiting: Collection[int]) -> Self:
        ahead = await task_due.to_look_at(turn.session, until, MOST, about_parts=True)
        above = (await tasks.tasks_by_id(turn.session, waiting)).values() if waiting else ()
        others = await child_duties.nagged_children(turn.session, waiting) if waiting else ()
        return await cls.of(turn, until, ahead, [*above, *others])

    @classmethod
    async def of(cls, turn: TickTurn, until: datetime, ahead: Sequence[Task], others: Sequence[Task]) -> Self:
        """Everything about these tasks, of which the scan looks at those ``ahead``."""
        found, ladder = {ident(task): task for task in (*ahead, *others)}, deciders_ladder(turn.campaign)
        if not found:
            return cls(TasksAhead(turn, until, ladder, (), {}, {}, {}), {}, ())
        asked = await child_duties.asked_below(turn.session, found.values())
        parents = await tasks.tasks_by_id(turn.session, by_parent([*found.values(), *asked]))
        made = await TasksAhead.of(turn, until, ahead, found, ladder)
        heard = {task_id: heard_above(found[task_id], owed) for task_id, owed in made.owed.items()}
        return cls(replace(made, owed=heard), parents, asked)

    @property
    def looked(self) -> int:
        return len(self.duties.ahead)

    @property
    def whole(self) -> bool:
        return self.duties.whole

    async def events(self) -> Sequence[tuple[datetime, DueNag]]:
        by_moment: dict[datetime, list[DueNag]] = {}
        for at, due in await self.duties.events():
            whole_id = whole_of(self.duties.tasks[due.subject_id], due.kind)
            above = replace(due, subject=BELOW, subject_id=whole_id, gone=None)
            by_moment.setdefault(at, []).append(above)
        return [(at, one) for at, many in sorted(by_moment.items()) for one in once(many)]

    async def standing(self, subject_ids: Collection[int], at: datetime) -> BelowStanding:
        turn = self.duties.turn
        late = [task for task in self.duties.tasks.values() if task.parent_id in subject_ids]
        asked = [part for part in self.asked if part.parent_id in subject_ids]
        then = (await self.duties.standing([ident(task) for task in late], at)).duties
        owed = owed_below(then.owed, asked, self.parents, turn.campaign)
        directory = await then.directory.knowing(turn.session, asked)
        parts = by_parent([*late, *asked])
        return BelowStanding(turn.session, at, turn.campaign, self.parents, parts, owed, directory)


async def coming(turn: TickTurn, task: Task) -> list[ComingNag]:
    """When next who decides on the children of a task hears of some, if nothing is done."""
    found = await child_duties.nagged_children(turn.session, [ident(task)])
    if not found and task.below_asked_at is None:
        return []
    until = turn.campaign.last_second(turn.today + timedelta(days=DAYS))
    ahead = await BelowAhead.of(turn, until, [task, *found], ())
    mine = [(at, due) for at, due in await ahead.events() if due.subject_id == task.id]
    for at, due in mine:
        standing = await ahead.standing([due.subject_id], at)
        told = max(at, standing.paused_until(due.subject_id) or at)
        readers = await standing.readers(due.subject_id, Level.DECIDER)
        contacts = [who.contact for who in readers if who.contact is not None]
        if contacts:
            free = [free_from(one, told, turn.campaign, daily=due.daily) for one in contacts]
            return [ComingNag(when, Level.DECIDER, one.id) for one, when in zip(contacts, free, strict=True)]
    return []


async def _scan(_turn: TickTurn, _everybody: TurnDirectory) -> SubjectScan[LateBelowLine]:
    return SubjectScan([], None)


async def _next_look(_session: Session) -> datetime | None:
    return None


async def _look_again(_session: Session, _now: datetime) -> None:
    """The scan of the tasks looks at the children."""


async def _stand_at(_turn: TickTurn, _moment: datetime, _backlog: bool) -> None:
    """The children stand as all tasks do."""


async def _standing(turn: TickTurn, task_ids: Collection[int], everybody: TurnDirectory) -> BelowStanding:
    return await BelowStanding.of(turn, task_ids, everybody)


async def _left(
    turn: TickTurn, _row: Outbox, items: Sequence[RowJson], reader: Contact
) -> tuple[Sequence[LateBelowLine], BelowStanding]:
    lines = [LateBelowLine.from_json(item) for item in items]
    standing = await BelowStanding.of(turn, {line.task_id for line in lines})
    left = (standing.still(line, reader) for line in lines)
    return [one for one in left if one is not None], standing


async def _own(_turn: Turn, _task_id: int) -> Sequence[LateBelowLine]:
    return []


def _put_off(_line: LateBelowLine) -> Sequence[OwedPart]:
    return []


async def _file(turn: Turn, task_id: int) -> NagFile:
    task = await access.visible_task(turn.session, turn.actor, task_id)
    return NagFile(short(task.objective, 60), task.lead_unit_id, task.responsible_id)


BELOWS: Final = Subject(
    BELOW,
    BELOW,
    (),
    "",
    scan=_scan,
    next_look=_next_look,
    look_again=_look_again,
    stand_at=_stand_at,
    standing=_standing,
    left=_left,
    own=_own,
    put_off=_put_off,
    file=_file,
    ahead=BelowAhead.read,
    in_digest=False,
    is_foreseen=False,
)
"""A line stands for a task, with all of its late children."""
