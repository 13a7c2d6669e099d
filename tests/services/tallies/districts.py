"""A district for tallies: a street with a village below it, beside 城管局."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from models.db import Session
from models.people import Contact, Unit
from models.tasks import Metric, Task
from rules.people.roles import Tier
from tests.services.conftest import World
from tests.support.people import Roster
from tests.support.rows import Rows

CLEANED: Final = ("清理小广告", "处")


class District:
    """A street with a village below it, beside 城管局; who files what, and when it counts."""

    def __init__(self, session: Session, world: World, roster: Roster, at: datetime) -> None:
        self.session, self.world, self.roster, self.rows = session, world, roster, Rows(session, at)
        self.village: Unit
        self.tasks: dict[str, Task] = {}
        self.metrics: dict[str, Metric] = {}
        self.person: Contact = world.liaison.contact

    async def begin(self) -> None:
        self.village = await self.roster.unit("西山村", Tier.VILLAGE)
        self.village.parent_id = self.world.other_unit.id
        for unit, action, focus in (
            (self.world.unit, "市容环境整治", "户外广告"),
            (self.world.other_unit, "市容环境整治", None),
            (self.village, "文明创建宣传", "宣传氛围"),
        ):
            task = await self.roster.task(unit, f"{unit.name}清理小广告", date(2026, 12, 31))
            task.action, task.focus = action, focus
            self.tasks[unit.name] = task
            self.metrics[unit.name] = await self.rows.metric(task, *CLEANED)

    async def file(self, unit: str, amount: int, at: datetime, **more: Any) -> str:
        """A report on the unit's task. Returns its number."""
        task = self.tasks[unit]
        said = {"reported_at": at, "counted_at": at} | more
        place = await self.session.get_one(Unit, task.lead_unit_id)
        report = await self.rows.report(place, self.person, task_id=task.id, **said)
        if amount:
            await self.rows.figure(report, self.metrics[unit], amount)
        return report.receipt_no
