"""The message begins each section of a preview; the whole is read page by page, and nothing is cut away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from locales import LOCALES, plain
from models import importing
from models.db import Database
from rules.text_parts import utf16_len
from services.access import actor_of
from services.campaign import Campaign
from services.errors import DomainError
from services.importing.jobs import preview_pages
from services.importing.jobs.preview_pages import PAGE
from services.importing.plans.previews import Section
from services.views import View
from tests.services.importing.builders import TASK_HEADER, sheet, task, workbook
from tests.services.importing.importing_desk import ImportDesk
from tests.support.turns import turn_for

MOST = 4096


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: Any) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


async def page(desk: ImportDesk, job_id: int, section: str, offset: int = 0, who: str = "创城办甲") -> View:
    async with desk.database.transaction() as session:
        turn = turn_for(session, await actor_of(session, desk.people[who]), desk.now)
        return await preview_pages.page(turn, job_id, section, offset=offset)


async def changed(desk: ImportDesk, count: int) -> int:
    """A preview in which so many tasks get another standard and lose their assisting unit."""
    await desk.import_(sheet(*(task(目标任务=f"整治第{n}片区") for n in range(count))))
    rows = (task(目标任务=f"整治第{n}片区", 工作标准="一尘不染", 配合单位=None) for n in range(count))
    return await desk.read(sheet(*rows))


async def test_every_change_is_shown(desk: ImportDesk) -> None:
    job_id = await changed(desk, 23)
    shown = await desk.text(job_id)
    assert shown.count("✎ ") == 5
    assert "……另有 18 项变更，见下方按钮。" in shown
    assert "变更（23）" in await desk.labels(job_id)
    lines = []
    for offset in range(0, 23, PAGE):
        view = await page(desk, job_id, "changes", offset)
        lines += view.plain("zh").splitlines()[1:]
    assert len(lines) == 23
    for number, line in enumerate(lines):
        said = "工作标准：干净整洁 → 一尘不染；将清除协办单位：公安局"
        assert line == f"✎ 第 {number + 2} 行变更（整治第{number}片区）：{said}"
    labels = [plain(button.label) for row in view.rows for button in row]
    assert labels == ["‹ 上一页"]


async def test_what_the_message_shows_whole_has_no_button(desk: ImportDesk) -> None:
    job_id = await changed(desk, 3)
    assert not [label for label in await desk.labels(job_id) if label.startswith("变更")]


async def test_what_the_message_cuts_has_a_button(desk: ImportDesk) -> None:
    await desk.import_(sheet(task()))
    long = "甲" * 200
    job_id = await desk.read(sheet(task(工作标准=long, 承办科室=long, 分管领导=long)))
    assert "变更（1）" in await desk.labels(job_id)
    assert "承办科室：市容科 → " in (await page(desk, job_id, "changes")).plain("zh")


async def test_the_fullest_preview_fits_into_a_message(desk: ImportDesk) -> None:
    """Each section at its longest, in every language, with wide characters."""
    long = "😀" * 1000
    header = (*TASK_HEADER, *(f"{'列' * 40}{n}" for n in range(30)))
    await desk.import_(sheet(*(task(目标任务=f"第{n}片区{long}") for n in range(30))))
    rows = [
        task(
            目标任务=f"第{n}片区{long}",
            工作标准=long,
            承办科室=None,
            完成时限=f"12月{n + 1}日前{long}" if n % 3 == 0 else "12月底前",
            责任人=long,
            分管领导=f"{long}{n}",
        )
        for n in range(30)
    ]
    data = workbook([header, *([row.get(word, "x") for word in header] for row in rows)])
    job_id = await desk.read(data)
    for locale in LOCALES:
        view = await desk.view(job_id)
        assert utf16_len(view.html(locale)) <= MOST
        for section in Section:
            for offset in range(0, 30, PAGE):
                assert utf16_len((await page(desk, job_id, section.value, offset)).html(locale)) <= MOST


@pytest.mark.parametrize("section", list(Section))
async def test_every_section_reads_in_every_language(desk: ImportDesk, section: Section) -> None:
    job_id = await changed(desk, 2)
    view = await page(desk, job_id, section.value)
    for locale in LOCALES:
        assert "{" not in view.plain(locale)


async def test_what_the_sheet_lacks_is_listed(desk: ImportDesk) -> None:
    await desk.import_(sheet(task(), task(目标任务="清理野广告")))
    job_id = await desk.read(sheet(task(), task(目标任务="丙")))
    assert "本表没有的（1）" in await desk.labels(job_id)
    assert "· 本表没有：清理野广告（城管局）" in (await page(desk, job_id, "absent")).plain("zh")


async def test_pages_go_with_the_files_of_the_job(desk: ImportDesk) -> None:
    job_id = await changed(desk, 6)
    await desk.confirm(job_id)
    await desk.work()
    async with desk.database.transaction() as session:
        await importing.delete_files(session, desk.now + timedelta(days=1))
    assert "明细已清理" in (await page(desk, job_id, "changes")).plain("zh")


async def test_only_the_office_reads_them(desk: ImportDesk) -> None:
    job_id = await changed(desk, 1)
    with pytest.raises(DomainError):
        await page(desk, job_id, "changes", who="城管局责任人")
    with pytest.raises(DomainError):
        await page(desk, job_id, "nothing")
