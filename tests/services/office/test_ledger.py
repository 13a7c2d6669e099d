"""The ledger: asked for in the chat, made by the worker, sent to the person who asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from bot.commands.job_worker import JobWork
from models import importing
from models.activities import Activity
from models.db import Database, Session
from models.delivery.messages import Outbox
from models.importing import Job, JobKind, JobState, StoredPiece
from models.people import ContactRole
from rules.activities.activity_kinds import ActivityKind
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role
from services import paper_orders
from services.campaign import Campaign
from services.cases.case_steps import StepDetails
from services.cases.orders.dispatching import dispatch
from services.delivery import rendering
from services.errors import DomainError
from services.importing.jobs import job_claims
from services.nags import nag_engine
from services.office.ledger import ledger_making, ledger_orders
from services.paper_orders import MadeWorkbook
from services.turn import TickTurn
from services.views import View
from tests.services.conftest import Local, World, make_world
from tests.services.nags.families import Broken, make_family
from tests.services.progress.talk import Talk
from tests.support.cases import TO_CLOSED, TO_DISPATCHED, CaseDesk
from tests.support.golden import compare, xlsx_lines
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

Sheet = list[dict[str, Any]]


async def made(turn: TickTurn, folder: Path, **days: Any) -> dict[str, Sheet]:
    """The sheets of a ledger by their titles: their rows under their heads."""
    book = load_workbook((await ledger_making.build(turn, folder, "台账", "zh", **days)).path)
    return {sheet.title: _rows(sheet.values) for sheet in book.worksheets}


def _rows(values: Iterator[tuple[Any, ...]]) -> Sheet:
    heads, *rows = values
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


def shown(local: datetime) -> datetime:
    """A moment as a cell has it: without its zone."""
    return local.replace(tzinfo=None)


async def test_a_row_for_each_case_and_all_steps(
    session: Session, world: World, case_desk: CaseDesk, campaign: Campaign, local: Local, tmp_path: Path
) -> None:
    category = await case_desk.category()
    start, late = local(12, 15, 9), local(12, 15, 16)
    hidden = await case_desk.report(
        world.other_liaison, category, at=start, hidden=True, location=(30.5, 114.3, None)
    )
    await case_desk.bring(hidden, *TO_DISPATCHED, office=world.office, unit=world.liaison, at=start)
    rest = TO_CLOSED[2:]
    await case_desk.bring(hidden, *rest, office=world.office, unit=world.liaison, at=late)
    refused = await case_desk.report(world.office, category, at=late)
    await case_desk.step(
        refused, CaseEvent.REJECT, world.office, at=late, change=StepDetails(reason="不属实")
    )
    sheets = await made(tick_for(session, late, campaign), tmp_path)
    cases, steps, orders = sheets["案卷"], sheets["办理过程"], sheets["督办单"]
    assert cases[0] == {
        **cases[0],
        "案卷号": "20261215-0001",
        "类别": "街面秩序·占道经营",
        "地点": "人民路12号",
        "坐标（纬度，经度）": "30.500000, 114.300000",
        "上报人": "东风街道 东风街道联络员",
        "要求保密": "是",
        "状态": "已结案",
        "承办单位": "城管局",
        "责任人": "城管局 城管局联络员",
        "派遣": shown(start),
        "办理时限": shown(local(12, 15, 15)),
        "反馈": shown(late),
        "处置工作时": 5,
        "超时": "是",
        "申诉免责": None,
    }
    assert (cases[1]["状态"], cases[1]["超时"], cases[1]["派遣"]) == ("不予立案", None, None)
    assert [(row["案卷号"], row["序号"], row["步骤"]) for row in steps[:3]] == [
        ("20261215-0001", 1, "上报"),
        ("20261215-0001", 2, "立案"),
        ("20261215-0001", 3, "派遣"),
    ]
    assert (steps[2]["派往单位"], steps[2]["办理人"]) == ("城管局", "创城办 创城办工作人员")
    assert (steps[-1]["步骤"], steps[-1]["原因"]) == ("不予立案", "不属实")
    assert len(steps) == 8
    assert orders == [
        {
            "案卷号": "20261215-0001",
            "第几次": 1,
            "督办单": None,
            "承办单位": "城管局",
            "派遣": shown(start),
            "签收时限": cases[0]["签收时限"],
            "签收": shown(late),
            "办理时限": shown(local(12, 15, 15)),
            "反馈": shown(late),
            "结束": shown(late),
            "结果": "已结案",
            "处置工作时": 5,
            "延期次数": 0,
            "返工次数": 0,
            "超时": "是",
            "申诉免责": None,
            "计入单位统计": "是",
        }
    ]


async def test_a_row_for_each_order(
    session: Session, world: World, case_desk: CaseDesk, campaign: Campaign, local: Local, tmp_path: Path
) -> None:
    """Of three orders, one was late at 改派, one came back by 退单, and one runs beyond its limit."""
    case = await case_desk.report(world.office, await case_desk.category(), at=local(12, 15, 9))
    await case_desk.step(case, CaseEvent.REGISTER, world.office, at=local(12, 15, 9))
    papers = []
    for hour, unit in ((9, world.unit), (16, world.other_unit), (18, world.unit)):
        if hour == 18:
            reason = StepDetails(reason="不属本单位职责")
            at = local(12, 15, 17)
            await case_desk.step(case, CaseEvent.SEND_BACK, world.other_liaison, at=at, change=reason)
        turn = turn_for(session, world.office, local(12, 15, hour), campaign)
        papers.append((await dispatch(turn, [case.id or 0], unit.id or 0, reason="改派")).number)
    orders = (await made(tick_for(session, local(12, 18, 9), campaign), tmp_path))["督办单"]
    named = ("第几次", "督办单", "承办单位", "派遣", "结束", "结果", "超时", "计入单位统计")
    assert [tuple(row[name] for name in named) for row in orders] == [
        (1, papers[0], "城管局", shown(local(12, 15, 9)), shown(local(12, 15, 16)), "已改派", "是", "是"),
        (2, papers[1], "东风街道", shown(local(12, 15, 16)), shown(local(12, 15, 17)), "已退单", None, None),
        (3, papers[2], "城管局", shown(local(12, 15, 18)), None, "处置中", "是", "是"),
    ]


async def test_words_never_become_formulas(
    session: Session, world: World, case_desk: CaseDesk, campaign: Campaign, now: datetime, tmp_path: Path
) -> None:
    category = await case_desk.category("-垃圾", area="+市容")
    case = await case_desk.report(world.liaison, category, text='=HYPERLINK("http://x")', place="@SUM(A1)")
    await case_desk.step(case, CaseEvent.REJECT, world.office, change=StepDetails(reason="\t=1+1"))
    file = await ledger_making.build(tick_for(session, now, campaign), tmp_path, "x", "zh")
    book = load_workbook(file.path)
    cells = [cell for table in book.worksheets for row in table.iter_rows() for cell in row]
    risky = [cell for cell in cells if str(cell.value or "").startswith(("=", "+", "-", "@", "\t"))]
    assert len(risky) == 4
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in risky)


async def test_every_sheet_and_what_the_first_one_counts(
    session: Session, world: World, talk: Talk, campaign: Campaign, tmp_path: Path
) -> None:
    await talk.report("今天清理违规广告牌匾12.5处，约300人参加")
    await talk.zero()
    entry = Activity(
        number="J20261215-0001",
        kind=ActivityKind.MEETING,
        day=date(2026, 12, 1),
        title="召开部署会",
        text="召开部署会",
        unit_id=world.unit.id or 0,
        recorded_at=talk.now,
    )
    session.add(entry)
    await session.flush()
    turn = tick_for(session, talk.now, campaign)
    book = (await ledger_making.build(turn, tmp_path, "台账", "zh")).path
    compare("ledger.xlsx", xlsx_lines(book.read_bytes()))
    sheets = await made(turn, tmp_path)
    assert list(sheets) == [
        "总表",
        "任务",
        "进展报告",
        "数量",
        "案卷",
        "办理过程",
        "督办单",
        "催办",
        "人员",
        "工作纪实",
    ]
    summary = {row["项目"]: row["内容（各表为行数）"] for row in sheets["总表"]}
    assert summary["时段"] == "全部"
    assert summary["截至"] == shown(talk.now.astimezone(campaign.zone))
    assert {title: len(rows) for title, rows in sheets.items() if title != "总表"} == {
        title: summary[title] for title in sheets if title != "总表"
    }
    (task,) = [row for row in sheets["任务"] if row["报告数"]]
    assert (task["完成时限"], task["牵头单位"], task["报告数"]) == (datetime(2026, 12, 18), "城管局", 1)  # noqa: DTZ001
    report = sheets["进展报告"][0]
    assert (report["报告编号"], report["单位"], report["类型"]) == ("20261215-0001", "城管局", "进展")
    assert report["报告时间"] == shown(talk.now.astimezone(campaign.zone))
    assert [(row["计入数"], row["约数"]) for row in sheets["数量"]] == [(12.5, None), (300, "是")]
    assert {row["角色"] for row in sheets["人员"] if row["姓名"] == "创城办工作人员"} == {"创城办"}
    assert sheets["工作纪实"][0]["日期"] == datetime(2026, 12, 1)  # noqa: DTZ001


async def test_the_look_of_a_sheet(
    session: Session, world: World, campaign: Campaign, local: Local, tmp_path: Path
) -> None:
    turn = tick_for(session, local(12, 19, 9), campaign)
    path = (await ledger_making.build(turn, tmp_path, "台账", "zh")).path
    sheet = load_workbook(path)["任务"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", f"A1:U{sheet.max_row}")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    # One page wide, which is the default, and as many long as it takes.
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
    assert sheet.print_title_rows == "$1:$1"
    heads = [cell.value for cell in sheet[1]]
    lamp = sheet.cell(2, heads.index("灯") + 1)
    assert (lamp.value, lamp.fill.start_color.rgb) == ("红", "FFF4B084")


async def test_a_task_names_the_one_above_it(
    session: Session, world: World, campaign: Campaign, local: Local, tmp_path: Path
) -> None:
    roster = Roster(session, local(12, 15, 9), campaign)
    unit = await roster.unit("西山村")
    below = await roster.task(unit, "清理本村牌匾", date(2026, 12, 20))
    below.parent_id = world.task.id
    await session.flush()
    rows = (await made(tick_for(session, local(12, 19, 9), campaign), tmp_path))["任务"]
    found = {row["目标任务"]: row["上级任务"] for row in rows}
    assert found["清理本村牌匾"] == f"{world.task.objective}（城管局）"
    assert found[world.task.objective] is None


async def test_the_days_of_what_has_days(
    session: Session, talk: Talk, campaign: Campaign, tmp_path: Path
) -> None:
    await talk.report("今天清理垃圾3吨")
    turn = tick_for(session, talk.now, campaign)
    sheets = await made(turn, tmp_path, first=date(2026, 12, 1), last=date(2026, 12, 14))
    assert (sheets["进展报告"], sheets["数量"]) == ([], [])
    assert len(sheets["任务"]) > 0
    assert sheets["总表"][0]["内容（各表为行数）"] == (
        "2026年12月1日至2026年12月14日（任务、案卷、人员为当前全部）"
    )
    sheets = await made(turn, tmp_path, first=date(2026, 12, 15))
    assert len(sheets["进展报告"]) == 1


async def test_an_entry_of_the_log_belongs_to_its_day_whenever_it_was_recorded(
    session: Session, world: World, campaign: Campaign, local: Local, tmp_path: Path
) -> None:
    for day in (14, 15, 16):
        session.add(
            Activity(
                number=f"J202612{day}-0001",
                kind=ActivityKind.MEETING,
                day=date(2026, 12, day),
                title="召开推进会",
                text="召开推进会",
                unit_id=world.unit.id or 0,
                recorded_at=local(12, 18, 9),
            )
        )
    await session.flush()
    turn = tick_for(session, local(12, 19, 9), campaign)
    sheets = await made(turn, tmp_path, first=date(2026, 12, 15), last=date(2026, 12, 15))
    assert [row["编号"] for row in sheets["工作纪实"]] == ["J20261215-0001"]


async def test_more_rows_than_are_read_at_once_or_fit_into_a_sheet(
    session: Session, talk: Talk, campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 8):
        await talk.report(f"今天清理垃圾{n}吨")
    monkeypatch.setattr("models.office.ledger_rows.AT_ONCE", 2)
    monkeypatch.setattr("reports.ledger_book.MOST_ROWS", 3)
    sheets = await made(tick_for(session, talk.now, campaign), tmp_path)
    numbers = [row["报告编号"] for title in ("进展报告", "进展报告2", "进展报告3") for row in sheets[title]]
    assert numbers == [f"20261215-{n:04d}" for n in range(1, 8)]
    summary = {
        row["项目"]: row["内容（各表为行数）"] for row in sheets["总表"] + sheets["总表2"] + sheets["总表3"]
    }
    assert summary["进展报告"] == 7


async def test_a_large_file_is_kept_in_pieces(
    session: Session, campaign: Campaign, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.xlsx"
    path.write_bytes(bytes(range(256)) * 10)  # a test has nothing else to do
    monkeypatch.setattr(paper_orders, "_PIECE", 1000)
    turn = tick_for(session, now, campaign)
    view = await ledger_orders.deliver(turn, MadeWorkbook("台账.xlsx", path, 1))
    stored_id = view.files[0].stored_id or 0
    assert len((await session.exec(select(StoredPiece))).all()) == 3
    assert await importing.content_of(session, stored_id) == bytes(range(256)) * 10
    assert await importing.delete_files(session, now + timedelta(days=1)) == 1
    assert (await session.exec(select(StoredPiece))).all() == []


async def test_a_ledger_that_cannot_be_sent(
    session: Session, campaign: Campaign, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.xlsx"
    path.write_bytes(b"12345")  # as above
    monkeypatch.setattr(ledger_orders, "LARGEST", 4)
    with pytest.raises(DomainError) as refused:
        await ledger_orders.deliver(tick_for(session, now, campaign), MadeWorkbook("台账.xlsx", path, 1))
    assert refused.value.text.key == "ledger.too_large"


class TestOrdering:
    async def test_only_the_office(
        self, session: Session, world: World, now: datetime, campaign: Campaign
    ) -> None:
        for actor in (world.leader, world.liaison):
            with pytest.raises(DomainError):
                await ledger_orders.order(turn_for(session, actor, now, campaign, chat=77))
        assert (await session.exec(select(Job))).all() == []

    async def test_once_at_a_time(
        self, session: Session, world: World, now: datetime, campaign: Campaign
    ) -> None:
        await ledger_orders.order(turn_for(session, world.office, now, campaign, chat=77))
        with pytest.raises(DomainError):
            await ledger_orders.order(turn_for(session, world.office, now, campaign, chat=77))
        (job,) = (await session.exec(select(Job))).all()
        job.state = JobState.DONE
        await session.flush()
        await ledger_orders.order(turn_for(session, world.office, now, campaign, chat=77))


class TestWorker:
    @pytest.fixture
    async def ordered(
        self, database: Database, now: datetime, campaign: Campaign
    ) -> tuple[World, job_claims.JobClaim]:
        async with database.transaction() as session:
            world = await make_world(Roster(session, now, campaign))
            desk = CaseDesk(session, now, campaign)
            await desk.report(world.liaison, await desk.category())
            await ledger_orders.order(turn_for(session, world.office, now, campaign, chat=77))
        async with database.transaction() as session:
            job = await importing.next_open(session, [])
            assert job is not None
            assert job.kind is JobKind.LEDGER
            turn = await job_claims.take(session, job)
        assert turn is not None
        return world, turn

    async def sent(self, database: Database, now: datetime) -> list[View]:
        """The messages about the ledger that the office gets."""
        async with database.transaction() as session:
            query = select(Outbox).where(Outbox.dedupe_key == "job:1:made")
            rows = [
                await rendering.render(tick_for(session, now, Campaign()), row)
                for row in await session.exec(query)
            ]
        return [row[0] for row in rows if row is not None]

    async def test_made_and_sent_once(
        self, database: Database, now: datetime, campaign: Campaign, ordered: Any
    ) -> None:
        _, turn = ordered
        work = JobWork(database, campaign, now, pause=0)
        await work.do(turn.job_id, turn.worker)
        await work.do(turn.job_id, turn.worker)  # an older worker that is still alive
        (view,) = await self.sent(database, now)
        (file,) = view.files
        assert file.name == "创城台账 2026-12-15.xlsx"
        async with database.reading() as session:
            content = await importing.content_of(session, file.stored_id or 0)
            job = await session.get(Job, 1)
        assert job is not None
        assert job.state is JobState.DONE
        cases = load_workbook(BytesIO(content or b""))["案卷"]
        assert len(list(cases.values)) == 2

    async def test_not_for_who_has_left_the_office(
        self, database: Database, now: datetime, campaign: Campaign, ordered: Any
    ) -> None:
        world, turn = ordered
        await JobWork(database, campaign, now, pause=0).do(turn.job_id, turn.worker)
        async with database.transaction() as session:
            role = await session.get(ContactRole, (world.office.id, Role.OFFICE))
            await session.delete(role)
        assert await self.sent(database, now) == []

    async def test_a_failure_is_told(
        self, database: Database, now: datetime, campaign: Campaign, ordered: Any
    ) -> None:
        from bot.jobs import _badly_ended

        _, turn = ordered
        async with database.transaction() as session:
            job = await session.get(Job, 1)
            assert job is not None
            later = now + timedelta(minutes=1)
            await job_claims.fail(session, turn, job, _badly_ended(job), now=later)
            await job_claims.follow_up(tick_for(session, later, campaign), turn)
        (view,) = await self.sent(database, now)
        assert view.plain("zh") == "“创城台账 2026-12-15”生成时出错，请稍后再点一次导出。"


async def test_a_nag_about_what_lies_below_names_the_task_above(
    session: Session, roster: Roster, campaign: Campaign, local: Local, tmp_path: Path
) -> None:
    family = await make_family(roster, Broken(deadline=date(2026, 12, 14), since=local(12, 1)), "西山村")
    await nag_engine.tick(tick_for(session, local(12, 15, 9), campaign))
    sheets = await made(tick_for(session, local(12, 15, 10), campaign), tmp_path)
    (above,) = [row for row in sheets["催办"] if row["层级"] == "分解任务的责任人"]
    assert (above["任务"], above["事项"]) == (family.task.objective, "任务时限")
    assert family.decider.contact.name in above["对象"]
