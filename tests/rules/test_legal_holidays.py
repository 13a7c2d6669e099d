"""Legal holidays of years that are not published, checked against the years that are."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest

from rules.legal_holidays import is_legal_holiday

# 清明, 端午 and 中秋 are holidays since 2008; 除夕 and 2 May are always since the revision of 2024.
SINCE = {"清明端午中秋": 2008, "除夕": 2025, "5月2日": 2025}


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range(366) if (first + timedelta(days=n)).year == year]


def kind_of(day: date) -> str | None:
    if (day.month, day.day) in {(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)}:
        return "每年"
    if (day.month, day.day) == (5, 2):
        return "5月2日"
    if day.month in {1, 2}:
        return "春节" if is_legal_holiday(day - timedelta(days=1)) and day.month + day.day > 2 else "除夕"
    return "清明端午中秋"


@pytest.mark.parametrize("year", range(2004, 2027))
def test_published_years_agree(year: int) -> None:
    """Each holiday of the law is a day off in the published calendar."""
    found = [day for day in days_of(year) if is_legal_holiday(day)]
    assert len(found) in {12, 13}, "中秋 may fall on National Day's days"
    for day in found:
        if year < SINCE.get(str(kind_of(day)), 0):
            continue
        assert chinese_calendar.is_holiday(day), day


@pytest.mark.parametrize("year", [2025, 2026])
def test_each_published_holiday_has_its_legal_days(year: int) -> None:
    """No holiday of the law is missing: each name of the published calendar holds a day of ours."""
    names = {chinese_calendar.get_holiday_detail(day)[1] for day in days_of(year)} - {None}
    ours = {chinese_calendar.get_holiday_detail(day)[1] for day in days_of(year) if is_legal_holiday(day)}
    assert ours == names
    assert len(names) == 7


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2027, "0101 0205 0206 0207 0208 0405 0501 0502 0609 0915 1001 1002 1003"),
        (2028, "0101 0125 0126 0127 0128 0404 0501 0502 0528 1001 1002 1003"),
    ],
)
def test_coming_years(year: int, days: str) -> None:
    """Taken from the almanac. In 2028 中秋 is 3 October."""
    assert [f"{day:%m%d}" for day in days_of(year) if is_legal_holiday(day)] == days.split()


def test_a_leap_month_has_no_second_festival() -> None:
    """2025 has a second sixth month, 2031 a second third one, 2033 the rare second eleventh."""
    for year in (2025, 2028, 2031, 2033):
        assert sum(is_legal_holiday(day) for day in days_of(year)) in {12, 13}


@pytest.mark.parametrize("year", [1899, 2101, 9998])
def test_beyond_the_almanac_the_days_of_the_sun_are_left(year: int) -> None:
    assert [f"{d:%m%d}" for d in days_of(year) if is_legal_holiday(d)] == ["0101", "0501", "0502", *OCTOBER]


OCTOBER = ["1001", "1002", "1003"]
