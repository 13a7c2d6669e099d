"""How far targets were reached at a moment: what pictures show of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.db import ident
from models.tasks import Task
from rules.tasks.task_lifecycle import TaskState
from services.tasks import task_targets
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk

pytestmark = pytest.mark.both_engines("sums")
ITEM = "清理违规广告牌匾"


@pytest.fixture
def task(world: World) -> Task:
    world.task.target_value, world.task.target_unit = Decimal(50), "处"
    return world.task


async def sums(talk: Talk, scope: set[int] | None = None) -> list[tuple[str, str, Decimal, Decimal]]:
    await talk.session.flush()
    found = await task_targets.target_sums(talk.session, scope, talk.now)
    return [(one.item, one.measure, one.reached, one.target) for one in found]


async def test_what_was_reported_by_then_counts_and_nothing_later(
    talk: Talk, task: Task, local: Local
) -> None:
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处")
    talk.now = local(12, 16, 10)
    await talk.report(f"今天{ITEM}30处")
    assert await sums(talk) == [(ITEM, "处", Decimal(42), Decimal(50))]
    talk.now = local(12, 15, 18)
    assert await sums(talk) == [(ITEM, "处", Decimal(12), Decimal(50))]


async def test_a_target_on_which_nobody_has_reported_has_the_words_of_its_task(
    talk: Talk, task: Task
) -> None:
    ((item, measure, reached, target),) = await sums(talk)
    assert item in task.objective
    assert (measure, reached, target) == ("处", Decimal(0), Decimal(50))


async def test_other_units_and_cancelled_tasks_are_left_out(talk: Talk, task: Task, local: Local) -> None:
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处")
    assert await sums(talk, {task.lead_unit_id}) != []
    assert await sums(talk, {task.lead_unit_id + 1}) == []
    task.state = TaskState.CANCELLED
    assert await sums(talk) == []


async def test_what_is_of_another_measure_does_not_count(talk: Talk, task: Task, local: Local) -> None:
    talk.now = local(12, 15, 10)
    await talk.report("今天清理野广告3万张")
    ((_, measure, reached, _),) = await sums(talk)
    assert (measure, reached) == ("处", Decimal(0))
    assert ident(task)
