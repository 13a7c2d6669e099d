"""An import by chat, from the file to the written rows, and what interrupts it."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from locales import Text
from models import importing as rows
from models.audit_log import Audit
from models.db import Database
from models.importing import JobKind, JobState
from models.people import Contact, ContactState, Unit, roles_of
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role, Tier
from services.access import actor_of
from services.campaign import Campaign
from services.importing.jobs import import_steps, job_claims
from services.importing.jobs.task_writing import apply_tasks
from services.importing.plans.task_plan import plan_tasks
from services.importing.rows.task_rows import parse_tasks
from services.tasks import reassign
from services.views import View
from tests.services.importing.builders import sheet, task, workbook
from tests.services.importing.importing_desk import ImportDesk, kill_at, killed, many
from tests.support.turns import tick_for, turn_for

ROSTER = ("单位", "层级", "上级单位", "姓名", "职务", "角色", "电话")


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: Any) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_steps, "ROWS", 10)


async def test_from_the_file_to_what_is_written(desk: ImportDesk) -> None:
    bad = task(目标任务="清理野广告", 完成时限="尽快", 责任单位="园林局")
    job_id = await desk.send_tasks(task(), task(目标任务="补植", 责任人="王科长"), bad)
    assert "正在读取" in await desk.text(job_id)
    await desk.work()
    job = await desk.job(job_id)
    assert (job.kind, job.state, job.done, job.total) == (JobKind.IMPORT_TASKS, JobState.PREVIEW, 0, 2)
    shown = await desk.text(job_id)
    assert "新增 2 项，变更 0 项，不变 0 项；退回 1 行" in shown
    assert "第 4 行退回（清理野广告）" in shown
    assert "第 3 行提醒（补植）：责任人“王科长”不在“城管局”的花名册中" in shown
    assert await desk.labels(job_id) == ["✅ 确认导入", "取消", "新增（2）"]
    assert await desk.tasks() == []
    (notice,) = await desk.promised(MessageKind.NOTICE)
    assert [file.name for file in View.from_json(notice.content).files] == ["任务分解表-退回1行.xlsx"]

    assert await desk.confirm(job_id) == "jobs.state.confirmed"
    assert "写入 0/2" in await desk.text(job_id)
    await desk.work()
    job = await desk.job(job_id)
    assert (job.state, job.done, job.total) == (JobState.DONE, 2, 2)
    final = await desk.text(job_id)
    assert "已导入" in final
    assert "有变动" not in final
    assert [made.objective for made in await desk.tasks()] == ["建设示范点50个", "补植"]
    (order,) = await desk.promised(MessageKind.ORDER)
    assert len(order.content["task_ids"]) == 1
    await _check_audit(desk, job_id)


async def _check_audit(desk: ImportDesk, job_id: int) -> None:
    """The audit names the person who confirmed as the one who changed the tasks."""
    async with desk.database.reading() as session:
        entries = (await session.exec(select(Audit).order_by(col(Audit.id)))).all()
    who = desk.people["创城办甲"].id
    assert [(e.event, e.actor_id) for e in entries if e.subject_type == "job"] == [
        ("receive", who),
        ("read", None),
        ("confirm", who),
        ("finish", who),
    ]
    assert [(e.event, e.actor_id) for e in entries if e.subject_type == "task"] == [("import", who)] * 2


async def test_the_returned_sheet_mended_imports(desk: ImportDesk) -> None:
    await desk.import_(sheet(task(), task(目标任务="清理野广告", 责任单位="园林局")))
    async with desk.database.transaction() as session:
        session.add(Unit(name="园林局", tier=Tier.DEPARTMENT))
    await desk.import_(await desk.returned(), "任务分解表-退回1行.xlsx")
    assert [made.objective for made in await desk.tasks()] == ["建设示范点50个", "清理野广告"]


async def test_a_file_with_nothing_new_asks_nothing(desk: ImportDesk) -> None:
    await desk.import_(sheet(task()))
    job_id = await desk.send_tasks(task())
    await desk.work()
    assert (await desk.job(job_id)).state is JobState.DONE
    assert "没有需要写入的内容" in await desk.text(job_id)
    assert await desk.labels(job_id) == []


async def test_what_changed_since_the_preview_is_said(desk: ImportDesk) -> None:
    """Somebody imports at the command line between the preview and the confirmation."""
    job_id = await desk.send_tasks(task(), task(目标任务="补植"))
    await desk.work()
    async with desk.database.transaction() as session:
        parsed = parse_tasks(sheet(task(备注="每月通报")), "x.xlsx", today=desk.campaign.today(desk.now))
        plan = await plan_tasks(session, parsed)
        await apply_tasks(tick_for(session, desk.now, desk.campaign), plan)
    await desk.confirm(job_id)
    await desk.work()
    # Nothing that nobody has seen is written: the preview comes again.
    assert (await desk.job(job_id)).state is JobState.PREVIEW
    again = await desk.text(job_id)
    assert "注意：预览之后数据有变动，没有导入；以下为最新情况，请重新核对" in again
    assert "新增 1 项，变更 1 项" in again
    assert "✎ 第 2 行变更（建设示范点50个）：备注：每月通报 → （空）" in again
    assert len(await desk.tasks()) == 1
    await desk.confirm(job_id)
    await desk.work()
    assert "新增 1 项，变更 1 项" in await desk.text(job_id)
    assert len(await desk.tasks()) == 2


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("step", [1, 3, 4])
async def test_killed_while_writing(desk: ImportDesk, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """In the first part, in the last, and while people are told: nothing is lost and nothing doubled."""
    job_id = await desk.send_tasks(*many(25))
    await desk.work()
    await desk.confirm(job_id)
    with monkeypatch.context() as patched:
        kill_at(patched, step)
        await killed(desk.work())
    job = await desk.job(job_id)
    assert (job.state, job.done) == (JobState.CONFIRMED, min((step - 1) * 10, 25))
    assert len(await desk.tasks()) == job.done
    await desk.work()
    job = await desk.job(job_id)
    assert (job.state, job.done, job.total) == (JobState.DONE, 25, 25)
    assert [made.objective for made in await desk.tasks()] == [one["目标任务"] for one in many(25)]
    (order,) = await desk.promised(MessageKind.ORDER)
    assert len(order.content["task_ids"]) == 25
    assert "有变动" not in await desk.text(job_id)
    async with desk.database.reading() as session:
        entries = await session.exec(select(Audit.subject_id).where(Audit.subject_type == "task"))
        assert set(Counter(entries).values()) == {1}


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("step", [1, 2, 3, 4])
async def test_who_takes_over_hears_it_once_wherever_it_is_killed(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """25 rows go to another person, below two that are new.

    The new person hears of both kinds in one message; the former person hears in one message.
    """
    await desk.import_(sheet(*many(25)))
    desk.now += timedelta(days=1)
    new = [task(目标任务=name, 责任人="公安局责任人") for name in ("补植", "清淤")]
    job_id = await desk.send_tasks(*new, *many(25, 责任人="公安局责任人"))
    await desk.work()
    await desk.confirm(job_id)
    with monkeypatch.context() as patched:
        kill_at(patched, step)
        await killed(desk.work())
    await desk.work()
    orders = [row for row in await desk.promised(MessageKind.ORDER) if row.created_at == desk.now]
    assert [len(row.content["task_ids"]) for row in orders] == [27]
    assert {row.contact_id for row in orders} == {desk.people["公安局责任人"].id}
    both = View.from_json(orders[0].content).plain("zh")
    assert "新交办您 2 项任务" in both
    assert "以下 25 项任务转由您办理" in both
    (farewell,) = await desk.promised(MessageKind.NOTICE)
    assert farewell.contact_id == desk.people["城管局责任人"].id
    assert "以下 25 项任务已转由 公安局 公安局责任人 办理" in View.from_json(farewell.content).plain("zh")


async def test_what_was_moved_on_meanwhile_is_not_told_by_the_import(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last row and the notices, the office gives one of two tasks to a third person."""
    await desk.import_(sheet(*many(2)))
    desk.now += timedelta(days=1)
    job_id = await desk.send_tasks(*many(2, 责任人="公安局责任人"))
    await desk.work()
    await desk.confirm(job_id)
    with monkeypatch.context() as patched:
        kill_at(patched, 2)
        await killed(desk.work())
    first, second = await desk.tasks()
    async with desk.database.transaction() as session:
        office = await actor_of(session, desk.people["创城办甲"])
        third = desk.people["城管局分管领导"].id or 0
        await reassign.move_tasks(turn_for(session, office, desk.now, desk.campaign), [first.id or 0], third)
    await desk.work()
    got = [row for row in await desk.promised(MessageKind.ORDER) if row.created_at == desk.now]
    to_police = [row for row in got if row.contact_id == desk.people["公安局责任人"].id]
    assert [row.content["task_ids"] for row in to_police] == [[second.id]]


@pytest.mark.usefixtures("small_steps")
async def test_what_people_change_meanwhile_is_not_undone(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row written before the interruption is not written again."""
    job_id = await desk.send_tasks(*many(25))
    await desk.work()
    await desk.confirm(job_id)
    with monkeypatch.context() as patched:
        kill_at(patched, 2)
        await killed(desk.work())
    async with desk.database.transaction() as session:
        first = (await session.exec(select(Task).order_by(col(Task.id)))).first()
        assert first is not None
        first.standard = "一尘不染"
        session.add(first)
    await desk.work()
    made = await desk.tasks()
    assert (len(made), made[0].standard) == (25, "一尘不染")


@pytest.mark.both_engines("side by side")
@pytest.mark.usefixtures("small_steps")
async def test_a_worker_that_was_overtaken_writes_nothing_more(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker's parent was killed and the program started again while the worker still ran."""
    job_id = await desk.send_tasks(*many(25))
    await desk.work()
    await desk.confirm(job_id)
    orphan = await desk.take()

    async def overtake(_seconds: float) -> None:
        monkeypatch.setattr(asyncio, "sleep", sleep)
        async with desk.database.transaction() as session:
            job = await session.get(rows.Job, job_id)
            assert job is not None
            assert await rows.claim(session, job)

    sleep = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", overtake)
    await desk.do(orphan, pause=0.1)
    job = await desk.job(job_id)
    assert (job.state, job.done, job.attempt) == (JobState.CONFIRMED, 10, orphan.worker + 1)
    assert len(await desk.tasks()) == 10
    await desk.do(orphan)
    assert len(await desk.tasks()) == 10
    await desk.work()
    assert len(await desk.tasks()) == 25


@pytest.mark.both_engines("side by side")
async def test_an_overtaken_reader_changes_nothing(desk: ImportDesk) -> None:
    job_id = await desk.send_tasks(task(完成时限="尽快"))
    orphan = await desk.take()
    await desk.take()
    await desk.do(orphan)
    assert (await desk.job(job_id)).state is JobState.WAITING
    assert await desk.promised(MessageKind.NOTICE) == []


async def test_two_imports_one_after_the_other(desk: ImportDesk) -> None:
    """Both are confirmed at the same instant; each person hears of each task once."""
    first = await desk.send_tasks(task())
    await desk.work()
    second = await desk.send_tasks(task(), task(目标任务="补植"))
    await desk.work()
    for job_id in (first, second):
        await desk.confirm(job_id)
    turns = [await desk.take()]
    await desk.do(turns[0])
    await desk.work()
    # The first has written what the second would have: that is shown before it is written.
    assert (await desk.job(second)).state is JobState.PREVIEW
    await desk.confirm(second)
    await desk.work()
    assert [(await desk.job(job_id)).state for job_id in (first, second)] == [JobState.DONE] * 2
    assert len(await desk.tasks()) == 2
    assert [len(order.content["task_ids"]) for order in await desk.promised(MessageKind.ORDER)] == [1, 1]


@pytest.mark.usefixtures("small_steps")
async def test_a_roster(desk: ImportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Units stand above their parents, people come in parts, the worker is killed; tasks find new people."""
    await desk.import_(sheet(task(责任人="丁一", 责任单位="东风街道", 配合单位=None)))
    people = [(f"第{n}社区", "村居", "西城街道", f"联络员{n}", None, "联络员", None) for n in range(1, 16)]
    street = ("西城街道", "街道", None, None, None, None, None)
    late = ("东风街道", None, None, "丁一", "科长", "责任人", "13800000000")
    job_id = await desk.send(workbook([ROSTER, *people, street, late]), "花名册.xlsx")
    await desk.work()
    assert "单位：新增 16，变更 0；人员：新增 16，变更 0，不变 0" in await desk.text(job_id)
    await desk.confirm(job_id)
    with monkeypatch.context() as patched:
        kill_at(patched, 4)
        await killed(desk.work())
    await desk.work()
    job = await desk.job(job_id)
    assert (job.state, job.done, job.total) == (JobState.DONE, 32, 32)
    async with desk.database.reading() as session:
        units = {unit.name: unit for unit in await session.exec(select(Unit))}
        entries = await session.exec(
            select(Audit.subject_type, Audit.subject_id).where(Audit.event == "import")
        )
        assert set(Counter(entries).values()) == {1, 2}  # the task: made, then linked
        contact = (await session.exec(select(Contact).where(Contact.name == "丁一"))).one()
    assert {units[row[0]].parent_id for row in people} == {units["西城街道"].id}
    assert [made.responsible_id for made in await desk.tasks()] == [contact.id]


async def test_a_roster_does_not_shut_out_who_imports_it(desk: ImportDesk) -> None:
    """As elsewhere, nobody removes their own place in the office, so that somebody is left to give it."""
    lines = [("创城办", None, None, f"创城办{x}", None, "联络员", None) for x in "甲乙"]
    job_id = await desk.send(workbook([ROSTER, *lines]), "花名册.xlsx")
    await desk.work()
    assert (await desk.text(job_id)).count("没有“创城办”角色") == 2
    await desk.confirm(job_id)
    await desk.work()
    async with desk.database.reading() as session:
        contacts = (desk.people[f"创城办{x}"].id or 0 for x in "甲乙")
        first, second = [await roles_of(session, contact_id) for contact_id in contacts]
    assert first == frozenset({Role.OFFICE, Role.LIAISON})
    assert second == frozenset({Role.LIAISON})
    assert "已导入" in await desk.text(job_id)


async def test_who_has_left_comes_back_only_with_a_word(desk: ImportDesk) -> None:
    await desk.leave("城管局责任人")
    await desk.import_(sheet(task()))
    assert [made.responsible_id for made in await desk.tasks()] == [None]
    job_id = await desk.send(
        workbook([ROSTER, ("城管局", None, None, "城管局责任人", None, "责任人", None)]), "花名册.xlsx"
    )
    await desk.work()
    assert "此人已登记离任" in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    async with desk.database.reading() as session:
        contact = await session.get(Contact, desk.people["城管局责任人"].id)
    assert contact is not None
    assert contact.state is ContactState.NOT_ENROLLED
    assert [made.responsible_id for made in await desk.tasks()] == [contact.id]


async def test_a_failure_while_writing_says_what_is_written(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch, small_steps: None
) -> None:
    job_id = await desk.send_tasks(*many(25))
    await desk.work()
    await desk.confirm(job_id)
    with monkeypatch.context() as patched:
        kill_at(patched, 3)
        await killed(desk.work())
    turn = await desk.take()
    async with desk.database.transaction() as session:
        reason = Text("jobs.not_written", file="x")
        await job_claims.fail(session, turn, await desk.job(job_id), reason, now=desk.now)
    assert "已写入 20/25 项" in await desk.text(job_id)
    # As the message says, the same file sent again goes on from there.
    await desk.import_(sheet(*many(25)))
    assert len(await desk.tasks()) == 25
