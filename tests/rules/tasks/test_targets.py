"""The figure that a task promises."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rules.tasks.targets import Target, measured_by, read_target


@pytest.mark.parametrize(
    ("objective", "standard", "value", "unit"),
    [
        ("建设示范点50个", "", "50", "个"),
        ("打造50个示范社区", "", "50", "个"),
        ("建设示范点\uff15\uff10个", "", "50", "个"),
        ("清理野广告11.6万张", "无遗漏", "116000", "张"),
        ("整治背街小巷", "整治背街小巷30条", "30", "条"),
        ("建设示范点50个", "每个示范点设宣传栏2处", "50", "个"),
        ("建设示范点50个,整治小巷30条", "", "50", "个"),
    ],
)
def test_stated(objective: str, standard: str, value: str, unit: str) -> None:
    target = read_target(objective, standard)
    assert target is not None
    assert (target.value, target.unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    ("objective", "standard"),
    [("", ""), ("规范公共秩序", "秩序井然"), ("开展八大行动", "做到四明确"), ("迎接第三次测评", "达标率98%")],
)
def test_not_stated(objective: str, standard: str) -> None:
    assert read_target(objective, standard) is None


@pytest.mark.parametrize(
    ("item", "metrics", "expected"),
    [
        ("建设示范点", [("示范点", "个"), ("新建小公园", "个"), ("示范点", "处")], [0]),
        ("建设示范点", [("建设示范点", "个"), ("示范点", "个")], [0, 1]),
        ("建设示范点", [("新建小公园", "个"), ("口袋公园", "个")], [0, 1]),
        ("", [("新建小公园", "个"), ("示范点", "处")], [0]),
        ("建设示范点", [("示范点", "处")], []),
        ("建设示范点", [], []),
    ],
)
def test_measured_by(item: str, metrics: list[tuple[str, str]], expected: list[int]) -> None:
    """Metrics of the same item and unit of measure count; without any, all metrics of that unit do."""
    named = [([name], unit) for name, unit in metrics]
    assert measured_by(Target(Decimal(50), "个", item), named) == expected


def test_a_former_name_measures_the_target_and_so_does_an_equal_unit() -> None:
    target = Target(Decimal(50), "场", "举办道德讲堂")
    metrics = [(["文明宣讲"], "场"), (["宣讲活动", "举办道德讲堂"], "场次")]
    assert measured_by(target, metrics) == [1]


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        ("校门口200米内无流动摊贩", None),
        ("每500米设1处垃圾桶", None),
        ("每个路口安排2人值守", None),
        ("100米范围内无积水", None),
        ("完成任务3", None),
        ("校门口200米内整治摊点20处", ("20", "处")),
        ("每日巡查，建设停车场3处", ("3", "处")),
        ("新建绿道5公里", ("5", "公里")),
    ],
)
def test_a_distance_or_a_rate_is_no_target(objective: str, expected: tuple[str, str] | None) -> None:
    found = read_target(objective, "")
    assert (found and (str(found.value), found.unit)) == expected
