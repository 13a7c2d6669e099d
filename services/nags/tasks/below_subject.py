"""What lies below tasks, as a subject of the nag engine: who decides on children hears that they are late.

It has no scan of its own: the scan of the tasks finds late children, and hands over what is due above them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from models import tasks
from models.db import RowJson, Session, ident
from models.delivery.messages import Outbox
from models.nags import BELOW
from models.people import Contact
from models.tasks import Task, child_duties
from reports.formats import short
from rules.nags.decider_rungs import HEARD
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from services import access
from services.nags.nag_keeper import deciders_ladder
from services.nags.quiet_hours import free_from
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
from services.nags.tasks.task_scan import once
from services.nags.tasks.task_standing import MOST, TasksAhead
from services.turn import TickTurn, Turn

DAYS: Final = 7
"""So many days are looked ahead for the next nag about the children of one task."""
_Rows = tuple[Sequence[Task], Sequence[Task]]


@dataclass(frozen=True, slots=True)
class BelowAhead:
    """The late children of the coming days, and those that wait for 办结.

    ``parents``: the tasks above both, by id. ``answering``: those of them of which parts wait (``asked``).
    """

    children: TasksAhead
    parents: dict[int, Task]
    answering: TasksAhead
    asked: Sequence[Task]

    @classmethod
    async def read(cls, turn: TickTurn, until: datetime, waiting: Collection[int]) -> Self:
        ahead = await child_duties.children_to_look_at(turn.session, until, MOST)
        others = await child_duties.nagged_children(turn.session, waiting) if waiting else ()
        answering = await child_duties.asked_to_look_at(turn.session, until, MOST)
        known = {ident(task) for task in answering}
        more = await tasks.tasks_by_id(turn.session, set(waiting) - known)
        return await cls.of(turn, until, (ahead, others), (answering, list(more.values())))

    @classmethod
    async def of(cls, turn: TickTurn, until: datetime, children: _Rows, parents: _Rows) -> Self:
        """Everything about these children, and about the children of these parents that wait.

        Each are those at which the scan looks, and others.
        """
        found = {ident(task): task for task in (*children[0], *children[1])}
        above = {ident(task): task for task in (*parents[0], *parents[1])}
        asked = await child_duties.asked_below(turn.session, above.values())
        over = await tasks.tasks_by_id(turn.session, by_parent(found.values()))
        late = await _ahead(turn, until, children[0], found, HEARD)
        answering = await _ahead(turn, until, parents[0], above, (DutyKind.BELOW_ASKED,))
        return cls(late, {**over, **above}, answering, asked)

    @property
    def looked(self) -> int:
        return len(self.children.ahead) + len(self.answering.ahead)

    @property
    def whole(self) -> bool:
        return self.children.whole and self.answering.whole

    async def events(self) -> Sequence[tuple[datetime, DueNag]]:
        by_moment: dict[datetime, list[DueNag]] = {}
        for at, due in await self.children.events():
            parent_id = self.children.tasks[due.subject_id].parent_id
            if parent_id is not None:
                above = replace(due, subject=BELOW, subject_id=parent_id, gone=None)
                by_moment.setdefault(at, []).append(above)
        for at, due in await self.answering.events():
            by_moment.setdefault(at, []).append(replace(due, subject=BELOW, gone=None))
        return [(at, one) for at, many in sorted(by_moment.items()) for one in once(many)]

    async def standing(self, subject_ids: Collection[int], at: datetime) -> BelowStanding:
        turn = self.children.turn
        asked = [part for part in self.asked if part.parent_id in subject_ids]
        parts = by_parent([*self.children.tasks.values(), *asked])
        mine = {task_id: parts.get(task_id, []) for task_id in subject_ids}
        ids = [
            one for many in mine.values() for child in many if (one := ident(child)) in self.children.tasks
        ]
        then = (await self.children.standing(ids, at)).duties
        owed = owed_below(then.owed, asked, self.parents, turn.campaign)
        directory = await then.directory.knowing(turn.session, asked)
        return BelowStanding(turn.session, at, turn.campaign, self.parents, mine, owed, directory)


async def _ahead(
    turn: TickTurn, until: datetime, ahead: Sequence[Task], found: dict[int, Task], kinds: Collection[str]
) -> TasksAhead:
    """These tasks in the coming days, with what is heard above of their duties."""
    made = await TasksAhead.of(turn, until, ahead, found, deciders_ladder(turn.campaign))
    owed = {task_id: [one for one in every if one.kind in kinds] for task_id, every in made.owed.items()}
    return replace(made, owed=owed)


async def coming(turn: TickTurn, task: Task) -> list[ComingNag]:
    """When next who decides on the children of a task hears of some, if nothing is done."""
    found = await child_duties.nagged_children(turn.session, [ident(task)])
    if not found and task.below_asked_at is None:
        return []
    until = turn.campaign.last_second(turn.today + timedelta(days=DAYS))
    ahead = await BelowAhead.of(turn, until, (found, ()), ([task], ()))
    for at, due in await ahead.events():
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
