"""Pictures for tests: each panel with names, numbers and days that are easy or hard to lay out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from reports.pictures.picture import (
    BurnDownPanel,
    CasePanel,
    DailyPanel,
    DailyQuantity,
    Panel,
    Picture,
    QuantityLine,
    QuantityPanel,
    RankLine,
    RankPanel,
    TargetBar,
    TargetPanel,
    UnitBar,
    UnitPanel,
)
from rules.tasks.lamps import Lamp

NAMES: Final = (
    *("东城街道", "西关街道", "城管局", "市场监管局", "住建局", "交警大队", "教体局"),
    *("卫健局", "文旅局", "生态环境分局", "开发区管委会", "南湖街道", "民政局", "团区委"),
)
LONG: Final = "区综合行政执法局(城市管理局)市容环境卫生管理服务中心第三分中心综合管理办公室组"
LONG_WORDS: Final = "累计 123,456,789,012.5 平方米 / 目标 999,999,999,999 平方米（含往年结转的全部工作量）"
ODD: Final = ("东城街道🎉", "👨‍👩‍👧社区", "𠮷村$a$村", "ﺍﻟﻌﺮﺑﻴﺔ", "a\u0301\ufe0f\n二", "", "   ")
LAMPS: Final = tuple(Lamp)


def days_of(count: int) -> list[str]:
    """Names of ``count`` days from 1 November on."""
    days = [date(2026, 11, 1) + timedelta(days=day) for day in range(count)]
    return [f"{day.month}月{day.day}日" for day in days]


def units_of(names: Sequence[str], numbers: str = "") -> UnitPanel:
    bars = [
        UnitBar(name, LAMPS[place % 4], place * 7 % 23, place % 5, (place % 4 == 1) * 3)
        for place, name in enumerate(names)
    ]
    said = [numbers or f"{bar.done}/{bar.done + bar.on_time + bar.late}" for bar in bars]
    return UnitPanel(
        "各单位任务进度", ("已办结", "未到期", "已逾期"), bars, said, "另有 6 个单位任务全部办结"
    )


def targets_of(names: Sequence[str], words: str = "1.2万处 / 2万处") -> TargetPanel:
    shares = (0.0, 0.004, 0.6, 0.998, 1.0, 1.0001, 3.5, 1e9)
    bars = [TargetBar(name, words, shares[place % len(shares)]) for place, name in enumerate(names)]
    return TargetPanel("重点整治量化目标", bars, "另有 4 项没有设目标")


def quantities_of(names: Sequence[str], words: str = "今日 12处，累计 576处") -> QuantityPanel:
    return QuantityPanel("工作量", [QuantityLine(name, words) for name in names], "另有 6 项工作量")


def ranks_of(names: Sequence[str], words: str = "91.5 分") -> RankPanel:
    changes = (0, 2, -1, None, 12, -100)
    lines = [
        RankLine(place + 1, changes[place % len(changes)], name, 1 - place / 20, words)
        for place, name in enumerate(names)
    ]
    return RankPanel("综合排名", lines)


def daily_of(names: Sequence[str], days: int, words: str = "本周 576处", scale: float = 1) -> DailyPanel:
    values = [[(day * 37 + place * 11) % 101 * scale for day in range(days)] for place in range(len(names))]
    items = [DailyQuantity(name, words, one) for name, one in zip(names, values, strict=True)]
    return DailyPanel("每日新增工作量", days_of(days), items)


def cases_of(days: int, scale: int = 1) -> CasePanel:
    registered = [(day * 7 + 3) % 16 * scale for day in range(days)]
    closed = [(day * 5) % 15 * scale for day in range(days)]
    return CasePanel("问题上报与办结", ("上报 49 件", "办结 42 件"), days_of(days), registered, closed)


def burn_down_of(days: int, scale: int = 1, done: float = 0.7) -> BurnDownPanel:
    left = [(days - day) * 5 * scale + day % 3 for day in range(round(days * done))]
    planned = [(days - day - 1) * 5 * scale for day in range(days)]
    return BurnDownPanel("未办结任务走势", ("实际未办结", "按期限应剩"), days_of(days), left, planned)


def picture_with(*panels: Panel, title: str = "东城区创城工作 · 11月", notes: Sequence[str] = ()) -> Picture:
    return Picture(title, "截至12月2日 18:00", list(panels), list(notes))


ITEMS: Final = ("清理小广告", "整治占道经营", "规范非机动车停放", "清运积存垃圾")
PICTURES: Final[Mapping[str, Picture]] = {
    "evening": picture_with(units_of(NAMES), targets_of(ITEMS), notes=["长条按各单位任务数折算。"]),
    "week": picture_with(ranks_of(NAMES[:8]), daily_of(ITEMS[:3], 7), cases_of(7)),
    "month": picture_with(targets_of(ITEMS), burn_down_of(31), ranks_of(NAMES[:6]), cases_of(31)),
    "quantities": picture_with(units_of(NAMES[:12]), quantities_of(ITEMS), targets_of(ITEMS)),
    "long quantities": picture_with(
        quantities_of([LONG, "短"] * 3), quantities_of(["短"], LONG_WORDS), quantities_of(ODD[:5], "")
    ),
    "a unit": picture_with(units_of(NAMES[:1]), burn_down_of(1), cases_of(1), daily_of(ITEMS[:1], 1)),
    "long names": picture_with(units_of([LONG] * 14)),
    "long names and numbers": picture_with(units_of([LONG] * 14, "1234567890/12345678901")),
    "long ranks": picture_with(ranks_of([LONG, "城管局"] * 7, "综合得分 1234567.891 分")),
    "long words": picture_with(targets_of([LONG, "短", *ITEMS], LONG_WORDS), ranks_of([LONG], LONG_WORDS)),
    "long items": picture_with(daily_of([LONG, "城管局"] * 3, 31, LONG_WORDS, 1234567.25)),
    "31 days": picture_with(burn_down_of(31, done=1), cases_of(31), daily_of(ITEMS, 31)),
    "120 days": picture_with(burn_down_of(120), cases_of(120), daily_of(ITEMS, 120)),
    "2 days": picture_with(burn_down_of(2, done=1), cases_of(2), daily_of(ITEMS, 2)),
    "no day has passed": picture_with(burn_down_of(31, done=0), cases_of(62), daily_of(ITEMS, 62)),
    "huge": picture_with(burn_down_of(7, 10**9), cases_of(7, 10**8), daily_of(ITEMS, 7, scale=10.0**9)),
    "zeros": picture_with(
        burn_down_of(7, 0), cases_of(7, 0), daily_of(ITEMS, 7, scale=0), units_of(NAMES[:1])
    ),
    "below zero": picture_with(daily_of(ITEMS, 7, scale=-3), daily_of(ITEMS[:1], 31, scale=-0.125)),
    "odd": picture_with(
        units_of(ODD),
        targets_of(ODD[:4], "🎉"),
        ranks_of(ODD[:3], ""),
        title="🎉 $x^2$ %s {} \\alpha",
        notes=["𠮷" * 90, ""],
    ),
    "long head": picture_with(
        UnitPanel(LONG * 3, (LONG * 2, LONG, "已逾期"), [], [], LONG * 3),
        CasePanel("问题", (LONG, LONG), ["一个名字很长的日子" * 9] * 3, [1, 2, 3], [0, 0, 1]),
        title=LONG * 3,
        notes=[LONG * 3, LONG],
    ),
    "empty": picture_with(
        *(
            units_of([]),
            quantities_of([]),
            targets_of([]),
            ranks_of([]),
            daily_of([], 0),
            cases_of(0),
            burn_down_of(0),
        ),
        daily_of(ITEMS[:1], 0),
        title="",
    ),
    "nothing": picture_with(),
}
