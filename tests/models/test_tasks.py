"""Queries of task lists by owner, state and order, and of one task's lines, units and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from models import tasks
from models.db import Session
from models.people import Contact, Unit
from models.tasks import Metric, Task, TaskAssistingUnit, counted_tasks, former_lines
from models.tasks.former_lines import FormerLine
from rules.tasks.task_lifecycle import TaskState
from tests.support.people import Roster
from tests.support.rows import Rows, id_of, ids_of

DAY = date(2026, 12, 20)
OPEN = [
    TaskState.ASSIGNED,
    TaskState.ACKNOWLEDGED,
    TaskState.IN_PROGRESS,
    TaskState.SUBMITTED,
    TaskState.RETURNED,
]


def names(found: object) -> list[str]:
    assert isinstance(found, (list, tuple))
    return [task.objective for task in found]


@dataclass(frozen=True, slots=True)
class Town:
    ours: Unit
    other: Unit
    third: Unit
    person: Contact

    @property
    def our_ids(self) -> list[int]:
        return [id_of(self.ours)]


@pytest.fixture
async def town(roster: Roster) -> Town:
    ours, other, third = [await roster.unit(name) for name in ("城管局", "交通局", "住建局")]
    return Town(ours, other, third, await roster.contact(ours, "张三"))


async def test_tasks_stand_by_deadline_then_by_id_and_long_term_ones_last(
    session: Session, roster: Roster, town: Town
) -> None:
    for name, deadline in (
        ("长期", None),
        ("甲", DAY),
        ("丙", DAY + timedelta(days=1)),
        ("乙", DAY),
        ("先", DAY - timedelta(days=1)),
    ):
        await roster.task(town.ours, name, deadline)
    assert names(await tasks.open_tasks(session)) == ["先", "甲", "乙", "丙", "长期"]
    assert names(await counted_tasks.tasks_in(session, None)) == ["先", "甲", "乙", "丙", "长期"]


async def test_which_states_are_open(session: Session, roster: Roster, town: Town) -> None:
    for state in TaskState:
        await roster.task(town.ours, state.value, DAY, town.person, state=state)
    in_order = [state.value for state in TaskState if state in OPEN]
    assert names(await tasks.open_tasks(session)) == in_order
    assert names(await tasks.open_tasks_of_contact(session, [id_of(town.person)])) == in_order
    assert names(await counted_tasks.tasks_in(session, None)) == [state.value for state in TaskState]
    assert names(await counted_tasks.completed_in_view(session, [], None)) == ["completed"]


async def test_on_which_recurring_tasks_reports_are_expected(
    session: Session, roster: Roster, town: Town
) -> None:
    """No report is expected on a task that waits for the office."""
    for state in TaskState:
        await roster.task(town.ours, f"有时限{state}", DAY, state=state)
        await roster.task(town.ours, state.value, None, state=state)
    expected = [state.value for state in TaskState if state in OPEN and state is not TaskState.SUBMITTED]
    assert names(await counted_tasks.recurring_in(session, None)) == expected


async def test_lists_of_lead_units(session: Session, roster: Roster, town: Town) -> None:
    await roster.task(town.ours, "我们", None)
    await roster.task(town.other, "别人", None, assisting=(town.ours,))
    for listed in (
        tasks.open_tasks,
        counted_tasks.open_in,
        counted_tasks.recurring_in,
        counted_tasks.tasks_in,
    ):
        assert names(await listed(session, None)) == ["我们", "别人"]
        assert names(await listed(session, town.our_ids)) == ["我们"]
        assert names(await listed(session, [])) == []


VIEWS = [
    pytest.param("lead", True, id="their unit leads it"),
    pytest.param("assist", True, id="their unit assists"),
    pytest.param("responsible", True, id="they answer for it"),
    pytest.param("none", False, id="others' alone"),
]


@pytest.mark.parametrize(("how", "seen"), VIEWS)
async def test_what_a_reader_sees_of_completed_tasks(
    session: Session, roster: Roster, town: Town, how: str, seen: bool
) -> None:
    unit = town.ours if how == "lead" else town.other
    responsible = town.person if how == "responsible" else None
    assisting = (town.third, town.ours) if how == "assist" else (town.third,)
    await roster.task(unit, "任务", DAY, responsible, assisting=assisting, state=TaskState.COMPLETED)
    theirs = [id_of(town.person)]
    assert names(await counted_tasks.completed_in_view(session, theirs, town.our_ids)) == (
        ["任务"] if seen else []
    )
    assert names(await counted_tasks.completed_in_view(session, [], None)) == ["任务"]


async def test_who_has_no_unit_sees_what_they_answer_for(
    session: Session, roster: Roster, town: Town
) -> None:
    await roster.task(town.ours, "他的", DAY, town.person, state=TaskState.COMPLETED)
    await roster.task(town.ours, "别人的", DAY, state=TaskState.COMPLETED)
    assert names(await counted_tasks.completed_in_view(session, [id_of(town.person)], [])) == ["他的"]
    assert names(await counted_tasks.completed_in_view(session, [], [])) == []


async def test_the_last_completed_comes_first(
    session: Session, roster: Roster, town: Town, now: datetime
) -> None:
    for name, hours in (("早", -2), ("同时一", 0), ("同时二", 0), ("中", -1)):
        task = await roster.task(town.ours, name, DAY, state=TaskState.COMPLETED)
        task.completed_at = now + timedelta(hours=hours)
    await roster.task(town.ours, "未完成", DAY)
    found = names(await counted_tasks.completed_in_view(session, [], None))
    assert found == ["同时二", "同时一", "中", "早"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["广告"], ["清理广告100%达标", "清理广告"]),
        (["广告", "达标"], ["清理广告100%达标"]),
        (["100%"], ["清理广告100%达标"]),
        (["0_达"], []),
        (["led"], ["整治LED屏"]),
        ([], ["清理广告100%达标", "整治LED屏", "清理广告"]),
    ],
)
async def test_tasks_are_found_by_all_words_of_their_objectives(
    session: Session, roster: Roster, town: Town, words: list[str], found: list[str]
) -> None:
    await roster.task(town.ours, "清理广告", None, state=TaskState.CANCELLED)
    await roster.task(town.ours, "清理广告100%达标", DAY)
    await roster.task(town.ours, "整治LED屏", DAY)
    await roster.task(town.other, "清理广告LED100%达标", DAY)
    assert names(await tasks.tasks_named(session, [], town.our_ids, words, 9)) == found
    assert names(await tasks.tasks_named(session, [], town.our_ids, words, 1)) == found[:1]


async def test_assisted_tasks_are_not_those_that_the_unit_leads(
    session: Session, roster: Roster, town: Town
) -> None:
    await roster.task(town.other, "协办", None, assisting=(town.ours,), state=TaskState.CANCELLED)
    await roster.task(town.other, "协办有时限", DAY, assisting=(town.ours, town.third))
    await roster.task(town.ours, "牵头也协办", DAY, assisting=(town.ours,))
    await roster.task(town.other, "第三方协办", DAY, assisting=(town.third,))
    assert names(await tasks.assisted_tasks(session, id_of(town.ours))) == ["协办有时限", "协办"]


async def test_open_tasks_of_a_contact_and_of_units(session: Session, roster: Roster, town: Town) -> None:
    await roster.task(town.other, "他的", DAY, town.person, assisting=(town.ours,))
    await roster.task(town.ours, "牵头", DAY)
    await roster.task(town.other, "协办", DAY, assisting=(town.ours,))
    await roster.task(town.other, "无关", DAY, assisting=(town.third,))
    theirs = [id_of(town.person)]
    assert names(await tasks.open_tasks_of_contact(session, theirs)) == ["他的"]
    assert names(await tasks.open_tasks_of_contact(session, theirs, town.our_ids)) == ["他的", "牵头", "协办"]
    assert names(await tasks.open_tasks_of_contact(session, [])) == []


async def test_tasks_by_identity_and_without_a_contact(session: Session, roster: Roster, town: Town) -> None:
    one = await roster.task(town.ours, "甲", DAY, town.person)
    other = await roster.task(town.ours, "乙", DAY)
    assert await tasks.tasks_by_identity(session) == {one.identity: one, other.identity: other}
    assert await tasks.task_by_identity(session, "没有") is None
    assert await tasks.without_contact(session) == [other]


async def test_assisting_units_of_each_task(session: Session, roster: Roster, town: Town) -> None:
    two = await roster.task(town.ours, "两家", DAY, assisting=(town.third, town.other))
    none = await roster.task(town.ours, "无", DAY)
    await roster.task(town.ours, "未问", DAY, assisting=(town.other,))
    found = await tasks.assisting_units(session, ids_of(two, none))
    assert found == {id_of(two): ids_of(town.other, town.third), id_of(none): []}


async def test_a_unit_leaves_one_task(session: Session, roster: Roster, rows: Rows, town: Town) -> None:
    left, stays = [
        await roster.task(town.ours, name, DAY, assisting=(town.other, town.third)) for name in ("甲", "乙")
    ]
    await tasks.leave_assisting(session, id_of(left), id_of(town.other))
    found = await tasks.assisting_units(session, ids_of(left, stays))
    assert found == {id_of(left): [town.third.id], id_of(stays): ids_of(town.other, town.third)}
    assert await rows.count(TaskAssistingUnit) == 3


async def test_a_metric_is_made_once_for_each_item_and_unit(
    session: Session, roster: Roster, rows: Rows, town: Town
) -> None:
    one, other = await roster.task(town.ours, "甲", DAY), await roster.task(town.ours, "乙", DAY)
    first = await tasks.metric_named(session, id_of(one), "广告牌", "处")
    assert await tasks.metric_named(session, id_of(one), "广告牌", "处") == first
    of_one = [first, await tasks.metric_named(session, id_of(one), "广告牌", "块")]
    of_other = await tasks.metric_named(session, id_of(other), "广告牌", "处")
    assert await tasks.metrics_of(session, id_of(one)) == of_one
    assert await tasks.metrics_of(session, id_of(other)) == [of_other]
    assert await rows.count(Metric) == 3


@pytest.mark.parametrize(
    ("person", "left"),
    [
        (None, ["别的行", "别的任务"]),
        ("张三", ["李四的", "别的行", "别的任务"]),
        ("王五", ["张三的", "李四的", "别的行", "别的任务"]),
    ],
)
async def test_former_lines_are_forgotten_by_identity_and_person(
    session: Session, roster: Roster, rows: Rows, town: Town, person: str | None, left: list[str]
) -> None:
    task, other = await roster.task(town.ours, "甲", DAY), await roster.task(town.ours, "乙", DAY)
    kept: dict[int | None, str] = {}
    for name, of, identity, who in (
        ("张三的", task, "x", "张三"),
        ("李四的", task, "x", "李四"),
        ("别的行", task, "y", "张三"),
        ("别的任务", other, "x", "张三"),
    ):
        line = FormerLine(task_id=id_of(of), identity=identity, responsible_person=who)
        kept[(await rows.add(line)).id] = name
    await former_lines.forget_former_lines(session, id_of(task), "x", person)
    assert [kept[line.id] for line in await former_lines.former_lines(session)] == left


async def test_tasks_are_found_by_id(session: Session, roster: Roster, town: Town) -> None:
    task: Task = await roster.task(town.ours, "甲", DAY)
    assert await tasks.tasks_by_id(session, [id_of(task), 99]) == {id_of(task): task}
    assert await tasks.task_by_id(session, 99) is None
