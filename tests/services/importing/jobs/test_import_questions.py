"""What an import asks, and what the answers make of it: from the file to the tasks, as by chat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from locales import plain
from models.db import Database
from models.importing import JobState
from models.people.aliases import UnitAlias
from rules.duties.frequencies import Frequency
from services.access import actor_of
from services.campaign import Campaign
from services.importing.jobs import job_answers
from services.people import forgetting_names
from tests.services.importing.builders import TASK_HEADER, sheet, task, workbook
from tests.services.importing.importing_desk import ImportDesk
from tests.support.turns import turn_for


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: Any) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


def with_columns(*tasks: dict[str, Any], more: Sequence[str] = ()) -> bytes:
    header = (*TASK_HEADER, *more)
    return workbook([header, *([row.get(word) for word in header] for row in tasks)])


# -- a frequency -----------------------------------------------------------------------------------------


async def test_long_term_work_is_asked_for_its_frequency_once_for_all_lines(desk: ImportDesk) -> None:
    rows = [task(目标任务=name, 完成时限="长期坚持") for name in ("甲", "乙", "丙")]
    job_id = await desk.read(sheet(*rows, task(目标任务="丁")))
    shown = await desk.text(job_id)
    assert "有 3 行待您回答后导入。" in shown
    assert (
        "待您确认（1/1） “长期坚持”看不出多久报送一次（3 行：第 2–4 行，“甲”、“乙”、“丙”），多久报一次？"
        in shown
    )
    assert (await desk.labels(job_id))[:3] == ["每日报告", "每周报告", "每两周报告"]
    assert await desk.confirm(job_id) == "jobs.answer_first"
    assert await desk.answer(job_id, "每两周报告") == "已选：每两周报告"
    assert (await desk.job(job_id)).state is JobState.WAITING
    await desk.work()
    shown = await desk.text(job_id)
    assert "新增 4 项" in shown
    assert "· “长期坚持”按每两周报告（3 处：第 2–4 行）" in shown
    await desk.confirm(job_id)
    await desk.work()
    found = [(one.objective, one.deadline, one.frequency) for one in await desk.tasks()]
    assert found == [
        *((name, None, Frequency.FORTNIGHTLY) for name in ("甲", "乙", "丙")),
        ("丁", date(2026, 12, 20), None),
    ]


@pytest.mark.parametrize(
    ("said", "frequency"),
    [
        ("每日", Frequency.DAILY),
        ("每周五", Frequency.WEEKLY),
        ("每两周", Frequency.FORTNIGHTLY),
        ("双周", Frequency.FORTNIGHTLY),
        ("每月", Frequency.MONTHLY),
        ("每季度", Frequency.QUARTERLY),
        ("24小时轮班", Frequency.SHIFT),
    ],
)
async def test_the_column_of_frequencies(desk: ImportDesk, said: str, frequency: Frequency) -> None:
    """With a deadline, for long-term work, and with nothing else, the column says how often."""
    rows = [
        task(目标任务="甲", 报送频次=said),
        task(目标任务="乙", 完成时限="长期坚持", 报送频次=said),
        task(目标任务="丙", 完成时限=None, 报送频次=said),
    ]
    await desk.import_(with_columns(*rows, more=["报送频次"]))
    found = [(one.deadline, one.frequency) for one in await desk.tasks()]
    assert found == [(date(2026, 12, 20), frequency), (None, frequency), (None, frequency)]


async def test_a_frequency_beside_a_deadline_that_nobody_can_read_is_a_warning(desk: ImportDesk) -> None:
    job_id = await desk.read(with_columns(task(报送频次="按需"), more=["报送频次"]))
    assert "报送频次“按需”无法识别，没有采用" in await desk.text(job_id)
    assert (await desk.labels(job_id))[0] == "✅ 确认导入"


async def test_a_frequency_alone_that_nobody_can_read_is_asked(desk: ImportDesk) -> None:
    row = task(完成时限="长期坚持", 报送频次="每半月")
    job_id = await desk.read(with_columns(row, more=["报送频次"]))
    assert "“每半月”看不出多久报送一次" in await desk.text(job_id)


# -- a date ----------------------------------------------------------------------------------------------


async def test_what_is_to_be_done_at_once_is_asked_for_its_day_three_working_days_proposed(
    desk: ImportDesk,
) -> None:
    job_id = await desk.read(sheet(task(完成时限="立行立改")))
    assert "“立行立改”没有写明日期（1 行：第 2 行，“建设示范点50个”），何时完成？" in await desk.text(job_id)
    labels = await desk.labels(job_id)
    assert labels[:2] == ["2026年12月18日（3 个工作日）", "2026年12月16日（1 个工作日）"]
    await desk.answer(job_id, labels[0])
    await desk.work()
    assert "· 完成时限“立行立改”按 2026年12月18日（1 处：第 2 行）" in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    (made,) = await desk.tasks()
    assert (made.deadline, made.frequency) == (date(2026, 12, 18), None)


@pytest.mark.parametrize(
    ("title", "day"),
    [
        ("2026年11月重点工作任务分解表", date(2026, 11, 30)),
        ("2027年2月重点任务", date(2027, 2, 28)),
        ("2026年重点工作任务分解表", date(2026, 12, 31)),
        (None, date(2026, 12, 31)),
    ],
)
async def test_the_end_of_this_month_is_that_of_the_title_else_of_the_import(
    desk: ImportDesk, title: str | None, day: date
) -> None:
    job_id = await desk.read(sheet(task(完成时限="本月底"), title=title))
    if day < desk.now.date():
        await desk.answer(job_id, "照此导入，按逾期办理")
        await desk.work()
    said = f"· 完成时限“本月底”按 {day.year}年{day.month}月{day.day}日"
    assert said in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    assert [one.deadline for one in await desk.tasks()] == [day]


async def test_a_new_deadline_that_is_over_is_asked_about_once(desk: ImportDesk) -> None:
    rows = [task(目标任务="甲", 完成时限="2026年12月1日"), task(目标任务="乙", 完成时限="2026年11月1日")]
    job_id = await desk.read(sheet(*rows, task(目标任务="丙")))
    shown = await desk.text(job_id)
    over = "（第 2–3 行，“甲”：2026年12月1日、“乙”：2026年11月1日）"
    assert f"有 2 行的完成时限在发送本表之前已过{over}，照此导入吗？" in shown
    assert await desk.labels(job_id) == ["照此导入，按逾期办理", "不导入，退回这 2 行", "取消"]
    await desk.answer(job_id, "照此导入，按逾期办理")
    await desk.work()
    assert "· 完成时限已过的，照此导入，按逾期办理（2 处：第 2–3 行）" in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    assert len(await desk.tasks()) == 3
    # The same sheet again, with its old deadlines, asks nothing.
    again = await desk.read(sheet(*rows, task(目标任务="丙")))
    assert "没有需要写入的内容。" in await desk.text(again)


async def test_a_deadline_that_is_over_goes_back_if_it_is_declined(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(完成时限="2026年12月1日"), task(目标任务="丙")))
    await desk.answer(job_id, "不导入，退回这 1 行")
    await desk.work()
    assert "完成时限 2026年12月1日 已过，请核对" in await desk.text(job_id)


async def test_a_day_of_the_week_that_contradicts_the_date_is_asked_about(desk: ImportDesk) -> None:
    job_id = await desk.read(
        sheet(task(完成时限="12月19日（周五）"), task(目标任务="乙", 完成时限="12月18日（周五）"))
    )
    shown = await desk.text(job_id)
    assert (
        "完成时限“12月19日（周五）”的日期与星期不符（1 行：第 2 行，“建设示范点50个”），按哪一天？" in shown
    )
    assert (await desk.labels(job_id))[:2] == ["2026年12月19日（周六）", "2026年12月18日（周五）"]
    await desk.answer(job_id, "2026年12月18日（周五）")
    await desk.work()
    await desk.confirm(job_id)
    await desk.work()
    assert {one.deadline for one in await desk.tasks()} == {date(2026, 12, 18)}


async def test_a_deadline_that_also_says_how_often_has_both(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(完成时限="12月25日前，每周报送一次")))
    assert "· “12月25日前，每周报送一次”按每周报告（1 处：第 2 行）" in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    assert [(one.deadline, one.frequency) for one in await desk.tasks()] == [
        (date(2026, 12, 25), Frequency.WEEKLY)
    ]


# -- a unit ----------------------------------------------------------------------------------------------


async def test_a_unit_by_another_name_is_accepted_for_all_lines_and_remembered(desk: ImportDesk) -> None:
    rows = [task(目标任务=name, 责任单位="区城管局") for name in ("甲", "乙")]
    job_id = await desk.read(sheet(*rows))
    shown = await desk.text(job_id)
    assert "“区城管局”不在花名册中（2 行：第 2–3 行，“甲”、“乙”），是指哪个单位？" in shown
    await desk.answer(job_id, "是“城管局”")
    await desk.work()
    shown = await desk.text(job_id)
    assert "记住单位名称（1 个）：“区城管局”即“城管局”" in shown
    assert "· “区城管局”即“城管局”（2 处：第 2–3 行）" in shown
    assert await desk.aliases() == []
    await desk.confirm(job_id)
    await desk.work()
    assert [one.name for one in await desk.aliases()] == ["区城管局"]
    assert len(await desk.tasks()) == 2
    # From now on nobody is asked; the meaning is still named.
    again = await desk.read(sheet(task(目标任务="丙", 责任单位="区城管局")))
    assert (await desk.labels(again))[0] == "✅ 确认导入"
    assert "· “区城管局”即“城管局”（1 处：第 2 行）" in await desk.text(again)


async def test_a_name_is_remembered_even_if_nothing_else_is_written(desk: ImportDesk) -> None:
    await desk.import_(sheet(task()))
    job_id = await desk.read(sheet(task(责任单位="区城管局")))
    await desk.answer(job_id, "是“城管局”")
    await desk.work()
    assert "不变 1 项" in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    assert [one.name for one in await desk.aliases()] == ["区城管局"]
    assert (await desk.job(job_id)).state is JobState.DONE


async def test_a_name_that_means_another_unit_now_moves(desk: ImportDesk) -> None:
    async with desk.database.transaction() as session:
        police = desk.people["公安局责任人"].unit_id
        session.add(UnitAlias(name="区城管局", unit_id=police, made_at=desk.now))
    job_id = await desk.read(sheet(task(责任单位="区城管局", 配合单位=None)))
    assert "“区城管局”即“公安局”" in await desk.text(job_id)


async def forgotten(desk: ImportDesk) -> bool:
    """An officer forgets on the card of 城管局 that 区城管局 is another name of it."""
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people["创城办乙"]), desk.now)
        unit_id = desk.people["城管局责任人"].unit_id
        return (await forgetting_names.forget(turn, unit_id, "区城管局")).done


async def test_a_forgotten_name_is_asked_about_again(desk: ImportDesk) -> None:
    job_id = await desk.read(sheet(task(责任单位="区城管局")))
    await desk.answer(job_id, "是“城管局”")
    await desk.work()
    await desk.confirm(job_id)
    await desk.work()
    assert await forgotten(desk)
    again = await desk.read(sheet(task(目标任务="丙", 责任单位="区城管局")))
    assert "“区城管局”不在花名册中（1 行：第 2 行，“丙”），是指哪个单位？" in await desk.text(again)
    assert "✅ 确认导入" not in await desk.labels(again)
    await desk.answer(again, "是“城管局”")
    await desk.work()
    await desk.confirm(again)
    await desk.work()
    assert [one.name for one in await desk.aliases()] == ["区城管局"]
    assert len(await desk.tasks()) == 2


async def test_a_name_forgotten_while_a_preview_waits_is_asked_about_there(desk: ImportDesk) -> None:
    """The confirmed preview writes nothing by it; it comes anew, with the question."""
    async with desk.database.transaction() as session:
        unit_id = desk.people["城管局责任人"].unit_id
        session.add(UnitAlias(name="区城管局", unit_id=unit_id, made_at=desk.now))
    job_id = await desk.read(sheet(task(责任单位="区城管局")))
    assert "“区城管局”即“城管局”" in await desk.text(job_id)
    assert await forgotten(desk)
    await desk.confirm(job_id)
    await desk.work()
    shown = await desk.text(job_id)
    assert "有 1 行待您回答后导入。" in shown
    assert "“区城管局”不在花名册中" in shown
    assert "✅ 确认导入" not in await desk.labels(job_id)
    assert await desk.tasks() == []
    assert await desk.aliases() == []


async def test_declined_lines_go_back_with_the_reason(desk: ImportDesk) -> None:
    rows = [task(目标任务="甲", 责任单位="区城管局"), task(目标任务="乙")]
    job_id = await desk.read(sheet(*rows))
    assert await desk.promised_notices() == 0
    await desk.answer(job_id, "都不是，退回这 1 行")
    await desk.work()
    shown = await desk.text(job_id)
    assert "✗ 第 2 行退回（甲）：“区城管局”不在花名册中，疑为“城管局”" in shown
    assert "退回 1 行" in shown
    assert await desk.promised_notices() == 1
    await desk.confirm(job_id)
    await desk.work()
    assert [one.objective for one in await desk.tasks()] == ["乙"]
    assert await desk.aliases() == []


# -- columns ---------------------------------------------------------------------------------------------


STRANGE = ("干什么", "干到什么程度", "啥时候完成", "谁来干", "找谁")


def strange() -> bytes:
    return workbook([STRANGE, ("清理野广告", "无广告", "12月20日前", "城管局", "城管局责任人")])


async def test_a_table_with_unknown_heads_is_read_by_answers_alone(desk: ImportDesk) -> None:
    job_id = await desk.read(strange(), "分工.xlsx")
    shown = await desk.text(job_id)
    assert "看到的列：干什么、干到什么程度、啥时候完成、谁来干、找谁" in shown
    await desk.answer(job_id, "任务分解表")
    await desk.work()
    for column, label in zip(
        ("目标任务", "工作标准", "完成时限", "责任单位", "责任人"), STRANGE, strict=True
    ):
        assert f"任务分解表需要“{column}”一栏，表中是哪一列？" in await desk.text(job_id)
        labels = await desk.labels(job_id)
        assert label in labels
        assert not set(STRANGE[: STRANGE.index(label)]) & set(labels), "a label is given away once"
        await desk.answer(job_id, label)
    await desk.work()
    await desk.confirm(job_id)
    await desk.work()
    (made,) = await desk.tasks()
    assert (made.objective, made.standard, made.deadline) == ("清理野广告", "无广告", date(2026, 12, 20))
    assert made.responsible_person == "城管局责任人"


async def test_a_needed_column_under_another_name_is_asked_about(desk: ImportDesk) -> None:
    header = tuple("干到什么程度" if word == "工作标准" else word for word in TASK_HEADER)
    data = workbook([header, [task().get(word, "干净整洁") for word in header]])
    job_id = await desk.read(data)
    assert "任务分解表需要“工作标准”一栏，表中是哪一列？" in await desk.text(job_id)
    assert await desk.labels(job_id) == ["干到什么程度", "表中没有这一列", "取消"]
    await desk.answer(job_id, "干到什么程度")
    await desk.work()
    assert "新增 1 项" in await desk.text(job_id)


async def test_a_column_that_is_not_there_is_answered_so_and_its_lines_go_back(desk: ImportDesk) -> None:
    header = tuple("经费" if word == "工作标准" else word for word in TASK_HEADER)
    data = workbook([header, [task().get(word, "10万") for word in header]])
    job_id = await desk.read(data)
    await desk.answer(job_id, "表中没有这一列")
    await desk.work()
    shown = await desk.text(job_id)
    assert "没有填写工作标准" in shown
    assert "“经费”列有内容 1 格，不在可导入的栏目中，不导入" in shown


async def test_an_unread_column_is_named_and_may_be_assigned(desk: ImportDesk) -> None:
    header = tuple("联系科室" if word == "承办科室" else word for word in TASK_HEADER)
    data = workbook([header, [task().get(word, "市容科") for word in header]])
    job_id = await desk.read(data)
    assert "注意：“联系科室”列有内容 1 格，不在可导入的栏目中，不导入" in await desk.text(job_id)
    assert "指定“联系科室”列" in await desk.labels(job_id)
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people["创城办甲"]), desk.now)
        choice = await job_answers.choose_column(turn, job_id, "联系科室")
        labels = [plain(button.label) for row in choice.rows for button in row]
        assert "承办科室" in labels
        assert "目标任务" not in labels, "it has a column already"
        said = await job_answers.assign(turn, job_id, "联系科室", "handling_section")
    assert said.plain("zh") == "“联系科室”列作为“承办科室”导入，正在重新读取。"
    await desk.work()
    shown = await desk.text(job_id)
    assert "注意：按您的指定，“联系科室”列作为“承办科室”导入" in shown
    assert "不在可导入的栏目中" not in shown
    await desk.confirm(job_id)
    await desk.work()
    assert [one.handling_section for one in await desk.tasks()] == ["市容科"]
