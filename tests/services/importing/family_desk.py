"""A breakdown whose lines name the tasks above them: a bureau, the streets, and their villages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import col, select

from locales import plain
from models.audit_log import Audit
from models.people import Unit, all_units
from models.tasks import Task
from rules.people.roles import Role, Tier
from services.importing.jobs.task_writing import apply_tasks
from services.importing.plans.task_plan import TaskPlan, plan_tasks
from services.importing.rows.task_rows import parse_tasks
from tests.services.importing.builders import TASK_HEADER, sheet
from tests.services.importing.importing_desk import ImportDesk
from tests.support.people import Roster
from tests.support.turns import tick_for

CLEAN: Final = "完善城乡垃圾集中清运长效机制"
BUREAU, STREET, WEST, NORTH, SOUTH = "农业农村局", "东风街道", "西山村", "北河村", "南园村"
ABOVE: Final = f"{CLEAN}（{BUREAU}）"
HEADER: Final = (*TASK_HEADER, "报送频次", "上级任务")
# Two villages belong to 东风街道, and one to 和平街道; nobody is below the bureau.
_UNITS: Final[Mapping[str, tuple[Tier, str | None]]] = {
    "示范区": (Tier.DISTRICT, None),
    BUREAU: (Tier.DEPARTMENT, "示范区"),
    "城管局": (Tier.DEPARTMENT, "示范区"),
    STREET: (Tier.STREET, "示范区"),
    "和平街道": (Tier.STREET, "示范区"),
    WEST: (Tier.VILLAGE, STREET),
    NORTH: (Tier.VILLAGE, STREET),
    SOUTH: (Tier.VILLAGE, "和平街道"),
}


def line(serial: object, unit: str, above: object = None, **changes: Any) -> dict[str, Any]:
    """A line of the breakdown, led by that unit. ``above``: its cell under 上级任务."""
    given = {
        "序号": serial,
        "行动": "城乡环境整治行动",
        "目标任务": CLEAN,
        "工作标准": "日产日清",
        "完成时限": "2026年12月31日前",
        "责任单位": unit,
        "责任人": f"{unit}责任人",
        "分管领导": f"{unit}分管领导",
        "承办科室": "环境科",
        "上级任务": above,
    }
    return {**given, **changes}


def parent(serial: object = 1, **changes: Any) -> dict[str, Any]:
    """The bureau's task, with which three villages assist."""
    return line(serial, BUREAU, **{"配合单位": f"{WEST}、{NORTH}、{SOUTH}", **changes})


def short_line(serial: object, unit: str, above: object, **changes: Any) -> dict[str, Any]:
    """A line that leaves to the task above it what it may."""
    blank = dict.fromkeys(("行动", "目标任务", "工作标准", "完成时限"))
    return line(serial, unit, above, **{**blank, **changes})


def file(*rows: Mapping[str, Any], header: Sequence[str] = HEADER) -> bytes:
    return sheet(*rows, header=header)


@dataclass
class FamilyDesk(ImportDesk):
    """An office, and units in three tiers; each has a 责任人 who can be reached."""

    async def set_up(self) -> FamilyDesk:
        async with self.database.transaction() as session:
            roster = Roster(session, self.now, self.campaign)
            made: dict[str | None, Unit | None] = {None: None}
            for name, (tier, above) in _UNITS.items():
                unit = made[name] = await roster.unit(name, tier, made[above])
                person = f"{name}责任人"
                self.people[person] = await roster.contact(unit, person, Role.RESPONSIBLE_PERSON)
                await roster.contact(unit, f"{name}分管领导", Role.LEADER_IN_CHARGE)
            office = await roster.unit("创城办")
            self.people["创城办甲"] = await roster.contact(office, "创城办甲", Role.OFFICE)
        return self

    async def plan(self, *rows: Mapping[str, Any], header: Sequence[str] = HEADER) -> TaskPlan:
        today = self.campaign.today(self.now)
        parsed = parse_tasks(file(*rows, header=header), "任务分解表.xlsx", today=today)
        async with self.database.reading() as session:
            return await plan_tasks(session, parsed, {}, today=today)

    async def write(self, *rows: Mapping[str, Any], header: Sequence[str] = HEADER) -> TaskPlan:
        """Import at the command line: a plan, then one transaction."""
        plan = await self.plan(*rows, header=header)
        await self.carry_out(plan)
        return plan

    async def carry_out(self, plan: TaskPlan) -> None:
        async with self.database.transaction() as session:
            await apply_tasks(tick_for(session, self.now, self.campaign), plan)

    async def by_unit(self) -> dict[str, Task]:
        """The tasks by the name of the lead unit; of several, the last."""
        async with self.database.reading() as session:
            names = {unit.id: unit.name for unit in await all_units(session)}
        return {names[task.lead_unit_id]: task for task in await self.tasks()}

    async def families(self) -> dict[str, str | None]:
        """The lead unit of each task, with that of the task above it."""
        found = await self.by_unit()
        names = {task.id: unit for unit, task in found.items()}
        return {unit: names.get(task.parent_id) for unit, task in found.items()}

    async def change(self, unit: str, **values: object) -> None:
        """Change the task of that unit in the database."""
        task = (await self.by_unit())[unit]
        async with self.database.transaction() as session:
            stored = await session.get_one(Task, task.id)
            for name, value in values.items():
                setattr(stored, name, value)

    async def audited(self, name: str) -> list[tuple[object, object]]:
        """The old and the new value of a field in each import that has changed it."""
        async with self.database.reading() as session:
            query = select(Audit).where(Audit.event == "import").order_by(col(Audit.id))
            rows = [(row.before or {}, row.after or {}) for row in await session.exec(query)]
        return [(before.get(name), after[name]) for before, after in rows if name in after]


def refusals(plan: TaskPlan) -> dict[int, list[str]]:
    """The reasons by row."""
    return {one.row: [plain(reason) for reason in one.reasons] for one in plan.refused}


def above(plan: TaskPlan) -> dict[int, str | None]:
    """The parent of each line that is imported, by row; None: it has none."""
    return {one.row.row: None if one.parent is None else plain(one.parent.name) for one in plan.tasks}


def warned(plan: TaskPlan) -> dict[int, list[str]]:
    found = {one.row.row: [plain(text) for text in one.row.warnings] for one in plan.tasks}
    return {row: texts for row, texts in found.items() if texts}
