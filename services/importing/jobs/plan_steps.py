"""The steps that write the plan of an import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from models.db import Session
from services.importing.jobs import import_steps, roster_writing
from services.importing.jobs.import_steps import ImportOccasion, ImportStep, WrittenIds, in_parts
from services.importing.jobs.task_writing import write_tasks
from services.importing.plans.activity_plan import ActivityPlan, PlannedActivity, write_activities
from services.importing.plans.calendar_plan import CalendarPlan, apply_calendar
from services.importing.plans.category_plan import CategoryPlan, apply_categories
from services.importing.plans.planned_tasks import PlannedTask, TaskPlan
from services.importing.plans.point_plan import PointPlan, apply_points
from services.importing.plans.policy_plan import PolicyPlan, apply_policy
from services.importing.plans.preview_making import Plan, counts_of
from services.importing.plans.previews import rows_to_write
from services.importing.plans.section_plan import SectionPlan, apply_sections
from services.importing.rows.roster_rows import ContactRow, UnitRow
from services.turn import TickTurn

_WEIGHT: Final = 400  # of one step's tasks: each task counts one, plus one for each assisting unit
WholePlan = PolicyPlan | CategoryPlan | PointPlan | CalendarPlan | SectionPlan


def steps_of(occasion: ImportOccasion, plan: Plan, *, after: int = 0) -> list[ImportStep]:
    """The steps that write a plan behind the place ``after``."""
    if isinstance(plan, TaskPlan):
        return [_tasks(occasion, part) for part in _weighed(plan.to_write(after))]
    if isinstance(plan, WholePlan):
        return [_whole(occasion, plan)] if plan.changes_anything else []
    if isinstance(plan, ActivityPlan):
        return [_activities(occasion, part) for part in in_parts(plan.to_write(after))]
    units = [_units(occasion, part) for part in in_parts(plan.units_to_write())]
    return [*units, *(_contacts(occasion, part) for part in in_parts(plan.contacts_to_write(after)))]


def _tasks(occasion: ImportOccasion, part: Sequence[PlannedTask]) -> ImportStep:
    async def write(session: Session) -> WrittenIds:
        made = await write_tasks(
            TickTurn(session, occasion.now, occasion.campaign), part, actor_id=occasion.actor_id
        )
        return [task.id for task in made if task.id is not None]

    return ImportStep(write, len(part), part[-1].place)


def _activities(occasion: ImportOccasion, part: Sequence[PlannedActivity]) -> ImportStep:
    async def write(session: Session) -> WrittenIds:
        turn = TickTurn(session, occasion.now, occasion.campaign)
        await write_activities(turn, part, actor_id=occasion.actor_id)
        return ()

    return ImportStep(write, len(part), part[-1].row.row)


def _units(occasion: ImportOccasion, part: Sequence[UnitRow]) -> ImportStep:
    async def write(session: Session) -> WrittenIds:
        await roster_writing.write_units(session, part, now=occasion.now, actor_id=occasion.actor_id)
        return ()

    return ImportStep(write, len(part))


def _contacts(occasion: ImportOccasion, part: Sequence[ContactRow]) -> ImportStep:
    async def write(session: Session) -> WrittenIds:
        await roster_writing.write_contacts(session, part, now=occasion.now, actor_id=occasion.actor_id)
        return ()

    return ImportStep(write, len(part), part[-1].row)


def _whole(occasion: ImportOccasion, plan: WholePlan) -> ImportStep:
    """A sheet that means something only as a whole, in one transaction."""

    async def write(session: Session) -> WrittenIds:
        match plan:
            case PolicyPlan():
                await apply_policy(session, plan, now=occasion.now, actor_id=occasion.actor_id)
            case CategoryPlan():
                await apply_categories(session, plan, now=occasion.now, actor_id=occasion.actor_id)
            case PointPlan():
                await apply_points(session, plan, now=occasion.now, actor_id=occasion.actor_id)
            case CalendarPlan():
                await apply_calendar(session, plan, now=occasion.now, actor_id=occasion.actor_id)
            case SectionPlan():
                await apply_sections(session, plan, now=occasion.now, actor_id=occasion.actor_id)
        return ()

    return ImportStep(write, rows_to_write(counts_of(plan)))


def _weighed(planned: Sequence[PlannedTask]) -> Iterator[Sequence[PlannedTask]]:
    """Parts of at most ``import_steps.ROWS`` tasks, or fewer if many units assist.

    A part has tasks of one level alone: those above others are committed before these.
    """
    part: list[PlannedTask] = []
    weight = 0
    for one in planned:
        more = 1 + len(one.assisting)
        full = len(part) == import_steps.ROWS or weight + more > _WEIGHT
        if part and (full or part[-1].level != one.level):
            yield part
            part, weight = [], 0
        part.append(one)
        weight += more
    if part:
        yield part
