"""Who answers the questions of an import, when, and what becomes of an answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from locales import LOCALES
from models.audit_log import Audit
from models.db import Database
from models.importing import Job, JobState
from services.access import actor_of
from services.campaign import Campaign
from services.errors import DomainError
from services.importing.jobs import import_jobs, job_answers
from services.views import ButtonSpec
from tests.services.importing.builders import sheet, task
from tests.services.importing.importing_desk import ImportDesk
from tests.support.turns import turn_for


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: Any) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


async def test_two_questions_are_asked_one_after_the_other(desk: ImportDesk) -> None:
    job_id = await desk.read(
        sheet(task(目标任务="甲", 完成时限="长期"), task(目标任务="乙", 完成时限="立即"))
    )
    assert "（1/2）" in await desk.text(job_id)
    await desk.answer(job_id, "每周报告")
    assert "（2/2）" in await desk.text(job_id)
    assert (await desk.job(job_id)).state is JobState.PREVIEW
    await desk.answer(job_id, (await desk.labels(job_id))[0])
    assert (await desk.job(job_id)).state is JobState.WAITING


async def test_all_answers_may_be_given_anew(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(完成时限="长期")))
    await desk.answer(job_id, "每周报告")
    await desk.work()
    assert "重新回答" in await desk.labels(job_id)
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people["创城办乙"]), desk.now)
        assert (await job_answers.ask_again(turn, job_id)).key == "jobs.reading_again"
    await desk.work()
    assert "多久报一次" in await desk.text(job_id)
    assert (await desk.job(job_id)).answers == {}


async def _buttons(desk: ImportDesk, job_id: int) -> list[ButtonSpec]:
    rows = (await desk.view(job_id)).rows
    return [button for row in rows for button in row if button.action == "job.answer"]


async def _press(desk: ImportDesk, pressed: ButtonSpec, who: str) -> str:
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people[who]), desk.now)
        return (await job_answers.answer(turn, **pressed.arguments)).key


@pytest.mark.both_engines("side by side")
async def test_two_officers_answer_at_once_and_the_first_counts(desk: ImportDesk) -> None:
    job_id = await desk.read(
        sheet(task(目标任务="甲", 完成时限="长期"), task(目标任务="乙", 完成时限="立即"))
    )
    first, second = (await _buttons(desk, job_id))[:2]
    said = await asyncio.gather(_press(desk, first, "创城办甲"), _press(desk, second, "创城办乙"))
    assert sorted(said) == ["jobs.answered", "jobs.answered_already"]
    chosen = first if said[0] == "jobs.answered" else second
    assert (await desk.job(job_id)).answers == {chosen.arguments["question"]: chosen.arguments["value"]}


async def test_a_press_on_an_older_card_changes_nothing(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(完成时限="长期")))
    old = (await _buttons(desk, job_id))[0]
    await desk.answer(job_id, "每周报告")
    assert await _press(desk, old, "创城办甲") == "jobs.state.waiting"
    await desk.work()
    assert await _press(desk, old, "创城办甲") == "jobs.answered_already"
    await desk.confirm(job_id)
    assert await _press(desk, old, "创城办甲") == "jobs.state.confirmed"


async def test_a_value_that_was_not_offered_is_refused(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(责任单位="区城管局")))
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people["创城办甲"]), desk.now)
        with pytest.raises(DomainError):
            await job_answers.answer(turn, job_id, "unit:区城管局", "公安局")
    assert (await desk.job(job_id)).answers == {}


async def test_only_the_office_answers(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(完成时限="长期")))
    with pytest.raises(DomainError):
        await _press(desk, (await _buttons(desk, job_id))[0], "城管局责任人")


async def test_a_day_later_nobody_can_answer(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(完成时限="长期")))
    pressed = (await _buttons(desk, job_id))[0]
    desk.now += timedelta(hours=25)
    assert await _press(desk, pressed, "创城办甲") == "jobs.too_late"
    assert (await desk.job(job_id)).answers == {}


async def test_what_was_answered_is_in_the_audit(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(完成时限="长期")))
    await desk.answer(job_id, "每周报告")
    async with desk.database.reading() as session:
        query = select(Audit).where(Audit.event == "answer", Audit.subject_id == job_id)
        (row,) = (await session.exec(query)).all()
    assert row.after == {"frequency:长期": "weekly"}
    assert row.actor_id == desk.people["创城办甲"].id


async def test_an_answered_file_that_is_cancelled_leaves_nothing(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(责任单位="区城管局")))
    await desk.answer(job_id, "是“城管局”")
    await desk.work()
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people["创城办甲"]), desk.now)
        await import_jobs.cancel(turn, job_id)
    assert await desk.aliases() == []
    assert await desk.tasks() == []


async def test_a_worker_that_dies_after_an_answer_reads_again_with_it(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(完成时限="长期")))
    await desk.answer(job_id, "每周报告")
    await desk.take()  # this worker dies
    await desk.work()
    async with desk.database.reading() as session:
        job = await session.get(Job, job_id)
    assert job is not None
    assert job.answers == {"frequency:长期": "weekly"}
    assert "新增 1 项" in await desk.text(job_id)


async def test_every_question_reads_in_every_language(desk: ImportDesk) -> None:
    rows = [
        task(目标任务="甲", 完成时限="长期"),
        task(目标任务="乙", 完成时限="立即"),
        task(目标任务="丙", 责任单位="区城管局"),
    ]
    job_id = await desk.read(sheet(*rows))
    for _ in rows:
        for locale in LOCALES:
            shown = (await desk.view(job_id)).plain(locale)
            assert "{" not in shown
            assert "[" not in shown
        await desk.answer(job_id, (await desk.labels(job_id))[0])


async def test_a_file_full_of_questions_asks_a_dozen_at_a_time_and_the_rest_may_go_back(
    desk: ImportDesk,
) -> None:
    rows = [task(目标任务=f"第{n}片区", 完成时限=f"长期坚持第{n}项") for n in range(30)]
    job_id = await desk.read(sheet(*rows, task()))
    assert "（1/12）" in await desk.text(job_id)
    assert "有 12 行待您回答后导入；另有 18 行" in await desk.text(job_id)
    for _ in range(12):
        await desk.answer(job_id, "每周报告")
    await desk.work()
    assert "（1/12）" in await desk.text(job_id), "another round"
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people["创城办甲"]), desk.now)
        assert (await job_answers.return_rest(turn, job_id)).key == "jobs.reading_again"
    await desk.work()
    assert "新增 13 项" in await desk.text(job_id)
    assert "退回 18 行" in await desk.text(job_id)
    assert (await desk.labels(job_id))[0] == "✅ 确认导入"


async def test_a_single_question_has_no_button_for_the_rest(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(完成时限="长期")))
    assert not [label for label in await desk.labels(job_id) if "不再询问" in label]
