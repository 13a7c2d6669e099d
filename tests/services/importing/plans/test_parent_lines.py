"""Which task the cells under 上级任务 name, in all forms, and what blank cells take over from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest

from locales import plain
from models.db import Database
from models.people.aliases import UnitAlias
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import TaskState
from services.access import actor_of
from services.campaign import Campaign
from services.importing.plans.task_plan import TaskPlan
from services.tasks import reassign
from tests.services.importing.builders import TASK_HEADER
from tests.services.importing.family_desk import (
    ABOVE,
    BUREAU,
    CLEAN,
    HEADER,
    NORTH,
    SOUTH,
    STREET,
    WEST,
    FamilyDesk,
    above,
    file,
    line,
    parent,
    refusals,
    short_line,
    warned,
)
from tests.support.turns import turn_for


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> FamilyDesk:
    return await FamilyDesk(database, campaign, now).set_up()


# -- the same file -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("serial", "cell"),
    [
        *((1, 1), (1, "1"), ("1", 1), (1, 1.0), (1, "第1项"), (1, "（1）"), (1, "序号1"), ("一", "一、")),
        *(("1.", 1), ("1-1", "1-1"), ("城-1", "城-1"), (1, f"1（{BUREAU}）")),
        *((1, ABOVE), (1, f"{CLEAN}\n{BUREAU}"), (1, f"{CLEAN}／{BUREAU}"), (1, f"{CLEAN}-{BUREAU}")),
        *((None, ABOVE), (1, f"1. {CLEAN}"), (1, CLEAN)),
    ],
)
async def test_a_line_of_the_file(desk: FamilyDesk, serial: object, cell: object) -> None:
    """Two villages below the bureau's task; the children come first in the file."""
    plan = await desk.plan(line(2, WEST, cell), line(3, NORTH, cell), parent(serial))
    assert refusals(plan) == {}
    assert above(plan) == {2: ABOVE, 3: ABOVE, 4: None}


@pytest.mark.parametrize(
    "label", ["上级任务", "上级任务序号", "所属任务", "父任务", "上级任务（序号）", " 上级 任务"]
)
async def test_the_words_of_the_header(desk: FamilyDesk, label: str) -> None:
    rows = [{**row, label: row["上级任务"]} for row in (parent(), line(2, WEST, 1))]
    assert above(await desk.plan(*rows, header=(*TASK_HEADER, label))) == {2: None, 3: ABOVE}


async def test_a_serial_number_means_a_line_of_its_own_part(desk: FamilyDesk) -> None:
    """In each 行动 the numbers begin anew."""
    other = "市容环境整治行动"
    rows = [
        *(parent(), line(2, WEST, 1)),
        *(parent(行动=other), line(2, NORTH, 1, 行动=other)),
    ]
    plan = await desk.plan(*rows)
    found = {one.row.row: one.parent.line.row for one in plan.tasks if one.parent and one.parent.line}
    assert found == {3: 2, 5: 4}


async def test_as_above_and_nothing(desk: FamilyDesk) -> None:
    plan = await desk.plan(
        parent(上级任务="无"), line(2, WEST, 1), line(3, NORTH, "同上"), line(4, "城管局", "/")
    )
    assert above(plan) == {2: None, 3: ABOVE, 4: ABOVE, 5: None}


async def test_three_levels_in_any_order(desk: FamilyDesk) -> None:
    rows = [line(3, WEST, f"{CLEAN}（{STREET}）"), line(2, STREET, 1), line(1, "示范区"), line(4, NORTH, 2)]
    plan = await desk.plan(*rows)
    street, top = f"{CLEAN}（{STREET}）", f"{CLEAN}（示范区）"
    assert above(plan) == {2: street, 3: top, 4: None, 5: street}
    assert {one.row.row: one.level for one in plan.tasks} == {2: 2, 3: 1, 4: 0, 5: 2}
    assert [one.row.row for one in plan.to_write()] == [4, 3, 2, 5]


async def test_a_name_alone_means_the_task_at_the_top(desk: FamilyDesk) -> None:
    """Its parts have the same name; whoever means one of them writes its unit."""
    rows = [parent(), line(2, WEST, CLEAN), line(3, NORTH, CLEAN), line(4, SOUTH, CLEAN)]
    assert set(above(await desk.plan(*rows)).values()) == {None, ABOVE}
    await desk.write(*rows)
    assert set(above(await desk.plan(*rows)).values()) == {None, ABOVE}, "nor do the stored ones matter"


async def test_tasks_that_go_below_another_are_not_at_the_top(desk: FamilyDesk) -> None:
    """The villages' tasks are there already, each for itself."""
    await desk.write(line(2, WEST), line(3, NORTH))
    plan = await desk.plan(parent(), line(2, WEST, CLEAN), line(3, NORTH, CLEAN))
    assert (refusals(plan), above(plan)) == ({}, {2: None, 3: ABOVE, 4: ABOVE})


# -- a task that exists already ------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [ABOVE, CLEAN, f"{BUREAU}：{CLEAN}"])
async def test_a_stored_task(desk: FamilyDesk, cell: str) -> None:
    await desk.write(parent())
    plan = await desk.plan(line(7, WEST, cell))
    assert (refusals(plan), above(plan)) == ({}, {2: ABOVE})
    assert plan.tasks[0].parent is not None
    assert plan.tasks[0].parent.task_id == (await desk.by_unit())[BUREAU].id


async def test_another_name_of_the_unit(desk: FamilyDesk) -> None:
    """What the office has once said that a name means counts here, too."""
    await desk.write(parent())
    async with desk.database.transaction() as session:
        bureau = (await desk.by_unit())[BUREAU].lead_unit_id
        session.add(UnitAlias(name="区农业局", unit_id=bureau, made_by=None, made_at=desk.now))
    assert above(await desk.plan(line(7, WEST, f"{CLEAN}（区农业局）"))) == {2: ABOVE}


@pytest.mark.parametrize("state", [TaskState.CANCELLED, TaskState.COMPLETED])
async def test_of_several_an_open_one_is_meant(desk: FamilyDesk, state: TaskState) -> None:
    await desk.write(parent())
    await desk.change(BUREAU, state=state)
    await desk.write(line(1, "城管局", 配合单位=WEST))
    assert above(await desk.plan(line(7, WEST, CLEAN))) == {2: f"{CLEAN}（城管局）"}


async def test_of_several_one_of_the_same_action_is_meant(desk: FamilyDesk) -> None:
    await desk.write(parent(), parent(2, 行动="市容环境整治行动"))
    plan = await desk.plan(line(7, WEST, ABOVE))
    assert plan.tasks[0].parent is not None
    task = next(one for one in await desk.tasks() if one.id == plan.tasks[0].parent.task_id)
    assert task.action == "城乡环境整治行动"


async def test_a_task_that_has_moved_is_found_by_both_units(desk: FamilyDesk) -> None:
    """转派 since the sheet was written: it still names the unit of then."""
    await desk.write(parent())
    bureau = (await desk.by_unit())[BUREAU]
    async with desk.database.transaction() as session:
        office = await actor_of(session, desk.people["创城办甲"])
        receiver = desk.people["城管局责任人"].id or 0
        await reassign.move_tasks(turn_for(session, office, desk.now), [bureau.id or 0], receiver)
    moved = f"{CLEAN}（城管局）"
    for cell in (ABOVE, moved):
        assert above(await desk.plan(line(7, WEST, cell))) == {2: moved}
    assert above(await desk.plan(parent(), line(7, WEST, 1)))[3] == moved, "who leads it now"


# -- blank cells ---------------------------------------------------------------------------------------


def meant(plan: TaskPlan, row: int) -> dict[str, Any]:
    (one,) = [one for one in plan.tasks if one.row.row == row]
    return {"action": one.row.action, "objective": one.row.objective, **one.fields}


async def test_blank_cells_take_over_what_the_task_above_says(desk: FamilyDesk) -> None:
    plan = await desk.plan(parent(报送频次="每日", 重点="垃圾清运"), short_line(2, WEST, 1))
    found = meant(plan, 3)
    assert (found["action"], found["focus"], found["objective"]) == ("城乡环境整治行动", "垃圾清运", CLEAN)
    assert (found["standard"], found["deadline"]) == ("日产日清", date(2026, 12, 31))
    assert found["frequency"] is Frequency.DAILY


@pytest.mark.parametrize(
    ("changes", "deadline", "frequency"),
    [
        ({}, date(2026, 12, 31), Frequency.WEEKLY),
        ({"完成时限": "2026年12月20日前"}, date(2026, 12, 20), Frequency.WEEKLY),
        ({"报送频次": "每日"}, date(2026, 12, 31), Frequency.DAILY),
        ({"完成时限": "2026年12月20日前", "报送频次": "每日"}, date(2026, 12, 20), Frequency.DAILY),
    ],
)
async def test_what_the_line_says_itself_counts(
    desk: FamilyDesk, changes: Mapping[str, Any], deadline: date, frequency: Frequency
) -> None:
    found = meant(await desk.plan(parent(报送频次="每周"), short_line(2, WEST, 1, **changes)), 3)
    assert (found["deadline"], found["frequency"]) == (deadline, frequency)


async def test_work_without_an_end_takes_over_how_often(desk: FamilyDesk) -> None:
    """Nobody is asked for a frequency that the task above has."""
    plan = await desk.plan(parent(完成时限="长期坚持，每周通报"), line(2, WEST, 1, 完成时限="长期坚持"))
    assert refusals(plan) == {}
    assert (meant(plan, 3)["deadline"], meant(plan, 3)["frequency"]) == (None, Frequency.WEEKLY)


async def test_blank_cells_through_three_levels(desk: FamilyDesk) -> None:
    """A village names the street's line, which has its own name from the line above."""
    rows = [
        short_line(3, WEST, f"{CLEAN}（{STREET}）"),
        short_line(2, STREET, 1, 完成时限="2026年12月25日前"),
        line(1, "示范区"),
    ]
    plan = await desk.plan(*rows)
    assert refusals(plan) == {}
    assert (meant(plan, 2)["objective"], meant(plan, 2)["deadline"]) == (CLEAN, date(2026, 12, 25))


async def test_the_preview_says_what_was_taken_over(desk: FamilyDesk) -> None:
    job_id = await desk.read(file(parent(), short_line(2, WEST, 1), short_line(3, NORTH, 1)))
    assert "行动、目标任务、工作标准、完成时限空白的，沿用上级任务（2 处：第 3–4 行）" in await desk.text(
        job_id
    )


async def test_a_target_is_only_what_the_line_says_itself(desk: FamilyDesk) -> None:
    """Else each of four villages would have to reach what all of them have to reach together."""
    rows = [
        parent(目标任务="建设示范点50个"),
        short_line(2, WEST, 1),
        line(3, NORTH, 1, 目标任务="建设示范点20个"),
    ]
    plan = await desk.plan(*rows)
    assert [meant(plan, row)["target_value"] for row in (2, 3, 4)] == [50, None, 20]
    notices = [plain(text) for text in plan.notices]
    assert f"“建设示范点50个（{BUREAU}）”的目标为50个，下级目标合计20个，请核对" in notices
    rows[1] = line(2, WEST, 1, 目标任务="建设示范点30个")
    assert not [text for text in (await desk.plan(*rows)).notices if "child_targets" in text.key]


async def test_a_stored_task_fills_blank_cells_too(desk: FamilyDesk) -> None:
    await desk.write(parent(报送频次="每日"))
    found = meant(await desk.plan(short_line(7, WEST, ABOVE)), 2)
    assert (found["action"], found["objective"]) == ("城乡环境整治行动", CLEAN)
    assert (found["deadline"], found["frequency"]) == (date(2026, 12, 31), Frequency.DAILY)


async def test_what_only_some_lines_may_leave_blank(desk: FamilyDesk) -> None:
    """A line at the top, and the person of any line."""
    rows = [parent(), short_line(2, WEST, 1, 责任人=None), short_line(3, NORTH, None)]
    assert refusals(await desk.plan(*rows)) == {
        3: ["没有填写责任人"],
        4: ["没有填写目标任务", "没有填写工作标准", "没有填写完成时限"],
    }


async def test_equal_lines_of_different_tasks(desk: FamilyDesk) -> None:
    """What a village does for two tasks differs by their 行动; for one task it is said twice."""
    rows = [parent(), parent(2, 行动="市容环境整治行动"), *(short_line(3, WEST, one) for one in (1, 2, 1))]
    plan = await desk.plan(*rows)
    assert refusals(plan) == {6: ["与第 4 行重复（行动、目标任务、责任单位相同）"]}
    assert [meant(plan, row)["action"] for row in (4, 5)] == ["城乡环境整治行动", "市容环境整治行动"]


async def test_another_frequency_than_that_of_the_task_above_is_named(desk: FamilyDesk) -> None:
    plan = await desk.plan(parent(报送频次="每日"), line(2, WEST, 1, 报送频次="每周"), line(3, NORTH, 1))
    assert warned(plan) == {3: ["本任务每周报告，上级任务每日报告，请核对"]}


async def test_the_numbers_of_lines_are_read_where_they_are_used(desk: FamilyDesk) -> None:
    """序号 like 城-1 are no column that is left out."""
    plan = await desk.plan(parent("城-1"), line("城-2", WEST, "城-1"))
    assert not [text for text in plan.notices if "unread" in text.key]
    plain_header = tuple(label for label in HEADER if label != "上级任务")
    plan = await desk.plan(parent("城-1"), header=plain_header)
    assert [plain(text) for text in plan.notices if "unread" in text.key]
