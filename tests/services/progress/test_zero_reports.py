"""零报告: a contact's own "无情况", which is a report and not silence."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlmodel import select

from models.db import Session
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.progress import ReportKind
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.progress import filing, progress_dialogue
from services.tasks import task_card, task_steps
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, keys, photo, refused
from tests.support.people import Roster
from tests.support.turns import turn_for


@pytest.mark.parametrize(
    "text", ["今天无情况", "今日无新增", "无", "零报告。", "暂无新情况", "一切正常！", "补报12月15日：无新增"]
)
async def test_the_words_for_it(talk: Talk, world: World, text: str) -> None:
    assert keys(await talk.write(text)) == ["progress.zero_taken"]
    (report,) = await talk.reports()
    assert (report.kind, report.task_id, report.unit_id) == (ReportKind.ZERO, None, world.unit.id)
    assert report.text == text


@pytest.mark.parametrize(
    "text", ["无照经营已取缔", "昨日无证经营", "今日无新增，但整改2处", "情况正常，已巡查3次"]
)
async def test_words_that_only_begin_like_it(talk: Talk, text: str) -> None:
    assert "progress.card.title" in keys(await talk.write(text))


async def test_with_a_photo_it_is_a_report(talk: Talk) -> None:
    assert "progress.card.title" in keys(await talk.write("无", photo("a")))


async def test_once_a_day_and_unit(session: Session, talk: Talk, world: World, local: Local) -> None:
    await talk.write("无情况")
    colleague = Talk(session, world.liaison, talk.now, talk.campaign)
    for again in (talk, colleague):
        assert keys(await again.write("无情况")) == ["progress.zero_already"]
    talk.now = local(12, 15, 23, 59)
    assert keys(await talk.write("无情况")) == ["progress.zero_already"]
    talk.now = local(12, 16)
    assert keys(await talk.write("无情况")) == ["progress.zero_taken"]
    assert [report.receipt_no for report in await talk.reports()] == ["20261215-0001", "20261216-0001"]


async def test_a_receipt_is_promised_once(session: Session, talk: Talk) -> None:
    await talk.write("无情况")
    await talk.write("无情况")
    (receipt,) = (await session.exec(select(Outbox))).all()
    assert [line["$text"] for line in receipt.content["lines"]] == [
        "progress.receipt.zero",
        "progress.receipt.unit",
    ]


async def test_of_one_task_beside_that_of_the_unit(talk: Talk, world: World) -> None:
    await talk.write("无情况")
    assert keys(await talk.write("无情况", about=[world.task_id])) == ["progress.zero_taken"]
    assert keys(await talk.write("无情况", about=[world.task_id])) == ["progress.zero_already"]
    assert [report.task_id for report in await talk.reports()] == [None, world.task_id]
    assert world.task.state is TaskState.IN_PROGRESS


async def test_a_reply_to_a_merged_nag_is_about_the_unit(talk: Talk, world: World, roster: Roster) -> None:
    other = await roster.task(world.unit, "整治背街小巷", date(2026, 12, 25), world.responsible.contact)
    await talk.write("无情况", about=[world.task_id, other.id or 0])
    assert [report.task_id for report in await talk.reports()] == [None]


async def test_asked_about_a_task_it_is_about_that_task(talk: Talk, world: World) -> None:
    """The person pressed 报进展; nothing is left unfinished."""
    await progress_dialogue.begin(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id), world.task_id
    )
    await talk.write("无情况")
    assert [report.task_id for report in await talk.reports()] == [world.task_id]
    assert (await talk.session.exec(select(Draft))).all() == []


async def test_a_half_made_report_stays(talk: Talk) -> None:
    card = await talk.write("今天清理违规广告牌匾12处")
    await talk.write("无情况")
    await talk.confirm(card)
    assert [report.kind for report in await talk.reports()] == [ReportKind.ZERO, ReportKind.PROGRESS]


async def test_who_does_not_report_has_none(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    for actor in (world.office, world.leader):
        assert await refused(Talk(session, actor, now, campaign).write("无")) == "progress.no_open_task"


async def test_whoever_is_responsible_may_say_it_of_his_task(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    leader = await roster.actor(world.other_unit, "东风街道分管领导", Role.LEADER_IN_CHARGE)
    task = await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 25), leader.contact)
    card = await task_card.card(turn_for(session, leader, now, campaign), task.id or 0)
    assert "report.zero" in [b.action for row in card.rows for b in row]
    answer = await filing.file_zero(turn_for(session, leader, now, campaign), task.id)
    assert keys(answer) == ["progress.zero_taken"]


async def test_of_another_units_task(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    talk = Talk(session, world.other_liaison, now, campaign)
    assert await refused(talk.write("无", about=[world.task_id])) == "tasks.not_yours"


async def test_of_a_finished_task(talk: Talk, world: World) -> None:
    await task_steps.complete(turn_for(talk.session, world.office, talk.now), world.task_id)
    assert await refused(talk.write("无", about=[world.task_id])) == "progress.task_finished"


async def test_it_may_be_late(talk: Talk, world: World, local: Local) -> None:
    talk.now = local(12, 21, 10)
    await talk.write("无", about=[world.task_id])
    await talk.write("无")
    assert [report.late for report in await talk.reports()] == [True, False]
