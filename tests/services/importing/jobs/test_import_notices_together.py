"""All that an import means for one person stands in one message that Telegram takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from locales import LOCALES, Text
from models.db import Database
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.text_parts import MESSAGE_LIMIT, utf16_len
from services.campaign import Campaign
from services.views import View
from tests.services.importing.builders import sheet, task
from tests.services.importing.importing_desk import ImportDesk, many
from tests.services.importing.notice_desk import (
    DAY,
    ME,
    POLICE,
    add,
    promised,
    readable,
    with_three_tasks,
)
from tests.services.progress.talk import buttons, keys


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> ImportDesk:
    return await with_three_tasks(ImportDesk(database, campaign, now))


async def everything(desk: ImportDesk, count: int = 1) -> View:
    """城管局联络员 hears of each part at once, of ``count`` tasks each."""
    who = await add(desk, "城管局", "城管局联络员", Role.LIAISON, Role.RESPONSIBLE_PERSON)
    await add(desk, "公安局", "公安局联络员", Role.LIAISON)

    def rows(name: str, **changes: Any) -> list[dict[str, Any]]:
        return [
            task(目标任务=f"{name}{number}" + "，" + "全面排查整改" * 5, **changes) for number in range(count)
        ]

    lead = {"责任单位": "公安局", "责任人": POLICE, "配合单位": None}
    mine, was = {"责任人": who.name}, {"责任人": ME}
    before = [
        *rows("变更", **mine),
        *rows("转来", **was),
        *rows("转出", **mine),
        *rows("协办", **lead),
        *rows("不协办", **{**lead, "配合单位": "城管局"}),
    ]
    await desk.import_(sheet(*before), "第二张.xlsx")
    desk.now += DAY
    after = [
        *rows("新增", **mine),
        *rows(
            "变更",
            **mine,
            完成时限="2026年12月31日",
            工作标准="一尘不染" * 20,
            配合单位="东风街道",
            承办科室="督查科",
        ),
        *rows("转来", **mine),
        *rows("转出", **was),
        *rows("协办", **{**lead, "配合单位": "城管局"}),
        *rows("不协办", **lead),
    ]
    await desk.import_(sheet(*after), "第三张.xlsx")
    found = await promised(desk)
    assert set(found) == {ME, who.name, "公安局联络员", POLICE}
    await readable(desk)
    kind, view = found[who.name]
    assert kind is MessageKind.ORDER
    return view


async def test_all_parts_in_one_message(desk: ImportDesk) -> None:
    view = await everything(desk)
    assert keys(view) == [
        *("tasks.assigned_title", "tasks.assigned_line"),
        *("reassign.to_you", "reassign.line", "reassign.sign_by"),
        *("told.changed", "told.line"),
        *("reassign.from_you", "reassign.from_line"),
        *("told.assisting", "told.assisting_line"),
        *("told.assisting_no_more", "told.assisting_no_more_line"),
    ]
    assert len(view.task_ids) == 4, "not what they only read the names of"
    (sign,) = buttons(view, "task.acknowledge_all")
    assert len(sign.arguments["task_ids"]) == 2


async def test_all_parts_of_many_tasks_fit_into_one_message(desk: ImportDesk) -> None:
    view = await everything(desk, 40)
    for locale in LOCALES:
        assert utf16_len(view.plain(locale)) <= MESSAGE_LIMIT - 100
    shown = keys(view)
    listed = shown.count("told.line")
    assert 5 <= listed < 15, "as many as fit"
    assert [line.values["count"] for line in view.lines if line.key == "tasks.more"] == [40 - listed] * 6
    (sign,) = buttons(view, "task.acknowledge_all")
    assert len(sign.arguments["task_ids"]) == 80


async def test_sixty_tasks_of_one_person(desk: ImportDesk) -> None:
    await desk.import_(sheet(*many(60)))
    desk.now += DAY
    await desk.import_(sheet(*many(60, 完成时限="2026年12月31日")))
    ((name, (_, view)),) = (await promised(desk)).items()
    assert (name, len(view.task_ids)) == (ME, 60)
    assert keys(view) == ["told.changed", *["told.line"] * 15, "tasks.more"]
    assert view.lines[-1] == Text("tasks.more", count=45)


async def test_a_second_import_at_the_same_moment_changes_and_assigns_nothing_anew(desk: ImportDesk) -> None:
    """Where the clock stands still, a task that the import before has made is not new once more."""
    await desk.import_(sheet(task(目标任务="清淤", 配合单位=None)))
    helped = task(目标任务="清淤", 配合单位="公安局、东风街道")
    await desk.import_(sheet(helped, task(目标任务="补植")))
    orders = (await desk.promised(MessageKind.ORDER))[-2:]
    said = [View.from_json(row.content).plain("zh").splitlines() for row in orders]
    assert ["新交办您 1 项任务" in lines[0] for lines in said] == [True, True]
    assert [lines[1][:6] for lines in said] == ["1. 清淤（", "1. 补植（"]
    assert said[1][-2:] == [
        "【任务变更】您负责的 1 项任务有调整：",
        "1. 清淤：增加协办单位：公安局、东风街道",
    ]
