"""A large plan becomes short transactions, also where a task brings many rows along."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.campaign import Campaign
from services.importing.jobs.import_steps import ImportOccasion
from services.importing.jobs.plan_steps import steps_of
from services.importing.plans.task_plan import PlannedTask, TaskPlan
from services.importing.rows.line_refs import LineRef
from tests.services.importing.builders import ROSTER, parsed, sheet, task

OCCASION = ImportOccasion("job1", datetime(2026, 12, 15, tzinfo=UTC), Campaign(), None)


def plan(count: int, assisting: int) -> TaskPlan:
    (row,) = parsed(sheet(task())).rows
    helpers = frozenset(range(assisting))
    tasks = [
        PlannedTask(replace(row, line=LineRef(0, number)), str(number), "new", 1, {}, helpers)
        for number in range(2, count + 2)
    ]
    return TaskPlan(tasks, [], [], [], ROSTER)


@pytest.mark.parametrize(
    ("count", "assisting", "parts"),
    [
        (250, 1, [100, 100, 50]),
        (100, 0, [100]),
        (0, 0, []),
        (9, 99, [4, 4, 1]),
        (2, 5_000, [1, 1]),
    ],
)
def test_parts(count: int, assisting: int, parts: list[int]) -> None:
    steps = steps_of(OCCASION, plan(count, assisting))
    assert [step.rows for step in steps] == parts
    assert [step.upto for step in steps] == [sum(parts[: at + 1]) + 1 for at in range(len(parts))]


def test_what_is_written_is_not_written_again() -> None:
    steps = steps_of(OCCASION, plan(250, 0), after=101)
    assert [step.rows for step in steps] == [100, 50]
    assert steps_of(OCCASION, plan(250, 0), after=251) == []
