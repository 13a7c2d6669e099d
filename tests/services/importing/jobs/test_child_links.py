"""Children are written with their links, after the tasks above them, wherever an import is interrupted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from locales import Text, plain
from models.db import Database
from models.importing import JobState, content_of
from models.people import Contact
from rules.delivery.delivery import MessageKind
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import TaskState
from services.access import actor_of
from services.campaign import Campaign
from services.importing.jobs import import_steps
from services.importing.jobs.preview_pages import remark_line
from services.importing.jobs.task_writing import write_tasks
from services.importing.plans.previews import Section, read_page
from services.tasks import reassign
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
    file,
    line,
    parent,
    short_line,
    warned,
)
from tests.services.importing.importing_desk import kill_at, killed
from tests.services.importing.notice_desk import away, promised, readable
from tests.support.turns import tick_for, turn_for

DAY = timedelta(days=1)
VILLAGES = (WEST, NORTH, SOUTH)


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> FamilyDesk:
    return await FamilyDesk(database, campaign, now).set_up()


def family(**changes: Any) -> Sequence[Mapping[str, Any]]:
    """The villages first, then the bureau's task above them."""
    below = [short_line(at, unit, 1) for at, unit in enumerate(VILLAGES, 2)]
    return [*below, parent(**changes)]


async def no_child_is_alone(desk: FamilyDesk) -> int:
    """Each village's task has its parent; returns how many there are."""
    found = await desk.families()
    assert {found[unit] for unit in VILLAGES if unit in found} <= {BUREAU}
    return len(found)


# -- order ---------------------------------------------------------------------------------------------


@pytest.mark.both_engines("locks")
@pytest.mark.parametrize("step", [1, 2, 3, 4])
async def test_killed_in_any_step(desk: FamilyDesk, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """The bureau's task in a step, three villages in steps of two, then the notices."""
    monkeypatch.setattr(import_steps, "ROWS", 2)
    job_id = await desk.read(file(*family(报送频次="每日")))
    assert await desk.confirm(job_id) == "jobs.state.confirmed"
    with monkeypatch.context() as patched:
        kill_at(patched, step)
        await killed(desk.work())
    # What is committed: nothing, the bureau's, two villages, all of them.
    assert await no_child_is_alone(desk) == [0, 1, 3, 4][step - 1]
    await desk.work()
    job = await desk.job(job_id)
    assert (job.state, job.done, job.total) == (JobState.DONE, 4, 4)
    assert await no_child_is_alone(desk) == 4
    assert [after for _, after in await desk.audited("own_reports")] == [False]
    assert (await desk.by_unit())[BUREAU].own_reports is False
    told = await promised(desk)
    assert set(told) == {f"{unit}责任人" for unit in (BUREAU, *VILLAGES)}
    assert all(kind is MessageKind.ORDER for kind, _ in told.values())


@pytest.mark.parametrize("step", [1, 2, 3])
async def test_killed_between_three_levels(
    desk: FamilyDesk, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """The rows that are written first stand last in the file; one is named that leaves its name blank."""
    rows = [short_line(3, WEST, f"{CLEAN}（{STREET}）"), short_line(2, STREET, 1), line(1, "示范区")]
    job_id = await desk.read(file(*rows))
    await desk.confirm(job_id)
    with monkeypatch.context() as patched:
        kill_at(patched, step)
        await killed(desk.work())
    whole: dict[str, str | None] = {"示范区": None, STREET: "示范区", WEST: STREET}
    assert await desk.families() == dict(list(whole.items())[: step - 1])
    await desk.work()
    assert await desk.families() == whole
    assert (await desk.job(job_id)).state is JobState.DONE


async def test_a_task_that_joins_is_never_between(desk: FamilyDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays as it is until its parent is there, and then has all of its line at once."""
    await desk.write(line(5, WEST))
    before = await desk.tasks()
    job_id = await desk.read(file(*[{**row, "工作标准": "一尘不染"} for row in family()]))
    await desk.confirm(job_id)
    with monkeypatch.context() as patched:
        kill_at(patched, 2)
        await killed(desk.work())
    assert (await desk.tasks())[:1] == before
    await desk.work()
    child = (await desk.by_unit())[WEST]
    assert (child.parent_id, child.standard) == ((await desk.by_unit())[BUREAU].id, "一尘不染")


async def test_more_children_than_a_step_has_rows(desk: FamilyDesk) -> None:
    """250 lines below one task: by sheet there may be as many as it has."""
    rows = [line(number, WEST, 1, 目标任务=f"清运第{number}片区") for number in range(2, 252)]
    job_id = await desk.import_(file(*rows, parent(报送频次="每日")))
    assert (await desk.job(job_id)).state is JobState.DONE
    bureau = (await desk.by_unit())[BUREAU]
    assert [task.parent_id for task in await desk.tasks() if task.id != bureau.id] == [bureau.id] * 250


# -- reports of children -------------------------------------------------------------------------------


@pytest.mark.both_engines("query plans")
async def test_children_that_report_do_so_instead_of_their_parent(desk: FamilyDesk) -> None:
    await desk.write(parent(报送频次="每日"))
    desk.now += DAY
    await desk.write(*family(报送频次="每日"))
    found = await desk.by_unit()
    assert found[BUREAU].own_reports is False
    assert found[BUREAU].next_nag_at == desk.now, "the next scan looks at it"
    assert {found[unit].frequency for unit in VILLAGES} == {Frequency.DAILY}
    assert await desk.audited("own_reports") == [(True, False)]


@pytest.mark.parametrize(
    ("changes", "child"),
    [
        ({}, {}),
        ({}, {"报送频次": "每日"}),
        ({"报送频次": "每日"}, {"报送频次": "每周"}),
    ],
)
async def test_else_the_parent_goes_on_reporting(
    desk: FamilyDesk, changes: Mapping[str, Any], child: Mapping[str, Any]
) -> None:
    await desk.write(parent(**changes), line(2, WEST, 1, **child))
    assert (await desk.by_unit())[BUREAU].own_reports is True
    assert await desk.audited("own_reports") == []


async def test_what_was_chosen_by_chat_stays(desk: FamilyDesk) -> None:
    """本级另报 was chosen when the task was broken down: one more child by sheet does not undo that."""
    await desk.write(*family(报送频次="每日")[1:])
    await desk.change(BUREAU, own_reports=True)
    await desk.write(*family(报送频次="每日"))
    assert (await desk.by_unit())[BUREAU].own_reports is True


async def test_a_closed_child_reports_nothing(desk: FamilyDesk) -> None:
    await desk.write(line(2, WEST, 报送频次="每日"))
    await desk.change(WEST, state=TaskState.COMPLETED)
    await desk.write(parent(报送频次="每日"), line(2, WEST, 1, 报送频次="每日"))
    assert await desk.families() == {WEST: BUREAU, BUREAU: None}
    assert (await desk.by_unit())[BUREAU].own_reports is True


# -- what people hear and the record says --------------------------------------------------------------


async def told(desk: FamilyDesk) -> dict[str, str]:
    return {name: view.plain("zh") for name, (_, view) in (await promised(desk)).items()}


async def test_who_has_a_task_that_joins_hears_one_line(desk: FamilyDesk) -> None:
    await desk.write(line(5, WEST, 报送频次="每日"), parent(报送频次="每日"))
    desk.now += DAY
    await desk.write(parent(报送频次="每日"), line(5, WEST, 1, 报送频次="每日"), short_line(6, NORTH, 1))
    found = await told(desk)
    assert set(found) == {f"{unit}责任人" for unit in (BUREAU, WEST, NORTH)}
    assert found[f"{WEST}责任人"].splitlines()[:2] == [
        "【任务变更】您负责的 1 项任务有调整：",
        f"1. {CLEAN}：归入上级任务“{CLEAN}”（{BUREAU}）",
    ]
    assert found[f"{BUREAU}责任人"].splitlines()[:4] == [
        "【任务变更】您负责的 1 项任务有调整：",
        f"1. {CLEAN}：已分解到下级，由下级单位报送，本级不再另报",
        "【任务分解】您负责的 1 项任务已由任务表分解到下级，下级的办结、退回、延期等由您决定：",
        f"1. {CLEAN}：新增下级 2 项",
    ]
    assert "归入" not in found[f"{NORTH}责任人"], "a new task is a new task"
    desk.now += DAY
    await desk.write(parent(报送频次="每日"), line(5, WEST, 1, 报送频次="每日"), short_line(6, NORTH, 1))
    assert await told(desk) == {}


async def test_who_decides_on_new_children_hears_of_it_once(desk: FamilyDesk) -> None:
    """The task is as it was: no order, and one line, however many children there are."""
    await desk.write(parent())
    desk.now += DAY
    await desk.write(*family())
    kind, view = (await promised(desk))[f"{BUREAU}责任人"]
    assert kind is MessageKind.NOTICE
    assert [line for line in view.plain("zh").splitlines() if "新增下级" in line] == [
        f"1. {CLEAN}：新增下级 3 项"
    ]
    assert view.plain("en").splitlines()[1] == f"1. {CLEAN}: 3 more below it"
    await readable(desk)


async def test_who_gets_a_part_hears_that_it_is_one(desk: FamilyDesk) -> None:
    await desk.write(*family())
    found = await told(desk)
    said = plain(Text("told.parts", count=1, people=[f"{BUREAU} {BUREAU}责任人"]))
    assert said in found[f"{WEST}责任人"]
    assert said not in found[f"{BUREAU}责任人"]


async def test_a_deputy_decides_on_them(desk: FamilyDesk) -> None:
    await desk.write(parent())
    desk.now += DAY
    await away(desk, f"{BUREAU}责任人", "城管局责任人")
    await desk.write(*family())
    assert f"{BUREAU}责任人请假期间由您代办的 1 项任务" in (await told(desk))["城管局责任人"]


async def test_the_record_of_a_link(desk: FamilyDesk) -> None:
    await desk.write(line(5, WEST))
    await desk.write(parent(), line(5, WEST, 1), short_line(6, NORTH, 1))
    bureau = (await desk.by_unit())[BUREAU]
    assert await desk.audited("parent_id") == [(None, bureau.id), (None, bureau.id)]


async def test_a_child_of_nobody_reachable_is_heard_of_by_who_decides(desk: FamilyDesk) -> None:
    """Neither its 责任人 nor a 联络员 of the village can be reached: the bureau's 责任人 hears the change."""
    await desk.write(parent(), line(2, WEST, 1))
    async with desk.database.transaction() as session:
        person = await session.get_one(Contact, desk.people[f"{WEST}责任人"].id)
        person.telegram_user_id = None
    desk.now += DAY
    await desk.write(parent(), line(2, WEST, 1, 工作标准="一尘不染"))
    assert set(await told(desk)) == {f"{BUREAU}责任人"}


# -- what happens meanwhile ----------------------------------------------------------------------------


async def test_a_parent_that_was_closed_meanwhile_gets_no_child(desk: FamilyDesk) -> None:
    """The child is not made without it; nor does a task that is there join."""
    await desk.write(line(2, WEST), parent())
    plan = await desk.plan(*family())
    await desk.change(BUREAU, state=TaskState.COMPLETED)
    await desk.carry_out(plan)
    assert await desk.families() == {WEST: None, BUREAU: None}


async def test_a_parent_that_has_less_time_meanwhile_gets_no_later_child(desk: FamilyDesk) -> None:
    await desk.write(parent())
    plan = await desk.plan(line(2, WEST, ABOVE), line(3, NORTH, ABOVE, 完成时限="2026年12月18日前"))
    await desk.change(BUREAU, deadline=date(2026, 12, 18))
    await desk.carry_out(plan)
    assert await desk.families() == {BUREAU: None, NORTH: BUREAU}


async def test_a_parent_without_room_meanwhile_gets_no_child(desk: FamilyDesk) -> None:
    await desk.write(line(1, "示范区"), line(2, STREET, 1), parent(3))
    plan = await desk.plan(line(5, WEST, ABOVE))
    await desk.change(BUREAU, parent_id=(await desk.by_unit())[STREET].id)
    await desk.carry_out(plan)
    assert WEST not in await desk.families()


async def test_a_task_does_not_go_below_itself_meanwhile(desk: FamilyDesk) -> None:
    await desk.write(line(2, WEST), parent())
    plan = await desk.plan(line(2, WEST, ABOVE))
    await desk.change(BUREAU, parent_id=(await desk.by_unit())[WEST].id)
    await desk.carry_out(plan)
    assert await desk.families() == {WEST: None, BUREAU: WEST}


async def test_a_task_with_children_meanwhile_is_too_deep(desk: FamilyDesk) -> None:
    await desk.write(line(1, "示范区"), line(2, STREET, 1), line(3, WEST), line(4, NORTH, 目标任务="补植"))
    plan = await desk.plan(line(3, WEST, f"{CLEAN}（{STREET}）"))
    await desk.change(NORTH, parent_id=(await desk.by_unit())[WEST].id)
    await desk.carry_out(plan)
    assert (await desk.families())[WEST] is None


async def test_a_task_that_got_a_parent_meanwhile_keeps_it(desk: FamilyDesk) -> None:
    """The rest of its line counts."""
    await desk.write(line(1, STREET), line(2, WEST), parent())
    plan = await desk.plan(line(2, WEST, ABOVE, 工作标准="一尘不染"))
    await desk.change(WEST, parent_id=(await desk.by_unit())[STREET].id)
    await desk.carry_out(plan)
    found = await desk.by_unit()
    assert (found[WEST].parent_id, found[WEST].standard) == (found[STREET].id, "一尘不染")


async def test_a_parent_that_moved_between_two_steps(desk: FamilyDesk) -> None:
    """The import has just made it when the office gives it to 城管局; its children still find it."""
    plan = await desk.plan(*family())
    first, *rest = [[one] for one in plan.to_write()]
    async with desk.database.transaction() as session:
        await write_tasks(tick_for(session, desk.now, desk.campaign), first)
    async with desk.database.transaction() as session:
        office = await actor_of(session, desk.people["创城办甲"])
        (bureau,) = await desk.tasks()
        receiver = desk.people["城管局责任人"].id or 0
        await reassign.move_tasks(turn_for(session, office, desk.now), [bureau.id or 0], receiver)
    async with desk.database.transaction() as session:
        await write_tasks(tick_for(session, desk.now, desk.campaign), [one for part in rest for one in part])
    assert await desk.families() == {"城管局": None, **dict.fromkeys(VILLAGES, "城管局")}


# -- by chat -------------------------------------------------------------------------------------------


async def test_the_preview_and_its_pages(desk: FamilyDesk) -> None:
    await desk.write(line(5, WEST))
    job_id = await desk.read(file(*family(), line(6, "城管局")))
    text = await desk.text(job_id)
    assert "新增 4 项，变更 1 项" in text
    assert "其中 3 项作为下级任务，归入 1 项上级任务。" in text
    assert f"上级任务：（空） → {ABOVE}" in text
    job = await desk.job(job_id)
    async with desk.database.reading() as session:
        kept = await content_of(session, job.details_id or 0)
    assert kept is not None
    _, added = read_page(kept, Section.ADDED, 0, 10)
    said = [plain(remark_line(Section.ADDED, one, "zh", 300), "zh") for one in added]
    assert [f"；上级任务：{ABOVE}" in one for one in said] == [True, True, False, False]
    await desk.confirm(job_id)
    await desk.work()
    assert "其中 3 项作为下级任务，归入 1 项上级任务。" in await desk.text(job_id)
    assert "3 of them go below 1 parent task(s)." in await desk.text(job_id, "en")


async def test_what_is_confirmed_is_what_was_shown(desk: FamilyDesk) -> None:
    """Since the preview, another task has the name that a cell means: it is shown again."""
    await desk.write(parent())
    job_id = await desk.read(file(line(2, WEST, CLEAN)))
    await desk.write(parent(), parent(2, 责任单位="城管局"))
    await desk.confirm(job_id)
    await desk.work()
    assert "预览之后数据有变动" in await desk.text(job_id)
    assert WEST not in await desk.families()


# -- a new frequency -------------------------------------------------------------------------------------

DAILY = {"完成时限": "长期坚持", "报送频次": "每日"}
WEEKLY = {"完成时限": "长期坚持", "报送频次": "每周"}


async def test_open_children_follow_a_new_frequency(desk: FamilyDesk) -> None:
    """A village that is done keeps what it had, and so does one that the sheet itself names."""
    header = [name for name in HEADER if name != "上级任务"]
    await desk.write(parent(**DAILY), *(line(at, unit, 1, **DAILY) for at, unit in enumerate(VILLAGES, 2)))
    await desk.change(NORTH, state=TaskState.COMPLETED)
    plan = await desk.write(parent(**WEEKLY), line(2, SOUTH, **DAILY), header=header)
    assert warned(plan) == {2: ["有 1 项下级任务一并改为每周报告"]}
    found = await desk.by_unit()
    assert {unit: found[unit].frequency for unit in (BUREAU, *VILLAGES)} == {
        BUREAU: Frequency.WEEKLY,
        WEST: Frequency.WEEKLY,
        NORTH: Frequency.DAILY,
        SOUTH: Frequency.DAILY,
    }
    assert found[WEST].next_nag_at is not None
    assert await desk.audited("frequency") == [
        *([(None, "daily")] * 4),
        ("daily", "weekly"),
        ("daily", "weekly"),
    ]


async def test_a_child_with_another_frequency_by_now_does_not_follow(desk: FamilyDesk) -> None:
    await desk.write(parent(**DAILY), line(2, WEST, 1, **DAILY))
    plan = await desk.plan(parent(**WEEKLY), header=[name for name in HEADER if name != "上级任务"])
    await desk.change(WEST, frequency=Frequency.MONTHLY)
    await desk.carry_out(plan)
    assert (await desk.by_unit())[WEST].frequency is Frequency.MONTHLY


async def test_the_person_of_a_child_that_follows_hears_of_it(desk: FamilyDesk) -> None:
    await desk.write(parent(**DAILY), line(2, WEST, 1, **DAILY))
    desk.now += DAY
    await desk.write(parent(**WEEKLY), header=[name for name in HEADER if name != "上级任务"])
    _, view = (await promised(desk))[f"{WEST}责任人"]
    assert "每周" in view.plain("zh")
    await readable(desk)


async def test_nothing_follows_below_a_child_that_does_not(desk: FamilyDesk) -> None:
    """The street has a line of its own in the sheet, so its village keeps the street's frequency."""
    header = [name for name in HEADER if name != "上级任务"]
    whole = line(1, "示范区", **DAILY)
    await desk.write(whole, line(2, STREET, 1, **DAILY), line(3, WEST, 2, **DAILY))
    plan = await desk.write(line(1, "示范区", **WEEKLY), line(2, STREET, **DAILY), header=header)
    assert warned(plan) == {}
    found = await desk.by_unit()
    assert found["示范区"].frequency is Frequency.WEEKLY
    assert (found[STREET].frequency, found[WEST].frequency) == (Frequency.DAILY, Frequency.DAILY)


async def test_a_task_that_stands_alone_by_now_does_not_follow(desk: FamilyDesk) -> None:
    await desk.write(parent(**DAILY), line(2, WEST, 1, **DAILY))
    plan = await desk.plan(parent(**WEEKLY), header=[name for name in HEADER if name != "上级任务"])
    await desk.change(WEST, parent_id=None)
    await desk.carry_out(plan)
    assert (await desk.by_unit())[WEST].frequency is Frequency.DAILY
