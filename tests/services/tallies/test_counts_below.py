"""Whatever happens to broken-down tasks: totals and counts are those of a recount by rules of its own.

The recount (``recounts``) reads the rows and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locales import Text
from models import tasks
from models.db import Database, Session
from models.people import Unit
from models.tasks import Task
from reports.tasks_below import BelowCounts
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError
from services.progress import metric_list
from services.tallies import period_tallies, tally_counting, tally_parts, tally_sources
from services.tallies.period_tallies import TallyCut, TallySelection
from services.tallies.tally_parts import TallyBreakdown
from services.tasks import reassign, task_card, task_targets
from tests.services.progress.talk import Talk, buttons
from tests.services.tallies.recounts import DAY, Counts, Recount, Sums, added
from tests.support.people import Roster
from tests.support.repeats import part_of
from tests.support.rows import id_of
from tests.support.turns import turn_for

pytestmark = pytest.mark.both_engines("sums")

ACTIONS = ("市容环境整治", "乡村环境整治")
ITEMS = ("清运垃圾", "清理小广告")
MEASURES = ("车", "处")
# A department, two streets, and two villages of each.
UNITS: Sequence[tuple[str, Tier, int | None]] = (
    ("农业农村局", Tier.DEPARTMENT, None),
    ("东风街道", Tier.STREET, None),
    ("西关街道", Tier.STREET, None),
    *((f"东{n}村", Tier.VILLAGE, 1) for n in range(2)),
    *((f"西{n}村", Tier.VILLAGE, 2) for n in range(2)),
)


@dataclass(frozen=True, slots=True)
class Node:
    """A task: its unit, and of which earlier one it is a part (None: of none), as far as there is room."""

    unit: int
    parent: int | None
    action: int
    days: int
    target: int


@dataclass(frozen=True, slots=True)
class Step:
    """What happens: its kind, to which task, and three numbers to choose by."""

    kind: str
    task: int
    one: int
    two: int
    three: int


NUMBER = st.integers(0, 11)
KINDS = (
    *("report", "report", "report", "report", "merge", "merge", "correct", "withdraw"),
    *("move", "complete", "reopen", "cancel"),
)
NODES = st.lists(
    st.builds(Node, NUMBER, st.none() | NUMBER, st.integers(0, 1), st.integers(-3, 5), st.integers(0, 40)),
    min_size=3,
    max_size=9,
)
STEPS = st.lists(
    st.builds(Step, st.sampled_from(KINDS), NUMBER, NUMBER, NUMBER, NUMBER), min_size=6, max_size=24
)


@dataclass
class Town:
    """The tasks as they are made, and what people do to them."""

    session: Session
    roster: Roster
    campaign: Campaign
    now: datetime
    units: list[Unit] = field(default_factory=list)
    people: list[Actor] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    sent: list[tuple[Talk, int]] = field(default_factory=list)

    async def begin(self, nodes: Sequence[Node]) -> None:
        self.office = await self.roster.actor(await self.roster.unit("创城办"), "主任", Role.OFFICE)
        for name, tier, above in UNITS:
            unit = await self.roster.unit(name, tier, None if above is None else self.units[above])
            self.units.append(unit)
            self.people.append(await self.roster.actor(unit, f"{name}责任人", Role.RESPONSIBLE_PERSON))
        for number, node in enumerate(nodes):
            await self._make(number, node)

    async def _make(self, number: int, node: Node) -> None:
        person = self.people[node.unit % len(UNITS)]
        deadline = DAY + timedelta(days=node.days)
        task = await self.roster.task(person.unit, f"第{number}项工作", deadline, person.contact)
        task.action = ACTIONS[node.action]
        if node.target > 20:
            task.target_value, task.target_unit = Decimal(node.target), "车"
        if node.parent is not None and self.tasks:
            above = self.tasks[node.parent % len(self.tasks)]
            over = next((one for one in self.tasks if one.id == above.parent_id), None)
            if over is None or over.parent_id is None:
                task.parent_id = above.id
        self.tasks.append(task)
        await self.session.flush()

    def name_of(self, unit_id: int) -> str:
        return next(unit.name for unit in self.units if unit.id == unit_id)

    async def play(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.now += timedelta(minutes=7)
            task = self.tasks[step.task % len(self.tasks)]
            await self.session.refresh(task)
            try:
                async with self.session.begin_nested():
                    await getattr(self, step.kind)(task, step)
            except DomainError:
                await Talk(self.session, self.office, self.now, self.campaign).cancel()

    def _talk(self, task: Task) -> Talk:
        actor = next(one for one in self.people if one.unit.id == task.lead_unit_id)
        return Talk(self.session, actor, self.now, self.campaign)

    async def report(self, task: Task, step: Step) -> None:
        talk, message_id = self._talk(task), len(self.sent) + 1
        said = f"今天{ITEMS[step.one % 2]}{step.two + 1}{MEASURES[step.three % 2]}"
        await talk.confirm(await talk.write(said, about=[id_of(task)], message_id=message_id))
        self.sent.append((talk, message_id))

    async def correct(self, task: Task, step: Step) -> None:
        if self.sent:
            talk, message_id = self.sent[step.one % len(self.sent)]
            talk.now = self.now
            await talk.correct(message_id, f"今天{ITEMS[step.two % 2]}{step.three + 1}车")

    async def withdraw(self, task: Task, step: Step) -> None:
        if self.sent:
            talk, _ = self.sent[step.one % len(self.sent)]
            talk.now = self.now
            last = await talk.undo()
            if buttons(last, "correction.withdraw"):  # it may be withdrawn already, or its task be over
                await talk.withdraw(last)

    async def move(self, task: Task, step: Step) -> None:
        office = turn_for(self.session, self.office, self.now, self.campaign)
        receiver = self.people[step.one % len(self.people)].contact
        await reassign.move_tasks(office, [id_of(task)], id_of(receiver))

    async def merge(self, task: Task, step: Step) -> None:
        """Of one of the tasks that have two metrics of one unit of measure."""
        office = turn_for(self.session, self.office, self.now, self.campaign)
        every = await tasks.metrics_of_tasks(self.session, [id_of(one) for one in self.tasks])
        pairs = [
            (one, other)
            for mine in every.values()
            for one in mine
            for other in mine
            if one.unit == other.unit and one.id != other.id and not (one.merged_into or other.merged_into)
        ]
        if pairs:
            source, target = pairs[step.one % len(pairs)]
            await metric_list.merge(office, id_of(source), id_of(target))

    async def complete(self, task: Task, step: Step) -> None:
        await self._become(task, TaskState.COMPLETED, completed_at=self.now)

    async def reopen(self, task: Task, step: Step) -> None:
        await self._become(task, TaskState.IN_PROGRESS, completed_at=None)

    async def cancel(self, task: Task, step: Step) -> None:
        await self._become(task, TaskState.CANCELLED)

    async def _become(self, task: Task, state: TaskState, **values: Any) -> None:
        if state is not task.state:
            await tasks.move_state(self.session, id_of(task), task.state, state, self.now, **values)
            await self.session.refresh(task)


# -- what the program says --------------------------------------------------------------------------------


def amount_of(total: Text) -> Decimal:
    return Decimal(str(total.values["grouped"]).replace(",", ""))


async def shown_on_card(session: Session, task: Task) -> Sums:
    lines = [line for line in (await task_card.measure(session, task)).lines if "item" in line.values]
    return {
        (line.values["item"], line.values["total"].values["measure"]): amount_of(line.values["total"])
        for line in lines
    }


async def behind_sources(town: Town, task: Task) -> tuple[Sums, Decimal]:
    """The totals of 数据来源, and what its reports add to all of them together."""
    turn = turn_for(town.session, town.office, town.now, town.campaign)
    lines = (await tally_sources.task_sources(turn, id_of(task))).lines
    totals = {
        (line.values["item"], line.values["total"].values["measure"]): amount_of(line.values["total"])
        for line in lines
        if line.key == "sources.total"
    }
    parts = (amount_of(line.values["added"]) for line in lines if line.key == "sources.part")
    return totals, sum(parts, Decimal(0))


def as_counts(done: int, on_time: int, late: int, below: BelowCounts) -> Counts:
    return done, on_time, late, below.every, below.done, below.late


async def in_tally(town: Town, units: Collection[int] | None) -> tuple[dict[int, Counts], set[str]]:
    """The counts by unit, and who has not reported."""
    period = {"since": town.now - timedelta(days=9), "as_of": town.now}
    asked: dict[str, Any] = period | {"scope": units}
    standing = await tally_counting.stand(town.session, **asked, campaign=town.campaign)
    tally = await tally_counting.count_with(town.session, standing, **asked)
    counts = {
        unit_id: as_counts(line.done, line.on_time, line.late, line.below)
        for unit_id, line in standing.units.items()
    }
    return counts, set(tally.not_reported)


async def in_period(town: Town, asked: TallySelection) -> tuple[TallyCut, Counts]:
    turn = turn_for(town.session, town.office, town.now, town.campaign)
    cut = await period_tallies.cut_of(turn, asked)
    tally = await period_tallies.count(turn, cut, await period_tallies.tasks_of(turn, cut))
    assert tally.standing is not None
    now = tally.standing
    return cut, as_counts(now.done, now.on_time, now.late, now.below)


async def in_parts(town: Town, asked: TallySelection, cut: TallyCut, by: TallyBreakdown) -> Counts:
    turn = turn_for(town.session, town.office, town.now, town.campaign)
    found = [part.line.standing for part in await tally_parts.parts(turn, asked, cut, by)]
    return added([as_counts(one.done, one.on_time, one.late, one.below) for one in found if one is not None])


@settings(
    max_examples=part_of(24),
    # Each example is rolled back, so the database is the same for all of them.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(nodes=NODES, steps=STEPS)
async def test_totals_and_counts_are_those_of_a_recount(
    database: Database, now: datetime, campaign: Campaign, nodes: list[Node], steps: list[Step]
) -> None:
    async with database.rehearsal() as session:
        town = Town(session, Roster(session, now, campaign), campaign, now)
        await town.begin(nodes)
        await town.play(steps)
        recount = await Recount.of(session)
        for task in recount.tasks.values():
            totals = recount.totals(task)
            assert await shown_on_card(session, task) == totals
            assert await behind_sources(town, task) == (totals, sum(totals.values(), Decimal(0)))
        for asked, units, parts in scopes_of(town):
            wanted = recount.counts(units)
            cut, found = await in_period(town, asked)
            silent = {town.name_of(unit_id) for unit_id in recount.not_reported(units)}
            assert await in_tally(town, cut.units) == (wanted, silent), asked
            assert found == added(wanted.values()), asked
            for by in parts:
                assert await in_parts(town, asked, cut, by) == found, (asked, by)
            await assert_targets(town, recount, cut.units, units)


def scopes_of(town: Town) -> list[tuple[TallySelection, set[int], Sequence[TallyBreakdown]]]:
    """The district, tiers, and units with and without those below them; and how each is broken down."""
    bureau, street, *others = map(id_of, town.units)
    tiers = {
        tier: {id_of(unit) for unit in town.units if unit.tier is tier}
        for tier in (Tier.STREET, Tier.VILLAGE)
    }
    tree = {street, *(id_of(unit) for unit in town.units if unit.parent_id == street)}
    return [
        (TallySelection(), {bureau, street, *others}, list(TallyBreakdown)),
        (TallySelection(unit_id=street), tree, [TallyBreakdown.UNIT]),
        (TallySelection(unit_id=street, alone=True), {street}, []),
        (TallySelection(unit_id=bureau), {bureau}, []),
        *((TallySelection(tier=tier), units, []) for tier, units in tiers.items()),
    ]


async def assert_targets(
    town: Town, recount: Recount, scope: Collection[int] | None, units: Collection[int]
) -> None:
    """A target is reached by all that is measured in its unit at its task and below."""
    there = [task for task in recount.counting(units) if task.target_value is not None]
    reached = [amount for task in there for (_, unit), amount in recount.totals(task).items() if unit == "车"]
    found = await task_targets.target_sums(town.session, scope, town.now)
    assert sum(one.target for one in found) == sum(task.target_value or 0 for task in there)
    assert sum(one.reached for one in found) == sum(reached)
