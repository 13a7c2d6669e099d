"""The picture of a period: names on its axis, what panels say, and how they are cut to the rows with room."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import plain
from models.cases.case_standing import MovedCases
from reports.pictures import period_picture
from reports.pictures.period_picture import BucketQuantity, OpenTasks, PanelDraft, RankedUnit
from reports.pictures.picture import BurnDownPanel, CasePanel, DailyPanel, RankPanel, TargetPanel
from reports.pictures.png import drawing_of
from reports.pictures.room import MOST_HEIGHT, picture_height
from reports.pictures.tally_picture import TargetSum
from rules.period_buckets import BucketLength, buckets_of
from rules.periods import PeriodSpan

ZONE = ZoneInfo("Asia/Shanghai")
LONG = "区综合行政执法局市容环境卫生管理服务中心第三分中心综合管理办公室城区东部片区"


def names(first: date, end: date, length: BucketLength, locale: str = "zh") -> list[str]:
    return period_picture.bucket_names(buckets_of(first, end), length, locale)


def test_names_of_buckets() -> None:
    days = names(date(2026, 12, 14), date(2026, 12, 16), BucketLength.DAY)
    assert days == ["12月14日", "12月15日"]
    weeks = names(date(2026, 11, 19), date(2026, 12, 31), BucketLength.WEEK)
    assert (weeks[:2], weeks[-1]) == (["11/19—11/22", "11/23—11/29"], "12/28—12/30")
    months = names(date(2026, 1, 15), date(2027, 1, 1), BucketLength.MONTH)
    assert (months[0], months[-1]) == ("1月", "12月")
    years = names(date(2025, 11, 12), date(2026, 12, 17), BucketLength.MONTH)
    assert (years[0], years[-1]) == ("2025年11月", "2026年12月")
    assert names(date(2025, 11, 12), date(2026, 12, 17), BucketLength.MONTH, "en")[0] == "Nov 2025"


@pytest.mark.parametrize(
    ("since", "until", "stamp"),
    [
        (datetime(2026, 12, 13, 15, 59, 59, 999_999, UTC), (2026, 12, 16), "12月14日00:00—12月16日08:00"),
        (datetime(2025, 12, 31, 15, 59, 59, 999_999, UTC), (2026, 2, 1), "1月1日00:00—2月1日08:00"),
        (datetime(2024, 12, 31, 15, 59, 59, 999_999, UTC), (2026, 2, 1), "2025年1月1日00:00—2月1日08:00"),
        (None, (2026, 12, 16), "活动开始—12月16日08:00"),
    ],
)
def test_the_stamp_has_both_ends(since: datetime | None, until: tuple[int, int, int], stamp: str) -> None:
    span = PeriodSpan(since, datetime(*until, tzinfo=UTC))
    assert plain(period_picture.span_stamp(span, ZONE, 2026), "zh") == stamp


def ranked(count: int, able: int | None = None, name: str = "单位") -> list[RankedUnit]:
    able = count if able is None else able
    return [RankedUnit(f"{name}{n}", max(able - n, 0), count + 1, n + 1, None) for n in range(count)]


def rank_panel(draft: PanelDraft) -> RankPanel:
    panel = draft.make(draft.rows)
    assert isinstance(panel, RankPanel)
    return panel


@pytest.mark.parametrize(
    ("count", "able", "shown", "rest"),
    [
        (2, 2, 2, ""),
        (3, 3, 3, ""),
        (4, 4, 3, "共 4 个单位，仅列前 3 个"),
        (9, 9, 5, "共 9 个单位，仅列前 5 个"),
        (200, 200, 10, "共 200 个单位，仅列前 10 个"),
        (200, 2, 2, "共 200 个单位，仅列前 2 个"),
    ],
)
def test_a_ranking_names_the_first_ones_and_says_of_how_many(
    count: int, able: int, shown: int, rest: str
) -> None:
    panel = rank_panel(period_picture.rank_draft(ranked(count, able), "zh"))
    assert [line.place for line in panel.lines] == list(range(1, shown + 1))
    assert (panel.rest, panel.heading) == (rest, "任务办结率靠前单位")


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [
        (2, 3, "2/3，67%"),
        (1, 8, "1/8，13%"),
        (199, 200, "199/200，99%"),
        (999, 1000, "999/1000，99%"),
        (5, 5, "5/5，100%"),
    ],
)
def test_only_all_tasks_are_100_per_cent(done: int, total: int, words: str) -> None:
    units = [RankedUnit("甲", done, total, 1, 2), RankedUnit("乙", 1, 9, 2, None)]
    panel = rank_panel(period_picture.rank_draft(units, "zh"))
    assert panel.lines[0].words == words
    assert panel.lines[0].share == done / total
    assert panel.heading == "任务办结率靠前单位（升降与期初相比）"


def test_cases_and_open_tasks_say_their_sums() -> None:
    days = ["12月1日", "12月2日", "12月3日"]
    cases = period_picture.cases_draft(days, [MovedCases(3, 1), MovedCases(0, 2)], "zh").make(0)
    assert isinstance(cases, CasePanel)
    assert cases.labels == ("新立案 3 件", "结案 3 件")
    assert (cases.days, cases.registered, cases.closed) == (days, [3, 0], [1, 2])
    burn_down = period_picture.burn_down_draft(days, OpenTasks([5], [5, 4, 0]), "zh").make(0)
    assert isinstance(burn_down, BurnDownPanel)
    assert (burn_down.left, burn_down.planned) == ([5], [5, 4, 0])


def drafts_of(ranks: int, targets: int, quantities: int, plots: int, name: str) -> list[PanelDraft]:
    days = [f"12月{day}日" for day in range(1, 32)]
    sums = [TargetSum(f"{name}{n}", "处", Decimal(n), Decimal(100)) for n in range(targets)]
    values = [Decimal(day) for day in range(31)]
    items = [BucketQuantity(f"{name}{n}", "处", sum(values, Decimal(0)), n == 0, values) for n in range(5)]
    drafts = [period_picture.targets_draft(sums, "zh")] if targets else []
    cases = period_picture.cases_draft(days, [MovedCases(3, 2)] * 31, "zh")
    drafts += [period_picture.burn_down_draft(days, OpenTasks([9] * 31, [9] * 31), "zh"), cases][:plots]
    drafts += [period_picture.rank_draft(ranked(ranks, name=name), "zh")] if ranks else []
    if quantities:
        count = max(quantities, 5)
        drafts.append(period_picture.quantities_draft(days, BucketLength.DAY, items, count, "zh"))
    return drafts


@given(
    ranks=st.integers(0, 30),
    targets=st.integers(0, 12),
    quantities=st.integers(0, 20),
    plots=st.integers(0, 2),
    name=st.sampled_from(["城管局", LONG]),
)
def test_rows_without_room_are_counted(
    ranks: int, targets: int, quantities: int, plots: int, name: str
) -> None:
    plots = min(plots, 1) if quantities else plots  # where there are more, quantities are left out
    picture = period_picture.fitted_picture(LONG, "今", drafts_of(ranks, targets, quantities, plots, name))
    assert picture_height(picture) <= MOST_HEIGHT
    for panel in picture.panels:
        match panel:
            case TargetPanel():
                others = targets - len(panel.bars)
                assert panel.rest == (f"另有 {others} 项目标" if others else "")
            case RankPanel():
                others = ranks - len(panel.lines)
                assert panel.rest == (f"共 {ranks} 个单位，仅列前 {len(panel.lines)} 个" if others else "")
            case DailyPanel():
                others = max(quantities, 5) - len(panel.quantities)
                assert panel.rest == (f"另有 {others} 项工作量" if others else "")


def test_what_has_room_is_drawn_whole() -> None:
    picture = period_picture.fitted_picture("图", "今", drafts_of(20, 5, 0, 2, "城管局"))
    canvas, height = drawing_of(picture)
    assert height <= MOST_HEIGHT
    rank = next(panel for panel in picture.panels if isinstance(panel, RankPanel))
    shown = {box.words for box in canvas.texts}
    assert {rank.rest, *(line.name for line in rank.lines), "未办结任务", "按时限应剩"} <= shown
