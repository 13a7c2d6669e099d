"""The same sheet a month later, and what changes between a preview and its import."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from locales import LOCALES
from models.db import Database
from models.importing import Job, JobState
from models.people.aliases import UnitAlias
from models.tasks import Task
from rules.duties.frequencies import Frequency
from rules.text_parts import utf16_len
from services.access import actor_of
from services.campaign import Campaign
from services.importing.jobs import import_jobs, job_answers
from services.importing.plans.previews import ImportPreview
from tests.services.importing.builders import TASK_HEADER, book, sheet, task, workbook
from tests.services.importing.importing_desk import ImportDesk
from tests.support.turns import turn_for


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: Any) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


# -- the same sheet later ---------------------------------------------------------------------------------


async def test_what_was_answered_once_is_neither_asked_again_nor_moved(desk: ImportDesk) -> None:
    rows = [task(目标任务="甲", 完成时限="立行立改"), task(目标任务="乙", 完成时限="长期")]
    job_id = await desk.read(sheet(*rows))
    await desk.answer(job_id, "2026年12月18日（3 个工作日）")
    await desk.answer(job_id, "每周报告")
    await desk.work()
    await desk.confirm(job_id)
    await desk.work()
    desk.now += timedelta(days=7)
    again = await desk.read(sheet(*rows))
    assert "没有需要写入的内容。" in await desk.text(again)
    # A new line with the same words is asked about; what stands does not follow its answer.
    job_id = await desk.read(sheet(*rows, task(目标任务="丙", 完成时限="立行立改")))
    assert "（1 行：第 4 行，“丙”）" in await desk.text(job_id)
    await desk.answer(job_id, (await desk.labels(job_id))[0])
    await desk.work()
    shown = await desk.text(job_id)
    assert "新增 1 项，变更 0 项，不变 2 项" in shown
    assert "· 没有写明年份、日期或频次的，沿用该任务现有的时限、频次（2 处：第 2–3 行）" in shown
    assert "完成时限“立行立改”按 2026年12月25日（1 处：第 4 行）" in shown
    await desk.confirm(job_id)
    await desk.work()
    found = {one.objective: (one.deadline, one.frequency) for one in await desk.tasks()}
    assert found == {
        "甲": (date(2026, 12, 18), None),
        "乙": (None, Frequency.WEEKLY),
        "丙": (date(2026, 12, 25), None),
    }


async def test_a_date_without_a_year_does_not_jump_with_the_title(desk: ImportDesk) -> None:
    row = task(完成时限="12月底前")
    await desk.import_(sheet(row, title="2026年12月重点任务"))
    desk.now += timedelta(days=5)
    job_id = await desk.read(sheet(row, title="2027年1月重点任务"))
    assert "没有需要写入的内容。" in await desk.text(job_id)
    assert [one.deadline for one in await desk.tasks()] == [date(2026, 12, 31)]
    # Another day, or a year that is written, does move it.
    for said, day in (("12月25日前", date(2027, 12, 25)), ("2028年12月25日", date(2028, 12, 25))):
        await desk.import_(sheet(task(完成时限=said), title="2027年1月重点任务"))
        assert [one.deadline for one in await desk.tasks()] == [day]


# -- between the preview and the import -------------------------------------------------------------------


async def test_a_change_by_chat_after_the_preview_shows_it_anew(desk: ImportDesk) -> None:
    await desk.import_(sheet(task()))
    job_id = await desk.read(sheet(task(工作标准="一尘不染")))
    async with desk.database.transaction() as session:
        stored = (await session.exec(select(Task))).one()
        stored.deadline = date(2026, 12, 30)
        session.add(stored)
    await desk.confirm(job_id)
    await desk.work()
    shown = await desk.text(job_id)
    assert "预览之后数据有变动，没有导入" in shown
    assert "完成时限：2026年12月30日 → 2026年12月20日" in shown
    assert [one.standard for one in await desk.tasks()] == ["干净整洁"]


async def test_a_name_that_means_another_unit_since_the_preview_is_not_written(desk: ImportDesk) -> None:
    async with desk.database.transaction() as session:
        bureau, police = (desk.people[f"{name}责任人"].unit_id for name in ("城管局", "公安局"))
        session.add(UnitAlias(name="区城管", unit_id=bureau, made_at=desk.now))
    job_id = await desk.read(sheet(task(责任单位="区城管", 配合单位=None)))
    async with desk.database.transaction() as session:
        alias = (await session.exec(select(UnitAlias))).one()
        alias.unit_id = police
        session.add(alias)
    await desk.confirm(job_id)
    await desk.work()
    assert (await desk.job(job_id)).state is JobState.PREVIEW
    assert "“区城管”即“公安局”" in await desk.text(job_id)
    assert await desk.tasks() == []


async def test_other_tasks_do_not_matter(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task()))
    await desk.import_(sheet(task(目标任务="补植")), "另一份.xlsx")
    await desk.confirm(job_id)
    await desk.work()
    assert (await desk.job(job_id)).state is JobState.DONE


async def test_a_card_of_an_earlier_reading_confirms_nothing(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task()))
    (seen,) = (
        button.arguments["seen"]
        for row in (await desk.view(job_id)).rows
        for button in row
        if button.action == "job.confirm"
    )
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people["创城办乙"]), desk.now)
        await job_answers.ask_again(turn, job_id)
    await desk.work()
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people["创城办甲"]), desk.now)
        assert (await import_jobs.confirm(turn, job_id, seen)).key == "jobs.answered_already"
    assert (await desk.job(job_id)).state is JobState.PREVIEW


@pytest.mark.parametrize("state", [JobState.PREVIEW, JobState.DONE])
async def test_a_preview_of_an_earlier_release_can_be_read(desk: ImportDesk, state: JobState) -> None:
    job_id = await desk.read(sheet(task()))
    async with desk.database.transaction() as session:
        job = await session.get(Job, job_id)
        assert job is not None
        counts = {"new": 1, "changed": 0, "unchanged": 0, "refused": 0, "missing": 0, "warned": 0}
        job.result = {"counts": counts, "notices": [], "refused": [], "warnings": []}
        job.written = {"row": 2, "created": [], "counts": counts} if state is JobState.DONE else {}
        job.state, job.details_id = state, None
        session.add(job)
    assert "任务分解表.xlsx" in await desk.text(job_id)
    if state is JobState.PREVIEW:
        await desk.confirm(job_id)
        await desk.work()
        assert len(await desk.tasks()) == 1


# -- answers hold for what was asked -----------------------------------------------------------------------


async def test_a_column_that_was_named_for_one_sheet_leaves_the_others_alone(desk: ImportDesk) -> None:
    lacks = [word if word != "工作标准" else "说明" for word in TASK_HEADER]
    one = [*(task(目标任务="甲").get(word, "甲的标准") for word in lacks)]
    two = [*(task(目标任务="乙", 工作标准="乙的标准").get(word) for word in TASK_HEADER), "闲话"]
    job_id = await desk.read(book({"一": [lacks, one], "二": [[*TASK_HEADER, "说明"], two]}))
    assert "任务分解表需要“工作标准”一栏，“一”表中是哪一列？" in await desk.text(job_id)
    await desk.answer(job_id, "说明")
    await desk.work()
    await desk.confirm(job_id)
    await desk.work()
    assert {one.objective: one.standard for one in await desk.tasks()} == {"甲": "甲的标准", "乙": "乙的标准"}


async def test_one_label_is_never_two_columns(desk: ImportDesk) -> None:
    header = ("目标任务", "说明", "完成时限", "责任单位", "承办科室")
    job_id = await desk.read(workbook([header, ("甲", "乙", "12月20日前", "城管局", "市容科")]))
    first, second = (one.key for one in ImportPreview.from_json((await desk.job(job_id)).result).questions)
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people["创城办甲"]), desk.now)
        assert (await job_answers.answer(turn, job_id, first, "说明")).key == "jobs.answered"
        assert (await job_answers.answer(turn, job_id, second, "说明")).key == "jobs.answered_already"


async def test_the_same_words_under_two_titles_are_two_questions(desk: ImportDesk) -> None:
    tables = {
        year: [[f"{year}年任务"], list(TASK_HEADER), [*_line(目标任务=year, 完成时限="12月22日（周五）")]]
        for year in ("2026", "2027")
    }
    job_id = await desk.read(book(tables))
    for year in ("2026", "2027"):
        labels = await desk.labels(job_id)
        assert all(label.startswith(f"{year}年12月") for label in labels[:2])
        await desk.answer(job_id, labels[0])
    await desk.work()
    await desk.confirm(job_id)
    await desk.work()
    assert {one.objective: one.deadline for one in await desk.tasks()} == {
        "2026": date(2026, 12, 22),
        "2027": date(2027, 12, 22),
    }


def _line(**changes: Any) -> list[Any]:
    return [task(**changes).get(word) for word in TASK_HEADER]


async def test_lines_that_come_to_light_later_are_asked_about_too(desk: ImportDesk) -> None:
    """The unit of the second line is unknown at first, so its deadline is not looked at."""
    rows = [task(目标任务="甲", 完成时限="2026年12月1日")]
    rows.append(task(目标任务="乙", 完成时限="2026年11月1日", 责任单位="区城管局"))
    job_id = await desk.read(sheet(*rows))
    for label in ("照此导入，按逾期办理", "是“城管局”"):
        labels = await desk.labels(job_id)
        await desk.answer(job_id, label if label in labels else labels[0])
    await desk.work()
    assert "有 2 行的完成时限" in await desk.text(job_id)


async def test_two_texts_that_begin_alike_are_two_questions(desk: ImportDesk) -> None:
    said = "长期坚持，按照区创城指挥部办公室有关文件精神和工作部署要求认真抓好落实不放松"
    rows = [task(目标任务=name, 完成时限=f"{said}（{name}类）") for name in "甲乙"]
    job_id = await desk.read(sheet(*rows))
    assert "（1/2）" in await desk.text(job_id)


async def test_two_frequencies_that_differ_are_said(desk: ImportDesk) -> None:
    header = (*TASK_HEADER, "报送频次")
    row = [*_line(完成时限="长期，每月报送"), "每周"]
    job_id = await desk.read(workbook([header, row]))
    assert "完成时限写“长期，每月报送”，报送频次写“每周”，按报送频次" in await desk.text(job_id)


async def test_a_unit_that_only_assists_may_be_left_out(desk: ImportDesk) -> None:
    rows = [task(配合单位="公安局、供电公司"), task(目标任务="乙", 配合单位="供电公司")]
    job_id = await desk.read(sheet(*rows))
    assert "“供电公司”不是牵头单位，列为协办，但不在花名册中（2 行：第 2–3 行" in await desk.text(job_id)
    await desk.answer(job_id, "不列“供电公司”，照此导入")
    await desk.work()
    assert "· “供电公司”不在花名册中，不列入协办单位（2 处：第 2–3 行）" in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    assert len(await desk.tasks()) == 2
    assert await desk.aliases() == []
    # In the next sheet the same lines are not asked about again.
    again = await desk.read(sheet(*rows))
    assert "没有需要写入的内容。" in await desk.text(again)


# -- many columns ------------------------------------------------------------------------------------------


async def test_the_fullest_questions_fit_into_a_message(desk: ImportDesk) -> None:
    long = "😀" * 400
    header = [f"{long}{number}" if number % 2 else f"栏{number}" for number in range(90)]
    job_id = await desk.read(workbook([["目标任务", "说明", "经费", *header], ["甲"] * 93]))
    for _ in range(3):
        view = await desk.view(job_id)
        assert sum(len(row) for row in view.rows) <= 100
        for locale in LOCALES:
            assert utf16_len(view.html(locale)) <= 4096
        if not [one for row in view.rows for one in row if one.action == "job.answer"]:
            break
        await desk.answer(job_id, (await desk.labels(job_id))[0])
        if (await desk.job(job_id)).state is JobState.WAITING:
            await desk.work()


async def test_every_unread_column_can_be_reached(desk: ImportDesk) -> None:
    more = [f"栏{number}" for number in range(6)]
    header = [word if word != "承办科室" else "处室" for word in TASK_HEADER]
    row = [task().get(word, "市容科") for word in header]
    job_id = await desk.read(workbook([[*header, *more], [*row, *more]]))
    assert "其他 3 列……" in await desk.labels(job_id)
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people["创城办甲"]), desk.now)
        view = await job_answers.list_labels(turn, job_id)
    said = [str(one.arguments["label"]) for row in view.rows for one in row]
    assert said == ["处室", *more]
