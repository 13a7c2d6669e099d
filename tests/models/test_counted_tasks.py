"""Which tasks count in a scope, what lies below them, and how a database finds both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from models.db import ColumnValues, Database, Session
from models.people import Unit
from models.progress import figure_sources, task_sums
from models.progress.report_selection import ReportSelection
from models.tasks import Metric, Task, counted_tasks, target_metrics, task_search
from models.tasks.counted_tasks import BelowPart, TasksBelow
from rules.duties.frequencies import Frequency
from rules.people.roles import Tier
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from tests.support.people import Roster
from tests.support.plans import analyse, plan_of
from tests.support.rows import Rows, id_of

DAY = date(2026, 12, 20)
TODAY = date(2026, 12, 15)


class Tree:
    """市局 broke a task down to 街道, and 街道 its part to 村."""

    def __init__(self, session: Session, roster: Roster) -> None:
        self.session, self.roster = session, roster
        self.units: dict[str, Unit] = {}
        self.tasks: dict[str, Task] = {}

    async def begin(self) -> None:
        above: Task | None = None
        tiers = {"市局": Tier.DEPARTMENT, "街道": Tier.STREET, "村": Tier.VILLAGE}
        for name, tier in tiers.items():
            self.units[name] = await self.roster.unit(name, tier)
            task = await self.roster.task(self.units[name], name, DAY)
            task.parent_id = None if above is None else above.id
            await self.session.flush()
            self.tasks[name] = above = task

    def ids(self, *names: str) -> list[int]:
        return [id_of(self.units[name]) for name in names]


@pytest.fixture
async def tree(session: Session, roster: Roster) -> Tree:
    made = Tree(session, roster)
    await made.begin()
    return made


SCOPES = [
    pytest.param(None, ["市局"], {"市局": 2}, id="all units"),
    pytest.param(["市局"], ["市局"], {"市局": 2}, id="the top"),
    pytest.param(["街道"], ["街道"], {"街道": 1}, id="the middle"),
    pytest.param(["村"], ["村"], {}, id="the lowest"),
    pytest.param(["街道", "村"], ["街道"], {"街道": 1}, id="the middle and the lowest"),
    pytest.param(["市局", "街道"], ["市局"], {"市局": 2}, id="the top and the middle"),
    pytest.param(["市局", "村"], ["市局", "村"], {"市局": 1}, id="the middle is not there"),
]


@pytest.mark.both_engines("sums")
@pytest.mark.parametrize(("scope", "counting", "below"), SCOPES)
async def test_a_task_counts_where_its_parent_does_not_stand(
    session: Session, tree: Tree, scope: list[str] | None, counting: list[str], below: dict[str, int]
) -> None:
    units = None if scope is None else tree.ids(*scope)
    names = {unit.id: name for name, unit in tree.units.items()}
    for listed in (counted_tasks.tasks_in, counted_tasks.open_in, task_search.unsigned_tasks):
        assert [task.objective for task in await listed(session, units)] == counting
    assert [task.objective for task in await counted_tasks.counted_tasks(session, units)] == counting
    found = await counted_tasks.tasks_below(session, TODAY, units)
    assert {names[one.lead_unit_id]: one.every for one in found} == below
    listed_below = await counted_tasks.listed_below(session, TODAY, units, BelowPart.EVERY, 9)
    assert len(listed_below) == sum(below.values())


@pytest.mark.both_engines("sums")
async def test_what_lies_below_is_done_late_or_cancelled(session: Session, tree: Tree) -> None:
    tree.tasks["街道"].state, tree.tasks["村"].deadline = TaskState.COMPLETED, TODAY - timedelta(days=1)
    tree.tasks["市局"].focus = "宣传氛围"
    await session.flush()
    (unit_id,) = tree.ids("市局")
    whole = TasksBelow(unit_id, "市容环境整治", "宣传氛围", every=2, done=1, late=1)
    assert await counted_tasks.tasks_below(session, TODAY, None) == [whole]
    late = await counted_tasks.listed_below(session, TODAY, None, BelowPart.LATE, 9)
    assert late == [tree.tasks["村"]]
    cut = await counted_tasks.tasks_below(session, TODAY, None, focus="宣传氛围")
    assert cut == [whole]
    tree.tasks["街道"].state = TaskState.CANCELLED
    await session.flush()
    # The lowest counts again: what is right above it stands nowhere.
    assert await counted_tasks.tasks_below(session, TODAY, None) == []
    counting = await counted_tasks.counted_tasks(session, None)
    assert {one.objective for one in counting} == {"市局", "村"}


async def test_recurring_reports_are_expected_where_a_task_counts_and_below(
    session: Session, tree: Tree
) -> None:
    for task in tree.tasks.values():
        task.frequency = Frequency.DAILY
    await session.flush()
    assert await counted_tasks.recurring_in(session, None) == [tree.tasks["市局"]]
    assert await counted_tasks.recurring_in(session, tree.ids("街道")) == [tree.tasks["街道"]]
    top, middle, lowest = (id_of(task) for task in tree.tasks.values())
    below = await counted_tasks.recurring_below(session, None)
    assert [(root, task.id) for root, task in below] == [(top, middle), (top, lowest)]
    # What counts itself may still be a part of what lies below.
    below = await counted_tasks.recurring_below(session, tree.ids("市局", "村"))
    assert [(root, task.id) for root, task in below] == [(top, middle), (top, lowest)]
    assert await counted_tasks.ids_below(session, [top, middle]) == {top: [middle], middle: [lowest]}
    assert await counted_tasks.ids_below(session, [top]) == {top: [middle, lowest]}


async def test_the_metrics_of_a_task_and_of_all_below_its_own_first(
    session: Session, tree: Tree, rows: Rows
) -> None:
    lowest, top = [await rows.metric(tree.tasks[name]) for name in ("村", "市局")]
    found = await task_sums.measured_metrics(session, id_of(tree.tasks["市局"]))
    assert [(one.id, one.total) for one in found] == [(top.id, None), (lowest.id, None)]
    tree.tasks["市局"].target_value = Decimal(1)
    await session.flush()
    by_target = await target_metrics.metrics_of_targets(session)
    assert {task: [one.id for one in some] for task, some in by_target.items()} == {
        tree.tasks["市局"].id: [top.id, lowest.id]
    }


# -- plans ------------------------------------------------------------------------------------------------

UNITS, PARENTS, PARTS = 200, 2_000, 8
Ask = Callable[[Session], Awaitable[Any]]


@pytest.fixture
async def many(database: Database, now: datetime, campaign: Campaign) -> None:
    """Sixteen thousand children among eighteen thousand tasks, each with a metric."""
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        unit_ids = [id_of(await roster.unit(f"单位{number}")) for number in range(UNITS)]
        usual = {"action": "市容环境整治", "standard": "达标", "frequency": Frequency.DAILY}
        moments = dict.fromkeys(("created_at", "updated_at", "assigned_at", "nagged_until"), now)
        plain = {"responsible_person": "某某", "state": TaskState.IN_PROGRESS, "extensions": 0}
        found: list[ColumnValues] = []
        for number in range(1, PARENTS * (1 + PARTS) + 1):
            parent = None if number <= PARENTS else (number - PARENTS - 1) // PARTS + 1
            its = {"id": number, "identity": str(number), "objective": f"任务{number}", "parent_id": parent}
            of_unit = {"lead_unit_id": unit_ids[number % UNITS], "was_overdue": False, "own_reports": True}
            found.append({**usual, **moments, **plain, **its, **of_unit})
        await session.execute(sa.insert(Task), found)
        metrics = [{"task_id": row["id"], "item": "广告", "unit": "处", "name_kept": False} for row in found]
        await session.execute(sa.insert(Metric), metrics)
    await analyse(database)


@pytest.mark.both_engines("query plans")
async def test_a_unit_and_a_task_read_their_own_tasks_alone(
    database: Database, many: None, now: datetime
) -> None:
    one, task = [1], ReportSelection(now, task_id=7)
    asked: dict[str, Ask] = {
        "counted": lambda session: counted_tasks.counted_tasks(session, one),
        "rows": lambda session: counted_tasks.tasks_in(session, one),
        "unsigned": lambda session: task_search.unsigned_tasks(session, one),
        "recurring": lambda session: counted_tasks.recurring_in(session, one),
        "below": lambda session: counted_tasks.tasks_below(session, TODAY, one),
        "recurring below": lambda session: counted_tasks.recurring_below(session, one),
        "metrics of a card": lambda session: task_sums.measured_metrics(session, 7),
        "totals of a task": lambda session: figure_sources.item_totals(session, task),
    }
    for name, ask in asked.items():
        found = await plan_of(database, ask)
        assert not reads_all(found), f"{name}:\n{found}"
    assert reads_all(await plan_of(database, lambda session: session.execute(sa.select(col(Task.remark)))))


def reads_all(found: str) -> bool:
    """Whether the plan reads all tasks, or all metrics."""
    lines = [line.strip(" ->") for line in found.splitlines()]
    return any(
        line.startswith((f"SCAN {table}", f"Seq Scan on {table}", f"Parallel Seq Scan on {table}"))
        for table in ("task", "metric ")
        for line in lines
    )
