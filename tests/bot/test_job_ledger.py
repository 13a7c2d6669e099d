"""The ledger of cases from the button to the file in the chat, made by the program's own worker."""

from __future__ import annotations

import asyncio
from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from bot.jobs import JobRunner, Work
from models.cases import Case
from models.importing import Job, JobState
from models.people import Contact
from rules.cases.case_lifecycle import CaseEvent
from sandbox.testing import RunningSandbox
from services.access import actor_of
from services.cases.case_steps import StepDetails
from services.office.ledger import ledger_orders
from tests.bot.desk import Desk, account
from tests.support.cases import CaseDesk
from tests.support.processes import settings_for
from tests.support.turns import turn_for


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, telegram: RunningSandbox, database_url: str) -> None:
    """Give the worker's process its settings by this process's environment."""
    for name, value in settings_for(telegram, database_url).items():
        monkeypatch.setenv(name, value)


def runner(desk: Desk, work: Work | None = None) -> JobRunner:
    """A job runner; by default its worker is a process of its own."""
    return JobRunner(desk.database, desk.bot, desk.clock, desk.campaign, desk.sender.wake, work=work)


async def order(desk: Desk, office: Contact) -> None:
    """Report two cases, one with a text that could be a formula, and order their ledger."""
    now = desk.clock.moment
    async with desk.database.transaction() as session:
        actor = await actor_of(session, office)
        cases = CaseDesk(session, now, desk.campaign)
        category = await cases.category()
        await cases.report(actor, category, text="=1+1")
        refused = await cases.report(actor, category, text="垃圾堆放")
        await cases.step(refused, CaseEvent.REJECT, actor, change=StepDetails(reason="不属实"))
        await ledger_orders.order(turn_for(session, actor, now, desk.campaign, chat=account(office)))


async def state(desk: Desk) -> JobState:
    async with desk.database.reading() as session:
        return (await session.exec(select(Job))).one().state


async def test_made_by_the_next_life_of_the_program(desk: Desk) -> None:
    office = await desk.office()
    await order(desk, office)
    started = asyncio.Event()

    async def hangs(job_id: int, worker: int, now: datetime) -> int:
        started.set()
        await asyncio.Event().wait()
        return 0

    first = runner(desk, hangs)
    running = asyncio.create_task(first.run())
    await started.wait()
    first.stop_looking()
    await running
    assert await state(desk) is JobState.CONFIRMED

    second = runner(desk)
    assert await second.step()
    assert await state(desk) is JobState.DONE
    assert not await second.step(), "it is made once"
    desk.start()
    await desk.until_settled()
    received = await desk.received(account(office))
    assert len([one for one in received if "台账已生成" in one.text]) == 1
    (sent,) = (one for one in received if one.kind == "document")
    assert sent.media["file_name"] == "创城台账 2026-12-15.xlsx"
    book = load_workbook(BytesIO(await desk.people.file(sent.file_id or "")))
    cases, steps, orders = (
        [list(row) for row in book[title].values] for title in ("案卷", "办理过程", "督办单")
    )
    async with desk.database.reading() as session:
        numbers = list(await session.exec(select(Case.number).order_by(Case.number)))
    assert [row[0] for row in cases[1:]] == numbers
    assert [row[0] for row in steps[1:]] == [numbers[0], numbers[1], numbers[1]]
    assert (orders[0][:3], orders[1:]) == (["案卷号", "第几次", "督办单"], [])
    (risky,) = (one for row in book["案卷"].iter_rows() for one in row if one.value == "=1+1")
    assert (risky.data_type, risky.quotePrefix) == ("s", True)


async def test_a_worker_that_cannot_do_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real worker refuses a setting: the job is tried again and given up, and the office is told."""
    office = await desk.office()
    await order(desk, office)
    monkeypatch.setattr("bot.jobs.DELAYS", (0.0,) * 6)
    monkeypatch.setattr("bot.jobs.WORKER_TRIES", 2)
    monkeypatch.setenv("CHUANGCHENG_TIMEZONE", "Nowhere/Nowhere")
    broken = runner(desk)
    while await state(desk) is JobState.CONFIRMED:
        assert await broken.step()
    assert await state(desk) is JobState.FAILED
    desk.start()
    await desk.until_settled()
    texts = [one.text for one in await desk.received(account(office))]
    assert "“创城台账 2026-12-15”生成时出错，请稍后再点一次导出。" in texts
