"""A large import as short transactions, so that other work can run in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from models.db import Session
from services.campaign import Campaign
from services.importing.jobs import import_notices, roster_writing
from services.importing.jobs.task_writing import write_tasks
from services.importing.plans.calendar_plan import CalendarPlan, apply_calendar
from services.importing.plans.category_plan import CategoryPlan, apply_categories
from services.importing.plans.point_plan import PointPlan, apply_points
from services.importing.plans.policy_plan import PolicyPlan, apply_policy
from services.importing.plans.previews import Plan, counts_of, rows_to_write
from services.importing.plans.task_plan import PlannedTask, TaskPlan
from services.importing.rows.roster_rows import ContactRow, UnitRow
from services.turn import TickTurn

ROWS: Final = 100
_WEIGHT: Final = 400  # of one step's tasks: each task counts one, plus one for each assisting unit
T = TypeVar("T")
WrittenIds = Sequence[int]
WholePlan = PolicyPlan | CategoryPlan | PointPlan | CalendarPlan


@dataclass(frozen=True, slots=True)
class ImportStep:
    """One transaction of an import.

    ``write`` returns the ids of the tasks of which somebody must hear. After it, ``rows`` more rows are
    written, and all down to the row ``upto`` (0: the step says nothing about that).
    """

    write: Callable[[Session], Awaitable[WrittenIds]]
    rows: int = 0
    upto: int = 0


@dataclass(frozen=True, slots=True)
class ImportOccasion:
    """When and by whom an import is written: the same however often it is interrupted.

    ``key`` identifies it among all imports.
    """

    key: str
    now: datetime
    campaign: Campaign
    actor_id: int | None

    def steps(self, plan: Plan, *, after: int = 0) -> list[ImportStep]:
        """The steps that write a plan below the row ``after``."""
        if isinstance(plan, TaskPlan):
            return [self._tasks(part) for part in _weighed(plan.to_write(after))]
        if isinstance(plan, PolicyPlan | CategoryPlan | PointPlan | CalendarPlan):
            return [self._whole(plan)] if plan.changes_anything else []
        units = [self._units(part) for part in _parts(plan.units_to_write())]
        return [*units, *(self._contacts(part) for part in _parts(plan.contacts_to_write(after)))]

    async def closing_steps(
        self, session: Session, written: WrittenIds, *, of_tasks: bool
    ) -> list[ImportStep]:
        """The steps that follow when everything is written.

        Each person whom a breakdown concerns hears of it in one message. After a roster, tasks find the
        people who have come. ``of_tasks``: the import was a breakdown, not a roster.
        """
        if of_tasks:
            turn = TickTurn(session, self.now, self.campaign)
            notices = await import_notices.notices(turn, written, self.key)
            return [self._notices(part) for part in _parts(notices)]
        return [self._links(part) for part in _parts(await roster_writing.links(session))]

    def _tasks(self, part: Sequence[PlannedTask]) -> ImportStep:
        async def write(session: Session) -> WrittenIds:
            made = await write_tasks(TickTurn(session, self.now, self.campaign), part, actor_id=self.actor_id)
            return [task.id for task in made if task.id is not None]

        return ImportStep(write, len(part), part[-1].row.line.place)

    def _units(self, part: Sequence[UnitRow]) -> ImportStep:
        async def write(session: Session) -> WrittenIds:
            await roster_writing.write_units(session, part, now=self.now, actor_id=self.actor_id)
            return ()

        return ImportStep(write, len(part))

    def _contacts(self, part: Sequence[ContactRow]) -> ImportStep:
        async def write(session: Session) -> WrittenIds:
            await roster_writing.write_contacts(session, part, now=self.now, actor_id=self.actor_id)
            return ()

        return ImportStep(write, len(part), part[-1].row)

    def _whole(self, plan: WholePlan) -> ImportStep:
        """A sheet that means something only as a whole, in one transaction."""

        async def write(session: Session) -> WrittenIds:
            match plan:
                case PolicyPlan():
                    await apply_policy(session, plan, now=self.now, actor_id=self.actor_id)
                case CategoryPlan():
                    await apply_categories(session, plan, now=self.now, actor_id=self.actor_id)
                case PointPlan():
                    await apply_points(session, plan, now=self.now, actor_id=self.actor_id)
                case CalendarPlan():
                    await apply_calendar(session, plan, now=self.now, actor_id=self.actor_id)
            return ()

        return ImportStep(write, rows_to_write(counts_of(plan)))

    def _links(self, part: Sequence[roster_writing.Link]) -> ImportStep:
        async def write(session: Session) -> WrittenIds:
            await roster_writing.write_links(session, part, now=self.now, actor_id=self.actor_id)
            return ()

        return ImportStep(write)

    def _notices(self, part: Sequence[import_notices.ImportNotice]) -> ImportStep:
        async def write(session: Session) -> WrittenIds:
            await import_notices.promise(session, part, now=self.now)
            return ()

        return ImportStep(write)


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[at : at + ROWS] for at in range(0, len(items), ROWS))


def _weighed(planned: Sequence[PlannedTask]) -> Iterator[Sequence[PlannedTask]]:
    """Parts of at most ``ROWS`` tasks, or fewer if many units assist."""
    part: list[PlannedTask] = []
    weight = 0
    for one in planned:
        more = 1 + len(one.assisting)
        if part and (len(part) == ROWS or weight + more > _WEIGHT):
            yield part
            part, weight = [], 0
        part.append(one)
        weight += more
    if part:
        yield part
