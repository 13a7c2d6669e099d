"""A slip in a roster makes no unit: it is asked about, and the answer is remembered."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from models.db import Database
from models.people import Contact, Unit
from services.campaign import Campaign
from tests.services.importing.builders import workbook
from tests.services.importing.importing_desk import ImportDesk

HEADER = ("单位", "层级", "上级单位", "姓名", "角色")
Line = tuple[str, str | None, str | None, str | None, str | None]


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: Any) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


async def units(desk: ImportDesk) -> set[str]:
    async with desk.database.reading() as session:
        return set((await session.exec(select(Unit.name))).all())


async def unit_of(desk: ImportDesk, name: str) -> str:
    async with desk.database.reading() as session:
        query = select(Unit.name).join(Contact).where(Contact.name == name)
        return (await session.exec(query)).one()


def people(*lines: Line) -> bytes:
    return workbook([HEADER, *lines])


async def test_a_slip_for_a_known_unit_is_asked_about(desk: ImportDesk) -> None:
    before = await units(desk)
    data = people(("东风街到", "街道", None, "甲", "联络员"), ("东风街到", None, None, "乙", "责任人"))
    job_id = await desk.read(data, "花名册.xlsx")
    assert "“东风街到”（2 行：第 2–3 行，“甲”、“乙”）疑为“东风街道”之误，是同一单位吗？" in await desk.text(
        job_id
    )
    labels = await desk.labels(job_id)
    assert labels == ["是“东风街道”", "不是，“东风街到”是新单位", "都不是，退回这 2 行", "取消"]
    await desk.answer(job_id, "是“东风街道”")
    await desk.work()
    shown = await desk.text(job_id)
    assert "单位：新增 0，变更 0；人员：新增 2" in shown
    assert "· “东风街到”即“东风街道”（2 处：第 2–3 行）" in shown
    await desk.confirm(job_id)
    await desk.work()
    assert await units(desk) == before
    assert await unit_of(desk, "甲") == "东风街道"
    # The same slip is never asked about again.
    job_id = await desk.read(people(("东风街到", None, None, "丙", "责任人")), "花名册.xlsx")
    assert (await desk.labels(job_id))[0] == "✅ 确认导入"


async def test_it_may_be_a_unit_of_its_own(desk: ImportDesk) -> None:
    job_id = await desk.read(people(("东凤街道", "街道", None, "甲", "联络员")), "花名册.xlsx")
    await desk.answer(job_id, "不是，“东凤街道”是新单位")
    await desk.work()
    await desk.confirm(job_id)
    await desk.work()
    assert await unit_of(desk, "甲") == "东凤街道"
    assert await desk.aliases() == []


async def test_declined_it_goes_back(desk: ImportDesk) -> None:
    before = await units(desk)
    job_id = await desk.read(people(("东凤街道", "街道", None, "甲", "联络员")), "花名册.xlsx")
    await desk.answer(job_id, "都不是，退回这 1 行")
    await desk.work()
    assert "✗ 第 2 行退回（甲）：“东凤街道”疑为“东风街道”之误" in await desk.text(job_id)
    assert (await desk.labels(job_id))[0] == "取消"
    assert await units(desk) == before


async def test_a_slip_within_the_file_shows_by_the_word_for_the_kind_of_unit(desk: ImportDesk) -> None:
    lines: list[Line] = [("西城街道", "街道", None, name, "责任人") for name in "甲乙"]
    job_id = await desk.read(people(*lines, ("西城街到", "街道", None, "丙", "联络员")), "花名册.xlsx")
    assert "“西城街到”（1 行：第 4 行，“丙”）疑为“西城街道”之误" in await desk.text(job_id)


async def test_a_single_line_beside_many_is_asked_about(desk: ImportDesk) -> None:
    lines: list[Line] = [("西城街道", "街道", None, name, "责任人") for name in "甲乙丁"]
    job_id = await desk.read(people(*lines, ("西域街道", "街道", None, "丙", "联络员")), "花名册.xlsx")
    assert "“西域街道”（1 行：第 5 行，“丙”）疑为“西城街道”之误" in await desk.text(job_id)


async def test_a_first_roster_of_alike_names_asks_nothing(desk: ImportDesk) -> None:
    """东风社区 and 东方社区, 一村 and 二村 are real names; an office would not answer forty questions."""
    names = (
        "东风社区",
        "东方社区",
        "东升社区",
        "大李村",
        "小李村",
        "第一社区",
        "第二社区",
        "南关村",
        "北关村",
    )
    lines: list[Line] = [(name, "村居", None, None, None) for name in names]
    job_id = await desk.read(people(*lines), "花名册.xlsx")
    assert f"单位：新增 {len(names)}" in await desk.text(job_id)
    assert (await desk.labels(job_id))[0] == "✅ 确认导入"


async def test_a_slip_in_the_unit_above_is_known_once_it_was_answered(desk: ImportDesk) -> None:
    data = people(
        ("东风街到", "街道", None, "甲", "联络员"), ("东风社区", "村居", "东风街到", "乙", "责任人")
    )
    job_id = await desk.read(data, "花名册.xlsx")
    await desk.answer(job_id, "是“东风街道”")
    await desk.work()
    await desk.confirm(job_id)
    await desk.work()
    async with desk.database.reading() as session:
        above = {unit.id: unit for unit in await session.exec(select(Unit))}
    (village,) = [unit for unit in above.values() if unit.name == "东风社区"]
    assert above[village.parent_id].name == "东风街道"


async def test_a_long_form_of_a_known_name_is_asked_about(desk: ImportDesk) -> None:
    job_id = await desk.read(people(("城市管理局", "部门", None, "甲", "联络员")), "花名册.xlsx")
    assert "“城市管理局”（1 行：第 2 行，“甲”）疑为“城管局”之误，是同一单位吗？" in await desk.text(job_id)


async def test_short_and_long_names_of_a_first_roster_ask_nothing(desk: ImportDesk) -> None:
    lines: list[Line] = [(name, "部门", None, None, None) for name in ("卫健局", "卫生健康局")]
    job_id = await desk.read(people(*lines), "花名册.xlsx")
    assert (await desk.labels(job_id))[0] == "✅ 确认导入"
