"""What a month brings by itself: 汇报 for the office and leaders, the ledger for the office alone."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Session
from models.importing import Job, JobKind
from rules.periods import FigurePeriod
from services.campaign import Campaign
from services.office import monthly_papers
from services.office.ledger import ledger_orders
from services.work_reports import report_orders
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk
from tests.support.turns import tick_for, turn_for

NEW_YEAR = "2027-01-04T08:00+08:00"


async def ordered(session: Session, at: str, campaign: Campaign) -> list[tuple[int, JobKind]]:
    """The jobs after the tick of a moment: by the id of their reader."""
    await monthly_papers.papers_tick(tick_for(session, datetime.fromisoformat(at), campaign))
    jobs = (await session.exec(select(Job).order_by(col(Job.id)))).all()
    return [(job.contact_id, job.kind) for job in jobs]


@pytest.fixture
async def reported(talk: Talk, local: Local) -> None:
    talk.now = local(12, 16, 10)
    await talk.report("今天清理违规广告牌匾12处")


async def test_they_are_ordered_once_on_the_first_working_day(
    talk: Talk, reported: None, world: World, campaign: Campaign
) -> None:
    assert await ordered(talk.session, "2027-01-04T07:59+08:00", campaign) == []
    jobs = await ordered(talk.session, NEW_YEAR, campaign)
    assert (world.office.id, JobKind.WORK_REPORT) in jobs
    assert (world.office.id, JobKind.LEDGER) in jobs
    assert (world.leader.id, JobKind.WORK_REPORT) in jobs
    assert (world.leader.id, JobKind.LEDGER) not in jobs
    assert world.responsible.id not in {reader for reader, _ in jobs}
    assert await ordered(talk.session, "2027-01-04T08:01+08:00", campaign) == jobs
    assert await ordered(talk.session, "2027-01-05T08:01+08:00", campaign) == jobs
    job = (await talk.session.exec(select(Job).where(Job.kind == JobKind.WORK_REPORT))).first()
    assert job is not None
    assert job.answers == {"first": "2026-12-01", "last": "2026-12-31"}
    audited = (await talk.session.exec(select(Audit).where(Audit.event == "export"))).all()
    assert {row.actor_id for row in audited} == {None}, "the program ordered them"


async def test_a_month_before_the_first_report_brings_none(
    talk: Talk, world: World, campaign: Campaign, reported: None
) -> None:
    assert await ordered(talk.session, "2026-12-01T09:00+08:00", campaign) == []


async def test_after_an_outage_of_weeks_they_are_not_made_up_for(
    talk: Talk, reported: None, campaign: Campaign
) -> None:
    assert await ordered(talk.session, "2027-01-13T09:00+08:00", campaign) == []
    assert await ordered(talk.session, "2027-01-11T22:00+08:00", campaign) == [], "nor at night"
    assert len(await ordered(talk.session, "2027-01-11T09:00+08:00", campaign)) > 0


async def test_another_report_that_is_still_made_does_not_take_its_place(
    talk: Talk, reported: None, world: World, campaign: Campaign
) -> None:
    at = datetime.fromisoformat("2027-01-04T07:59+08:00")
    await report_orders.order(turn_for(talk.session, world.leader, at, campaign), FigurePeriod.YEAR)
    jobs = await ordered(talk.session, NEW_YEAR, campaign)
    assert jobs.count((world.leader.id, JobKind.WORK_REPORT)) == 2


async def test_who_has_ordered_a_ledger_that_is_still_made_gets_no_second(
    talk: Talk, reported: None, world: World, campaign: Campaign
) -> None:
    at = datetime.fromisoformat("2027-01-04T07:50+08:00")
    await ledger_orders.order(turn_for(talk.session, world.office, at, campaign))
    jobs = await ordered(talk.session, NEW_YEAR, campaign)
    assert jobs.count((world.office.id, JobKind.LEDGER)) == 1
    assert (world.office.id, JobKind.WORK_REPORT) in jobs
