"""Deadlines as offices type them: a date, at once, the end of this month; and the month of a title."""

from __future__ import annotations

from datetime import date

import pytest

from rules.tasks.deadlines import Deadline, DeadlineKind, month_in_title, read_deadline


@pytest.mark.parametrize(
    "cell",
    [
        *("立行立改", "立即整改", "立即", "马上", "即知即改", "立查立改", "边查边改"),
        *("立行 立改。", "立行立改、边查边改", "立行立改\uff0c立即整改"),
    ],
)
def test_what_is_done_at_once_has_no_day(cell: str) -> None:
    assert read_deadline(cell, title_year=2026, today=date(2026, 6, 15)) == Deadline(DeadlineKind.AT_ONCE)


def test_a_date_goes_before_what_is_done_at_once() -> None:
    found = read_deadline("立行立改,12月20日前完成", title_year=2026, today=date(2026, 6, 15))
    assert found == Deadline(DeadlineKind.DATED, date(2026, 12, 20))


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        *(
            (cell, 31)
            for cell in ("本月底", "本月末", "本月内", "当月底", "月底前", "本月", "本月底前完成", "月末。")
        ),
        *(("本月20日前", 20), ("本月上旬", 10), ("当月中旬", 20), ("本月下旬", 31)),
    ],
)
def test_this_month_is_that_of_the_title_else_of_today(cell: str, day: int) -> None:
    title, today = date(2026, 12, 1), date(2027, 1, 9)
    read = read_deadline(cell, title_year=2026, today=today, title_month=title)
    assert read.day == date(2026, 12, day)
    assert read_deadline(cell, title_year=2026, today=today).day == date(2027, 1, day)


AS_TYPED = {
    "2026.12.31": 31,
    "12/31": 31,
    "12月底前": 31,
    "十二月底": 31,
    "2026年12月31日前": 31,
    "12月中旬": 20,
    "12月": 31,
    "年底前": 31,
    "2026年底": 31,
    "第四季度": 31,
    "四季度末": 31,
    "12.5–12.20": 20,
    "长期坚持": DeadlineKind.LONG_TERM,
    "立行立改": DeadlineKind.AT_ONCE,
    "本月底": 31,
    "20261231": 31,
    "46387": 31,
    46387: 31,
    "12月31日18:00前": 31,
    "2026-12-31 00:00:00": 31,
    "元旦前": 31,
    "12月30、31日": DeadlineKind.UNREADABLE,
    "31/12/2026": DeadlineKind.UNREADABLE,
    "12月31日,每周报送": 31,
}


@pytest.mark.parametrize(("cell", "answer"), AS_TYPED.items())
def test_as_offices_type_it(cell: str | int, answer: int | DeadlineKind) -> None:
    found = read_deadline(cell, title_year=2026, today=date(2026, 11, 30), title_month=date(2026, 12, 1))
    expected = (
        Deadline(answer)
        if isinstance(answer, DeadlineKind)
        else Deadline(DeadlineKind.DATED, date(2026, 12, answer))
    )
    assert found == expected


@pytest.mark.parametrize(
    ("lines", "month"),
    [
        (["2026年12月创建全国文明城市任务分解表"], date(2026, 12, 1)),
        (["二〇二六年十二月任务分解表"], date(2026, 12, 1)),
        (["2026年任务分解表", "(12月)"], date(2026, 12, 1)),
        (["任务分解表", "2026.12.1"], date(2026, 12, 1)),
        (["2026年12月1日至12月31日任务"], date(2026, 12, 1)),
        (["2026年11月-12月任务分解表"], None),
        (["2026年11-12月任务分解表"], None),
        (["2026年11、12月任务分解表"], None),
        (["2026年12月-2027年1月任务分解表"], None),
        (["(2025年12月印发)", "2026年任务分解表"], None),
        (["12月任务分解表"], None),
        (["2026年13月"], None),
        (["2026年任务分解表"], None),
        ([], None),
    ],
)
def test_month_in_title(lines: list[str], month: date | None) -> None:
    assert month_in_title(lines) == month


@pytest.mark.parametrize(
    ("title", "year", "today", "month"),
    [
        ("1月份重点任务分解表", None, date(2026, 12, 15), date(2027, 1, 1)),
        ("1月份重点任务分解表", None, date(2027, 1, 31), date(2027, 1, 1)),
        ("十二月任务表", None, date(2026, 11, 30), date(2026, 12, 1)),
        ("12月任务表", 2025, date(2026, 11, 30), date(2025, 12, 1)),
        ("2027年12月任务表", 2025, date(2026, 11, 30), date(2027, 12, 1)),
        ("11-12月任务表", None, date(2026, 11, 30), None),
        ("13月任务表", None, date(2026, 11, 30), None),
        ("任务表", None, date(2026, 11, 30), None),
    ],
)
def test_month_without_a_year(title: str, year: int | None, today: date, month: date | None) -> None:
    assert month_in_title([title], title_year=year, today=today) == month
