"""Sheets of the ladder's policy, as they were exported and as offices change them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any

import pytest
from openpyxl import Workbook

from locales import plain
from rules.nags.levels import Level
from rules.nags.policy import DEFAULT, DutyKind, Policy, ReleaseMode, Rung, RungMeasure
from services.importing.reading.file_errors import ImportFileError
from services.importing.rows.policy_rows import ParsedPolicy, parse_policy
from services.nags.policies import sheet_of as exported
from tests.services.importing.builders import said, saved, sheet_of, workbook

HEADER = ("事项", "时点", "时刻", "重复", "通知", "仅迎检")
LATE = ("任务", "超期第1个工作日", None, "每1个工作日", "责任人", None)


def parsed(
    *rows: Sequence[Any], settings: Sequence[Sequence[Any]] = (), merges: Sequence[str] = ()
) -> ParsedPolicy:
    book = Workbook()
    page = sheet_of(book)
    for row in (HEADER, *rows):
        page.append(list(row))
    for merge in merges:
        page.merge_cells(merge)
    if settings:
        beside = book.create_sheet("设置")
        for row in (("项目", "内容"), *settings):
            beside.append(list(row))
    return parse_policy(saved(book), "催办规则.xlsx")


def reasons(found: ParsedPolicy) -> list[tuple[int, list[str]]]:
    return [(one.row, said(one.reasons)) for one in [*found.refused, *found.misset]]


@pytest.mark.parametrize("policy", [DEFAULT, Policy(DEFAULT.rungs, 7, 5, ReleaseMode.AUTO)])
def test_what_was_exported_reads_the_same(policy: Policy) -> None:
    found = parse_policy(exported(policy)(), "催办规则.xlsx")
    assert reasons(found) == []
    assert found.notices == []
    assert {one.rung for one in found.rows} == {*policy.whole.rungs}
    assert len(found.rows) == len(policy.whole.rungs)
    assert (found.budget, found.release) == (policy.budget, policy.release)


def test_words_as_people_type_them() -> None:
    found = parsed(
        ("任务", " 限期前 三个 工作日", "下午3点", None, "责任人，分管领导", None),
        (None, "当天", time(15, 30), "不重复", "本人", "是"),
        (None, "逾期1个工作日", None, "每个工作日", "责任人", "否"),
        settings=[("推送上限", "三条"), ("放行方式", "自动")],
        merges=["A2:A4"],
    )
    assert reasons(found) == []
    kind, day, person = DutyKind.TASK, RungMeasure.WORKING_DAY, Level.RESPONSIBLE
    assert [one.rung for one in found.rows] == [
        Rung(kind, -3, day, (person, Level.LEADER_IN_CHARGE), None, time(15)),
        Rung(kind, 0, day, (person,), None, time(15, 30), inspection=True),
        Rung(kind, 1, day, (person,), 1),
    ]
    assert (found.kinds, found.budget, found.release) == ({kind}, 3, ReleaseMode.AUTO)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("检查", *LATE[1:]), "事项“检查”无法识别"),
        (("任务", "到期前两三个工作日", *LATE[2:]), "“到期前两三个工作日”不能识别为时点"),
        (("任务", None, *LATE[2:]), "没有填写时点"),
        (("任务", "限期前3个工作日", "早上", None, "责任人", None), "时刻“早上”无法识别"),
        (("任务", "超期第2个工作日", None, "每天", "责任人", None), "重复“每天”无法识别"),
        (("任务", "超期第2个工作日", None, "每4工作时", "责任人", None), "单位应一致"),
        (("任务", "超期第2个工作日", None, None, "区领导", None), "区领导只看简报"),
        (("任务", "超期第2个工作日", None, None, "责任人、门卫", None), "通知对象“门卫”无法识别"),
        (("任务", "超期第2个工作日", None, None, "责任人", "也许"), "仅迎检“也许”无法识别"),
        (("任务", "超期第99个工作日", None, None, "责任人", None), "应在前后 60 个工作日（480 工作时）以内"),
        (("任务", "时间过80%", None, None, "责任人", None), "任务不能按时间比例"),
        (("督办单", "时间过80%", None, None, "责任人", None), "督办单的时间比例只能是70%、90%、100%"),
        (("任务", "限期后4工作时", "15:00", None, "责任人", None), "只有按工作日的时点可以写时刻"),
        (("任务", "限期前3个工作日", None, None, "主要领导", None), "领导不能先于责任人"),
        (("任务", "超期第1个工作日", None, None, "责任人", None), "与第 2 行重复"),
        (("延期待批", "申请后4工作时", None, None, "责任人", None), "只能通知创城办"),
    ],
)
def test_a_refused_line(row: Sequence[Any], reason: str) -> None:
    found = parsed(LATE, row)
    ((number, why), *_) = reasons(found)
    assert number == 3
    assert reason in "；".join(why)
    assert [one.row for one in found.rows] == [2]


def test_a_kind_that_would_fall_silent() -> None:
    ((number, why),) = reasons(parsed(LATE, ("定期报告", "时间过80%", None, None, "责任人", None)))
    assert number == 3
    assert why == [
        "“定期报告”须有一级在到期后每个工作日提醒责任人（延期待批为创城办），如“限期后第1个工作日，每1个工作日”"
    ]


def test_a_setting_that_is_there_twice() -> None:
    found = parsed(LATE, settings=[("推送上限", 2), ("放行方式", "自动"), ("每日推送上限", 3)])
    ((number, why),) = reasons(found)
    assert number == 4
    assert "与第 2 行是同一设置项" in why[0]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (("每人每日推送上限", 11), "应为 1 到 10 之间的整数"),
        (("每人每日推送上限", 0), "应为 1 到 10 之间的整数"),
        (("每人每日推送上限", None), "没有填写内容"),
        (("主要领导放行方式", "看情况"), "放行方式“看情况”无法识别"),
        (("颜色", "红"), "设置项“颜色”无法识别"),
    ],
)
def test_a_refused_setting(setting: Sequence[Any], reason: str) -> None:
    found = parsed(LATE, settings=[setting])
    ((number, why),) = reasons(found)
    assert number == 2
    assert reason in why[0]
    assert len(found.rows) == 1


def test_another_table_is_none() -> None:
    with pytest.raises(ImportFileError) as refusal:
        parse_policy(workbook([("日期", "天气"), ("周一", "晴")]), "天气.xlsx")
    assert refusal.value.text.key == "importing.file.no_header"


def test_what_stands_beside_the_settings_is_named() -> None:
    settings = [("推送上限", 2, None), ("放行方式", "自动", "待定"), ("注：另行通知", None, None)]
    found = parsed(LATE, settings=settings)
    assert said(found.notices) == ["“设置”：没有表头的C列有内容 1 格，不在可导入的栏目中，不导入"]
    assert [plain(one.shown) for one in found.meanings] == [
        "“注：另行通知”不作为数据行（1 处：“设置”第 4 行）"
    ]
    assert (found.budget, found.release) == (2, ReleaseMode.AUTO)
