"""The one rule by which tally, board and brief show metrics."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import LOCALES, plain
from models.progress.report_sums import QuantitySum
from reports.metric_rows import SHOWN, biggest_first, chosen, metric_row, metric_rows

LINE = QuantitySum("清理牌匾", "处", Decimal(576), Decimal(12), approx=False, added_approx=False)


def metric(item: str, added: int, total: int) -> QuantitySum:
    return replace(LINE, item=item, added=Decimal(added), total=Decimal(total))


def items(lines: Sequence[QuantitySum]) -> str:
    return "".join(line.item for line in lines)


SUMS = [
    metric("甲", 0, 900),
    metric("乙", 3, 3),
    metric("丙", 0, 50),
    metric("丁", 40, 41),
    metric("戊", 3, 7),
]


@pytest.mark.parametrize(
    ("targeted", "shown"),
    [
        ([], "丁戊乙"),
        ([("丙", "处")], "丁戊乙丙"),
        ([("丙", "处"), ("甲", "处"), ("乙", "处")], "丁戊乙甲丙"),
        ([("丙", "个"), ("己", "处")], "丁戊乙"),
    ],
)
def test_of_the_period_or_with_a_target_biggest_first(targeted: list[tuple[str, str]], shown: str) -> None:
    assert items(chosen(SUMS, targeted)) == shown


def test_all_of_them_in_the_same_order() -> None:
    assert items(biggest_first(SUMS)) == "丁戊乙甲丙"


def test_at_most_twelve_and_the_rest_is_counted() -> None:
    many = [metric(f"事项{n}", n, n) for n in range(30)]
    rows = metric_rows(many, [], daily=True)
    assert [row.key for row in rows] == ["tally.quantity_today"] * SHOWN + ["tally.more_quantities"]
    assert rows[0].values["item"] == "事项29"
    assert rows[-1].values == {"count": 30 - SHOWN}
    assert [row.key for row in metric_rows(many[-SHOWN:], [], daily=True)].count("tally.more_quantities") == 0
    assert metric_rows([], [], daily=True) == []


@pytest.mark.parametrize("daily", [True, False])
def test_where_no_metric_is_shown_the_line_stands_for_itself(*, daily: bool) -> None:
    """There is nothing above it of which it could be the rest."""
    still = [metric("甲", 0, 900), metric("乙", 0, 3)]
    (row,) = metric_rows(still, [], daily=daily)
    assert plain(row) == "各项指标暂无新增（2 项），累计数可点“全部指标”查看。"
    rows = metric_rows(still, [("甲", "处")], daily=daily)
    assert [one.key for one in rows] == ["tally.quantity_total", "tally.more_quantities"]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("daily", [True, False])
def test_no_row_says_nothing_today(locale: str, *, daily: bool) -> None:
    row = metric_row(metric("甲", 0, 900), daily=daily)
    assert (row.key, row.values["item"]) == ("tally.quantity_total", "甲")
    assert "900" in plain(row, locale)
    assert "今日" not in plain(row, locale)


def test_names_are_cut_where_there_is_little_room() -> None:
    (row,) = metric_rows(
        [replace(LINE, item="牌" * 50, measure="处" * 50)], [], daily=True, item=20, measure=12
    )
    assert plain(row) == f"· {'牌' * 19}…：今日 12{'处' * 11}…，累计 576{'处' * 11}…"
    assert plain(metric_row(LINE, daily=False)) == "· 清理牌匾：本期 12处，累计 576处"


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 9)), max_size=30), st.sets(st.integers(0, 29)))
def test_the_rule(numbers: list[tuple[int, int]], with_target: set[int]) -> None:
    sums = [metric(str(n), added, total) for n, (added, total) in enumerate(numbers)]
    targeted = [(str(n), "处") for n in with_target]
    shown = chosen(sums, targeted)
    worth = [line for line in sums if line.added or (line.item, line.measure) in targeted]
    assert len(shown) == min(SHOWN, len(worth))
    assert all(line in worth for line in shown)
    assert all(big.added >= small.added or not small.added for big, small in itertools.pairwise(shown))
    rows = metric_rows(sums, targeted, daily=True)
    assert [row.values["item"] for row in rows[: len(shown)]] == [line.item for line in shown]
    left = len(sums) - len(shown)
    assert [row.values["count"] for row in rows[len(shown) :]] == ([left] if left else [])
