"""The office's policy of the ladder: versions, the sheet there and back, who may change it, who was first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Database, Session
from models.delivery.messages import Outbox
from models.importing import JobKind, JobState
from models.nags import policies as rows
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from rules.nags.policy import DEFAULT, DutyKind, ReleaseMode
from services import calendar
from services.access import actor_of
from services.campaign import Campaign
from services.errors import DomainError
from services.nags import policies
from services.nags.policies import sheet_of
from tests.services.conftest import World
from tests.services.importing.builders import saved
from tests.services.importing.importing_desk import ImportDesk
from tests.services.progress.talk import buttons, refused
from tests.support.people import Roster
from tests.support.turns import turn_for


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


def edited(change: Any) -> bytes:
    """The exported default sheet after ``change``, as a person changes it."""
    book = load_workbook(BytesIO(sheet_of(DEFAULT)()))
    change(book)
    return saved(book)


async def test_the_sheet_goes_out_and_comes_back(desk: ImportDesk, database: Database) -> None:
    """Unchanged, the sheet does nothing; changed, it is a new version, and every task is looked at anew."""
    same = await desk.send(sheet_of(DEFAULT)(), "催办规则.xlsx")
    await desk.work()
    job = await desk.job(same)
    assert (job.kind, job.state) == (JobKind.IMPORT_LADDER, JobState.DONE)
    assert "没有需要写入的内容" in await desk.text(same)

    def change(book: Any) -> None:
        page, settings = book.worksheets
        assert [cell.value for cell in page[2]][:2] == ["任务", "限期前3个工作日"]
        page["B2"] = "限期前5个工作日"
        settings["B2"] = 4

    async with database.transaction() as session:
        session.add(task := await a_task(session, desk))
        task.next_nag_at = datetime(2026, 12, 18, 1, tzinfo=desk.now.tzinfo)
    changed = await desk.send(edited(change), "催办规则.xlsx")
    await desk.work()
    assert "新增 1 条，去掉或调整 2 条，不变 24 条；退回 0 行。" in await desk.text(changed)
    assert await desk.confirm(changed) == "jobs.state.confirmed"
    await desk.work()
    assert (await desk.job(changed)).state is JobState.DONE
    async with database.reading() as session:
        policy = (await calendar.current_campaign(session, desk.campaign)).policy
        (kept,) = (await session.exec(select(Audit).where(Audit.subject_type == "ladder"))).all()
        (looked,) = (await session.exec(select(Task))).all()
    assert (policy.version, policy.budget, policy.release) == (1, 4, ReleaseMode.OFFICE)
    assert policy.rungs[0].offset == -5
    assert {*policy.rungs[1:]} == {*DEFAULT.whole.rungs[1:]}
    assert kept.actor_id == desk.people["创城办甲"].id
    assert (kept.before, kept.after) == (
        {"version": 0, "budget": 2, "release": "office"},
        {"version": 1, "budget": 4, "release": "office"},
    )
    assert looked.next_nag_at == desk.now


async def a_task(session: Session, desk: ImportDesk) -> Task:
    roster = Roster(session, desk.now, desk.campaign)
    return await roster.task(await roster.unit("教育局"), "整治校园周边", date(2026, 12, 18))


async def test_a_refused_line_keeps_the_whole_sheet_back(desk: ImportDesk, database: Database) -> None:
    """The sheet goes back as a whole, with the reason beside its line; mended, it imports."""

    def spoil(book: Any) -> None:
        book.worksheets[0]["E2"] = "区领导"
        book.worksheets[0]["B3"] = "限期前1个工作日"

    job_id = await desk.send(edited(spoil), "催办规则.xlsx")
    await desk.work()
    shown = await desk.text(job_id)
    assert "第 2 行退回（任务 限期前3个工作日）：区领导只看简报，不能列为通知对象" in shown
    assert "有退回的行时整张表不导入" in shown
    assert (await desk.job(job_id)).state is JobState.DONE
    book = load_workbook(BytesIO(await desk.returned()))
    page = book.worksheets[0]
    assert page.max_row == 1 + len(DEFAULT.whole.rungs)
    assert [page.cell(row, 7).value is not None for row in (1, 2, 3)] == [True, True, False]
    page["E2"] = "责任人"
    mended = await desk.send(saved(book), "催办规则-退回1行.xlsx")
    await desk.work()
    assert "本表没有写明推送上限、放行方式的，保持不变" in await desk.text(mended)
    await desk.confirm(mended)
    await desk.work()
    async with database.reading() as session:
        policy = await rows.current(session)
    assert [rung.offset for rung in policy.of(DutyKind.TASK)][:2] == [-3, -1]


async def test_kinds_that_a_sheet_leaves_out_stay(desk: ImportDesk, database: Database) -> None:
    def only_signing(book: Any) -> None:
        page = book.worksheets[0]
        for number in range(page.max_row, 1, -1):
            if page.cell(number, 1).value != "签收":
                page.delete_rows(number)
        page.delete_rows(3)

    job_id = await desk.send(edited(only_signing), "签收.xlsx")
    await desk.work()
    assert (
        "本表没有任务、定期报告、下级办结、下级办结待审核、督办单、延期待批、通知阅知、通知回执，这些事项的规则不变"
        in await desk.text(job_id)
    )
    await desk.confirm(job_id)
    await desk.work()
    async with database.reading() as session:
        policy = await rows.current(session)
    assert len(policy.of(DutyKind.UNSIGNED)) == 1
    assert policy.of(DutyKind.TASK) == DEFAULT.of(DutyKind.TASK)


async def test_a_preview_takes_the_place_of_what_it_was_shown_beside(
    desk: ImportDesk, database: Database
) -> None:
    """Of two sheets at once, the second would undo the first, which its preview did not say."""

    def sooner(book: Any) -> None:
        book.worksheets[0]["B2"] = "限期前5个工作日"

    def more(book: Any) -> None:
        book.worksheets[1]["B2"] = 4

    first = await desk.send(edited(sooner), "甲.xlsx")
    await desk.work()
    second = await desk.send(edited(more), "乙.xlsx", "创城办乙")
    await desk.work()
    for job_id in (first, second):
        assert await desk.confirm(job_id) == "jobs.state.confirmed"
        await desk.work()
    states = [(await desk.job(job_id)).state for job_id in (first, second)]
    assert states == [JobState.DONE, JobState.FAILED]
    assert "预览之后，催办规则已有新的版本" in await desk.text(second)
    async with database.reading() as session:
        policy = await rows.current(session)
    assert (policy.version, policy.rungs[0].offset, policy.budget) == (1, -5, 2)


async def test_switches_are_versions_and_the_first_press_counts(
    session: Session, world: World, campaign: Campaign, now: datetime
) -> None:
    shown = await policies.show_policy(turn_for(session, world.office, campaign=campaign))
    text = shown.plain("zh")
    assert "催办规则（系统默认）" in text
    assert "· 限期前3个工作日 → 责任人" in text
    assert "· 限期后第1个工作日 → 责任人（每1个工作日重复、15:00、仅迎检期间）" in text
    assert "· 申请后4工作时 → 创城办" in text
    assert "限期后各级从连续未报的首日（首班）起算" in text
    lines = text.splitlines()
    assert lines[lines.index("下级办结") + 1] == "· 全部办结后首次催办时 → 责任人"
    assert [line for line in lines if line.startswith("下级任务逾期或未报的，")], (
        "who decides hears by itself"
    )
    assert not buttons(shown, "ladder.want_reset")
    when: dict[str, Any] = {"now": now, "campaign": campaign}
    auto = await policies.set_release(turn_for(session, world.office, **when), ReleaseMode.AUTO, 0)
    assert "第1版，创城办 创城办工作人员" in auto.plain("zh")
    late = policies.set_release(turn_for(session, world.office, **when), ReleaseMode.AUTO, 0)
    assert await refused(late) == "ladder.moved_on"
    back = await policies.reset(turn_for(session, world.office, **when), 1)
    assert "第2版" in back.plain("zh")
    policy = await rows.current(session)
    assert policy == replace(DEFAULT, version=2)
    for doing in (
        policies.show_policy(turn_for(session, world.responsible, campaign=campaign)),
        policies.reset(turn_for(session, world.leader, **when), 2),
        policies.export(session, world.liaison),
    ):
        assert await refused(doing) == "tasks.office_only"
    query = select(Audit.event).where(Audit.subject_type == "ladder").order_by(col(Audit.id))
    assert list(await session.exec(query)) == ["policy", "policy"]
    assert not (await session.exec(select(Outbox).where(Outbox.kind == MessageKind.NOTICE))).all()


@pytest.mark.both_engines("side by side")
async def test_of_two_presses_at_one_moment_the_second_is_refused(
    desk: ImportDesk, database: Database, database_url: str
) -> None:
    async def press(at: Database, name: str) -> str:
        async with at.transaction() as session:
            actor = await actor_of(session, desk.people[name])
            when: dict[str, Any] = {"now": desk.now, "campaign": desk.campaign}
            return str(await policies.set_release(turn_for(session, actor, **when), ReleaseMode.AUTO, 0))

    other = Database(database_url)
    try:
        said = await asyncio.gather(
            press(database, "创城办甲"), press(other, "创城办乙"), return_exceptions=True
        )
    finally:
        await other.close()
    (refusal,) = [one for one in said if isinstance(one, BaseException)]
    assert isinstance(refusal, DomainError)
    assert refusal.text.key == "ladder.moved_on"
