"""The ledger of cases: asked for in the chat, made by the worker, sent to the person who asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from bot.commands.job_worker import JobWork
from models import importing
from models.db import Database, Session
from models.delivery.messages import Outbox
from models.importing import Job, JobKind, JobState
from models.people import ContactRole
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role
from services.campaign import Campaign
from services.cases import ledger
from services.cases.case_steps import StepDetails
from services.cases.orders.dispatching import dispatch
from services.delivery import rendering
from services.errors import DomainError
from services.importing.jobs import job_claims
from services.views import View
from tests.services.conftest import Local, World, make_world
from tests.support.cases import TO_CLOSED, TO_DISPATCHED, CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

Sheet = list[dict[str, Any]]


def read(content: bytes) -> tuple[Sheet, Sheet, Sheet]:
    """The rows of all sheets, under their heads."""
    cases, steps, orders = load_workbook(BytesIO(content)).worksheets
    return _rows(cases.values), _rows(steps.values), _rows(orders.values)


def _rows(values: Iterator[tuple[Any, ...]]) -> Sheet:
    heads, *rows = values
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


async def test_a_row_for_each_case_and_all_steps(
    session: Session, world: World, case_desk: CaseDesk, campaign: Campaign, local: Local
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
    made = await ledger.build(tick_for(session, late, campaign), "案卷台账", "zh")
    assert (made.name, made.count) == ("案卷台账.xlsx", 2)
    cases, steps, orders = read(made.content)
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
        "派遣": "2026-12-15 09:00",
        "办理时限": "2026-12-15 15:00",
        "反馈": "2026-12-15 16:00",
        "处置工作时": "5.00",
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
            "派遣": "2026-12-15 09:00",
            "签收时限": cases[0]["签收时限"],
            "签收": "2026-12-15 16:00",
            "办理时限": "2026-12-15 15:00",
            "反馈": "2026-12-15 16:00",
            "结束": "2026-12-15 16:00",
            "结果": "已结案",
            "处置工作时": "5.00",
            "延期次数": 0,
            "返工次数": 0,
            "超时": "是",
            "申诉免责": None,
            "计入单位统计": "是",
        }
    ]


async def test_a_row_for_each_order(
    session: Session, world: World, case_desk: CaseDesk, campaign: Campaign, local: Local
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
    made = await ledger.build(tick_for(session, local(12, 18, 9), campaign), "案卷台账", "zh")
    *_, orders = read(made.content)
    shown = ("第几次", "督办单", "承办单位", "派遣", "结束", "结果", "超时", "计入单位统计")
    assert [tuple(row[name] for name in shown) for row in orders] == [
        (1, papers[0], "城管局", "2026-12-15 09:00", "2026-12-15 16:00", "已改派", "是", "是"),
        (2, papers[1], "东风街道", "2026-12-15 16:00", "2026-12-15 17:00", "已退单", None, None),
        (3, papers[2], "城管局", "2026-12-15 18:00", None, "处置中", "是", "是"),
    ]


async def test_words_never_become_formulas(
    session: Session, world: World, case_desk: CaseDesk, campaign: Campaign, now: datetime
) -> None:
    category = await case_desk.category("-垃圾", area="+市容")
    case = await case_desk.report(world.liaison, category, text='=HYPERLINK("http://x")', place="@SUM(A1)")
    await case_desk.step(case, CaseEvent.REJECT, world.office, change=StepDetails(reason="\t=1+1"))
    made = await ledger.build(tick_for(session, now, campaign), "x", "zh")
    book = load_workbook(BytesIO(made.content))
    cells = [cell for table in book.worksheets for row in table.iter_rows() for cell in row]
    risky = [cell for cell in cells if str(cell.value or "").startswith(("=", "+", "-", "@", "\t"))]
    assert len(risky) == 4
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in risky)


class TestOrdering:
    async def test_only_the_office(
        self, session: Session, world: World, now: datetime, campaign: Campaign
    ) -> None:
        for actor in (world.leader, world.liaison):
            with pytest.raises(DomainError):
                await ledger.order(turn_for(session, actor, now, campaign, chat=77))
        assert (await session.exec(select(Job))).all() == []

    async def test_once_at_a_time(
        self, session: Session, world: World, now: datetime, campaign: Campaign
    ) -> None:
        await ledger.order(turn_for(session, world.office, now, campaign, chat=77))
        with pytest.raises(DomainError):
            await ledger.order(turn_for(session, world.office, now, campaign, chat=77))
        (job,) = (await session.exec(select(Job))).all()
        job.state = JobState.DONE
        await session.flush()
        await ledger.order(turn_for(session, world.office, now, campaign, chat=77))


class TestWorker:
    @pytest.fixture
    async def ordered(
        self, database: Database, now: datetime, campaign: Campaign
    ) -> tuple[World, job_claims.JobClaim]:
        async with database.transaction() as session:
            world = await make_world(Roster(session, now, campaign))
            desk = CaseDesk(session, now, campaign)
            await desk.report(world.liaison, await desk.category())
            await ledger.order(turn_for(session, world.office, now, campaign, chat=77))
        async with database.transaction() as session:
            job = await importing.next_open(session, [])
            assert job is not None
            assert job.kind is JobKind.EXPORT_CASES
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
        assert file.name == "案卷台账 2026-12-15.xlsx"
        async with database.reading() as session:
            content = await importing.content_of(session, file.stored_id or 0)
            job = await session.get(Job, 1)
        assert job is not None
        assert job.state is JobState.DONE
        assert len(read(content or b"")[0]) == 1

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
        assert view.plain("zh") == "“案卷台账 2026-12-15”生成时出错，请稍后再点一次导出。"
