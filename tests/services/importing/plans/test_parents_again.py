"""Sheets that are sent again, with the column 上级任务 and without it, and what they lack."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from locales import plain
from models.db import Database
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.importing.plans.moved_leads import MOVES
from services.importing.plans.task_plan import plan_tasks
from services.importing.rows.questions import AskKind
from services.importing.rows.task_rows import parse_tasks
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

WITHOUT = tuple(label for label in HEADER if label != "上级任务")
FAMILY = (parent(报送频次="每日"), short_line(2, WEST, 1), line(3, NORTH, ABOVE, 完成时限="2026年12月20日前"))


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> FamilyDesk:
    return await FamilyDesk(database, campaign, now).set_up()


async def test_the_same_file_again_changes_nothing(desk: FamilyDesk) -> None:
    await desk.write(*FAMILY)
    before = await desk.tasks()
    assert await desk.families() == {BUREAU: None, WEST: BUREAU, NORTH: BUREAU}
    plan = await desk.write(*FAMILY)
    assert [one.status for one in plan.tasks] == ["unchanged"] * 3
    assert (plan.joining, await desk.tasks()) == ([], before)


async def test_the_same_file_again_after_the_task_above_has_changed(desk: FamilyDesk) -> None:
    """A blank cell takes over what is there when the child is made, and nothing later."""
    await desk.write(*FAMILY)
    changed = {"standard": "一尘不染", "deadline": date(2027, 1, 31), "frequency": Frequency.WEEKLY}
    await desk.change(BUREAU, first_deadline=date(2026, 12, 31), **changed)
    before = (await desk.by_unit())[WEST]
    plan = await desk.plan(short_line(2, WEST, ABOVE), FAMILY[2])
    assert (refusals(plan), [one.status for one in plan.tasks]) == ({}, ["unchanged", "unchanged"])
    assert (await desk.by_unit())[WEST] == before


async def test_the_same_file_again_after_a_task_above_was_completed(desk: FamilyDesk) -> None:
    await desk.write(*FAMILY)
    await desk.change(BUREAU, state=TaskState.COMPLETED)
    plan = await desk.plan(*FAMILY)
    assert (refusals(plan), {one.status for one in plan.tasks}) == ({}, {"unchanged"})


# -- without the column --------------------------------------------------------------------------------


async def test_a_sheet_without_the_column_leaves_children_alone(desk: FamilyDesk) -> None:
    await desk.write(*FAMILY)
    before = await desk.tasks()
    plan = await desk.write(*FAMILY[:1], header=WITHOUT)
    assert list(plan.missing) == [], "children are no lines that it lacks"
    assert await desk.tasks() == before


async def test_a_sheet_without_the_column_names_other_lines_that_it_lacks(desk: FamilyDesk) -> None:
    await desk.write(*FAMILY, line(4, "城管局"))
    plan = await desk.plan(*FAMILY[:1], header=WITHOUT)
    assert list(plan.missing) == [("城乡环境整治行动", CLEAN, "城管局")]


async def test_a_child_named_in_a_sheet_without_the_column_stays_one(desk: FamilyDesk) -> None:
    """It is reported as often as before, though an older sheet may not say how often."""
    await desk.write(*FAMILY)
    plan = await desk.write(*FAMILY[:1], line(2, WEST, 工作标准="一尘不染"), header=WITHOUT)
    assert (refusals(plan), warned(plan)) == ({}, {})
    child = (await desk.by_unit())[WEST]
    assert (child.standard, child.frequency, (await desk.families())[WEST]) == (
        "一尘不染",
        Frequency.DAILY,
        BUREAU,
    )


async def test_a_sheet_with_the_column_names_the_children_that_it_lacks(desk: FamilyDesk) -> None:
    await desk.write(*FAMILY)
    plan = await desk.plan(*FAMILY[:2])
    assert list(plan.missing) == [("城乡环境整治行动", CLEAN, NORTH)]


async def test_a_blank_cell_takes_no_child_away(desk: FamilyDesk) -> None:
    await desk.write(*FAMILY)
    plan = await desk.write(FAMILY[0], line(2, WEST), FAMILY[2])
    assert warned(plan) == {3: [f"该任务是“{ABOVE}”的下级，上级任务空白的，上下级关系不变"]}
    assert await desk.families() == {BUREAU: None, WEST: BUREAU, NORTH: BUREAU}


# -- tasks that are there already ----------------------------------------------------------------------


async def test_a_task_becomes_a_child(desk: FamilyDesk) -> None:
    """What it has already stays; only what it lacks comes from the task above."""
    await desk.write(line(5, WEST, 完成时限="2026年12月24日前", 工作标准="自定"))
    plan = await desk.write(parent(报送频次="每日"), short_line(2, WEST, 1))
    changes = [plain(text) for one in plan.tasks for text in one.changes]
    assert changes == ["报送频次：（空） → 每日报告", f"上级任务：（空） → {ABOVE}"]
    child = (await desk.by_unit())[WEST]
    assert (child.deadline, child.standard, child.frequency) == (date(2026, 12, 24), "自定", Frequency.DAILY)
    assert await desk.families() == {BUREAU: None, WEST: BUREAU}
    assert (plan.count("new"), plan.count("changed"), len(plan.joining)) == (1, 1, 1)


async def test_a_child_of_the_chat_is_the_line_of_its_unit(desk: FamilyDesk) -> None:
    """It was made by 分解到下级; a later sheet has its line, and names the unit that is still missing."""
    await desk.write(*FAMILY[:2])
    plan = await desk.plan(*FAMILY[:2], short_line(3, SOUTH, 1))
    assert [one.status for one in plan.tasks] == ["unchanged", "unchanged", "new"]


# -- another lead unit ---------------------------------------------------------------------------------


async def test_parts_of_a_task_are_not_asked_about_in_the_place_of_it(desk: FamilyDesk) -> None:
    """They are mostly called as it is: one more of them, or another lead of it, is no move of a part."""
    await desk.write(*FAMILY)
    assert refusals(await desk.plan(short_line(4, SOUTH, ABOVE))) == {}
    plan = await desk.plan(parent(责任单位="城管局"), header=WITHOUT)
    assert refusals(plan) == {2: [f"行动、目标任务与{BUREAU}牵头的任务相同，请核对责任单位"]}
    (asked,) = plan.refused[0].asks
    assert (asked.kind, asked.like, asked.instead) == (AskKind.MOVED, BUREAU, "城管局")


async def test_a_task_that_goes_over_keeps_its_children(desk: FamilyDesk) -> None:
    await desk.write(*FAMILY)
    rows = [parent(责任单位="城管局", 报送频次="每日"), line(2, WEST, 1), line(3, NORTH, 1)]
    today = desk.campaign.today(desk.now)
    parsed = parse_tasks(file(*rows), "x.xlsx", today=today)
    async with desk.database.reading() as session:
        (asked,) = (await plan_tasks(session, parsed, {}, today=today)).refused[0].asks
    parsed = parse_tasks(file(*rows), "x.xlsx", today=today)
    async with desk.database.reading() as session:
        plan = await plan_tasks(session, parsed, {asked.key: MOVES}, today=today)
    assert (refusals(plan), plan.joining) == ({}, [])
    assert above(plan)[3] == f"{CLEAN}（城管局）"
    await desk.carry_out(plan)
    assert await desk.families() == {"城管局": None, WEST: "城管局", NORTH: "城管局"}


async def test_another_unit_is_another_child(desk: FamilyDesk) -> None:
    """转派 moves a child. By sheet each unit has its own, and what the sheet lacks is named."""
    await desk.write(*FAMILY)
    plan = await desk.plan(FAMILY[0], line(2, SOUTH, 1), FAMILY[2])
    assert (refusals(plan), warned(plan)) == ({}, {})
    assert [one.status for one in plan.tasks] == ["unchanged", "new", "unchanged"]
    assert list(plan.missing) == [("城乡环境整治行动", CLEAN, WEST)]


async def test_while_a_question_is_open_the_lines_below_wait_too(desk: FamilyDesk) -> None:
    """They are not called wrong, and go on as soon as it is answered."""
    await desk.write(line(1, STREET))
    rows = [line(1, "示范区"), line(2, WEST, 1), line(3, NORTH, 1)]
    job_id = await desk.read(file(*rows))
    text = await desk.text(job_id)
    assert "有 3 行待您回答后导入。" in text
    assert "退回" not in text.replace("不导入，退回", "")
    assert await desk.answer(job_id, "是另一项任务") == "已选：是另一项任务"
    await desk.work()
    assert "其中 2 项作为下级任务，归入 1 项上级任务。" in await desk.text(job_id)


async def test_a_returned_parent_takes_the_waiting_lines_back(desk: FamilyDesk) -> None:
    await desk.write(line(1, STREET))
    job_id = await desk.read(file(line(1, "示范区"), line(2, WEST, 1)))
    await desk.answer(job_id, "不导入，退回这 1 行")
    await desk.work()
    text = await desk.text(job_id)
    assert "退回 2 行" in text
    assert "上级任务（第 2 行）已退回，请一并修改后发回" in text


async def test_a_sheet_as_ever_is_read_as_ever(desk: FamilyDesk) -> None:
    """Nothing of the column is said where nobody uses it."""
    job_id = await desk.read(file(parent(), line(2, WEST), header=TASK_HEADER))
    assert "上级任务" not in await desk.text(job_id)
