"""A large import as short transactions, so that other work can run in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from models import tasks
from models.db import Session
from services.campaign import Campaign
from services.importing.jobs import roster_writing, task_handovers
from services.importing.jobs.task_writing import write_tasks
from services.importing.plans.policy_plan import PolicyPlan, apply_policy
from services.importing.plans.previews import Plan
from services.importing.plans.task_plan import PlannedTask, TaskPlan
from services.importing.rows.roster_rows import ContactRow, UnitRow
from services.tasks import assignments
from services.turn import TickTurn

ROWS: Final = 100
_WEIGHT: Final = 400  # of one step's tasks: each task counts one, plus one for each assisting unit
T = TypeVar("T")
CreatedIds = Sequence[int]


@dataclass(frozen=True, slots=True)
class ImportStep:
    """One transaction of an import.

    ``write`` returns the ids of the tasks that are new for somebody. After it, ``rows`` more rows are
    written, and all down to the row ``upto`` (0: the step says nothing about that).
    """

    write: Callable[[Session], Awaitable[CreatedIds]]
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
        if isinstance(plan, PolicyPlan):
            return [self._policy(plan)] if plan.changes_anything else []
        units = [self._units(part) for part in _parts(plan.units_to_write())]
        return [*units, *(self._contacts(part) for part in _parts(plan.contacts_to_write(after)))]

    async def closing_steps(
        self, session: Session, created: CreatedIds, *, of_tasks: bool
    ) -> list[ImportStep]:
        """The steps that follow when everything is written.

        People whose tasks are new, or have come from somebody else, hear it in one message. After a roster,
        tasks find the people who have come. ``of_tasks``: the import was a breakdown, not a roster.
        """
        if of_tasks:
            found = await tasks.tasks_by_id(session, created)
            written = [found[task_id] for task_id in created if task_id in found]
            made, handed = task_handovers.split(written, self.now)
            orders = await assignments.orders(
                TickTurn(session, self.now, self.campaign), made, occasion=self.key
            )
            handovers = await task_handovers.load(TickTurn(session, self.now, self.campaign), handed)
            told = [self._handovers(part) for part in _parts(handovers)]
            return [*(self._orders(part) for part in _parts(orders)), *told]
        return [self._links(part) for part in _parts(await roster_writing.links(session))]

    def _tasks(self, part: Sequence[PlannedTask]) -> ImportStep:
        async def write(session: Session) -> CreatedIds:
            made = await write_tasks(TickTurn(session, self.now, self.campaign), part, actor_id=self.actor_id)
            return [task.id for task in made if task.id is not None]

        return ImportStep(write, len(part), part[-1].row.row)

    def _units(self, part: Sequence[UnitRow]) -> ImportStep:
        async def write(session: Session) -> CreatedIds:
            await roster_writing.write_units(session, part, now=self.now, actor_id=self.actor_id)
            return ()

        return ImportStep(write, len(part))

    def _contacts(self, part: Sequence[ContactRow]) -> ImportStep:
        async def write(session: Session) -> CreatedIds:
            await roster_writing.write_contacts(session, part, now=self.now, actor_id=self.actor_id)
            return ()

        return ImportStep(write, len(part), part[-1].row)

    def _policy(self, plan: PolicyPlan) -> ImportStep:
        async def write(session: Session) -> CreatedIds:
            await apply_policy(session, plan, now=self.now, actor_id=self.actor_id)
            return ()

        return ImportStep(write, plan.count("new") + plan.count("changed"))

    def _links(self, part: Sequence[roster_writing.Link]) -> ImportStep:
        async def write(session: Session) -> CreatedIds:
            await roster_writing.write_links(session, part, now=self.now, actor_id=self.actor_id)
            return ()

        return ImportStep(write)

    def _orders(self, part: Sequence[assignments.AssignmentNotice]) -> ImportStep:
        async def write(session: Session) -> CreatedIds:
            await assignments.promise(session, part, now=self.now)
            return ()

        return ImportStep(write)

    def _handovers(self, part: Sequence[task_handovers.TaskHandover]) -> ImportStep:
        async def write(session: Session) -> CreatedIds:
            await task_handovers.tell(TickTurn(session, self.now, self.campaign), part)
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
