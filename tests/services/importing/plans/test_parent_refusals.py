"""A line whose task cannot stand below the one that its cell names goes back with one clear reason."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from locales import LOCALES, plain
from models.db import Database
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.importing.plans.task_plan import plan_tasks
from services.importing.rows.task_rows import parse_tasks
from tests.services.importing.builders import book
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
    line,
    parent,
    refusals,
    short_line,
    warned,
)

AT_STREET = f"{CLEAN}（{STREET}）"


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> FamilyDesk:
    return await FamilyDesk(database, campaign, now).set_up()


async def reasons(desk: FamilyDesk, *rows: dict[str, Any]) -> dict[int, list[str]]:
    """The reasons by row; each reads in all languages."""
    plan = await desk.plan(*rows)
    assert all(plain(reason, locale) for one in plan.refused for reason in one.reasons for locale in LOCALES)
    return refusals(plan)


# -- no task, or several -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("9", "本表没有序号为“9”的任务，请核对上级任务"),
        ("第9项", "本表没有序号为“第9项”的任务，请核对上级任务"),
        ("别的任务", "没有找到上级任务“别的任务”，请填写本表序号，或写明目标任务（责任单位）"),
        ("1、3", "没有找到上级任务“1、3”，请填写本表序号，或写明目标任务（责任单位）"),
        (
            f"{CLEAN}（城管局）",
            f"没有找到上级任务“{CLEAN}（城管局）”，请填写本表序号，或写明目标任务（责任单位）",
        ),
        (f"{CLEAN}（农林局）", "上级任务中的“农林局”不在花名册中"),
    ],
)
async def test_unknown(desk: FamilyDesk, cell: str, reason: str) -> None:
    assert await reasons(desk, parent(), line(2, WEST, cell)) == {3: [reason]}


async def test_a_number_of_another_table_is_unknown(desk: FamilyDesk) -> None:
    """序号 begins anew in each sheet of a workbook."""

    def table(*rows: dict[str, Any]) -> list[list[Any]]:
        return [list(HEADER), *([row.get(word) for word in HEADER] for row in rows)]

    data = book({"部门": table(parent()), "村居": table(line(2, WEST, 1), line(3, NORTH, ABOVE))})
    today = desk.campaign.today(desk.now)
    async with desk.database.reading() as session:
        plan = await plan_tasks(session, parse_tasks(data, "x.xlsx", today=today), {}, today=today)
    assert refusals(plan) == {2: ["本表没有序号为“1”的任务，请核对上级任务"]}
    assert above(plan) == {2: None, 3: ABOVE}


async def test_ambiguous(desk: FamilyDesk) -> None:
    two = [parent(), parent(1, 责任单位="城管局")]
    found = await reasons(desk, *two, line(2, WEST, 1), line(3, NORTH, CLEAN), line(4, SOUTH, ABOVE))
    why = "有 2 项（第 2 行、第 3 行），请写明目标任务（责任单位）"
    assert found == {4: [f"上级任务“1”{why}"], 5: [f"上级任务“{CLEAN}”{why}"]}


async def test_ambiguous_among_stored_tasks(desk: FamilyDesk) -> None:
    await desk.write(parent(), parent(2, 责任单位="城管局"))
    named = f"{ABOVE}、{CLEAN}（城管局）"
    assert await reasons(desk, line(7, WEST, CLEAN)) == {
        2: [f"上级任务“{CLEAN}”有 2 项（{named}），请写明目标任务（责任单位）"]
    }


# -- circles and levels --------------------------------------------------------------------------------


async def test_itself(desk: FamilyDesk) -> None:
    itself = ["上级任务写的是本行自己，请核对"]
    assert await reasons(desk, parent(上级任务=1), line(2, WEST, f"{CLEAN}（{WEST}）")) == {
        2: itself,
        3: itself,
    }


async def test_a_circle_in_the_file(desk: FamilyDesk) -> None:
    rows = [line(1, STREET, 2), line(2, WEST, 1), line(3, NORTH, 1)]
    circle = ["本行与上级任务互为上下级，请核对"]
    assert await reasons(desk, *rows) == {
        2: circle,
        3: circle,
        4: ["上级任务（第 2 行）已退回，请一并修改后发回"],
    }


async def test_a_circle_with_what_is_stored(desk: FamilyDesk) -> None:
    """The street's task is above the village's; now it is to go below it."""
    await desk.write(line(1, STREET), line(2, WEST, 1))
    assert await reasons(desk, line(1, STREET, f"{CLEAN}（{WEST}）")) == {
        2: ["本行与上级任务互为上下级，请核对"]
    }


async def test_a_fourth_level_in_the_file(desk: FamilyDesk) -> None:
    rows = [
        *(line(1, "示范区"), line(2, STREET, 1), line(3, WEST, 2, 配合单位=NORTH)),
        line(4, NORTH, 3),
    ]
    assert await reasons(desk, *rows) == {5: [f"任务最多分 3 级，归入“{CLEAN}（{WEST}）”后将超出"]}


async def test_a_fourth_level_below_what_is_stored(desk: FamilyDesk) -> None:
    await desk.write(line(1, "示范区"), line(2, STREET, 1), line(3, WEST, 2, 配合单位=NORTH))
    assert await reasons(desk, line(4, NORTH, f"{CLEAN}（{WEST}）")) == {
        2: [f"任务最多分 3 级，归入“{CLEAN}（{WEST}）”后将超出"]
    }


async def test_a_task_with_children_goes_no_deeper_than_they_may(desk: FamilyDesk) -> None:
    """The street's task has a village below it: it has room below the district's, but not one level lower."""
    await desk.write(line(1, STREET), line(2, WEST, 1))
    fits = await desk.plan(line(1, "示范区"), line(2, STREET, 1))
    assert (refusals(fits), above(fits)[3]) == ({}, f"{CLEAN}（示范区）")
    deeper = [line(1, "示范区"), line(2, BUREAU, 1, 配合单位=STREET), line(3, STREET, 2)]
    assert await reasons(desk, *deeper) == {4: [f"任务最多分 3 级，归入“{ABOVE}”后将超出"]}


# -- units ---------------------------------------------------------------------------------------------


async def test_units_below_and_assisting_units(desk: FamilyDesk) -> None:
    """A village of the street, and a bureau that assists; nobody else, not even the unit itself."""
    street = line(1, STREET, 配合单位="城管局")
    rows = [street, *(line(2 + at, unit, 1) for at, unit in enumerate((WEST, "城管局", SOUTH, BUREAU)))]
    rows.append(line(7, STREET, 1, 目标任务="补植"))
    plan = await desk.plan(*rows)
    assert above(plan) == {2: None, 3: AT_STREET, 4: AT_STREET}
    why = f"既不是“{STREET}”的下级单位，也不是“{AT_STREET}”的配合单位"
    assert refusals(plan) == {row: [f"“{unit}”{why}"] for row, unit in ((5, SOUTH), (6, BUREAU), (7, STREET))}


async def test_units_far_below_are_below(desk: FamilyDesk) -> None:
    assert refusals(await desk.plan(line(1, "示范区"), line(2, WEST, 1))) == {}


async def test_the_file_may_name_the_assisting_units_of_a_stored_task(desk: FamilyDesk) -> None:
    await desk.write(parent(配合单位=None))
    rows = [line(2, WEST, 1), line(3, SOUTH, 1)]
    assert set(await reasons(desk, parent(配合单位=None), *rows)) == {3, 4}
    assert await reasons(desk, parent(配合单位=WEST), *rows) == {
        4: [f"“{SOUTH}”既不是“{BUREAU}”的下级单位，也不是“{ABOVE}”的配合单位"]
    }
    assert await reasons(desk, line(2, WEST, ABOVE)) == {
        2: [f"“{WEST}”既不是“{BUREAU}”的下级单位，也不是“{ABOVE}”的配合单位"]
    }


# -- deadlines -----------------------------------------------------------------------------------------


async def test_a_deadline_after_that_of_the_task_above(desk: FamilyDesk) -> None:
    rows = [
        parent(完成时限="2026年12月25日前"),
        line(2, WEST, 1, 完成时限="2026年12月25日前"),
        line(3, NORTH, 1, 完成时限="2026年12月26日前"),
        line(4, SOUTH, 1, 完成时限="长期坚持，每周通报"),
    ]
    assert await reasons(desk, *rows) == {
        4: ["完成时限 2026年12月26日 晚于上级任务的 2026年12月25日"],
        5: ["上级任务的完成时限为 2026年12月25日，本行没有完成时限，请写明"],
    }


async def test_below_work_without_an_end_any_deadline_is_good(desk: FamilyDesk) -> None:
    rows = [parent(完成时限="长期坚持，每周通报"), line(2, WEST, 1, 完成时限="2027年6月30日前")]
    assert await reasons(desk, *rows) == {}


async def test_what_counts_is_the_deadline_after_the_import(desk: FamilyDesk) -> None:
    """The task above was extended by chat: the old day in its line does not matter."""
    rows = [parent(完成时限="2026年12月20日前"), line(2, WEST, 1, 完成时限="2026年12月28日前")]
    assert set(await reasons(desk, *rows)) == {3}
    await desk.write(rows[0])
    await desk.change(BUREAU, first_deadline=date(2026, 12, 20), deadline=date(2026, 12, 30))
    assert await reasons(desk, *rows) == {}


async def test_a_child_is_not_moved_beyond_the_task_above(desk: FamilyDesk) -> None:
    """Also by a sheet that does not name that one; what is not moved is not looked at."""
    await desk.write(parent(), line(2, WEST, 1))
    later = line(2, WEST, 完成时限="2027年1月15日前")
    found = refusals(await desk.plan(later, header=[one for one in later if one != "上级任务"]))
    assert found == {2: ["完成时限 2027年1月15日 晚于上级任务的 2026年12月31日"]}
    await desk.change(BUREAU, deadline=date(2026, 12, 20))
    assert await reasons(desk, line(2, WEST, ABOVE)) == {}


async def test_a_task_is_moved_before_its_children(desk: FamilyDesk) -> None:
    """That is no reason to refuse it, and it is named."""
    await desk.write(parent(), line(2, WEST, 1), line(3, NORTH, 1, 完成时限="2026年12月18日前"))
    plan = await desk.plan(parent(完成时限="2026年12月20日前"))
    assert (refusals(plan), warned(plan)) == (
        {},
        {2: ["有 1 项下级任务的完成时限晚于本任务的新时限，请一并核对"]},
    )


# -- what is above already, closed or refused ----------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "said"), [(TaskState.COMPLETED, "已办结"), (TaskState.CANCELLED, "已取消")]
)
async def test_a_closed_task_gets_no_more_children(desk: FamilyDesk, state: TaskState, said: str) -> None:
    await desk.write(parent(), line(2, WEST, 1))
    await desk.change(BUREAU, state=state)
    for rows in ([parent(), line(2, WEST, 1), line(3, NORTH, 1)], [line(3, NORTH, ABOVE)]):
        assert list((await reasons(desk, *rows)).values()) == [[f"上级任务“{ABOVE}”{said}，不能再增加下级"]]


async def test_a_task_that_is_submitted_is_open(desk: FamilyDesk) -> None:
    await desk.write(parent())
    await desk.change(BUREAU, state=TaskState.SUBMITTED)
    assert await reasons(desk, line(2, WEST, ABOVE)) == {}


async def test_a_refused_line_takes_those_below_it_along(desk: FamilyDesk) -> None:
    """All of them: each reason names the line that has to be mended first."""
    rows = [line(1, "示范区", 责任人=None), line(2, STREET, 1), line(3, WEST, 2), short_line(4, NORTH, 2)]
    assert await reasons(desk, *rows) == {
        2: ["没有填写责任人"],
        3: ["上级任务（第 2 行）已退回，请一并修改后发回"],
        4: ["上级任务（第 3 行）已退回，请一并修改后发回"],
        5: ["上级任务（第 3 行）已退回，请一并修改后发回"],
    }


async def test_a_line_below_one_without_a_name(desk: FamilyDesk) -> None:
    rows = [parent(目标任务=None), short_line(2, WEST, 1)]
    assert await reasons(desk, *rows) == {
        2: ["没有填写目标任务"],
        3: ["上级任务（第 2 行）已退回，请一并修改后发回"],
    }


async def test_a_child_stays_with_its_parent_whose_line_is_refused(desk: FamilyDesk) -> None:
    await desk.write(parent(), line(2, WEST, 1))
    plan = await desk.plan(parent(完成时限="尽快"), line(2, WEST, 1, 工作标准="一尘不染"))
    assert list(refusals(plan)) == [2]
    assert [one.status for one in plan.tasks] == ["changed"]


async def test_another_parent(desk: FamilyDesk) -> None:
    await desk.write(parent(), line(2, WEST, 1))
    other = f"该任务已是“{ABOVE}”的下级，不能通过表格改换上级任务"
    street = line(3, STREET)
    assert await reasons(desk, parent(), street, line(2, WEST, 3)) == {4: [other]}
    refused = await reasons(desk, parent(), {**street, "责任人": None}, line(2, WEST, 3))
    assert refused == {3: ["没有填写责任人"], 4: [other]}
    assert await desk.families() == {BUREAU: None, WEST: BUREAU}


async def test_reasons_of_other_kinds_come_together(desk: FamilyDesk) -> None:
    assert await reasons(desk, parent(), line(2, WEST, 9, 责任人=None, 责任单位="税务局")) == {
        3: ["没有填写责任人", "“税务局”不在花名册中", "本表没有序号为“9”的任务，请核对上级任务"]
    }


async def test_a_cell_that_cannot_be_read_is_no_blank(desk: FamilyDesk) -> None:
    """Else the line would become a task at the top."""
    found = await reasons(desk, parent(), line(2, WEST, "=A2+B2"))
    assert found == {3: ["上级任务是公式，文件中没有保存计算结果，请改为直接填写"]}
