"""What an office types into 完成时限, and the last day that it means."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.tasks.deadlines import Cell, Deadline, DeadlineKind, read_deadline, year_in_title

TODAY = date(2026, 6, 15)


def full_width(text: str) -> str:
    """ASCII as a Chinese input method writes it."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def day_of(cell: Cell, *, title_year: int | None = None, today: date = TODAY) -> date | None:
    return read_deadline(cell, title_year=title_year, today=today).day


@pytest.mark.parametrize(
    "cell",
    [
        date(2026, 12, 20),
        datetime(2026, 12, 20, 18, 30),  # noqa: DTZ001 - cells of a sheet have no zone
        46376,
        46376.0,
        46376.75,
        "46376",
        20261220,
        "20261220",
        "2026年12月20日",
        "2026年12月20日前",
        "2026年12月20日之前完成",
        "2026 年 12 月 20 日",
        "2026年\n12月20日前",
        full_width("2026年12月20日前"),
        "2026年12月20号",
        "二〇二六年十二月二十日前",
        "二○二六年十二月二十日",
        "26年12月20日",
        "26.12.20",
        "26-12-20前",
        "2026.12.20",
        "2026.12.20.",
        "2026-12-20",
        "2026/12/20",
        full_width("2026/12/20"),
        "2026-12-20 00:00:00",
        "2026-12-20T18:00:00",
        "2026年12月20日18:00前",
        "2026年12月20日24时前",
        "2026年12月中旬",
        "务必于2026年12月20日前全部完成",
        "12月20日前完成",
        "12月20日(星期日)前",
        "12月中旬",
        "12月中旬前",
        "12月中",
        "12.20",
        "12.20前",
        "12/20",
        "12-20",
    ],
)
def test_the_twentieth_of_december(cell: Cell) -> None:
    assert day_of(cell) == date(2026, 12, 20)


@pytest.mark.parametrize(
    ("cell", "month", "day"),
    [
        ("12月底前", 12, 31),
        ("12月底", 12, 31),
        ("12月末", 12, 31),
        ("12月份", 12, 31),
        ("12月", 12, 31),
        ("2026年12月", 12, 31),
        ("2026.12", 12, 31),
        (2026.12, 12, 31),
        ("二〇二六年十二月", 12, 31),
        ("12月上旬", 12, 10),
        ("12月初", 12, 10),
        ("12月下旬", 12, 31),
        ("9月下旬前", 9, 30),
        ("12月中下旬", 12, 31),
        ("年底前", 12, 31),
        ("年底", 12, 31),
        ("年内完成", 12, 31),
        ("2026年底前", 12, 31),
        ("2026年年底", 12, 31),
        ("2026年", 12, 31),
        ("今年底", 12, 31),
        ("12月10日", 12, 10),
        ("12月10日前", 12, 10),
        ("三季度末", 9, 30),
        ("2026年第三季度", 9, 30),
        ("2026年上半年", 6, 30),
        ("下半年", 12, 31),
        ("2026年2月底前", 2, 28),
    ],
)
def test_periods_end_on_their_last_day(cell: Cell, month: int, day: int) -> None:
    assert day_of(cell) == date(2026, month, day)


@pytest.mark.parametrize(
    ("cell", "end"),
    [
        ("11月—12月", date(2026, 12, 31)),
        ("11-12月", date(2026, 12, 31)),
        ("2026年11-12月", date(2026, 12, 31)),
        ("2026年11月至12月", date(2026, 12, 31)),
        ("2026.11-12", date(2026, 12, 31)),
        ("2026.11.1-12.20", date(2026, 12, 20)),
        ("2026.11.1-20", date(2026, 11, 20)),
        ("2026年11月1日至12月20日", date(2026, 12, 20)),
        ("2026年11月1日至2027年1月20日", date(2027, 1, 20)),
        ("2026年11月至次年2月", date(2027, 2, 28)),
        ("2026年11月-2月", date(2027, 2, 28)),
        ("12月10日至20日", date(2026, 12, 20)),
        ("12月10-20日", date(2026, 12, 20)),
        ("5月1日至12月20日", date(2026, 12, 20)),
        ("即日起至12月底", date(2026, 12, 31)),
        ("2026年3月起至12月底", date(2026, 12, 31)),
        ("每日巡查至12月20日", date(2026, 12, 20)),
        ("11月30日前完成整治,12月20日前通过验收", date(2026, 12, 20)),
        ("12月20日前完成(11月底前完成初验)", date(2026, 12, 20)),
        ("2024年1月1日印发,12月20日前完成", date(2026, 12, 20)),
        ("持续推进,12月底前完成", date(2026, 12, 31)),
    ],
)
def test_of_several_dates_the_end_counts(cell: str, end: date) -> None:
    assert day_of(cell) == end


@pytest.mark.parametrize(
    "cell",
    [
        "长期坚持",
        "长期",
        "常态化",
        "持续推进",
        "全年",
        "每日",
        "每周五",
        "每月25日前",
        "每季度末",
        "一月一报",
        *("每两周", "双周报送", "隔周一次", "立行立改、长期坚持"),
        "24小时巡逻",
        "三班倒",
        "长期坚持(2026年1月起)",
    ],
)
def test_long_term_work_has_no_deadline(cell: str) -> None:
    assert read_deadline(cell, title_year=2026, today=TODAY) == Deadline(DeadlineKind.LONG_TERM)


@pytest.mark.parametrize(
    "cell",
    [
        *(None, "", " ", True, 12, 2026, 0, -5, 1e300, float("nan"), float("inf")),
        *(
            "马上就办",
            "立行立改(已完成)",
            "立即整改问题12处",
            "本周五",
            "下周五",
            "本月32日",
            "当月任务当月完成",
        ),
        *("即日起", "随时", "尽快", "待定", "下月底", "本周内", "春节前", "2026年春节前", "国庆节前"),
        *(
            "3个月内",
            "10个工作日内",
            "收到通知后10日内",
            "12月20日后",
            "12月第一周",
            "19.12.20",
            "20.12.26",
            "2026.12.20、12.25",
        ),
        *("11月31日前", "2月30日", "13月1日", "12月0日", "2026-02-29", "2026年13月", "一二月份"),
    ],
)
def test_what_cannot_be_relied_on_is_unreadable(cell: Cell) -> None:
    assert read_deadline(cell, title_year=2026, today=TODAY) == Deadline(DeadlineKind.UNREADABLE)


@pytest.mark.parametrize("cell", [date(9999, 12, 31), datetime(1926, 12, 20), date(1999, 12, 31)])  # noqa: DTZ001 - as a sheet has it
def test_a_day_of_another_century_is_no_deadline(cell: Cell) -> None:
    assert read_deadline(cell, title_year=2026, today=date(2026, 11, 20)) == Deadline(DeadlineKind.UNREADABLE)


def test_a_number_with_two_digits_after_the_point_is_a_day() -> None:
    assert day_of(12.25) == date(2026, 12, 25)


@pytest.mark.parametrize("cell", [12.1, 12.2, 2026.1])
def test_a_number_that_lost_its_zero_may_be_two_dates(cell: float) -> None:
    """12.10 typed into a number cell arrives as 12.1."""
    assert day_of(cell) is None


@pytest.mark.parametrize("cell", ["12月10日", "12月上旬", "12.10"])
def test_a_missing_year_comes_from_the_title(cell: str) -> None:
    assert day_of(cell, title_year=2025) == date(2025, 12, 10)
    assert day_of(cell, title_year=2027) == date(2027, 12, 10)


@pytest.mark.parametrize(
    ("cell", "today", "expected"),
    [
        ("6月15日", date(2026, 6, 15), date(2026, 6, 15)),
        ("6月14日", date(2026, 6, 15), date(2027, 6, 14)),
        ("6月中旬", date(2026, 6, 20), date(2026, 6, 20)),
        ("6月中旬", date(2026, 6, 21), date(2027, 6, 20)),
        ("1月底前", date(2026, 12, 1), date(2027, 1, 31)),
        ("年底前", date(2026, 12, 31), date(2026, 12, 31)),
        ("2月底", date(2027, 3, 1), date(2028, 2, 29)),
        ("2月29日", date(2026, 6, 15), date(2028, 2, 29)),
        ("11月至2月", date(2027, 1, 10), date(2027, 2, 28)),
    ],
)
def test_without_a_title_it_is_the_next_such_date(cell: str, today: date, expected: date) -> None:
    assert day_of(cell, today=today) == expected


DAYS = st.dates(date(2010, 1, 1), date(2060, 12, 31))
FULL_FORMS = st.sampled_from(
    [
        "{y}年{m}月{d}日",
        "{y}年{m}月{d}日前",
        "{y}年{m:02}月{d:02}日前完成",
        "{y}.{m}.{d}",
        "{y}-{m:02}-{d:02}",
        "{y}/{m}/{d}",
        "{y} 年 {m} 月\n{d} 日",
        "{y}年1月1日至{y}年{m}月{d}日",
        "{y}{m:02}{d:02}",
    ]
)


@given(DAYS, FULL_FORMS, st.one_of(st.none(), st.integers(2010, 2060)), DAYS)
def test_a_full_date_is_itself_whatever_the_title_and_the_day(
    day: date, form: str, title_year: int | None, today: date
) -> None:
    text = form.format(y=day.year, m=day.month, d=day.day)
    for cell in (text, full_width(text)):
        assert day_of(cell, title_year=title_year, today=today) == day


@given(st.dates(date(2010, 1, 1), date(2060, 12, 31)))
def test_serial_numbers_of_excel(day: date) -> None:
    assert day_of((day - date(1899, 12, 30)).days) == day


@given(DAYS, st.sampled_from(["{m}月{d}日", "{m}月{d}日前", "{m}.{d}", "{m}月{d}号前完成"]), DAYS)
def test_a_day_without_year_is_the_first_on_or_after_today(day: date, form: str, today: date) -> None:
    found = day_of(form.format(m=day.month, d=day.day), today=today)
    assert found is not None
    assert (found.month, found.day) == (day.month, day.day)
    assert found >= today
    between = (today + timedelta(days=n) for n in range((found - today).days))
    assert all((other.month, other.day) != (day.month, day.day) for other in between)


@given(
    st.integers(1, 12),
    st.integers(2015, 2050),
    st.sampled_from([("上旬", 10), ("中旬", 20), ("下旬", 0), ("底", 0)]),
)
def test_parts_of_any_month(month: int, year: int, part: tuple[str, int]) -> None:
    word, last = part
    expected = date(year, month, last or calendar.monthrange(year, month)[1])
    assert day_of(f"{month}月{word}", title_year=year) == expected
    assert day_of(f"{year}年{month}月{word}前") == expected


@given(
    st.one_of(
        st.text(),
        st.text(alphabet="2026年月日旬底前至-—./1234567890十二每长期 \n"),
        st.floats(),
        st.integers(),
    )
)
def test_any_cell_has_an_answer(cell: str | float) -> None:
    deadline = read_deadline(cell, title_year=None, today=TODAY)
    assert (deadline.day is not None) == (deadline.kind is DeadlineKind.DATED)


@pytest.mark.parametrize(
    ("lines", "year"),
    [
        (["2026年创建全国文明城市工作任务分解表"], 2026),
        (["附件1", "2026 年度重点任务"], 2026),
        (["二〇二六年任务分解表"], 2026),
        (["任务分解表", "(2026年3月)"], 2026),
        (["任务分解表", "2026.3.1"], 2026),
        (["(2025年12月印发)", "2026年任务分解表"], 2026),
        (["任务分解表"], None),
        ([], None),
    ],
)
def test_year_in_title(lines: list[str], year: int | None) -> None:
    assert year_in_title(lines) == year
