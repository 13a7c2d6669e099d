"""A number without a unit is asked about; a mark, a place, a time or a telephone number is no number."""

from __future__ import annotations

import pytest

from rules.progress.quantities import Doubt, read_quantities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("小广告30，垃圾2吨", ["小广告|30|", "垃圾|2|吨"]),
        ("宣传单3千5 倡议书800 条幅12", ["宣传单|3500|", "倡议书|800|", "条幅|12|"]),
        ("城管 占道28 牌匾6 小广告110", ["占道|28|", "牌匾|6|", "小广告|110|"]),
        ("今天：\n占道：28\n牌匾 6", ["占道|28|", "牌匾|6|"]),
        ("补井盖2、修路面坑洼4处", ["补井盖|2|", "修路面坑洼|4|处"]),
        ("走访群众一百二", ["走访群众|120|"]),
        ("更换破损桶盖十五", ["更换破损桶盖|15|"]),
        ("垃圾桶擦洗三百二", ["擦洗垃圾桶|320|"]),
        ("张贴告知单 12 张贴通知5", ["张贴告知单|12|", "张贴通知|5|"]),
        ("牌匾12处 小广告30 张", ["牌匾|12|处", "小广告|30|张"]),
        ("清理576", ["清理|576|"]),
        ("100", ["|100|"]),
        (" ３０。", ["|30|"]),
        ("投入2万5购买垃圾桶120个", ["投入|25000|", "购买垃圾桶|120|个"]),
        ("出动人30 车5", ["出动人|30|", "车|5|"]),
        ("问题数为12", ["问题数|12|"]),
        ("志愿者三十多 大学生居多", ["志愿者|30|"]),
        ("小广告（张）：210\n占道（处）：15", ["小广告|210|张", "占道|15|处"]),
        ("小广告 210 张 / 占道 15 处", ["小广告|210|张", "占道|15|处"]),
    ],
)
def test_it_is_asked_about(text: str, expected: list[str]) -> None:
    read = read_quantities(text)
    assert [f"{q.item}|{q.value}|{q.unit}" for q in read] == expected
    assert [q.doubt for q in read] == [None if q.unit else Doubt.UNIT for q in read]


@pytest.mark.parametrize(
    "text",
    [
        *("拨打110", "有问题打12345或者0396-2910007", "报警110", "电话5551234", "李明13800138000"),
        *("得分96", "满意度98", "人民路36", "方案2 今天报", "附件3", "第三网格 2", "城管局12.4 开会", "2026"),
        *("3.15", "12-15", "0396", "110", "1000000", "100 200", "1."),
        *("七一", "双十一", "闹十五", "正月十五", "走访一百二人民路", "上午9", "完成率达  95.5  %"),
        *("上传照片12张", "照片发了6张", "附现场图片3张", "干了仨小时"),
    ],
)
def test_marks_and_names_are_none(text: str) -> None:
    assert read_quantities(text) == []
